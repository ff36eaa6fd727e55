"""A line of a container's log. No pydantic: logs are frames, not JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LogLine(NamedTuple):
    """One line that a container wrote."""

    stream: Literal["stdout", "stderr"]
    data: bytes
    """The line as it was written, without its line end. A terminal's lines end with ``\\r``."""
    time_nano: int | None = None
    """When it was written, in nanoseconds since 1970, if time stamps were asked for. Before Podman
    5.8: in whole seconds."""
    partial: bool = False
    """Whether the line was too long for one piece: it goes on in the next one of its stream."""

    @property
    def time(self) -> datetime | None:
        """When it was written, to the microsecond, if time stamps were asked for."""
        if self.time_nano is None:
            return None
        return _EPOCH + timedelta(microseconds=self.time_nano // 1000)

    @property
    def text(self) -> str:
        """The line as text; what is not UTF-8 shows as U+FFFD."""
        return self.data.decode("utf-8", "replace")
