"""What is copied into and out of containers, and where it goes: the rules of ``podman cp``."""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING, NamedTuple

from .errors import FileError, ParameterError
from .files import reason

if TYPE_CHECKING:
    from .models import PathStat


class Item(NamedTuple):
    """A file or folder, on the caller's machine or in a container."""

    path: str
    name: str
    is_dir: bool
    contents: bool
    """Whether only what is in the folder is meant."""


class Place(NamedTuple):
    """Where a copy goes."""

    folder: str
    name: str
    """Its name there; "" for the contents of a folder, which go right into ``folder``."""

    @property
    def path(self) -> str:
        """Where the copy is."""
        return posixpath.join(self.folder, self.name) if self.name else self.folder


def item_here(path: str | os.PathLike[str]) -> Item:
    """What is at a path of the caller's; links are followed, and keep their names. FileError."""
    given = os.fspath(path)
    try:
        is_dir = stat.S_ISDIR(os.stat(given).st_mode)  # noqa: PTH116 -- Path would drop a "/" at the end
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        raise FileError(f"cannot read {given}: {reason(error)}", path=given) from error
    return Item(_followed(given), _name(given), is_dir, _means_contents(given))


def item_there(found: PathStat) -> Item:
    """What is at a path of a container; links were followed, and their ends give the names."""
    end = found.link_target
    path = end.removesuffix("/.").rstrip("/") or "/"
    return Item(path, _name(path), found.is_dir, found.is_dir and _means_contents(end))


def place_at(item: Item, there: Item) -> Place:
    """Where a copy goes to something that is there. ParameterError for a folder to a file."""
    if there.is_dir:
        return Place(there.path, "" if item.contents else item.name)
    if item.is_dir:
        raise ParameterError(f"{there.path} is no folder, and {item.path} cannot be copied to it")
    return Place(*posixpath.split(there.path))


def place_here(item: Item, destination: str | os.PathLike[str]) -> Place:
    """Where a copy goes to a path of the caller's. Raises FileError, ParameterError.

    A file takes the place of a link to a file, which in a container it would write through.
    """
    given = os.fspath(destination)
    there = os.path.exists(given)  # noqa: PTH110 -- likewise
    if demands_folder(given) or (there and (item.is_dir or os.path.isdir(given))):  # noqa: PTH112 -- likewise
        return place_at(item, item_here(given))
    folder, name = os.path.split(given)
    return Place(item_here(folder or ".").path, name)


def demands_folder(path: str) -> bool:
    """Whether a path can only be that of a folder which is there."""
    return path.endswith(("/", "/.", "/..")) or path in {".", ".."}


def _means_contents(path: str) -> bool:
    return path.endswith("/.") or path == "."


def _followed(path: str) -> str:
    """A path that is there, without links at its end: those on the way may stay."""
    path = path.removesuffix("/.").rstrip("/") or "/"
    while os.path.islink(path):  # noqa: PTH114 -- likewise
        path = os.path.join(os.path.dirname(path), os.readlink(path))  # noqa: PTH115, PTH118, PTH120 -- likewise
        path = path.rstrip("/") or "/"
    return path


def _name(path: str) -> str:
    return posixpath.basename(posixpath.abspath(path))
