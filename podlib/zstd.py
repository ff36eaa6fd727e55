"""zstd, which Python has from 3.14 on; before, podlib's extra ``zstd`` brings it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from typing import BinaryIO

MISSING = "Python has zstd from 3.14 on; before: pip install 'podlib[zstd]'"


class Compressor(Protocol):
    """Of any format."""

    def compress(self, data: bytes | memoryview, /) -> bytes:
        """What comes out for ``data``, so far."""
        ...

    def flush(self) -> bytes:
        """The rest."""
        ...


class Zstd(Protocol):
    """What is used of Python 3.14's ``compression.zstd``."""

    ZstdError: type[Exception]

    def ZstdFile(self, file: BinaryIO) -> BinaryIO: ...  # noqa: N802, D102 -- as it is called there
    def ZstdCompressor(self) -> Compressor: ...  # noqa: N802, D102 -- likewise


def find_zstd() -> Zstd | None:
    """The module; None if there is none."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return cast("Zstd", import_module(name))
        except ImportError:
            continue
    return None
