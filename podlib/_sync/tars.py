# Generated from podlib/_async/tars.py: edit there.
"""Tar archives on their way: whether they came whole, and what of them is worth sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib.http.flow_sync import in_thread
from podlib.http.unix_sync import blocks_of
from podlib.untar import TarSplitter, TarTrimmer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.files import NewFile, WriterFile
    from podlib.http.unix_sync import Body, Response

_AT_ONCE = 1 << 20
"""Bytes of files that are read before they are sent."""


def complete(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """A tar stream. At its end, TruncatedError or StreamError if there was to be more.

    A server that fails half-way has no other way to say so: it ends its answer as if it were whole.
    """
    splitter = TarSplitter()
    for block in blocks:
        splitter.skip(block)
        yield block
    splitter.end()


def write_complete(response: Response, file: NewFile | WriterFile) -> None:
    """Write a tar stream to a file. Raises as :func:`complete`."""
    splitter = TarSplitter()
    for pieces in response.iter_pieces():
        for piece in pieces:
            splitter.skip(piece)
        file.write(pieces)
    splitter.end()


def trimmed(archive: Body) -> Body:
    """An archive up to its end mark, without the zeros with which most programs fill it up.

    The server stops reading at the mark, and now and then takes what still comes for a failure.
    """
    if isinstance(archive, bytes):
        return bytes(TarTrimmer().wanted(archive))
    return _trimmed(archive)


def _trimmed(archive: Body) -> Iterator[memoryview]:
    trimmer = TarTrimmer()
    for block in blocks_of(archive):
        for piece in block if isinstance(block, list) else [block]:
            if wanted := trimmer.wanted(piece):
                yield wanted


def read_apart(blocks: Iterator[bytes]) -> Iterator[list[memoryview]]:
    """Blocks that are made from files, which may keep who reads them waiting: some at a time."""
    while some := in_thread(lambda: _some(blocks)):
        yield some


def _some(blocks: Iterator[bytes]) -> list[memoryview]:
    some: list[memoryview] = []
    size = 0
    for block in blocks:
        some.append(memoryview(block))
        size += len(block)
        if size >= _AT_ONCE:
            break
    return some
