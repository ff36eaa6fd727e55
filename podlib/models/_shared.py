"""Parts that both containers and images have."""

from __future__ import annotations

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, Nanoseconds, PascalModel


class GraphDriver(PascalModel):
    """The storage driver's name, and where it keeps the layers."""

    name: str = ""
    data: Dicted[str] = EMPTY_DICT


class HealthConfig(PascalModel):
    """A health check. Times are in seconds; 0 is Podman's default."""

    test: Listed[str] = EMPTY_LIST
    """``NONE``, or ``CMD`` and the words of a command, or ``CMD-SHELL`` and a line for a shell."""
    interval: Nanoseconds = 0
    timeout: Nanoseconds = 0
    start_period: Nanoseconds = 0
    start_interval: Nanoseconds = 0
    retries: int = 0
