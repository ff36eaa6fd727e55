"""The folders that named volumes are: their owners and modes, which Podman's restore loses.

Podman fills a volume of a checkpoint's archive into a new folder, which belongs to root. What the
folder was, the archive says. No I/O.
"""

from __future__ import annotations

import io
import re
import tarfile
from typing import TYPE_CHECKING

from .errors import ProtocolError, StreamError
from .untar import TarSplitter

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FOLDER", "VolumeFolders", "folder_archive"]

FOLDER = re.compile(r"(\d{1,10}):(\d{1,10}) ([0-7]{1,4}) (\d{1,12})")
"""What is said of a folder: owner, group, mode, and the second in which it was changed."""
_VOLUME = re.compile(r"(?:\./)?volumes/(.+)\.tar")
_AS_PODMAN_MAKES_IT = "0:0 755 "


class VolumeFolders:
    """Looks at the archive of a checkpoint as it passes by."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        """By the volume's name, in the form of FOLDER."""
        self._archive: TarSplitter | None = TarSplitter()
        self._volume: TarSplitter | None = None
        self._name = ""

    def watch(self, pieces: Iterable[bytes | memoryview]) -> None:
        """The next pieces of the archive. One that cannot be understood is left to the server."""
        try:
            for piece in pieces:
                self._feed(piece)
        except (ProtocolError, StreamError):
            self._archive = None

    def _feed(self, piece: bytes | memoryview) -> None:
        for part in self._archive.feed(piece) if self._archive else ():
            if isinstance(part, tarfile.TarInfo):
                volume = _VOLUME.fullmatch(part.name)
                self._volume = TarSplitter() if volume else None
                self._name = volume[1] if volume else ""
            elif self._volume is not None:
                self._look_into(self._volume, part)

    def _look_into(self, volume: TarSplitter, data: memoryview) -> None:
        """Until the first member, which is the folder itself."""
        for part in volume.feed(data):
            if isinstance(part, tarfile.TarInfo) and part.isdir():
                owner, mode = f"{part.uid}:{part.gid}", part.mode & 0o7777
                self.found[self._name] = f"{owner} {mode:o} {max(0, int(part.mtime))}"
            self._volume = None
            return


def folder_archive(folder: str) -> bytes | None:
    """What is unpacked into a volume's folder to make it this; None: Podman makes it so."""
    said = FOLDER.fullmatch(folder)
    if said is None or folder.startswith(_AS_PODMAN_MAKES_IT):
        return None
    member = tarfile.TarInfo("./")
    member.type = tarfile.DIRTYPE
    member.uid, member.gid = int(said[1]), int(said[2])
    member.mode, member.mtime = int(said[3], 8), int(said[4])
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member)
    return written.getvalue()
