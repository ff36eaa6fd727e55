"""Commands that end and remove: kill, rm, rmi, prune."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .call import Command
from .documents import listed
from .failures import CommandError

if TYPE_CHECKING:
    from .call import Call
    from .parser import Parser


def _container(parser: Parser) -> None:
    parser.add_argument("container", metavar="CONTAINER", help="its name or id")


def _message(data: dict[str, Any]) -> str:
    return str(data["message"])


# -- containers ----------------------------------------------------------------------------------


def _kill_options(parser: Parser) -> None:
    _container(parser)
    parser.add_argument("--signal", "-s", default="SIGKILL", help="(default: SIGKILL)")


def _kill(call: Call) -> object:
    name, signal = call.options.container, call.options.signal
    call.podman.request("POST", "containers/{}/kill", name, query={"signal": signal})
    return {"container_id": name, "message": f"Container killed with signal {signal}"}


def _rm_options(parser: Parser) -> None:
    _container(parser)
    parser.flag("--force", "-f", help="also if it runs")


def _rm(call: Call) -> object:
    name = call.options.container
    for report in call.ask("DELETE", "containers/{}", name, force=call.options.force):
        if error := report.get("Err"):
            raise CommandError(f"container {name!r} was not removed: {error}")
    return {"container_id": name, "message": "Container deleted successfully"}


# -- images --------------------------------------------------------------------------------------


def _rmi_options(parser: Parser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="its name or id")
    parser.flag("--force", "-f", help="with the containers that use it")


def _rmi(call: Call) -> object:
    from podlib._sync.image_store import meant

    name = call.options.image
    meant(call.podman.images, name)  # the server would take a few digits for any image's id
    removed = call.ask("DELETE", "images/{}", name, force=call.options.force)
    if errors := listed(removed.get("Errors")):
        raise CommandError(f"image {name!r} was not removed: {'; '.join(errors)}")
    return {"image": name, "message": "Image deleted successfully"}


def _prune(call: Call) -> object:
    reports = call.podman.images.prune()
    if failed := [f"{each.id}: {each.error}" for each in reports if each.error]:
        raise CommandError(f"not all images were removed: {'; '.join(failed)}")
    return {
        "images_deleted": [each.id for each in reports],
        "space_reclaimed": sum(each.size for each in reports),
        "message": "Images pruned successfully",
    }


def _show_prune(data: dict[str, Any]) -> str:
    from .tables import size

    lines = [*data["images_deleted"], f"{size(data['space_reclaimed'])} are free again"]
    return "\n".join(lines)


COMMANDS = {
    "rmi": Command(
        "remove an image",
        _rmi,
        _message,
        _rmi_options,
        "  podlib rmi localhost/my-function\n  podlib rmi --force localhost/my-function",
    ),
    "rm": Command(
        "remove a container",
        _rm,
        _message,
        _rm_options,
        "  podlib rm web\n  podlib rm --force web",
    ),
    "kill": Command(
        "send a signal to a container",
        _kill,
        _message,
        _kill_options,
        "  podlib kill web\n  podlib kill web --signal SIGTERM",
    ),
    "prune": Command(
        "remove the images that have no name", _prune, _show_prune, examples="  podlib prune"
    ),
}
