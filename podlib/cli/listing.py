"""Commands that look at images and containers, without models: images, ps, exists, inspect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from podlib.errors import NotFoundError

from .call import Command
from .documents import listed, shown
from .tables import Table, ago, short, size
from .templates import filled
from .times import rfc3339

if TYPE_CHECKING:
    from .call import Call
    from .parser import Parser


def _image_argument(parser: Parser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="its name or id")


# -- images --------------------------------------------------------------------------------------


def _images_options(parser: Parser) -> None:
    parser.flag("--all", "-a", help="also those that are but layers of others")


def _images(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "id": each["Id"],
            "tags": listed(each.get("RepoTags")),
            "size": each.get("Size", 0),
            "created": rfc3339(each.get("Created", 0)),
            "digest": each.get("Digest", ""),
        }
        for each in call.get("images/json", all=call.options.all)
    ]


def _show_images(data: list[dict[str, Any]]) -> Table:
    rows = [
        (tag, short(each["id"]), ago(each["created"]), size(each["size"]))
        for each in data
        for tag in each["tags"] or ["<none>"]
    ]
    return Table(("IMAGE", "ID", "CREATED", "SIZE"), rows, "there are no images")


# -- containers ----------------------------------------------------------------------------------


def _ps_options(parser: Parser) -> None:
    parser.flag("--all", "-a", help="also those that do not run")


def _ps(call: Call) -> list[dict[str, Any]]:
    containers = call.get("containers/json", all=call.options.all)
    tags = _tags(call) if containers else {}
    return [
        {
            "id": each["Id"],
            "name": next(iter(listed(each.get("Names"))), ""),
            "status": each.get("State", ""),
            "image": tags.get(each.get("ImageID", "")) or [each.get("Image", "")],
            "created": each.get("Created", ""),
        }
        for each in containers
    ]


def _tags(call: Call) -> dict[str, list[str]]:
    """All names of the images, by their ids."""
    return {each["Id"]: listed(each.get("RepoTags")) for each in call.get("images/json")}


def _show_ps(data: list[dict[str, Any]]) -> Table:
    rows = [
        (short(each["id"]), each["name"], each["status"], each["image"][0], ago(each["created"]))
        for each in data
    ]
    return Table(("ID", "NAME", "STATUS", "IMAGE", "CREATED"), rows, "no container runs")


# -- one image -----------------------------------------------------------------------------------


def _exists(call: Call) -> object:
    try:
        call.podman.request("GET", "images/{}/exists", call.options.image)
    except NotFoundError:
        return False
    return True


def _show_exists(data: bool) -> str:
    return "true" if data else "false"


def _inspect_options(parser: Parser) -> None:
    _image_argument(parser)
    parser.add_argument("--format", metavar="TEMPLATE", help="a text with paths: {{.Os}}")


def _inspect(call: Call) -> object:
    image = call.get("images/{}/json", call.options.image)
    template = call.options.format
    return image if template is None else filled(template, image)


COMMANDS = {
    "images": Command(
        "the images that are there",
        _images,
        _show_images,
        _images_options,
        "  podlib images\n  podlib images --all --output json",
    ),
    "ps": Command(
        "the containers that run",
        _ps,
        _show_ps,
        _ps_options,
        "  podlib ps\n  podlib ps --all",
    ),
    "exists": Command(
        "whether there is an image",
        _exists,
        _show_exists,
        _image_argument,
        "  podlib exists docker.io/library/alpine",
    ),
    "inspect": Command(
        "all that is known of an image",
        _inspect,
        shown,
        _inspect_options,
        "  podlib inspect alpine\n  podlib inspect alpine --format '{{.Os}}/{{.Architecture}}'",
    ),
}
