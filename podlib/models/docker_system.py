"""What the Docker-compatible API tells of the service and its host."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ._base import (
    EMPTY_DICT,
    EMPTY_LIST,
    Dicted,
    Listed,
    PascalModel,
    Time,
    TimeOrEmpty,
    wire,
)
from .docker_containers import DockerContainerSummary
from .docker_images import DockerImageSummary
from .docker_volumes import DockerVolume
from .system import VersionComponent, VersionPlatform

__all__ = [
    "DockerAuthResult",
    "DockerCommit",
    "DockerDiskUsage",
    "DockerInfo",
    "DockerPlugins",
    "DockerRuntime",
    "DockerSwarm",
    "DockerVersion",
]


class DockerVersion(PascalModel):
    """The versions of the service and of its components."""

    version: str
    api_version: str = ""
    min_api_version: Annotated[str, wire("MinAPIVersion")] = ""
    platform: VersionPlatform = Field(default_factory=VersionPlatform)
    components: Listed[VersionComponent] = EMPTY_LIST
    git_commit: str = ""
    go_version: str = ""
    os: str = ""
    arch: str = ""
    kernel_version: str = ""
    experimental: bool = False
    build_time: Time = None


class DockerPlugins(PascalModel):
    """The drivers that can be named when a volume, network or container is created."""

    volume: Listed[str] = EMPTY_LIST
    network: Listed[str] = EMPTY_LIST
    authorization: Listed[str] = EMPTY_LIST
    log: Listed[str] = EMPTY_LIST


class DockerRuntime(PascalModel):
    """An OCI runtime."""

    path: Annotated[str, wire("path")] = ""
    runtime_args: Annotated[Listed[str], wire("runtimeArgs")] = EMPTY_LIST
    status: Annotated[Dicted[str], wire("status")] = EMPTY_DICT
    type: Annotated[str, wire("runtimeType")] = ""
    options: Annotated[Dicted[object], wire("options")] = EMPTY_DICT


class DockerCommit(PascalModel):
    """The commit that a program was built from."""

    id: Annotated[str, wire("ID")] = ""
    expected: str = ""


class DockerSwarm(PascalModel):
    """The swarm, of which there is none."""

    node_id: Annotated[str, wire("NodeID")] = ""
    node_addr: str = ""
    local_node_state: str = ""
    control_available: bool = False
    error: str = ""
    remote_managers: Listed[object] = EMPTY_LIST
    nodes: int = 0
    managers: int = 0
    cluster: object = None
    warnings: Listed[str] = EMPTY_LIST


class DockerInfo(PascalModel):
    """The service, its host, its storage, as Docker tells of them. Memory is in bytes."""

    id: Annotated[str, wire("ID")] = ""
    containers: int = 0
    containers_running: int = 0
    containers_paused: int = 0
    containers_stopped: int = 0
    images: int = 0
    driver: str = ""
    driver_status: Listed[list[str]] = EMPTY_LIST
    system_status: Listed[list[str]] = EMPTY_LIST
    plugins: DockerPlugins = Field(default_factory=DockerPlugins)
    memory_limit: bool = False
    swap_limit: bool = False
    kernel_memory: bool = False
    kernel_memory_tcp: Annotated[bool, wire("KernelMemoryTCP")] = False
    cpu_cfs_period: bool = False
    cpu_cfs_quota: bool = False
    cpu_shares: Annotated[bool, wire("CPUShares")] = False
    cpu_set: Annotated[bool, wire("CPUSet")] = False
    pids_limit: bool = False
    ipv4_forwarding: Annotated[bool, wire("IPv4Forwarding")] = False
    bridge_nf_iptables: bool = False
    bridge_nf_ip6tables: Annotated[bool, wire("BridgeNfIp6tables")] = False
    debug: bool = False
    nfd: Annotated[int, wire("NFd")] = 0
    oom_kill_disable: bool = False
    n_goroutines: Annotated[int, wire("NGoroutines")] = 0
    system_time: TimeOrEmpty = None
    logging_driver: str = ""
    cgroup_driver: str = ""
    cgroup_version: str = ""
    n_events_listener: Annotated[int, wire("NEventsListener")] = 0
    kernel_version: str = ""
    operating_system: str = ""
    os_version: Annotated[str, wire("OSVersion")] = ""
    os_type: Annotated[str, wire("OSType")] = ""
    architecture: str = ""
    index_server_address: str = ""
    registry_config: object = None
    ncpu: Annotated[int, wire("NCPU")] = 0
    mem_total: int = 0
    generic_resources: Listed[object] = EMPTY_LIST
    docker_root_dir: str = ""
    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: str = ""
    name: str = ""
    labels: Listed[str] = EMPTY_LIST
    experimental_build: bool = False
    server_version: str = ""
    cluster_store: str = ""
    cluster_advertise: str = ""
    runtimes: Dicted[DockerRuntime] = EMPTY_DICT
    default_runtime: str = ""
    swarm: DockerSwarm = Field(default_factory=DockerSwarm)
    live_restore_enabled: bool = False
    isolation: str = ""
    init_binary: str = ""
    containerd_commit: DockerCommit = Field(default_factory=DockerCommit)
    runc_commit: DockerCommit = Field(default_factory=DockerCommit)
    init_commit: DockerCommit = Field(default_factory=DockerCommit)
    security_options: Listed[str] = EMPTY_LIST
    product_license: str = ""
    default_address_pools: Listed[object] = EMPTY_LIST
    firewall_backend: object = None
    cdi_spec_dirs: Annotated[Listed[str], wire("CDISpecDirs")] = EMPTY_LIST
    discovered_devices: Listed[object] = EMPTY_LIST
    containerd: object = None
    warnings: Listed[str] = EMPTY_LIST
    build_info: Dicted[object] = EMPTY_DICT
    """Podman's own, as what follows."""
    buildah_version: str = ""
    cpu_realtime_period: Annotated[bool, wire("CPURealtimePeriod")] = False
    cpu_realtime_runtime: Annotated[bool, wire("CPURealtimeRuntime")] = False
    cgroup_controllers: Listed[str] = EMPTY_LIST
    rootless: bool = False
    swap_free: int = 0
    swap_total: int = 0
    uptime: str = ""


class DockerDiskUsage(PascalModel):
    """How much space everything takes, in bytes."""

    layers_size: int = 0
    images: Listed[DockerImageSummary] = EMPTY_LIST
    containers: Listed[DockerContainerSummary] = EMPTY_LIST
    volumes: Listed[DockerVolume] = EMPTY_LIST
    build_cache: Listed[object] = EMPTY_LIST
    builder_size: int = 0
    image_usage: object = None
    container_usage: object = None
    volume_usage: object = None
    build_cache_usage: object = None


class DockerAuthResult(PascalModel):
    """What became of a login."""

    status: str = ""
    identity_token: str = ""
