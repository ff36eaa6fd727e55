# Generated from podlib/_async/migration_plan.py: edit there.
"""What a move would do, and what stands in its way, asked of both hosts. Nothing is changed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import APIError, NotFoundError, ResponseModelError, StreamError
from podlib.migration_rules import Facts, findings
from podlib.migration_rules.facts import networks_of

if TYPE_CHECKING:
    from typing import Unpack

    from podlib.models.migration_options import MoveOptions

    from .client import Podman
    from .ways import Through


def plan_migration(
    container: str,
    source: Podman,
    target: Podman,
    *,
    through: Through | None = None,
    **options: Unpack[models.MoveOptions],
) -> models.MigrationPlan:
    """What :func:`migrate` with the same arguments would do, and what stands in its way.

    Nothing is changed on either host. Its ``findings`` are blockers, which the move refuses, and
    warnings, each with what to do; ``print`` shows it for people. What no host tells is in no
    plan: open connections and file locks, the CPUs' features, whether the target has the paths
    that are mounted, CRIU's versions. Raises ParameterError for an option that is unknown,
    NotFoundError if the source has no such container, ConnectError.
    """
    checked = models.move_options(options)
    inspected = source.containers.inspect(container, size=True)
    return planned(gather(inspected, source, target, checked, through))


def planned(facts: Facts) -> models.MigrationPlan:
    """The plan that follows from the facts."""
    container = facts.container
    return models.MigrationPlan(
        container_id=container.id,
        name=container.name,
        image=container.image_name,
        image_bytes=facts.image_to_send.size if facts.image_to_send else 0,
        memory_bytes=facts.memory,
        root_fs_bytes=container.size_rw or 0,
        volumes=tuple(_volumes(container)),
        networks=tuple(networks_of(container)),
        source_version=facts.source_version,
        target_version=facts.target_version,
        findings=findings(facts),
    )


def gather(
    container: models.ContainerInspect,
    source: Podman,
    target: Podman,
    options: MoveOptions,
    through: Through | None = None,
) -> Facts:
    """Ask both hosts."""
    registry = through if isinstance(through, models.ThroughRegistry) else None
    names = [options["name"]] if "name" in options else [container.id, container.name]
    has_image = not container.image or target.images.exists(container.image)
    return Facts(
        container=container,
        options=options,
        source=source.system.info(),
        target=target.system.info(),
        source_version=source.server_version,
        target_version=target.server_version,
        image_to_send=None if has_image else source.images.inspect(container.image),
        memory=_memory(source, container),
        running_at_target=target.containers.list(),
        dependants=_dependants(source, container.id),
        names_taken=[each for each in names if target.containers.exists(each)],
        networks={each: _network(target, each) for each in networks_of(container)},
        volumes_taken=[
            each for each in _volumes(container) if _has(target, "volumes/{}/exists", each)
        ],
        secrets_missing=[
            each.name
            for each in container.config.secrets
            if not _has(target, "secrets/{}/json", each.name)
        ],
        registry=registry,
        images_taken=[
            side
            for side, podman in (("source", source), ("target", target))
            if registry and podman.images.exists(registry.reference)
        ],
        pod=_pod(target, options["pod"]) if "pod" in options else None,
    )


def _volumes(container: models.ContainerInspect) -> list[str]:
    return [mount.name for mount in container.mounts if mount.type == "volume"]


def _dependants(source: Podman, container: str) -> list[str]:
    """Who needs it was created after it."""
    found: list[str] = []
    for each in source.containers.list(all=True, filters={"since": container}):
        with suppress(NotFoundError):  # it has gone meanwhile
            facts = source.containers.inspect(each.id)
            found += [facts.name] if container in facts.dependencies else []
    return found


def _memory(source: Podman, container: models.ContainerInspect) -> int | None:
    if container.state.status != "running":
        return None
    try:
        [stats] = source.containers.stats(container.id)
    except (APIError, StreamError, ResponseModelError, ValueError):  # it has ended, or no cgroup
        return None
    return stats.mem_usage


def _network(target: Podman, name: str) -> models.NetworkInspect | None:
    try:
        return target.networks.inspect(name)
    except NotFoundError:
        return None


def _pod(target: Podman, name: str) -> models.PodInspect | None:
    try:
        return target.pods.inspect(name)
    except NotFoundError:
        return None


def _has(target: Podman, route: str, name: str) -> bool:
    """Asked by route: a name may look like the beginning of an id, which the nouns refuse."""
    try:
        target.request("GET", route, name)
    except NotFoundError:
        return False
    return True
