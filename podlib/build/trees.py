"""Contexts whose files are known here: a folder, several places, contents by name."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from podlib.errors import FileError, ParameterError
from podlib.files import read_file
from podlib.tar import TarPacker, tar_bytes

from .ignore import NOTHING, Ignore, literally, patterns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Place: TypeAlias = "str | os.PathLike[str]"

_IGNORES = (".containerignore", ".dockerignore")
_KEPT = ("Containerfile", "Dockerfile", *_IGNORES)
"""What is sent even if it is left out of the context: the server reads it itself."""


class Tree:
    """Places and contents, by their names in the context; a folder with no name is all of it."""

    def __init__(self, places: Mapping[str, Path | bytes]) -> None:
        self._places = places

    def read(self, name: str) -> bytes | None:
        """A file of the context; None if it is not there. Raises FileError."""
        name = posixpath.normpath(name)
        top, _, below = name.partition("/")
        if (place := self._places.get(name)) is not None:
            return place if isinstance(place, bytes) else read_if_there(place)
        for base, rest in ((top, below), ("", name)):
            place = self._places.get(base)
            if isinstance(place, Path):
                return read_if_there(place / rest)
        return None

    def blocks(self, patterns: Iterable[str], containerfiles: Sequence[str]) -> Iterator[bytes]:
        """The members of its archive, but for those that ``patterns`` leave out."""
        named = [*containerfiles, *(f"{each}{end}" for each in containerfiles for end in _IGNORES)]
        kept = [f"!{literally(posixpath.normpath(each))}" for each in (*_KEPT, *named)]
        return self._blocks(Ignore([*patterns, *kept]))

    def _blocks(self, ignore: Ignore) -> Iterator[bytes]:
        packer = TarPacker()
        for name, place in self._places.items():
            if isinstance(place, Path):
                yield from packer.place(place, name, ignore)
            elif not ignore.leaves_out(name):
                yield tar_bytes(name, place)

    def patterns(self, containerfiles: Sequence[Place]) -> list[str]:
        """Those of its ignore file: a Containerfile's own one, else that of the context.

        None at all if it has no such file.
        """
        for each in containerfiles or _KEPT[:2]:
            found = [self._beside(each, end) for end in _IGNORES]
            if (text := _first(reversed(found))) is not None:
                return _patterns(text)
        text = _first(self.read(name) for name in _IGNORES)
        return [] if text is None else _patterns(text)

    def _beside(self, containerfile: Place, end: str) -> bytes | None:
        if isinstance(containerfile, str):
            return self.read(containerfile + end)
        return read_if_there(Path(f"{os.fspath(containerfile)}{end}"))


def _first(texts: Iterable[bytes | None]) -> bytes | None:
    return next((text for text in texts if text is not None), None)


def _patterns(text: bytes) -> list[str]:
    return patterns_of(text.decode("utf-8", "surrogateescape")) or [NOTHING]


def tree_of_folder(folder: Place) -> Tree:
    """A folder's contents are the context."""
    return Tree({"": Path(folder)})


def tree_of_places(places: Iterable[object]) -> Tree:
    """Each file or folder is in the context by its own name. Raises ParameterError."""
    named: dict[str, Path | bytes] = {}
    for place in places:
        if not isinstance(place, str | os.PathLike):
            raise ParameterError(f"context: {place!r} is no path")
        path = Path(cast("Place", place))
        name = Path(os.path.abspath(path)).name  # noqa: PTH100 -- resolve() would follow links
        if not name or name in named:
            reason = "is there twice" if name else "has no name"
            raise ParameterError(f"context: {str(path)!r} {reason}")
        named[name] = path
    return Tree(named)


def tree_of_contents(contents: Mapping[object, object]) -> Tree:
    """The files' contents are given, by their names. Raises ParameterError."""
    return Tree({_name(name): _data(name, data) for name, data in contents.items()})


def _name(name: object) -> str:
    if isinstance(name, str) and name and "\0" not in name:
        clean = posixpath.normpath(name)
        if not clean.startswith(("/", "../")) and clean not in (".", ".."):
            return clean
    raise ParameterError(f"context: {name!r} is no name of a file in it")


def _data(name: object, data: object) -> bytes:
    if isinstance(data, str):
        return data.encode("utf-8", "surrogateescape")
    if isinstance(data, bytes):
        return data
    raise ParameterError(f"context: {name!r} is given as {type(data).__name__}, not bytes or str")


def read_if_there(path: Path) -> bytes | None:
    """A file; None if there is none. Raises FileError."""
    try:
        return read_file(path)
    except FileError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            return None
        raise
