"""What the pod operations answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypedDict

from ._base import (
    EMPTY_DICT,
    EMPTY_LIST,
    Dicted,
    Listed,
    PascalModel,
    SomeTime,
    Texts,
    wire,
)
from ._shared import Reason
from .container_inspect import (
    ContainerDevice,
    ContainerMount,
    HostPort,
    ThrottleDevice,
    WeightDevice,
)

__all__ = [
    "PodContainer",
    "PodCreated",
    "PodFilters",
    "PodInfraConfig",
    "PodInspect",
    "PodRemoved",
    "PodReport",
    "PodStats",
    "PodSummary",
    "PodSummaryContainer",
    "PodTop",
]

PodFilters = TypedDict(
    "PodFilters",
    {
        "ctr-ids": Texts,
        "ctr-names": Texts,
        "ctr-number": int | Sequence[int],
        "ctr-status": Texts,
        "id": Texts,
        "label": Texts,
        "label!": Texts,
        "name": Texts,
        "network": Texts,
        "status": Texts,
        "until": str | datetime,
    },
    total=False,
)
"""What ``list`` of pods can go by. Several values of one name: any of them; of ``label``: all of
them. Ids and names are patterns; of the containers of a pod, the server may look at only one.
``label!`` (Podman 5): pods without it."""


class PodCreated(PascalModel):
    """A new pod."""

    id: str


class PodReport(PascalModel):
    """What became of a pod that was to start, to stop, or the like.

    A container that did not follow is an error, so ``errors`` is empty.
    """

    id: str
    errors: Annotated[Listed[str], wire("Errs")] = EMPTY_LIST
    raw_input: str = ""
    """The name that was asked for, if the server says it."""


class PodRemoved(PascalModel):
    """A pod that was removed. ``error`` says why it was not, else it is empty."""

    id: str
    error: Annotated[Reason, wire("Err")] = ""
    removed_containers: Annotated[Dicted[Reason], wire("RemovedCtrs")] = EMPTY_DICT
    """Why each of its containers, by id, was not removed, else empty. Podman 4 names none."""


class PodContainer(PascalModel):
    """A container of a pod."""

    id: str
    name: str = ""
    state: str = ""


class PodInfraConfig(PascalModel):
    """What the infra container has, and with it the others. Times are in microseconds."""

    port_bindings: Dicted[Listed[HostPort]] = EMPTY_DICT
    host_network: bool = False
    static_ip: Annotated[str, wire("StaticIP")] = ""
    static_mac: Annotated[str, wire("StaticMAC")] = ""
    no_manage_resolv_conf: bool = False
    dns_server: Annotated[Listed[str], wire("DNSServer")] = EMPTY_LIST
    dns_search: Annotated[Listed[str], wire("DNSSearch")] = EMPTY_LIST
    dns_option: Annotated[Listed[str], wire("DNSOption")] = EMPTY_LIST
    no_manage_hostname: bool = False
    no_manage_hosts: bool = False
    host_add: Listed[str] = EMPTY_LIST
    hosts_file: str = ""
    networks: Listed[str] = EMPTY_LIST
    network_options: Dicted[Listed[str]] = EMPTY_DICT
    cpu_period: Annotated[int, wire("cpu_period")] = 0
    cpu_quota: Annotated[int, wire("cpu_quota")] = 0
    cpuset_cpus: Annotated[str, wire("cpuset_cpus")] = ""
    pid_ns: Annotated[str, wire("pid_ns")] = ""
    userns: Annotated[str, wire("userns")] = ""
    uts_ns: Annotated[str, wire("uts_ns")] = ""


class PodInspect(PascalModel):
    """Everything Podman knows about one pod. Sizes are in bytes; 0 is no limit."""

    id: str
    name: str
    namespace: str = ""
    created: SomeTime
    create_command: Listed[str] = EMPTY_LIST
    exit_policy: str = ""
    restart_policy: str = ""
    state: str
    """``Created``, ``Running``, ``Degraded`` (some containers run, some do not), ``Paused``,
    ``Exited``, …"""
    hostname: str = ""
    labels: Dicted[str] = EMPTY_DICT
    create_cgroup: bool = False
    cgroup_parent: str = ""
    cgroup_path: str = ""
    create_infra: bool = False
    infra_container_id: Annotated[str, wire("InfraContainerID")] = ""
    infra_config: PodInfraConfig | None = None
    shared_namespaces: Listed[str] = EMPTY_LIST
    num_containers: int = 0
    """With the infra container."""
    containers: Listed[PodContainer] = EMPTY_LIST
    cpu_period: Annotated[int, wire("cpu_period")] = 0
    """In microseconds, like ``cpu_quota``."""
    cpu_quota: Annotated[int, wire("cpu_quota")] = 0
    cpu_shares: Annotated[int, wire("cpu_shares")] = 0
    cpuset_cpus: Annotated[str, wire("cpuset_cpus")] = ""
    cpuset_mems: Annotated[str, wire("cpuset_mems")] = ""
    memory_limit: Annotated[int, wire("memory_limit")] = 0
    memory_swap: Annotated[int, wire("memory_swap")] = 0
    blkio_weight: Annotated[int, wire("blkio_weight")] = 0
    blkio_weight_device: Annotated[Listed[WeightDevice], wire("blkio_weight_device")] = EMPTY_LIST
    device_read_bps: Annotated[Listed[ThrottleDevice], wire("device_read_bps")] = EMPTY_LIST
    device_write_bps: Annotated[Listed[ThrottleDevice], wire("device_write_bps")] = EMPTY_LIST
    devices: Annotated[Listed[ContainerDevice], wire("devices")] = EMPTY_LIST
    mounts: Annotated[Listed[ContainerMount], wire("mounts")] = EMPTY_LIST
    security_opt: Annotated[Listed[str], wire("security_opt")] = EMPTY_LIST
    volumes_from: Annotated[Listed[str], wire("volumes_from")] = EMPTY_LIST
    lock_number: int | None = None


class PodSummaryContainer(PascalModel):
    """A container of a pod in a list."""

    id: str
    names: str = ""
    status: str = ""
    restart_count: int = 0


class PodSummary(PascalModel):
    """One pod of a list."""

    id: str
    name: str
    namespace: str = ""
    created: SomeTime
    status: str
    """``Created``, ``Running``, ``Degraded`` (some containers run, some do not), ``Paused``,
    ``Exited``, …"""
    cgroup: str = ""
    """Its parent."""
    infra_id: str = ""
    containers: Listed[PodSummaryContainer] = EMPTY_LIST
    """With the infra container."""
    networks: Listed[str] = EMPTY_LIST
    labels: Dicted[str] = EMPTY_DICT


class PodStats(PascalModel):
    """What one container of a pod uses, in the words of ``podman pod stats``; ``--`` is unknown.

    ``mem_usage`` has units of 1000 (``kB``), ``mem_usage_bytes`` of 1024 (``KiB``).
    """

    pod: str
    """The first digits of the pod's id; ``cid`` those of the container's."""
    cid: Annotated[str, wire("CID")]
    name: str = ""
    """The container's."""
    cpu: Annotated[str, wire("CPU")] = ""
    mem: str = ""
    mem_usage: str = ""
    """What it uses, and how much there is, as ``6.5MB / 25.3GB``."""
    mem_usage_bytes: str = ""
    net_io: Annotated[str, wire("NetIO")] = ""
    """Received and sent."""
    block_io: Annotated[str, wire("BlockIO")] = ""
    """Read and written."""
    pids: Annotated[str, wire("PIDS")] = ""


class PodTop(PascalModel):
    """The processes of a pod: the columns' titles, and for each process their texts."""

    titles: Listed[str] = EMPTY_LIST
    processes: Listed[list[str]] = EMPTY_LIST
