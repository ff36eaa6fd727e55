"""What the lines of a report say of each blob. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from podlib import models

    Line: TypeAlias = str | models.PullProgress | models.PushProgress | models.ManifestPushProgress

Status: TypeAlias = Literal["copying", "done", "already exists", "incomplete"]

_COPYING = re.compile(r"Copying (?:blob|config) (sha256:[0-9a-f]{64})")
_DIGEST = re.compile(r"sha256:([0-9a-f]{12})[0-9a-f]{52}")
_UNITS = ("B", "kB", "MB", "GB", "TB")
_STATUS: dict[str, Status] = {"success": "done", "skipped": "already exists"}


@dataclass
class Blob:
    """A layer or another part of an image."""

    name: str
    """The first 12 digits of its digest."""
    begin: float
    """When it was first heard of, in seconds of any clock."""
    status: Status = "copying"
    current: int = 0
    total: int = 0
    """Bytes; 0 for a total that is not known, or if the server tells no bytes at all."""

    def size(self) -> str:
        """``1.5/20.0 MB``, or as much of it as is known."""
        whole = max(self.current, self.total)
        if not self.total or self.status == "done":
            return _size(whole) if whole else ""
        power, unit = _unit(whole)
        return f"{_scaled(self.current, power)}/{_scaled(self.total, power)} {unit}"

    def rate(self, now: float) -> str:
        """Bytes a second, on the average; "" before there is one."""
        seconds = now - self.begin
        return f"{_size(int(self.current / seconds))}/s" if self.current and seconds > 0 else ""


class State:
    """All blobs in their order, and the last words of the server about other things."""

    def __init__(self) -> None:
        self.blobs: dict[str, Blob] = {}
        self.text = ""

    def tell(self, line: Line, now: float) -> Blob | None:
        """Take a line; the blob that it is about and whose state it changes, if it does."""
        if isinstance(line, str):  # of a build's log, which has no blobs
            return None
        if progress := getattr(line, "pull_progress", None):
            return self._measured(progress, now)
        text = printable(line.stream)
        if copying := _COPYING.match(text):
            self._blob(copying[1], now)
        elif text:
            self.text = short(text)
        if text.startswith("Writing manifest") or _is_last(line):
            self.end("done")
        return None

    def end(self, status: Status) -> None:
        """No more will be heard of the blobs that are still on their way."""
        for blob in self.blobs.values():
            if blob.status == "copying":
                blob.status = status

    def _measured(self, progress: models.BlobProgress, now: float) -> Blob | None:
        blob = self._blob(progress.progress_component_id, now)
        before = blob.status
        blob.status = _STATUS.get(progress.status, "copying")
        blob.current = progress.current or blob.current
        blob.total = max(progress.total, 0) or blob.total
        return blob if blob.status not in (before, "copying") else None

    def _blob(self, digest: str, now: float) -> Blob:
        self.text = ""  # the blobs say more
        name = digest.rpartition(":")[2][:12]
        return self.blobs.setdefault(digest, Blob(printable(name), now))


def _is_last(line: Line) -> bool:
    return bool(getattr(line, "id", "") or getattr(line, "manifest_digest", ""))


def printable(text: str, encoding: str = "utf-8") -> str:
    """Without line ends, what a terminal would take for a command, and what it cannot show."""
    plain = "".join(c if c.isprintable() else " " for c in text).rstrip()
    return plain.encode(encoding, "replace").decode(encoding)


def short(text: str) -> str:
    """With digests of 12 digits."""
    return _DIGEST.sub(r"\1", text)


def _unit(size: int) -> tuple[int, str]:
    power = 0
    while size >= 1000 and power < len(_UNITS) - 1:
        size //= 1000
        power += 1
    return power, _UNITS[power]


def _scaled(size: int, power: int) -> str:
    return f"{size / 1000**power:.1f}" if power else str(size)


def _size(size: int) -> str:
    power, unit = _unit(size)
    return f"{_scaled(size, power)} {unit}"
