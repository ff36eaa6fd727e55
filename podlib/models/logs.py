"""A line of a container's log. No pydantic: logs are frames, not JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a container wrote."""

    stream: Literal["stdout", "stderr"]
    data: bytes
    """The line as it was written, without its line end."""
    time: datetime | None = None
    """When it was written, if time stamps were asked for. Before Podman 5.8: in whole seconds."""

    @property
    def text(self) -> str:
        """The line as text; what is not UTF-8 shows as U+FFFD."""
        return self.data.decode("utf-8", "replace")
