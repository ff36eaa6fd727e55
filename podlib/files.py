"""Files on the caller's machine: written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from .errors import FileError
from .http.common import MOST_PARTS, unsent

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

_OPEN_FILES = Path("/proc/self/fd")
_NEEDS_NAME = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL)
"""What file systems and kernels answer that know no files without a name."""
_FAILURES = (OSError, ValueError)  # a NUL in a path is a ValueError


def reason(error: Exception) -> str:
    """Why it failed, without the path that most errors repeat."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


@runtime_checkable
class Writer(Protocol):
    """An open binary file, or what takes bytes like one."""

    def write(self, data: bytes, /) -> object:
        """Take all of ``data``."""
        ...


class NewFile:
    """A file that appears under its name only when it is complete.

    Written without a name, or where the file system cannot do that under a temporary one beside
    it, with mode 0600; synced, then named: by :meth:`commit`, or at the end of the ``with`` block.
    Left with an exception before that, nothing stays; nor, without a name, of a process that is
    killed. Every failure is a FileError.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.size = 0
        self._temporary = self.path.parent / f".podlib-{secrets.token_hex(8)}.part"
        self._fd = -1
        self._named = False
        self._committed = False

    def __enter__(self) -> Self:
        with self._failing():
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            self._fd = self._open()
        return self

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CLOEXEC
        if _OPEN_FILES.is_dir():
            try:
                return os.open(self.path.parent, flags | os.O_TMPFILE, 0o600)
            except OSError as error:
                if error.errno not in _NEEDS_NAME:
                    raise
        self._named = True
        return os.open(self._temporary, flags | os.O_CREAT | os.O_EXCL, 0o600)

    def write(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Append all of ``pieces``."""
        left = [*pieces]
        with self._failing():
            while left:
                written = os.writev(self._fd, left[:MOST_PARTS])
                self.size += written
                left = unsent(left, written)

    def commit(self) -> None:
        """All is written: see to it that it is on the disk, and give it its name."""
        with self._failing():
            os.fsync(self._fd)
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                if not self._named:  # Python follows the link to the open file only with a folder
                    link = _OPEN_FILES / str(self._fd)
                    os.link(link, self._temporary, src_dir_fd=folder, follow_symlinks=True)
                self._temporary.replace(self.path)
                os.fsync(folder)
            finally:
                os.close(folder)
        self._committed = True

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and not self._committed:
                self.commit()
        finally:
            os.close(self._fd)
            self._temporary.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _failing(self) -> Generator[None]:
        try:
            yield
        except _FAILURES as error:
            after = f" after {self.size} bytes" if self.size else ""
            message = f"cannot write {self.path}{after}: {reason(error)}"
            raise FileError(message, path=str(self.path)) from error


class WriterFile:
    """A caller's writer, with the methods of :class:`NewFile`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.path: Path | None = None
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def write(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Hand on ``pieces``, as bytes: a writer may keep what it is given."""
        data = b"".join(pieces)
        self.size += len(data)
        try:
            while data:
                taken = self._writer.write(data)
                if taken is None and isinstance(self._writer, io.RawIOBase):
                    raise BlockingIOError(errno.EAGAIN, "it does not block, and takes no more")
                data = data[taken:] if isinstance(taken, int) else b""  # a raw file takes a part
        except OSError as error:
            name = str(getattr(self._writer, "name", type(self._writer).__name__))
            raise FileError(f"cannot write to {name}: {reason(error)}", path=name) from error

    def commit(self) -> None:
        """To flush and to close is the caller's business."""

    def __exit__(self, *_: object) -> None:
        """Likewise."""


def destination_file(destination: str | os.PathLike[str] | Writer) -> NewFile | WriterFile:
    """Where a download goes: a path, or what the caller has opened."""
    if isinstance(destination, Writer):
        return WriterFile(destination)
    return NewFile(destination)


def open_for_reading(path: str | os.PathLike[str]) -> io.BufferedReader:
    """Open a file. Its failure is a FileError."""
    try:
        return Path(path).open("rb")
    except _FAILURES as error:
        raise cannot_read(path, error) from error


def read_file(path: str | os.PathLike[str]) -> bytes:
    """All that a file has. Its failure is a FileError."""
    try:
        return Path(path).read_bytes()
    except _FAILURES as error:
        raise cannot_read(path, error) from error


def cannot_read(path: str | os.PathLike[str], error: OSError | ValueError) -> FileError:
    """The error for a file or folder that cannot be read."""
    return FileError(f"cannot read {path}: {reason(error)}", path=str(path))
