"""What both hosts say, as far as it matters to a move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podlib.models.migration_plan import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from podlib.models.checkpoint_manifest import ThroughRegistry
    from podlib.models.container_inspect import ContainerInspect, ContainerNetwork
    from podlib.models.containers import ContainerSummary
    from podlib.models.images import ImageInspect
    from podlib.models.migration_options import MoveOptions
    from podlib.models.networks import NetworkInspect
    from podlib.models.pods import PodInspect
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
    networks: Mapping[str, NetworkInspect | None]
    """The container's networks as the target has them; None: it lacks it."""
    image_to_send: ImageInspect | None = None
    """As the source has it; None: the target has it."""
    memory: int | None = None
    running_at_target: Sequence[ContainerSummary] = ()
    dependants: Sequence[str] = ()
    """The source's containers that require it, or share its namespaces."""
    names_taken: Sequence[str] = ()
    """Of the container's names: its id and its name, those that a container at the target has."""
    volumes_taken: Sequence[str] = ()
    """The container's named volumes that the target has already."""
    secrets_missing: Sequence[str] = ()
    registry: ThroughRegistry | None = None
    """What it goes through, if that is a registry."""
    images_taken: Sequence[str] = ()
    """The sides, ``source`` and ``target``, that have an image of that reference already."""

    @property
    def keeps_address(self) -> bool:
        """Whether it asks the target for the address that it has now."""
        changed = self.options.get("ignore_static_ip") or "name" in self.options
        return not (changed or self.registry)

    pod: PodInspect | None = None
    """The one that it is to go into, as the target has it."""

    @property
    def name(self) -> str:
        """The container's name."""
        return self.container.name


def networks_of(container: ContainerInspect) -> dict[str, ContainerNetwork]:
    """The named networks that it is in: without them, inspect names ``host`` or ``none`` there."""
    bridged = container.host_config.network_mode == "bridge"
    return container.network_settings.networks if bridged else {}


def blocker(kind: str, message: str, advice: str) -> Finding:
    """What makes the move fail."""
    return Finding(kind, "blocker", message, advice)


def warning(kind: str, message: str, advice: str) -> Finding:
    """What may make it fail, or is left behind."""
    return Finding(kind, "warning", message, advice)


def blockers_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, sorted."""
    return tuple(sorted(found, key=lambda each: each.severity != "blocker"))
