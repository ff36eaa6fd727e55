"""What both hosts say, as far as it matters to a move."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podlib.models.migration_plan import Finding

if TYPE_CHECKING:
    from podlib.models.container_inspect import ContainerInspect
    from podlib.models.containers import ContainerSummary
    from podlib.models.images import ImageInspect
    from podlib.models.migration_options import MoveOptions
    from podlib.models.networks import NetworkInspect
    from podlib.models.system import Info


@dataclass(frozen=True)
class Facts:
    """What the rules go by. They ask nobody."""

    container: ContainerInspect
    options: MoveOptions
    source: Info
    target: Info
    source_version: str
    """Podman's, as the services negotiate it: ``5.8.2``."""
    target_version: str
    image_to_send: ImageInspect | None = None
    """As the source has it; None: the target has it."""
    memory: int | None = None
    running_at_target: list[ContainerSummary] = field(default_factory=list)
    names_taken: list[str] = field(default_factory=list)
    """Of the container's names: its id and its name, those that a container at the target has."""
    networks: dict[str, NetworkInspect | None] = field(default_factory=dict)
    """The container's networks as the target has them; None: it lacks it."""
    volumes_taken: list[str] = field(default_factory=list)
    """The container's named volumes that the target has already."""
    secrets_missing: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The container's name."""
        return self.container.name


def blocker(kind: str, message: str, advice: str) -> Finding:
    """What makes the move fail."""
    return Finding(kind, "blocker", message, advice)


def warning(kind: str, message: str, advice: str) -> Finding:
    """What may make it fail, or is left behind."""
    return Finding(kind, "warning", message, advice)
