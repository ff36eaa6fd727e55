"""Named volumes, taken out of the archive of a checkpoint that has their content."""

from __future__ import annotations

import re
import tarfile
import tempfile
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from .errors import FileError, ProtocolError
from .files import reason
from .untar import TarSplitter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_VOLUME = re.compile(r"(?:\./)?volumes/(.+)\.tar")


class Luggage:
    """Cuts the archives of the ``wanted`` volumes out of a stream that passes.

    Each lies in a temporary file without a name until it is fetched.
    """

    def __init__(self, wanted: Collection[str]) -> None:
        self.missing = {*wanted}
        """Those that have not come yet."""
        self._splitter = TarSplitter()
        self._name = ""
        self._file: IO[bytes] | None = None

    def feed(self, block: bytes | memoryview) -> Iterator[tuple[str, IO[bytes]]]:
        """Look at the stream's next block: the volumes that are complete with it.

        The file is closed when the next one is asked for. Raises FileError where there is no room;
        ProtocolError, StreamError for what is no archive.
        """
        for part in self._splitter.feed(block):
            if isinstance(part, tarfile.TarInfo):
                self._begin(part)
            elif self._file is not None:
                self._write(self._file, part)
            if (file := self._file) is not None and not self._splitter.left:
                self._file = None
                self.missing.remove(self._name)
                with file:
                    self._rewind(file)
                    yield self._name, file

    def _begin(self, member: tarfile.TarInfo) -> None:
        match = _VOLUME.fullmatch(member.name)
        if match is None or match[1] not in self.missing:
            return
        self._name = match[1]
        try:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed when it was fetched
        except OSError as error:
            raise _no_room(self._name, error) from error

    def _write(self, file: IO[bytes], data: memoryview) -> None:
        try:
            file.write(data)
        except OSError as error:
            raise _no_room(self._name, error) from error

    def _rewind(self, file: IO[bytes]) -> None:
        try:
            file.seek(0)
        except OSError as error:  # what was kept back had no room
            raise _no_room(self._name, error) from error

    def close(self) -> None:
        """No more is wanted."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()


def owner(volume: IO[bytes]) -> str:
    """Whose the volume's own folder is, as ``UID:GID``: it comes first in the archive."""
    try:
        with tarfile.open(fileobj=volume, mode="r:") as archive:
            first = archive.next()
    except (tarfile.TarError, OSError) as error:
        raise ProtocolError(f"the archive of a volume cannot be read: {error}") from error
    finally:
        volume.seek(0)
    return f"{first.uid}:{first.gid}" if first else "0:0"


def _no_room(volume: str, error: OSError) -> FileError:
    folder = tempfile.gettempdir()
    message = f"cannot keep the volume {volume!r} in {folder} on its way: {reason(error)}"
    return FileError(message, path=folder)
