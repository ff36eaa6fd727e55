"""From frames of output to lines of a log. No I/O."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from .http.frames import FrameSplitter
from .models.logs import LogLine

if TYPE_CHECKING:
    from .http.frames import Stream

_STAMP = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?", re.ASCII
)


class LogAssembler:
    """Puts lines together from frames: a long line, or one written in parts, comes in several.

    With time stamps each frame begins with one; the line has that of its first.
    """

    def __init__(self, *, timestamps: bool) -> None:
        self._frames = FrameSplitter(whole=timestamps)
        self._timestamps = timestamps
        self._open: dict[Stream, tuple[datetime | None, list[bytes]]] = {}

    def feed(self, block: bytes) -> list[LogLine]:
        """The lines that end in ``block``."""
        found: list[LogLine] = []
        for stream, data in self._frames.feed(block):
            time, written = self._stamp(data)
            *lines, rest = written.split(b"\n")
            for line in lines:
                begun, parts = self._open.pop(stream, (time, []))
                found.append(_line(stream, begun, [*parts, line]))
            if rest:
                self._open.setdefault(stream, (time, []))[1].append(rest)
        return found

    def _stamp(self, frame: bytes) -> tuple[datetime | None, bytes]:
        match = _STAMP.match(frame) if self._timestamps else None
        if match is None:
            return None, frame
        try:
            return _time(match), frame[match.end() :]
        except (ValueError, OverflowError):  # no date, though it looks like one
            return None, frame

    def end(self) -> list[LogLine]:
        """The last lines, if they have no line end. Raises TruncatedError within a frame."""
        self._frames.end()
        return [_line(stream, begun, parts) for stream, (begun, parts) in self._open.items()]


def _line(stream: Stream, time: datetime | None, parts: list[bytes]) -> LogLine:
    kind: Literal["stdout", "stderr"] = "stderr" if stream == "stderr" else "stdout"
    return LogLine(kind, b"".join(parts), time)


def _time(match: re.Match[bytes]) -> datetime:
    seconds, fraction, zone = (part.decode() if part else "" for part in match.groups())
    micro = fraction[:6].ljust(6, "0")
    return datetime.fromisoformat(
        f"{seconds}.{micro}{'+00:00' if zone == 'Z' else zone}"
    ).astimezone(UTC)
