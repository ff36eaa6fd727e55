"""Of a group as a whole: what stays behind, and what several share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .facts import blocker, blockers_first, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from podlib.models.container_inspect import ContainerInspect
    from podlib.models.migration_options import MoveOptions
    from podlib.models.migration_plan import Finding
    from podlib.models.networks import Network
    from podlib.models.pods import PodInspect
    from podlib.models.volumes import Volume


@dataclass(frozen=True)
class GroupFacts:
    """What the rules go by. They ask nobody."""

    name: str
    """Of the group, such as ``project 'shop'``."""
    moving: Sequence[ContainerInspect]
    staying: Sequence[ContainerInspect]
    """Those that do not run."""
    options: MoveOptions
    networks: Sequence[Network] = ()
    """Those of the containers, as the source has them."""
    there: Mapping[str, Network] = field(default_factory=dict[str, "Network"])
    """Those of them that the target has."""
    volumes: Sequence[Volume] = ()
    """Those that are to be made at the target, as the source has them."""
    others: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    """By volume: the running containers of the source that have it and do not move."""
    pod: PodInspect | None = None
    """If it is one, as the source has it."""
    pod_taken: bool = False
    """Whether the target has one of its name."""


def group_findings(facts: GroupFacts) -> tuple[Finding, ...]:
    """All that was found, blockers first."""
    return blockers_first(finding for rule in _RULES for finding in rule(facts))


def lies_elsewhere(volume: Volume) -> bool:
    """Whether what is in it is not the volume's own, but a device's or an image's."""
    return "device" in volume.options or volume.driver == "image"


def _runs(facts: GroupFacts) -> Iterator[Finding]:
    if not facts.moving:
        yield blocker(
            "nothing-runs",
            f"no container of {facts.name} runs",
            "What does not run needs no checkpoint: create it anew.",
        )


def _staying(facts: GroupFacts) -> Iterator[Finding]:
    for each in facts.staying:
        if each.state.checkpointed:
            yield blocker(
                "frozen",
                f"container {each.name!r} is frozen",
                "Bring it back first: `podman container restore`, or `recover_migration` if it "
                "was under way.",
            )
        else:
            yield warning(
                "stays",
                f"container {each.name!r} is {each.state.status}, and stays on the source",
                "What does not run does not move: create it anew, if it is needed there.",
            )


def _networks(facts: GroupFacts) -> Iterator[Finding]:
    if facts.options.get("ignore_static_ip"):
        return
    for network in facts.networks:
        there = facts.there.get(network.name)
        here = {each.subnet for each in network.subnets}
        if there is not None and here != {each.subnet for each in there.subnets}:
            yield blocker(
                "network-differs",
                f"the target has a network {network.name!r} with other subnets",
                "Remove it there, or let the target choose the addresses, with `ignore_static_ip`.",
            )


def _volumes(facts: GroupFacts) -> Iterator[Finding]:
    for volume in facts.volumes:
        if volume.options.get("type") == "tmpfs":
            yield blocker(
                "volume-in-memory",
                f"the volume {volume.name!r} lies in memory",
                "Its content cannot be brought over: use a tmpfs mount, which travels with its "
                "container.",
            )
        elif lies_elsewhere(volume):
            yield warning(
                "volume-device",
                f"what is in the volume {volume.name!r} lies elsewhere, and is not sent",
                "The target must reach the same device or image.",
            )
        if others := facts.others.get(volume.name):
            yield warning(
                "volume-shared",
                f"{', '.join(others)} uses the volume {volume.name!r} too, and stays",
                "What it writes from now on does not travel.",
            )


def _pods(facts: GroupFacts) -> Iterator[Finding]:
    pod = facts.pod
    if pod is None:
        return
    if facts.pod_taken:
        yield blocker(
            "pod-taken",
            f"the target has a pod {pod.name!r} already",
            "Remove it there.",
        )
    if not pod.infra_container_id:
        yield blocker(
            "pod-without-infra",
            f"the pod {pod.name!r} has no infra container, and Podman restores nothing into it",
            "Move its containers by themselves.",
        )
    if pod.exit_policy == "stop":
        yield blocker(
            "pod-stops",
            f"the pod {pod.name!r} stops as soon as none of its containers runs",
            "So it would not last while they are frozen: create it with the exit policy "
            "`continue`.",
        )
    if settings := [*_not_made_anew(pod)]:
        yield warning(
            "pod-settings",
            f"the new pod {pod.name!r} will be without its {', '.join(settings)}",
            "Create it by hand, if it needs them, and move its containers into it with `pod`.",
        )


def _not_made_anew(pod: PodInspect) -> Iterator[str]:
    limits = (pod.cpu_quota, pod.cpu_shares, pod.cpuset_cpus, pod.memory_limit, pod.blkio_weight)
    found = {
        "limits": any(limits),
        "devices": bool(pod.devices),
        "mounts": bool(pod.mounts),
        "security options": bool(pod.security_opt),
        "user namespace": pod.infra_config is not None
        and pod.infra_config.userns not in {"", "host"},
    }
    return (name for name, there in found.items() if there)


_RULES = (_runs, _staying, _networks, _volumes, _pods)
