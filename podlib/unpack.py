"""A tree of files out of a tar stream, onto the caller's disk; nothing ever leaves the target."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import tarfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Self

from .errors import FileError, ProtocolError
from .files import reason
from .untar import TarSplitter

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import TracebackType

    from .copying import Place

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LONGEST = 4096
"""Bytes that a path may have, as for Linux itself."""
_ORDINARY = 0o1777
"""The bits of a mode that do not let others act as the owner."""

_FAILURES = (OSError, ValueError, OverflowError, RecursionError)
"""Of the disk; of odd times and device numbers; of removing folders that lie very deep."""

Parts = tuple[bytes, ...]


class Ways(NamedTuple):
    """What is done otherwise than usual."""

    overwrite: bool = False
    """A file may take the place of a folder, and the other way round."""
    trusted: bool = False
    """Links may lead out; device nodes are made, set-user-id and set-group-id bits are kept."""


class _File(NamedTuple):
    """A plain file that is being written."""

    folder: int
    fd: int
    temporary: bytes
    parts: Parts
    member: tarfile.TarInfo


class Unpacker:
    """Writes what comes as a tar stream to a place, each file whole or not at all.

    Folders are opened one below the other and no link is followed, so nothing outside of the place
    is written, whatever the archive says and whoever moves things meanwhile. A context manager:
    left with an exception, what was complete stays. Raises FileError.
    """

    def __init__(self, place: Place, *, whole: bool, ways: Ways) -> None:
        """``whole``: each name in the archive begins with that of the folder or file copied."""
        self._place = place
        self._whole = whole
        self._ways = ways
        self._splitter = TarSplitter()
        self._top: Parts = (os.fsencode(place.name),) if place.name else ()
        self._root = -1
        self._under_way = ExitStack()
        self._file: _File | None = None
        self._folders: dict[Parts, tarfile.TarInfo] = {}
        """Their modes and times are set in the end: a file that is made within changes them."""

    def __enter__(self) -> Self:
        with self._failing(()):
            self._root = os.open(self._place.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._under_way.__exit__(kind, error, traceback)
        finally:
            os.close(self._root)

    def feed(self, block: bytes | memoryview) -> None:
        """Write a part of the stream."""
        for part in self._splitter.feed(block):
            if isinstance(part, tarfile.TarInfo):
                self._begin(part)
            elif self._file:
                self._write(self._file, part)
            if self._file and not self._splitter.left:
                self._finish(self._file)

    def end(self) -> None:
        """The stream is over. Raises TruncatedError, or StreamError, if it is not complete."""
        self._splitter.end()
        for parts, member in sorted(self._folders.items(), reverse=True):
            with self._failing(parts), self._opened(parts) as folder:
                self._set(folder, member)

    # -- members -----------------------------------------------------------------------------

    def _begin(self, member: tarfile.TarInfo) -> None:
        parts = self._parts(member.name)
        if not parts:  # the folder itself that others go into
            return
        with self._failing(parts):
            if member.isdir():
                self._make_folder(parts, member)
            elif member.isreg():
                self._make_file(parts, member)
            elif member.issym():
                self._make_link(parts, member)
            elif member.islnk():
                self._make_hard_link(parts, member)
            elif member.isfifo() or (member.isdev() and self._ways.trusted):
                self._make_node(parts, member)
            elif not member.isdev():
                raise ProtocolError(f"the archive has {member.name!r} of kind {member.type!r}")

    def _make_folder(self, parts: Parts, member: tarfile.TarInfo) -> None:
        with self._opened(parts[:-1]) as above:
            mode = _mode(above, parts[-1])
            if mode and not stat.S_ISDIR(mode) and self._ways.overwrite:
                os.unlink(parts[-1], dir_fd=above)
            with suppress(FileExistsError):
                os.mkdir(parts[-1], 0o700, dir_fd=above)
            os.close(self._open(above, parts[-1]))
        self._folders[parts] = member

    def _make_file(self, parts: Parts, member: tarfile.TarInfo) -> None:
        with ExitStack() as stack:
            folder = stack.enter_context(self._opened(parts[:-1]))
            temporary = stack.enter_context(self._temporary(folder))
            fd = os.open(temporary, _CREATE, 0o600, dir_fd=folder)
            stack.callback(os.close, fd)
            self._file = _File(folder, fd, temporary, parts, member)
            self._under_way = stack.pop_all()

    def _write(self, file: _File, data: memoryview) -> None:
        with self._failing(file.parts):
            while data:
                data = data[os.write(file.fd, data) :]

    def _finish(self, file: _File) -> None:
        with self._failing(file.parts):
            self._set(file.fd, file.member)
            self._appear(file.folder, file.temporary, file.parts)
        self._file = None
        self._under_way.close()

    def _make_link(self, parts: Parts, member: tarfile.TarInfo) -> None:
        if not self._ways.trusted and _leads_out(len(parts) - 1 - len(self._top), member.linkname):
            self._refuse(
                f"it is a link that leads out, to {member.linkname}; trusted=True allows it"
            )
        target = member.linkname.encode("utf-8", "surrogateescape")
        with self._opened(parts[:-1]) as folder, self._temporary(folder) as temporary:
            os.symlink(target, temporary, dir_fd=folder)
            self._appear(folder, temporary, parts)

    def _make_hard_link(self, parts: Parts, member: tarfile.TarInfo) -> None:
        target = self._parts(member.linkname)
        if not target:
            self._refuse("it is a hard link to a folder")
        with (
            self._opened(target[:-1]) as there,
            self._opened(parts[:-1]) as folder,
            self._temporary(folder) as temporary,
        ):
            os.link(
                target[-1], temporary, src_dir_fd=there, dst_dir_fd=folder, follow_symlinks=False
            )
            self._appear(folder, temporary, parts)

    def _make_node(self, parts: Parts, member: tarfile.TarInfo) -> None:
        kinds = {tarfile.CHRTYPE: stat.S_IFCHR, tarfile.BLKTYPE: stat.S_IFBLK}
        mode = kinds.get(member.type, stat.S_IFIFO) | 0o600
        device = os.makedev(member.devmajor, member.devminor) if member.isdev() else 0
        with self._opened(parts[:-1]) as folder, self._temporary(folder) as temporary:
            os.mknod(temporary, mode, device, dir_fd=folder)
            os.chmod(temporary, self._bits(member), dir_fd=folder)
            os.utime(temporary, (member.mtime, member.mtime), dir_fd=folder)
            self._appear(folder, temporary, parts)

    # -- steps -------------------------------------------------------------------------------

    def _parts(self, name: str) -> Parts:
        """The way to a member, from where the copy goes."""
        path = name.encode("utf-8", "surrogateescape")
        parts = tuple(part for part in path.split(b"/") if part not in {b"", b"."})
        if path.startswith(b"/") or b".." in parts or b"\0" in path:
            raise FileError(f"refused {name!r}: it leads out of the copy", path=self._place.path)
        if len(path) >= _LONGEST:
            raise FileError(f"refused {name[:100]!r}…: it is too long", path=self._place.path)
        return self._top + (parts[1:] if self._whole else parts)

    @contextmanager
    def _opened(self, parts: Parts) -> Generator[int]:
        """A folder; those that are missing are made."""
        fd = os.dup(self._root)
        try:
            for part in parts:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=fd)
                deeper = self._open(fd, part)
                os.close(fd)
                fd = deeper
            yield fd
        finally:
            os.close(fd)

    def _open(self, above: int, name: bytes) -> int:
        try:
            return os.open(name, _OPEN, dir_fd=above)
        except OSError as error:
            if error.errno not in {errno.ENOTDIR, errno.ELOOP}:
                raise
            self._refuse(f"{os.fsdecode(name)} is a link or a file, and no folder")

    @contextmanager
    def _temporary(self, folder: int) -> Generator[bytes]:
        """The name for a thing until it is complete; afterwards nothing has it."""
        name = f".podlib-{secrets.token_hex(8)}.part".encode()
        try:
            yield name
        finally:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)

    def _appear(self, folder: int, temporary: bytes, parts: Parts) -> None:
        """Give a thing that is complete its name, in place of what had it."""
        name = parts[-1]
        mode = _mode(folder, name)
        if stat.S_ISDIR(mode):
            if not self._ways.overwrite:
                self._refuse("a folder is there; overwrite=True replaces it")
            shutil.rmtree(name, dir_fd=folder)
            self._folders = {k: v for k, v in self._folders.items() if k[: len(parts)] != parts}
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)

    def _set(self, fd: int, member: tarfile.TarInfo) -> None:
        os.fchmod(fd, self._bits(member))
        os.utime(fd, (member.mtime, member.mtime))

    def _bits(self, member: tarfile.TarInfo) -> int:
        return member.mode & (0o7777 if self._ways.trusted else _ORDINARY)

    def _refuse(self, why: str) -> NoReturn:
        raise OSError(errno.EPERM, why)

    @contextmanager
    def _failing(self, parts: Sequence[bytes]) -> Generator[None]:
        try:
            yield
        except _FAILURES as error:
            path = str(Path(self._place.folder, *map(os.fsdecode, parts)))
            raise FileError(f"cannot write {path}: {reason(error)}", path=path) from error


def _mode(folder: int, name: bytes) -> int:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return 0


def _leads_out(depth: int, target: str) -> bool:
    """Whether a link, ``depth`` folders below the top of the copy, may lead out of that.

    Where ``..`` after a name leads, depends on whether the name is a link again.
    """
    steps = [step for step in target.split("/") if step not in {"", "."}]
    up = next((at for at, step in enumerate(steps) if step != ".."), len(steps))
    return target.startswith("/") or up > depth or ".." in steps[up:]
