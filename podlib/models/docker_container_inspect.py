"""Everything that the Docker-compatible API tells of one container."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, PascalModel, SomeTime, Time, wire
from ._shared import GraphDriver, HealthConfig
from .container_inspect import (
    ContainerDevice,
    ContainerUlimit,
    HealthState,
    HostPort,
    NetworkAddress,
    RestartPolicy,
    ThrottleDevice,
    WeightDevice,
)
from .docker_containers import DockerEndpoint, DockerMountPoint

__all__ = [
    "DockerConfig",
    "DockerContainer",
    "DockerContainerState",
    "DockerHostConfig",
    "DockerLogConfig",
    "DockerNetworkSettings",
]


class DockerContainerState(PascalModel):
    """What a container does now, and when it began and ended."""

    status: str
    running: bool = False
    paused: bool = False
    restarting: bool = False
    oom_killed: Annotated[bool, wire("OOMKilled")] = False
    dead: bool = False
    pid: int = 0
    exit_code: int = 0
    error: str = ""
    started_at: Time = None
    finished_at: Time = None
    health: HealthState | None = None


class DockerConfig(PascalModel):
    """What a container's process was created with."""

    hostname: str = ""
    domainname: str = ""
    user: str = ""
    attach_stdin: bool = False
    attach_stdout: bool = False
    attach_stderr: bool = False
    exposed_ports: Dicted[dict[str, object]] = EMPTY_DICT
    tty: bool = False
    open_stdin: bool = False
    stdin_once: bool = False
    env: Listed[str] = EMPTY_LIST
    """``NAME=value`` each."""
    cmd: Listed[str] = EMPTY_LIST
    healthcheck: HealthConfig | None = None
    args_escaped: bool = False
    image: str = ""
    volumes: Dicted[dict[str, object]] = EMPTY_DICT
    working_dir: str = ""
    entrypoint: Listed[str] = EMPTY_LIST
    network_disabled: bool = False
    mac_address: str = ""
    on_build: Listed[str] = EMPTY_LIST
    labels: Dicted[str] = EMPTY_DICT
    stop_signal: str = ""
    stop_timeout: int | None = None
    """Seconds between the stop signal and SIGKILL."""
    shell: Listed[str] = EMPTY_LIST


class DockerLogConfig(PascalModel):
    """The log driver and its options."""

    type: str = ""
    config: Dicted[str] = EMPTY_DICT


class DockerHostConfig(PascalModel):
    """How a container is set into its host. Memory and sizes are in bytes; 0 is no limit."""

    binds: Listed[str] = EMPTY_LIST
    container_id_file: Annotated[str, wire("ContainerIDFile")] = ""
    log_config: DockerLogConfig = Field(default_factory=DockerLogConfig)
    network_mode: str = ""
    port_bindings: Dicted[Listed[HostPort]] = EMPTY_DICT
    restart_policy: RestartPolicy = Field(default_factory=RestartPolicy)
    auto_remove: bool = False
    volume_driver: str = ""
    volumes_from: Listed[str] = EMPTY_LIST
    console_size: Listed[int] = EMPTY_LIST
    annotations: Dicted[str] = EMPTY_DICT
    cap_add: Listed[str] = EMPTY_LIST
    cap_drop: Listed[str] = EMPTY_LIST
    cgroupns_mode: str = ""
    dns: Listed[str] = EMPTY_LIST
    dns_options: Listed[str] = EMPTY_LIST
    dns_search: Listed[str] = EMPTY_LIST
    extra_hosts: Listed[str] = EMPTY_LIST
    group_add: Listed[str] = EMPTY_LIST
    ipc_mode: str = ""
    cgroup: str = ""
    links: Listed[str] = EMPTY_LIST
    oom_score_adj: int = 0
    pid_mode: str = ""
    privileged: bool = False
    publish_all_ports: bool = False
    readonly_rootfs: bool = False
    security_opt: Listed[str] = EMPTY_LIST
    storage_opt: Dicted[str] = EMPTY_DICT
    tmpfs: Dicted[str] = EMPTY_DICT
    uts_mode: Annotated[str, wire("UTSMode")] = ""
    userns_mode: str = ""
    shm_size: int = 0
    sysctls: Dicted[str] = EMPTY_DICT
    runtime: str = ""
    isolation: str = ""
    cpu_shares: int = 0
    memory: int = 0
    nano_cpus: int = 0
    """CPUs x 1e9."""
    cgroup_parent: str = ""
    blkio_weight: int = 0
    blkio_weight_device: Listed[WeightDevice] = EMPTY_LIST
    blkio_device_read_bps: Listed[ThrottleDevice] = EMPTY_LIST
    blkio_device_write_bps: Listed[ThrottleDevice] = EMPTY_LIST
    blkio_device_read_iops: Annotated[Listed[ThrottleDevice], wire("BlkioDeviceReadIOps")] = (
        EMPTY_LIST
    )
    blkio_device_write_iops: Annotated[Listed[ThrottleDevice], wire("BlkioDeviceWriteIOps")] = (
        EMPTY_LIST
    )
    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_realtime_period: int = 0
    cpu_realtime_runtime: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    devices: Listed[ContainerDevice] = EMPTY_LIST
    device_cgroup_rules: Listed[str] = EMPTY_LIST
    device_requests: Listed[dict[str, object]] = EMPTY_LIST
    kernel_memory: int = 0
    kernel_memory_tcp: Annotated[int, wire("KernelMemoryTCP")] = 0
    memory_reservation: int = 0
    memory_swap: int = 0
    """Memory and swap together."""
    memory_swappiness: int | None = None
    oom_kill_disable: bool | None = None
    pids_limit: int | None = None
    ulimits: Listed[ContainerUlimit] = EMPTY_LIST
    cpu_count: int = 0
    cpu_percent: int = 0
    io_maximum_iops: Annotated[int, wire("IOMaximumIOps")] = 0
    io_maximum_bandwidth: Annotated[int, wire("IOMaximumBandwidth")] = 0
    mounts: Listed[dict[str, object]] = EMPTY_LIST
    masked_paths: Listed[str] = EMPTY_LIST
    readonly_paths: Listed[str] = EMPTY_LIST
    init: bool | None = None


