"""Parts that several nouns have."""

from __future__ import annotations

from typing import Annotated, Literal

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, Nanoseconds, Odd, PascalModel


def _reason(value: object) -> str:
    """Where Go forgets to say an error in words, it sends an object without members."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return "the server does not say why"
    raise ValueError


Reason = Annotated[str, Odd(_reason)]
"""Why something failed; empty if it did not."""


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


class FileChange(PascalModel):
    """A path that a container or a layer has changed: 0 modified, 1 added, 2 deleted."""

    path: str
    kind: Literal[0, 1, 2]
