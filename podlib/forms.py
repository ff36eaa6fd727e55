"""Forms of documents and files (multipart/form-data), as streams in constant memory."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import FileError, ParameterError
from .files import open_for_reading

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

_BLOCK = 65_536
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def form(
    boundary: str, document: bytes, files: Sequence[str | os.PathLike[str]]
) -> Iterator[bytes]:
    """The parts of the form, the files by their own names. Raises FileError, ParameterError."""
    first = ('name="options"', iter([document]))
    named = ((f'name="file"; filename="{_name(path)}"', _blocks(path)) for path in files)
    return form_of(boundary, chain([first], named))


def form_of(boundary: str, parts: Iterable[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    """A form of any parts: what each is called (``name="…"``), and what is in it."""
    end = b""
    for names, blocks in parts:
        yield end + _head(boundary, names)
        yield from blocks
        end = b"\r\n"
    yield f"\r\n--{boundary}--\r\n".encode()


def _head(boundary: str, names: str) -> bytes:
    text = f"--{boundary}\r\nContent-Disposition: form-data; {names}\r\n\r\n"
    return text.encode("utf-8", "surrogateescape")


def _name(path: str | os.PathLike[str]) -> str:
    name = Path(path).name
    if not name or _CONTROL.search(name):
        raise ParameterError(f"files: {name!r} is no name that can be sent")
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _blocks(path: str | os.PathLike[str]) -> Iterator[bytes]:
    with open_for_reading(path) as file:
        try:
            while block := file.read(_BLOCK):
                yield block
        except OSError as error:
            raise FileError(f"cannot read {path}: {error.strerror}", path=str(path)) from error
