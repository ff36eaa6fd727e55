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
    """Puts lines together from frames; a line may come in several."""

    def __init__(self, *, timestamps: bool) -> None:
        self._frames = FrameSplitter()
        self._timestamps = timestamps
        self._open: dict[Stream, list[bytes]] = {}

    def feed(self, block: bytes) -> list[LogLine]:
        """The lines that end in ``block``."""
        found: list[LogLine] = []
        for stream, data in self._frames.feed(block):
            *lines, rest = data.split(b"\n")
            for line in lines:
                whole = b"".join([*self._open.pop(stream, []), line])
                found.append(self._line(stream, whole))
            if rest:
                self._open.setdefault(stream, []).append(rest)
        return found

    def end(self) -> list[LogLine]:
        """The last lines, if they have no line end. Raises TruncatedError within a frame."""
        self._frames.end()
        return [self._line(stream, b"".join(data)) for stream, data in self._open.items()]

    def _line(self, stream: Stream, data: bytes) -> LogLine:
        kind: Literal["stdout", "stderr"] = "stderr" if stream == "stderr" else "stdout"
        if self._timestamps and (match := _STAMP.match(data)):
            return LogLine(kind, data[match.end() :], _time(match))
        return LogLine(kind, data)


def _time(match: re.Match[bytes]) -> datetime:
    seconds, fraction, zone = (part.decode() if part else "" for part in match.groups())
    micro = fraction[:6].ljust(6, "0")
    return datetime.fromisoformat(
        f"{seconds}.{micro}{'+00:00' if zone == 'Z' else zone}"
    ).astimezone(UTC)
