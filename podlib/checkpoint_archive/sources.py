"""What an archive is read from: a path or an open file, compressed or not, block after block."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from podlib.errors import CheckpointArchiveError, FileError
from podlib.files import open_for_reading, reason
from podlib.zstd import MISSING, find_zstd

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from typing_extensions import Buffer

    from podlib.http.common import Readable
    from podlib.zstd import Zstd

_BLOCK = 65_536
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@contextmanager
def blocks_of(source: str | os.PathLike[str] | Readable) -> Generator[Iterator[bytes]]:
    """The bytes of the tar archive. Raises FileError, CheckpointArchiveError."""
    if isinstance(source, str | os.PathLike):
        with open_for_reading(source) as file:
            yield _blocks(_Source(file, str(source)))
    else:
        yield _blocks(_Source(source, "the archive"))


class _Source(io.RawIOBase):
    """The caller's file, whose beginning was looked at, with failures as FileErrors."""

    def __init__(self, file: Readable, name: str) -> None:
        self._file = file
        self.name = name
        self.begin = b""
        while len(self.begin) < len(_ZSTD) and (more := self._read(_BLOCK)):
            self.begin += more
        self._left = self.begin

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        data, self._left = self._left[: len(view)], self._left[len(view) :]
        data = data or self._read(len(view))
        view[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (OSError, ValueError) as error:  # a closed file is a ValueError
            raise FileError(f"cannot read {self.name}: {reason(error)}", path=self.name) from error


def _blocks(source: _Source) -> Iterator[bytes]:
    plain: BinaryIO = io.BufferedReader(source, _BLOCK)
    broken: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error)
    if source.begin.startswith(_GZIP):
        plain = cast("BinaryIO", gzip.GzipFile(fileobj=plain))
    elif source.begin.startswith(_ZSTD):
        zstd = _zstd(source.name)
        plain, broken = zstd.ZstdFile(plain), (*broken, zstd.ZstdError)
    while True:
        try:
            block = plain.read(_BLOCK)
        except broken as error:
            raise CheckpointArchiveError(f"{source.name} cannot be unpacked: {error}") from error
        if not block:
            return
        yield block


def _zstd(name: str) -> Zstd:
    if (zstd := find_zstd()) is None:
        raise CheckpointArchiveError(f"{name} is compressed with zstd. {MISSING}")
    return zstd
