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

    from .client import AsyncPodman
    from .ways import Through


async def async_plan_migration(
    container: str,
    source: AsyncPodman,
    target: AsyncPodman,
    *,
    through: Through | None = None,
    **options: Unpack[models.MoveOptions],
) -> models.MigrationPlan:
    """What :func:`async_migrate` with the same arguments would do, and what stands in its way.

    Nothing is changed on either host. Its ``findings`` are blockers, which the move refuses, and
    warnings, each with what to do; ``print`` shows it for people. What no host tells is in no
    plan: open connections and file locks, the CPUs' features, whether the target has the paths
    that are mounted, CRIU's versions. Raises ParameterError for an option that is unknown,
    NotFoundError if the source has no such container, ConnectError.
    """
    checked = models.move_options(options)
    inspected = await source.containers.inspect(container, size=True)
    return planned(await gather(inspected, source, target, checked, through))


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


async def gather(
    container: models.ContainerInspect,
    source: AsyncPodman,
    target: AsyncPodman,
    options: MoveOptions,
    through: Through | None = None,
) -> Facts:
    """Ask both hosts."""
    registry = through if isinstance(through, models.ThroughRegistry) else None
    names = [options["name"]] if "name" in options else [container.id, container.name]
    has_image = not container.image or await target.images.exists(container.image)
    return Facts(
        container=container,
        options=options,
        source=await source.system.info(),
        target=await target.system.info(),
        source_version=source.server_version,
        target_version=target.server_version,
        image_to_send=None if has_image else await source.images.inspect(container.image),
        memory=await _memory(source, container),
        running_at_target=await target.containers.list(),
        dependants=await _dependants(source, container.id),
        names_taken=[each for each in names if await target.containers.exists(each)],
        networks={each: await _network(target, each) for each in networks_of(container)},
        volumes_taken=[
            each for each in _volumes(container) if await _has(target, "volumes/{}/exists", each)
        ],
        secrets_missing=[
            each.name
            for each in container.config.secrets
            if not await _has(target, "secrets/{}/json", each.name)
        ],
        registry=registry,
        images_taken=[
            side
            for side, podman in (("source", source), ("target", target))
            if registry and await podman.images.exists(registry.reference)
        ],
        pod=await _pod(target, options["pod"]) if "pod" in options else None,
    )


def _volumes(container: models.ContainerInspect) -> list[str]:
    return [mount.name for mount in container.mounts if mount.type == "volume"]


async def _dependants(source: AsyncPodman, container: str) -> list[str]:
    """Who needs it was created after it."""
    found: list[str] = []
    for each in await source.containers.list(all=True, filters={"since": container}):
        with suppress(NotFoundError):  # it has gone meanwhile
            facts = await source.containers.inspect(each.id)
            found += [facts.name] if container in facts.dependencies else []
    return found


async def _memory(source: AsyncPodman, container: models.ContainerInspect) -> int | None:
    if container.state.status != "running":
        return None
    try:
        [stats] = await source.containers.stats(container.id)
    except (APIError, StreamError, ResponseModelError, ValueError):  # it has ended, or no cgroup
        return None
    return stats.mem_usage


async def _network(target: AsyncPodman, name: str) -> models.NetworkInspect | None:
    try:
        return await target.networks.inspect(name)
    except NotFoundError:
        return None


async def _pod(target: AsyncPodman, name: str) -> models.PodInspect | None:
    try:
        return await target.pods.inspect(name)
    except NotFoundError:
        return None


async def _has(target: AsyncPodman, route: str, name: str) -> bool:
    """Asked by route: a name may look like the beginning of an id, which the nouns refuse."""
    try:
        await target.request("GET", route, name)
    except NotFoundError:
        return False
    return True
