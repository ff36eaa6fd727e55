"""Tar archives on their way: whether they came whole, and what of them is worth sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib.http.unix_async import blocks_of
from podlib.untar import TarSplitter, TarTrimmer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from podlib.files import NewFile, WriterFile
    from podlib.http.unix_async import AsyncResponse, Body


async def complete(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A tar stream. At its end, TruncatedError or StreamError if there was to be more.

    A server that fails half-way has no other way to say so: it ends its answer as if it were whole.
    """
    splitter = TarSplitter()
    async for block in blocks:
        splitter.skip(block)
        yield block
    splitter.end()


async def write_complete(response: AsyncResponse, file: NewFile | WriterFile) -> None:
    """Write a tar stream to a file. Raises as :func:`complete`."""
    splitter = TarSplitter()
    async for pieces in response.iter_pieces():
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


async def _trimmed(archive: Body) -> AsyncIterator[memoryview]:
    trimmer = TarTrimmer()
    async for block in blocks_of(archive):
        for piece in block if isinstance(block, list) else [block]:
            if wanted := trimmer.wanted(piece):
                yield wanted
