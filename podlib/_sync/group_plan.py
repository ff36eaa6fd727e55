# Generated from podlib/_async/group_plan.py: edit there.
"""What a move of a whole project would do, asked of both hosts. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import NotFoundError, ParameterError
from podlib.migration_rules.facts import blockers_first, networks_of
from podlib.migration_rules.group_rules import GroupFacts, group_findings, lies_elsewhere
from podlib.project_order import PROJECT, volumes_of, waves

from .migration_plan import gather, planned
from .places import Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Unpack

    from podlib.models.migration_options import MoveOptions
    from podlib.project_order import Waves

    from .client import Podman


@dataclass(frozen=True)
class Members:
    """The containers of a group."""

    name: str
    waves: Waves
    """Those that run, in the order in which they start."""
    staying: Sequence[models.ContainerInspect] = ()
    pod: models.PodInspect | None = None
    infra: models.ContainerInspect | None = None
    """The pod's own container, which does not travel but is made anew."""

    @property
    def title(self) -> str:
        """What it is, for people."""
        return f"{'project' if self.pod is None else 'pod'} {self.name!r}"

    @property
    def networked(self) -> list[models.ContainerInspect]:
        """Those that are in networks by themselves."""
        return self.running if self.infra is None else [*self.running, self.infra]

    @property
    def running(self) -> list[models.ContainerInspect]:
        """All of them in one row."""
        return [each for wave in self.waves for each in wave]


@dataclass(frozen=True)
class Survey:
    """All that is known before a group moves."""

    members: Members
    plan: models.GroupPlan
    places: Places
    """What is to be made at the target."""
    luggage: Mapping[str, Sequence[str]]
    """By container: the volumes whose content is taken from its archive."""
    options: MoveOptions
    """Of each container's move."""


def plan_project_migration(
    project: str,
    source: Podman,
    target: Podman,
    **options: Unpack[models.GroupOptions],
) -> models.GroupPlan:
    """What :func:`migrate_project` would do, and what stands in its way.

    Nothing is changed on either host. ``members`` holds a plan for each container; ``findings``
    has those of all, and what is of the project as a whole. Raises NotFoundError for a project
    that has no container, ParameterError, ConnectError.
    """
    checked = models.group_options(options)
    members = project_members(project, source)
    return (survey(members, source, target, checked)).plan


def project_members(project: str, podman: Podman) -> Members:
    """The containers of a compose project. Raises NotFoundError if it has none, ParameterError."""
    if not project:  # for the server that would be any
        raise ParameterError("project: the name is empty, and all projects of the host would count")
    listed = podman.containers.list(all=True, filters={"label": f"{PROJECT}={project}"})
    found = [podman.containers.inspect(each.id) for each in listed if not each.is_infra]
    if not found:
        where = {"cause": "", "method": "GET", "path": "containers/json"}
        raise NotFoundError(404, f"no container is of the project {project!r}", **where)
    return _members(project, found)


def plan_pod_migration(
    pod: str,
    source: Podman,
    target: Podman,
    **options: Unpack[models.GroupOptions],
) -> models.GroupPlan:
    """What :func:`migrate_pod` would do, and what stands in its way.

    As :func:`plan_project_migration`. Raises NotFoundError if the source has no such pod.
    """
    checked = models.group_options(options)
    members = pod_members(pod, source)
    return (survey(members, source, target, checked)).plan


def pod_members(pod: str, podman: Podman) -> Members:
    """The containers of a pod. Raises NotFoundError."""
    facts = podman.pods.inspect(pod)
    found = [podman.containers.inspect(each.id) for each in facts.containers]
    infra = next((each for each in found if each.id == facts.infra_container_id), None)
    return _members(facts.name, [each for each in found if each is not infra], facts, infra)


def _members(
    name: str,
    found: Sequence[models.ContainerInspect],
    pod: models.PodInspect | None = None,
    infra: models.ContainerInspect | None = None,
) -> Members:
    moving = [each for each in found if each.state.status in {"running", "paused"}]
    staying = [each for each in found if each not in moving]
    return Members(name, waves(moving), sorted(staying, key=lambda each: each.name), pod, infra)


def survey(members: Members, source: Podman, target: Podman, options: MoveOptions) -> Survey:
    """Ask both hosts."""
    if members.pod is not None:
        options = models.move_options({**options, "pod": members.pod.name})
    plans: list[models.MigrationPlan] = []
    there: dict[str, models.Network] = {}
    own: list[models.Finding] = []
    for each in members.networked:
        facts = gather(each, source, target, options)
        found = {name: network for name, network in facts.networks.items() if network}
        there |= found
        plan = planned(replace(facts, networks={**found}, pod=members.pod))
        if each is members.infra:
            own += [finding for finding in plan.findings if finding.kind in _OF_INFRA]
        else:
            plans += [plan]
    networks = networks_for(members.networked, source)
    volumes = [] if options.get("ignore_volumes") else volumes_for(members.running, source)
    places = Places(
        [each for each in networks if each.name not in there],
        volumes,
        _pod_like(members, same_addresses=not options.get("ignore_static_ip")),
    )
    facts_of_all = GroupFacts(
        name=members.title,
        moving=members.running,
        staying=members.staying,
        options=options,
        networks=networks,
        there=there,
        volumes=volumes,
        others=_others(members.running, volumes, source),
        pod=members.pod,
        pod_taken=members.pod is not None and target.pods.exists(members.pod.name),
    )
    plan_of_all = models.GroupPlan(
        name=members.name,
        members=tuple(plans),
        networks=tuple(each.name for each in places.networks),
        volumes=tuple(each.name for each in places.volumes),
        own_findings=blockers_first([*own, *group_findings(facts_of_all)]),
    )
    return Survey(members, plan_of_all, places, luggage_of(members.running, volumes), options)


_OF_INFRA = {"port-taken", "address-taken", "address-outside"}
"""The findings of a pod's own container that matter to a new one like it."""


def _pod_like(members: Members, *, same_addresses: bool) -> models.PodOptions | None:
    if members.pod is None or members.infra is None:
        return None
    return models.pod_like(members.pod, members.infra, same_addresses=same_addresses)


def luggage_of(
    order: Iterable[models.ContainerInspect], volumes: Iterable[models.Volume]
) -> dict[str, list[str]]:
    """By container, whose archive has a volume as it was left: the one that is frozen last.

    Those that share a volume are frozen one after the other, the first in order as the last.
    """
    left = {each.name for each in volumes if not lies_elsewhere(each)}
    found: dict[str, list[str]] = {}
    for each in order:
        found[each.name] = [name for name in dict.fromkeys(volumes_of(each)) if name in left]
        left -= {*found[each.name]}
    return found


def networks_for(
    containers: Iterable[models.ContainerInspect], source: Podman
) -> list[models.Network]:
    """The networks that containers are in."""
    names = {name for each in containers for name in networks_of(each)}
    return [each for each in source.networks.list() if each.name in names]


def volumes_for(
    containers: Iterable[models.ContainerInspect], source: Podman
) -> list[models.Volume]:
    """The named volumes that containers have."""
    names = {name for each in containers for name in volumes_of(each)}
    return [each for each in source.volumes.list() if each.name in names]


def _others(
    moving: Iterable[models.ContainerInspect],
    volumes: Iterable[models.Volume],
    source: Podman,
) -> dict[str, list[str]]:
    """Who else has a volume mounted."""
    ours = {each.id for each in moving}
    found: dict[str, list[str]] = {}
    for volume in volumes:
        users = source.containers.list(filters={"volume": volume.name})
        found[volume.name] = [each.names[0] for each in users if each.id not in ours]
    return found
