"""What a migration reports. No pydantic: no answer of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Phase: TypeAlias = Literal[
    "check", "image", "checkpoint", "transfer", "confirm", "remove", "done", "undo"
]
"""``check`` and ``image`` leave the container running; from ``checkpoint`` to ``confirm`` it is
frozen; ``undo`` follows a failure."""

Where: TypeAlias = Literal["source", "target"]


@dataclass(frozen=True, slots=True)
class MigrationProgress:
    """How far a migration has come."""

    phase: Phase
    message: str
    bytes: int = 0
    """Bytes that this phase has moved."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A container that was moved."""

    container_id: str
    name: str
    frozen: float
    """Seconds from the checkpoint's request until the target said that the container runs."""
    archive_bytes: int
    """Bytes of the checkpoint."""
    image_bytes: int
    """Bytes of the image that was sent; 0: the target had it."""
    source_version: str
    """Podman's version there."""
    target_version: str


@dataclass(frozen=True, slots=True)
class MigrationRecovery:
    """A migration that was settled after its process was killed."""

    container_id: str
    """On the source; of a group ``""``."""
    name: str
    location: Where
    """Where the container is now."""
    did: tuple[str, ...]
    """What was done for that, in words; empty: there was nothing to do."""
    members: tuple[MigrationRecovery, ...] = ()
    """Of a group: each of its containers."""
