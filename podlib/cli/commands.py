"""Which commands there are, and where. A module is imported when one of its commands is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from .parser import no_such_command

if TYPE_CHECKING:
    from .call import Command

MODULES = {
    "service": "version ping info",
    "running": "run",
    "building": "build",
    "listing": "images ps exists inspect",
    "removing": "rmi rm kill prune",
    "transfer": "pull push",
    "sessions": "exec attach",
    "watching": "logs events stats top",
    "copying": "cp",
    "freezing": "checkpoint restore",
    "moving": "migrate",
    "archives": "checkpoint-inspect",
    "objects": "pods networks volumes secrets",
    "system": "system",
    "playing": "play",
    "places": "connections",
    "serving": "serve bus",
    "completion": "completion __complete",
}
HOMES = {name: module for module, names in MODULES.items() for name in names.split()}
NAMES = [name for name in HOMES if not name.startswith("_")]


def command(name: str) -> Command:
    """The command of this name. Raises UsageError."""
    if (module := HOMES.get(name)) is None:
        raise no_such_command(name, NAMES)
    home = import_module(f".{module}", __package__)
    return cast("dict[str, Command]", home.COMMANDS)[name]
