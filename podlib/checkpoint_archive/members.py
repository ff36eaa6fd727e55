"""The members of a checkpoint's archive, in one pass: what some hold, how large the others are."""

from __future__ import annotations

import re
import tarfile
from collections import deque
from typing import TYPE_CHECKING

from podlib.errors import CheckpointArchiveError, ProtocolError, StreamError
from podlib.untar import TarSplitter

from .memory import Area, Areas, Span, pages_id, spans

if TYPE_CHECKING:
    from collections.abc import Iterable

_MEBIBYTE = 1 << 20
_MOST = {
    r"(config|spec)\.dump|network\.status|deleted\.files": 4 * _MEBIBYTE,
    r"stats-dump|(checkpoint/)?(dump|restore)\.log": 1 * _MEBIBYTE,
    r"checkpoint/(pstree|inventory|core-\d{1,9})\.img": 4 * _MEBIBYTE,
    r"checkpoint/(mm|pagemap)-\d{1,9}\.img": 32 * _MEBIBYTE,
}
"""The members that are kept, and how long one may be."""
_MOST_OF_ALL = 128 * _MEBIBYTE
_COST, _COST_OF_SPAN = 1024, 128
"""About what a member that is kept takes beside its bytes, and a part of one that is wanted."""
_WANTED = re.compile("|".join(_MOST))
_PAGES = re.compile(r"checkpoint/pages-(\d{1,9})\.img")
_PAGEMAP = re.compile(r"checkpoint/pagemap-(\d{1,9})\.img")
_VOLUME = re.compile(r"volumes/(.+)\.tar")
_MOST_VOLUMES = 10_000


class Members:
    """What was found. Nothing is written to a disk; what is kept in memory has its limits."""

    def __init__(self) -> None:
        self.files: dict[str, bytearray] = {}
        self.times: dict[str, float] = {}
        self.memory: dict[str, Areas] = {}
        """By the process's number."""
        self.volumes: dict[str, int] = {}
        self.total = self.checkpoint = self.pages = self.root_fs = 0
        """Bytes."""
        self._kept = 0
        self._file: bytearray | None = None
        self._room = 0
        """How many more bytes of it are kept."""
        self._spans: deque[Span] = deque()
        self._at = 0
        self._processes: dict[int, list[str]] | None = None
        """The processes by the numbers of the images that have their pages."""

    def read(self, blocks: Iterable[bytes]) -> None:
        """Read an archive to its end. Raises CheckpointArchiveError."""
        splitter = TarSplitter()
        try:
            for block in blocks:
                for part in splitter.feed(block):
                    if isinstance(part, tarfile.TarInfo):
                        self._begin(part)
                    else:
                        self._add(part)
            splitter.end()
        except (ProtocolError, StreamError) as error:
            raise CheckpointArchiveError(f"the archive cannot be read: {error}") from error

    def _begin(self, member: tarfile.TarInfo) -> None:
        name = member.name.removeprefix("./")
        self._file, self._at = None, 0
        self._spans.clear()
        if not member.isreg():
            return
        self._count(name, member.size)
        if _WANTED.fullmatch(name):
            self._keep(name, member)
        elif pages := _PAGES.fullmatch(name):
            self._spans.extend(self._wanted_of(int(pages[1])))

    def _count(self, name: str, size: int) -> None:
        self.total += size
        if name.startswith("checkpoint/"):
            self.checkpoint += size
        if _PAGES.fullmatch(name):
            self.pages += size
        if name == "rootfs-diff.tar":
            self.root_fs += size
        if (volume := _VOLUME.fullmatch(name)) and len(self.volumes) < _MOST_VOLUMES:
            self.volumes[volume[1]] = size

    def _keep(self, name: str, member: tarfile.TarInfo) -> None:
        most = next(most for pattern, most in _MOST.items() if re.fullmatch(pattern, name))
        if member.size > most and not name.endswith(".log"):
            raise CheckpointArchiveError(f"{name} is too large: {member.size} bytes")
        self._take(name, min(member.size, most) + _COST)
        self._file, self._room = bytearray(), most
        self.files[name] = self._file
        self.times[name] = member.mtime

    def _take(self, name: str, size: int) -> None:
        self._kept += size
        if self._kept > _MOST_OF_ALL:
            raise CheckpointArchiveError(f"with {name}, there is too much to look into")

    def _add(self, data: memoryview) -> None:
        if self._file is not None:
            self._file += data[: self._room]
            self._room = max(0, self._room - len(data))
        elif self._spans:
            self._gather(data)

    def _gather(self, data: memoryview) -> None:
        first, self._at = self._at, self._at + len(data)
        for span in self._spans:
            if span.start >= self._at:
                break
            if part := data[max(0, span.start - first) : max(0, span.end - first)]:
                span.area.add(bytes(part))
        while self._spans and self._spans[0].end <= self._at:
            self._spans.popleft()

    def _wanted_of(self, pages: int) -> list[Span]:
        """The wanted parts of an image of pages. CRIU's names put the other images before it."""
        if self._processes is None:
            self._processes = {}
            for name, data in self.files.items():
                if match := _PAGEMAP.fullmatch(name):
                    self._processes.setdefault(pages_id(name, data), []).append(match[1])
        found: list[Span] = []
        for process in self._processes.pop(pages, ()):
            mm = self.files.get(f"checkpoint/mm-{process}.img")
            if mm is not None:
                areas = self.memory[process] = Areas(Area(), Area())
                pagemap = self.files[f"checkpoint/pagemap-{process}.img"]
                found += spans(process, pagemap, mm, areas)
        wanted = sum(span.end - span.start + _COST_OF_SPAN for span in found)
        self._take(f"pages-{pages}.img", wanted)
        return sorted(found, key=lambda span: span.start)
