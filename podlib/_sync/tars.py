# Generated from podlib/_async/tars.py: edit there.
"""What is copied from and to files: archives that come whole, and what of them is worth sending."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib.files import destination_file, open_for_reading
from podlib.http.flow_sync import in_thread, uninterrupted
from podlib.http.unix_sync import blocks_of
from podlib.untar import TarSplitter, TarTrimmer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from contextlib import AbstractContextManager

    from podlib.files import NewFile, Writer, WriterFile
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


def download(
    answer: AbstractContextManager[Response],
    destination: str | os.PathLike[str] | Writer,
) -> int:
    """Write an answer that is a tar stream to a path or a writer; its size in bytes.

    A file appears under its name only when it is complete. Raises FileError, else as
    :func:`complete`.
    """
    with destination_file(destination) as file:
        with answer as response:
            _write_complete(response, file)
        commit(file)
    return file.size


def commit(file: NewFile | WriterFile) -> None:
    """All is written: give a file its name, however long its disk takes."""
    uninterrupted(lambda: in_thread(file.commit))


def _write_complete(response: Response, file: NewFile | WriterFile) -> None:
    splitter = TarSplitter()
    for pieces in response.iter_pieces():
        for piece in pieces:
            splitter.skip(piece)
        file.write(pieces)
    splitter.end()


@contextmanager
def opened(source: str | os.PathLike[str] | Body) -> Generator[Body]:
    """What an upload is read from: a path is opened, anything else is sent as it is."""
    if isinstance(source, str | os.PathLike):
        with open_for_reading(source) as file:
            yield file
    else:
        yield source


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
