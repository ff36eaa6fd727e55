"""What a build is sent: the files of its context, and its secrets among them."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from .errors import FileError
from .files import tar_folder

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    Secret = bytes | str | os.PathLike[str]

_URLS = ("http://", "https://", "git://")
EMPTY = bytes(2 * tarfile.BLOCKSIZE)
"""An archive without members."""


def is_url(source: object) -> TypeGuard[str]:
    """Whether it is a text that names what the server fetches by itself."""
    return isinstance(source, str) and source.startswith(_URLS)


def tar_context(folder: str | os.PathLike[str], secrets: Mapping[str, Secret]) -> Iterator[bytes]:
    """The contents of ``folder`` as a tar stream, the secrets first. Raises FileError."""
    from .models.build_query import secret_file

    for number, secret in enumerate(secrets.values()):
        data = secret if isinstance(secret, bytes) else _read(secret)
        member = tarfile.TarInfo(secret_file(number))
        member.size = len(data)
        member.mode = 0o600
        yield member.tobuf() + data + bytes(-len(data) % tarfile.BLOCKSIZE)
    yield from tar_folder(folder)


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        raise FileError(f"cannot read {path}: {error}", path=str(path)) from error