class DockerNetworkSettings(PascalModel):
    """A container's networks; the endpoint's own fields are those of the default network."""

    bridge: str = ""
    sandbox_id: Annotated[str, wire("SandboxID")] = ""
    sandbox_key: str = ""
    """The path of the network namespace."""
    hairpin_mode: bool = False
    link_local_ipv6_address: Annotated[str, wire("LinkLocalIPv6Address")] = ""
    link_local_ipv6_prefix_len: Annotated[int, wire("LinkLocalIPv6PrefixLen")] = 0
    secondary_ip_addresses: Annotated[Listed[NetworkAddress], wire("SecondaryIPAddresses")] = (
        EMPTY_LIST
    )
    secondary_ipv6_addresses: Annotated[Listed[NetworkAddress], wire("SecondaryIPv6Addresses")] = (
        EMPTY_LIST
    )
    endpoint_id: Annotated[str, wire("EndpointID")] = ""
    gateway: str = ""
    global_ipv6_address: Annotated[str, wire("GlobalIPv6Address")] = ""
    global_ipv6_prefix_len: Annotated[int, wire("GlobalIPv6PrefixLen")] = 0
    ip_address: Annotated[str, wire("IPAddress")] = ""
    ip_prefix_len: Annotated[int, wire("IPPrefixLen")] = 0
    ipv6_gateway: Annotated[str, wire("IPv6Gateway")] = ""
    mac_address: str = ""
    ports: Dicted[Listed[HostPort]] = EMPTY_DICT
    """By ``80/tcp``; an exposed port that is not published has none."""
    networks: Dicted[DockerEndpoint] = EMPTY_DICT


class DockerContainer(PascalModel):
    """Everything that Docker's API tells of one container."""

    id: str
    created: SomeTime
    path: str = ""
    args: Listed[str] = EMPTY_LIST
    state: DockerContainerState
    image: str = ""
    """The image's id."""
    resolv_conf_path: str = ""
    hostname_path: str = ""
    hosts_path: str = ""
    log_path: str = ""
    name: str = ""
    """With a slash before it, as Docker has it."""
    restart_count: int = 0
    driver: str = ""
    platform: str = ""
    mount_label: str = ""
    process_label: str = ""
    app_armor_profile: str = ""
    exec_ids: Annotated[Listed[str], wire("ExecIDs")] = EMPTY_LIST
    host_config: DockerHostConfig
    graph_driver: GraphDriver | None = None
    size_rw: int | None = None
    """In bytes, only if asked for: the container's own layer."""
    size_root_fs: int | None = None
    """In bytes, only if asked for: all layers."""
    mounts: Listed[DockerMountPoint] = EMPTY_LIST
    config: DockerConfig
    network_settings: DockerNetworkSettings
    image_manifest_descriptor: object = None
    storage: object = None
