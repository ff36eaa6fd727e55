"""Archives that were written on the caller's machine. No pydantic: no answer of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class CheckpointArchive:
    """A checkpoint that was exported. It holds the process's memory: treat it as a secret."""

    size: int
    """Bytes."""
    path: Path | None = None
    """Where it is; None if it went to a writer of the caller's."""
