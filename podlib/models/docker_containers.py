"""What the Docker-compatible operations on containers answer, but for inspect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, TypedDict

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, PascalModel, Texts, UnixTime, wire

__all__ = [
    "DockerChange",
    "DockerContainerFilters",
    "DockerContainerPruneFilters",
    "DockerContainerSummary",
    "DockerContainersPruned",
    "DockerEndpoint",
    "DockerMountPoint",
    "DockerPort",
    "DockerSummaryHostConfig",
    "DockerSummaryNetworks",
    "DockerUpdated",
    "DockerWaitError",
    "DockerWaited",
]

DockerContainerFilters = TypedDict(
    "DockerContainerFilters",
    {
        "ancestor": Texts,
        "before": Texts,
        "exited": int | Sequence[int],
        "health": Texts,
        "id": Texts,
        "label": Texts,
        "label!": Texts,
        "name": Texts,
        "network": Texts,
        "pod": Texts,
        "since": Texts,
        "status": Texts,
        "until": str | datetime,
        "volume": Texts,
    },
    total=False,
)
"""What ``docker.containers.list`` can go by. Several values of one name: any of them; of ``label``:
all of them."""

DockerContainerPruneFilters = TypedDict(
    "DockerContainerPruneFilters",
    {"label": Texts, "label!": Texts, "until": str | datetime},
    total=False,
)
"""What ``docker.containers.prune`` can go by. ``until``: those that were created before."""


class DockerPort(PascalModel):
    """A port of a container; ``public_port`` is that of the host, 0 if it is not published."""

    ip: Annotated[str, wire("IP")] = ""
    private_port: int = 0
    public_port: int = 0
    type: str = ""


class DockerEndpoint(PascalModel):
    """A container's place in a network; empty until it runs."""

    ipam_config: Annotated[Dicted[object], wire("IPAMConfig")] = EMPTY_DICT
    """The addresses that it was asked to have."""
    links: Listed[str] = EMPTY_LIST
    aliases: Listed[str] = EMPTY_LIST
    network_id: Annotated[str, wire("NetworkID")] = ""
    endpoint_id: Annotated[str, wire("EndpointID")] = ""
    gateway: str = ""
    gw_priority: int = 0
    ip_address: Annotated[str, wire("IPAddress")] = ""
    ip_prefix_len: Annotated[int, wire("IPPrefixLen")] = 0
    ipv6_gateway: Annotated[str, wire("IPv6Gateway")] = ""
    global_ipv6_address: Annotated[str, wire("GlobalIPv6Address")] = ""
    global_ipv6_prefix_len: Annotated[int, wire("GlobalIPv6PrefixLen")] = 0
    mac_address: str = ""
    driver_opts: Dicted[str] = EMPTY_DICT
    dns_names: Annotated[Listed[str], wire("DNSNames")] = EMPTY_LIST


class DockerMountPoint(PascalModel):
    """A volume or a path of the host in a container."""

    type: str = ""
    name: str = ""
    source: str = ""
    destination: str = ""
    driver: str = ""
    mode: str = ""
    rw: Annotated[bool, wire("RW")] = False
    propagation: str = ""


class DockerSummaryHostConfig(PascalModel):
    """What a list tells of how a container is set into its host."""

    network_mode: str = ""
    annotations: Dicted[str] = EMPTY_DICT


class DockerSummaryNetworks(PascalModel):
    """The networks of a container, by name."""

    networks: Dicted[DockerEndpoint] = EMPTY_DICT


class DockerContainerSummary(PascalModel):
    """One container of a list. Sizes are in bytes."""

    id: str
    names: Listed[str] = EMPTY_LIST
    """Each with a slash before it, as Docker has them."""
    image: str = ""
    image_id: Annotated[str, wire("ImageID")] = ""
    command: str = ""
    created: UnixTime = None
    ports: Listed[DockerPort] = EMPTY_LIST
    size_rw: int = 0
    """Only if asked for, as ``size_root_fs``."""
    size_root_fs: int = 0
    labels: Dicted[str] = EMPTY_DICT
    state: str = ""
    status: str = ""
    """In words, such as ``Up 5 seconds``."""
    host_config: DockerSummaryHostConfig | None = None
    network_settings: DockerSummaryNetworks | None = None
    mounts: Listed[DockerMountPoint] = EMPTY_LIST
    name: str = ""
    """Podman leaves it empty, as the next three."""
    config: object = None
    networking_config: object = None
    platform: object = None
    default_read_only_non_recursive: bool = False
    image_manifest_descriptor: object = None
    adjust_cpu_shares: Annotated[bool, wire("AdjustCPUShares")] = False
    """Podman 4 only."""


class DockerWaitError(PascalModel):
    """Why a wait failed."""

    message: str = ""


class DockerWaited(PascalModel):
    """The end of a container."""

    status_code: int = 0
    """Its exit code."""
    error: DockerWaitError | None = None


class DockerUpdated(PascalModel):
    """What the server found odd about an update."""

    warnings: Listed[str] = EMPTY_LIST


class DockerContainersPruned(PascalModel):
    """The ids of the containers that were removed, and the bytes that this freed."""

    containers_deleted: Listed[str] = EMPTY_LIST
    space_reclaimed: int = 0


class DockerChange(PascalModel):
    """A path that a container has otherwise than its image: 0 modified, 1 added, 2 deleted."""

    path: str
    kind: Literal[0, 1, 2]
