"""``build``: an image from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from podlib.errors import TimedOutError

from .call import Command
from .failures import CommandError, UsageError
from .parser import pairs
from .times import span

if TYPE_CHECKING:
    from podlib import models

    from .call import Call
    from .parser import Parser


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("context", metavar="CONTEXT", help="the folder that is sent")
    add("--tag", "-t", action="append", default=[], metavar="NAME", help="a name of the image")
    add("--file", "-f", metavar="PATH", help="the Containerfile, in the context or elsewhere")
    add("--build-arg", action="append", default=[], metavar="KEY=VALUE", help="a value for ARG")
    add("--platform", metavar="OS/ARCH", help="(default: the server's)")
    parser.flag("--no-cache", help="do each step anew")
    parser.flag("--force", help="likewise: build although the tag exists")
    add("--timeout", metavar="SECONDS", help="give up then (default: never)")


def _build(call: Call) -> object:
    options = call.options
    if not options.context:  # Path would take it for this folder, and send all that is in it
        raise UsageError("build: the context is empty; this folder is .")
    podman, limit = call.podman, None
    if options.timeout is not None and (limit := span(options.timeout)):
        podman = podman.with_timeouts(total=limit)
    try:
        built = podman.images.build(
            options.context, progress=call.display(), **_build_options(call)
        )
    except TimedOutError as error:
        if error.limit != "total":
            raise
        raise CommandError(f"Build exceeded timeout of {limit:g}s") from None
    image = call.get("images/{}/json", built.id)
    return {
        "image_id": image["Id"],
        "tags": image["RepoTags"] or [],
        "platform": options.platform or f"{image['Os']}/{image['Architecture']}",
        "logs": built.log,
    }


def _build_options(call: Call) -> models.BuildOptions:
    options = call.options
    wanted: dict[str, Any] = {
        "tags": options.tag,
        "build_args": pairs("--build-arg", options.build_arg),
        "platforms": [options.platform] if options.platform else [],
        "no_cache": options.no_cache or options.force,
    }
    if options.file:
        wanted["containerfile"] = _containerfile(options.context, options.file)
    given = {name: value for name, value in wanted.items() if value}
    return cast("models.BuildOptions", given)  # images.build checks them


def _containerfile(context: str, file: str) -> str | Path:
    """A name within the context, or a path elsewhere: what is in the context comes first."""
    if Path(context, file).is_file() and not Path(file).is_absolute():
        return file
    if Path(file).is_file():
        return Path(file)
    raise UsageError(f"--file: there is no {file!r}, neither in {context!r} nor here")


def _show(data: dict[str, Any]) -> str:
    return "\n".join([*data["tags"], data["image_id"]])


COMMANDS = {
    "build": Command(
        "build an image from a folder",
        _build,
        _show,
        _options,
        "  podlib build . --tag localhost/my-function\n"
        "  podlib build app --file deploy/Containerfile -t app:1 --build-arg VERSION=1 --no-cache",
    )
}
