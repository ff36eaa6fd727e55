"""From frames of output to lines of a log. No I/O."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from .errors import ProtocolError, TruncatedError
from .models.logs import LogLine
from .replies import stream_error

if TYPE_CHECKING:
    from collections.abc import Callable

Kind: TypeAlias = Literal["stdout", "stderr"]

MAX_LINE: Final = 16 << 20
"""Bytes of a line that are kept until its end; of a longer one, pieces are handed on."""

_KINDS: Final[tuple[Kind, ...]] = ("stdout", "stdout", "stderr")
"""The streams by their numbers. The first is stdin's, which is nobody's output."""
_HEAD: Final = struct.Struct(">B3xI")
_STAMP: Final = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?", re.ASCII
)
_LONGEST_STAMP: Final = len("2026-01-02T03:04:05.678901234+00:00 ")

_Make: TypeAlias = "Callable[[type[LogLine], tuple[Kind, bytes, int | None, bool]], LogLine]"
_make = cast("_Make", tuple.__new__)  # pyright: ignore[reportUnknownMemberType] -- of any tuple
"""What ``LogLine(…)`` does, without a call of Python."""


@dataclass(slots=True)
class _Open:
    """A line whose end is still to come."""

    time: int | None
    parts: list[bytes] = field(default_factory=list[bytes])
    size: int = 0

    def add(self, part: bytes) -> None:
        self.parts.append(part)
        self.size += len(part)

    def taken(self) -> bytes:
        data = b"".join(self.parts)
        self.parts.clear()
        self.size = 0
        return data


class LogAssembler:
    """Puts lines together from frames: a long line, or one written in parts, comes in several.

    With time stamps each frame begins with one; the line has that of its first. Most frames are
    one whole line, and logs are long: :meth:`feed` has a short way for these.
    """

    def __init__(self, *, timestamps: bool, max_line: int = MAX_LINE) -> None:
        self._stamps = _Stamps() if timestamps else None
        self._max_line = max_line
        self._rest = b""
        self._left = 0
        """Bytes of the frame that is under way which are still to come."""
        self._kind: Kind = "stdout"
        self._time: int | None = None
        self._open: dict[Kind, _Open] = {}

    def feed(self, block: bytes) -> list[LogLine]:
        """The lines that end in ``block``, and pieces of those that are very long."""
        found: list[LogLine] = []
        data = self._rest + block if self._rest else block
        position, size = self._go_on(data, found), len(data)
        unpack, find, opened = _HEAD.unpack_from, data.find, self._open
        stamps, make = self._stamps, _make
        number: int
        length: int
        while (start := position + 8) <= size:
            number, length = unpack(data, position)
            if number > 2:
                if not found:
                    raise _not_a_frame(data[position:])
                break  # first what came before it
            stop = start + length
            if stop > size:
                if stamps and size - start < _LONGEST_STAMP:  # it may be cut: wait for all of it
                    break
                self._begin(number, data, start, length, found)
                position = size
                break
            time = None
            if stamps:
                time, start = stamps.cut(data, start, stop)
            kind: Kind = _KINDS[number]
            if kind not in opened and find(b"\n", start) == stop - 1:
                found.append(make(LogLine, (kind, data[start : stop - 1], time, False)))
            else:
                self._add(kind, time, data[start:stop], found)
            position = stop
        self._rest = data[position:]
        return found

    def _go_on(self, data: bytes, found: list[LogLine]) -> int:
        """Take what is here of the frame that is under way; where the next one begins."""
        if not self._left:
            return 0
        piece = data[: self._left]
        self._left -= len(piece)
        self._add(self._kind, self._time, piece, found)
        return len(piece)

    def _begin(
        self, number: int, data: bytes, start: int, length: int, found: list[LogLine]
    ) -> None:
        """Take what is here of a frame that goes on in the next block."""
        self._kind = _KINDS[number]
        self._left = length - (len(data) - start)
        self._time = None
        if self._stamps:
            self._time, start = self._stamps.cut(data, start, len(data))
        self._add(self._kind, self._time, data[start:], found)

    def _add(self, kind: Kind, time: int | None, piece: bytes, found: list[LogLine]) -> None:
        """Any piece of output: it may end lines, and begin one."""
        *lines, rest = piece.split(b"\n")
        for line in lines:
            begun = self._open.pop(kind, None)
            if begun is None:
                found.append(LogLine(kind, line, time))
            else:
                begun.add(line)
                found.append(LogLine(kind, begun.taken(), begun.time))
        if rest:
            begun = self._open.setdefault(kind, _Open(time))
            begun.add(rest)
            if begun.size > self._max_line:
                found.append(LogLine(kind, begun.taken(), begun.time, partial=True))

    def end(self) -> list[LogLine]:
        """The last lines, if they have no line end. Raises TruncatedError within a frame."""
        if self._rest[:1] > b"\x02":
            raise _not_a_frame(self._rest)
        if self._rest or self._left:
            raise TruncatedError("the output ended within a frame")
        return [LogLine(kind, line.taken(), line.time) for kind, line in self._open.items()]


class _Stamps:
    """Reads time stamps; those of a second have all but the fraction in common."""

    def __init__(self) -> None:
        self._second: tuple[bytes, bytes] = (b"", b"")
        self._nano = 0

    def cut(self, data: bytes, start: int, stop: int) -> tuple[int | None, int]:
        """The time at the beginning of a frame, and where its text begins."""
        match = _STAMP.match(data, start, stop)
        if match is None:
            return None, start
        second, fraction, zone = match.groups(b"")
        if (second, zone) != self._second:
            try:
                self._nano = _nanoseconds(second, zone)
            except (ValueError, OverflowError):  # no date, though it looks like one
                return None, start
            self._second = second, zone
        return self._nano + int(fraction.ljust(9, b"0")), match.end()


def _nanoseconds(second: bytes, zone: bytes) -> int:
    text = (second + (b"+00:00" if zone == b"Z" else zone)).decode()
    since = datetime.fromisoformat(text).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000


def _not_a_frame(data: bytes) -> Exception:
    return stream_error(data) or ProtocolError(f"not a frame of output: {data[:64]!r}")
