"""Files, folders and bytes of the caller as a tar stream, in constant memory."""

from __future__ import annotations

import io
import stat
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .errors import FileError
from .files import cannot_read

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

_BLOCK = 65_536
_FILES = (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE)
END = bytes(2 * tarfile.BLOCKSIZE)
"""What ends an archive; by itself, an archive without members."""


class Ignoring(Protocol):
    """What knows the files of a folder that are left out."""

    def leaves_out(self, name: str, /) -> bool:
        """Whether that file or folder is."""
        ...

    def passes_over(self, folder: str, /) -> bool:
        """Whether that folder is, with all that it has."""
        ...


def tar_folder(
    folder: str | os.PathLike[str], ignoring: Ignoring | None = None, *, pipes: bool = False
) -> Iterator[bytes]:
    """The contents of ``folder`` as an archive, with named pipes only if they are wanted.

    Raises FileError for what cannot be read, and for a file that becomes shorter meanwhile.
    """
    yield from TarPacker(pipes=pipes).place(Path(folder), "", ignoring)
    yield END


def tar_path(path: str | os.PathLike[str], name: str) -> Iterator[bytes]:
    """A file, or a folder with all that is in it, as an archive that calls it ``name``.

    With named pipes. Otherwise as :func:`tar_folder`.
    """
    yield from TarPacker(pipes=True).place(Path(path), name)
    yield END


def tar_bytes(name: str, data: bytes, mode: int = 0o644) -> bytes:
    """One file, as a member of an archive."""
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mode = mode
    return member.tobuf(tarfile.PAX_FORMAT) + data + _padding(len(data))


class TarPacker:
    """The members of one archive. Modes, owners, times, symbolic and hard links are kept.

    What is neither file nor folder nor link is left out, but for named pipes if they are wanted.
    """

    def __init__(self, *, pipes: bool = False) -> None:
        self._sent = (*_FILES, tarfile.FIFOTYPE) if pipes else _FILES
        # It knows which files were there before under another name: hard links.
        self._headers = tarfile.open(fileobj=io.BytesIO(), mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 -- nothing that must be closed is behind it

    def place(self, path: Path, name: str, ignoring: Ignoring | None = None) -> Iterator[bytes]:
        """A file, or a folder with all that it has, in the order of the names.

        A folder that has no name (``""``) is not a member itself.
        """
        todo = [(path, name)]  # a stack, for folders may be deeper than Python's calls
        while todo:
            path, name = todo.pop()
            if name and not (ignoring and ignoring.leaves_out(name)):
                yield from self._one(path, name)
            if name and (not _is_folder(path) or (ignoring and ignoring.passes_over(name))):
                continue
            below = f"{name}/" if name else ""
            todo += [(each, below + each.name) for each in reversed(_entries(path))]

    def _one(self, path: Path, name: str) -> Iterator[bytes]:
        """A file, a link, or a folder without what it has."""
        try:
            member = self._headers.gettarinfo(str(path), name)
            if getattr(member, "type", None) not in self._sent:  # of a socket, there is no member
                return
            yield member.tobuf(tarfile.PAX_FORMAT)
            if member.isreg():
                yield from _contents(path, member.size)
        except OSError as error:
            raise cannot_read(path, error) from error


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        raise cannot_read(folder, error) from error


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError as error:
        raise cannot_read(path, error) from error


def _contents(path: Path, size: int) -> Iterator[bytes]:
    left = size
    with path.open("rb") as file:
        while left:
            block = file.read(min(left, _BLOCK))
            if not block:
                raise FileError(f"{path} became shorter while it was read", path=str(path))
            left -= len(block)
            yield block
    yield _padding(size)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)
