"""``cp``: files and folders into containers, and out of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .call import Command
from .failures import UsageError

if TYPE_CHECKING:
    from .call import Call
    from .parser import Parser


def _options(parser: Parser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="PATH, or CONTAINER:PATH")
    parser.add_argument("destination", metavar="DESTINATION", help="likewise")
    parser.flag("--overwrite", help="let a file replace a folder, and the other way round")
    parser.flag("--archive", "-a", help="into a container: keep the numbers of the owners")


def _cp(call: Call) -> object:
    options = call.options
    source, source_path = _place(options.source)
    target, target_path = _place(options.destination)
    if bool(source) == bool(target):
        raise UsageError("cp: one of both is in a container: write it as CONTAINER:PATH")
    if not source_path or not target_path:
        raise UsageError("cp: a path is empty: write CONTAINER:/ for the top of a container")
    containers = call.podman.containers
    if target:
        path: object = containers.copy_in(
            target,
            source_path,
            target_path,
            overwrite=options.overwrite,
            copy_uid_gid=not options.archive,
        )
    else:
        path = os.path.abspath(  # noqa: PTH100 -- links stay
            containers.copy_out(source, source_path, target_path, overwrite=options.overwrite)
        )
    return {"container": source or target, "path": str(path)}


def _place(text: str) -> tuple[str, str]:
    """The container and the path; no container: a path of this machine."""
    name, colon, path = text.partition(":")
    if not colon or not name or name.startswith((".", "/")) or "/" in name:
        return "", text
    return name, path


def _show(data: dict[str, Any]) -> str:
    return str(data["path"])


COMMANDS = {
    "cp": Command(
        "copy files into a container, or out of it",
        _cp,
        _show,
        _options,
        "  podlib cp site web:/srv\n  podlib cp web:/etc/hosts ./hosts",
    )
}
