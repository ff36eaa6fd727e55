"""Between the types of a runtime and those of the APIs beneath it. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, cast

from .models import DockerConfig
from .models.runtime import (
    BuildSpec,
    Container,
    ContainerDetails,
    ImageDetails,
    ImageRef,
    MountPoint,
    NetworkPlace,
    RunSpec,
)

if TYPE_CHECKING:
    from .models import BuildOptions
    from .models.docker_container_inspect import DockerContainer
    from .models.docker_container_options import DockerContainerOptions
    from .models.docker_containers import DockerContainerSummary, DockerMountPoint
    from .models.docker_images import DockerImage, DockerImageSummary
    from .models.network_parts import NetworkAttachment

_ID = re.compile(r"[0-9a-f]{64}")
_MODES = ("bridge", "none", "host", "container", "ns")
"""What is no network's name, as far as Docker's API has it."""


# -- specifications ----------------------------------------------------------------------------


def container_options(spec: RunSpec) -> DockerContainerOptions:
    """What a specification says of a container besides its image."""
    said = _said(spec, RunSpec(image=""), ("image", "network"))
    return cast("DockerContainerOptions", said | _network(spec.network))


def _network(
    given: str | NetworkAttachment | Sequence[NetworkAttachment | str],
) -> dict[str, object]:
    if not given:
        return {}
    if isinstance(given, str) and given.partition(":")[0] in _MODES:
        return {"network_mode": given}
    several = isinstance(given, Sequence) and not isinstance(given, str)
    return {"networks": given if several else [given]}


def build_options(spec: BuildSpec) -> BuildOptions:
    """What a specification says of a build besides its context."""
    said = _said(spec, BuildSpec(context=""), ("context", "credentials", "platform"))
    if spec.platform:
        said["platforms"] = [spec.platform]
    return cast("BuildOptions", said)


def _said(
    spec: RunSpec | BuildSpec, empty: RunSpec | BuildSpec, apart: Sequence[str]
) -> dict[str, object]:
    """What is not as it is by default. The options have the names of the fields."""
    names = [each.name for each in fields(spec) if each.name not in apart]
    return {name: said for name in names if (said := getattr(spec, name)) != getattr(empty, name)}


# -- answers -----------------------------------------------------------------------------------


def image_ref(found: DockerImageSummary) -> ImageRef:
    """An image of a list."""
    return ImageRef(_digits(found.id), tuple(found.repo_tags))


def image_details(found: DockerImage) -> ImageDetails:
    """An image that was inspected."""
    config = found.config or DockerConfig()
    return ImageDetails(
        id=_digits(found.id),
        tags=tuple(found.repo_tags),
        labels=config.labels,
        env=_pairs(config.env),
        user=config.user,
        workdir=config.working_dir,
        entrypoint=tuple(config.entrypoint),
        command=tuple(config.cmd),
        exposed_ports=tuple(sorted(config.exposed_ports)),
        architecture=found.architecture,
        os=found.os,
        size=found.size,
        created=found.created,
    )


_STATES = {
    "configured": "created",
    "initialized": "created",
    "stopping": "running",
    "stopped": "exited",
}
"""What Docker says for what Podman says now and then."""


def container(found: DockerContainerSummary) -> Container:
    """A container of a list."""
    name = found.names[0].removeprefix("/") if found.names else ""
    return Container(found.id, name, found.image, _state(found.state), found.labels)


def container_details(found: DockerContainer) -> ContainerDetails:
    """A container that was inspected."""
    state = found.state
    status = _state(state.status)  # what is being stopped does not count as ``running``
    ended = state.finished_at is not None and status not in ("running", "paused")
    return ContainerDetails(
        id=found.id,
        name=found.name.removeprefix("/"),
        image=found.config.image,
        state=status,
        labels=found.config.labels,
        image_id=_digits(found.image),
        created=found.created,
        env=_pairs(found.config.env),
        user=found.config.user,
        mounts=tuple(map(_mount, found.mounts)),
        networks={
            name: NetworkPlace(each.ip_address, tuple(each.aliases))
            for name, each in found.network_settings.networks.items()
        },
        ports={
            port: tuple(f"{each.host_ip}:{each.host_port}" for each in places)
            for port, places in found.network_settings.ports.items()
            if places
        },
        pid=0 if ended else state.pid,
        exit_code=state.exit_code if ended else None,
        started=state.started_at,
        finished=state.finished_at if ended else None,
        health=state.health.status if state.health else "",
    )


def _state(status: str) -> str:
    return _STATES.get(status, status)


def in_short(details: ContainerDetails) -> Container:
    """What a list would tell of it."""
    return Container(details.id, details.name, details.image, details.state, details.labels)


def _mount(found: DockerMountPoint) -> MountPoint:
    return MountPoint(
        found.type, found.name or found.source, found.destination, read_only=not found.rw
    )


def _digits(id_: str) -> str:
    """An image's id as libpod has it: Docker's API puts the algorithm before it."""
    return id_.removeprefix("sha256:")


def image_name(name: str) -> str:
    """A name or id as Docker's API takes it: an id alone, it takes for a name that cannot be."""
    return f"sha256:{name}" if _ID.fullmatch(name) else name


def _pairs(env: Sequence[str]) -> dict[str, str]:
    return {name: value for name, _, value in (each.partition("=") for each in env)}
