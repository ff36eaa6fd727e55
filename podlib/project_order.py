"""The containers of a compose project, in the order in which they start. No I/O."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .models.container_inspect import ContainerInspect

    Waves: TypeAlias = "list[list[ContainerInspect]]"

PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
_NUMBER = "com.docker.compose.container-number"
_DEPENDS_ON = "com.docker.compose.depends_on"


def service_of(container: ContainerInspect) -> str:
    """The service that it is of; its own name, if no label says."""
    return container.config.labels.get(_SERVICE) or container.name


def volumes_of(container: ContainerInspect) -> list[str]:
    """The named volumes that it has."""
    return [mount.name for mount in container.mounts if mount.type == "volume"]


def waves(containers: Iterable[ContainerInspect]) -> Waves:
    """Those of one wave start together, once those of the waves before it run.

    A service starts after those that it depends on, and where two containers have a volume in
    common, one after the other: so they are frozen in turn, and the one that is frozen last tells
    what is in the volume. Else the order is that of the services' names. Dependencies that run in
    a circle are not heeded.
    """
    by_name = {each.name: each for each in sorted(containers, key=_place)}
    after = _dependencies(by_name)
    try:
        order = [name for wave in _sorted(after) for name in wave]
    except CycleError:
        after = {name: set[str]() for name in by_name}
        order = [*by_name]
    for name, earlier in _sharing([by_name[name] for name in order]):
        after[name].add(earlier)
    return [[by_name[name] for name in wave] for wave in _sorted(after)]


def _place(container: ContainerInspect) -> tuple[str, int, str]:
    number = container.config.labels.get(_NUMBER, "")
    return service_of(container), int(number) if number.isdecimal() else 0, container.name


def _dependencies(by_name: Mapping[str, ContainerInspect]) -> dict[str, set[str]]:
    """Of each container, those that it starts after."""
    of_service: dict[str, set[str]] = {}
    for each in by_name.values():
        of_service.setdefault(service_of(each), set()).add(each.name)
    after: dict[str, set[str]] = {}
    for name, each in by_name.items():
        texts = each.config.labels.get(_DEPENDS_ON, "").split(",")
        services = {text.partition(":")[0].strip() for text in texts}
        after[name] = {it for service in services for it in of_service.get(service, ())} - {name}
    return after


def _sharing(order: Sequence[ContainerInspect]) -> list[tuple[str, str]]:
    """Who has a volume in common with one that comes earlier."""
    return [
        (later.name, earlier.name)
        for at, later in enumerate(order)
        for earlier in order[:at]
        if not {*volumes_of(later)}.isdisjoint(volumes_of(earlier))
    ]


def _sorted(after: Mapping[str, set[str]]) -> list[list[str]]:
    """In waves; in each the order of ``after`` stays. Raises CycleError."""
    sorter = TopologicalSorter(after)
    sorter.prepare()
    places = {name: at for at, name in enumerate(after)}
    found: list[list[str]] = []
    while ready := sorter.get_ready():
        found += [sorted(ready, key=lambda name: places[name])]
        sorter.done(*ready)
    return found
