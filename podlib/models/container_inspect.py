"""Everything Podman knows about one container."""

from __future__ import annotations

from signal import Signals
from typing import Annotated

from pydantic import Field

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, Odd, PascalModel, SomeTime, Time, wire
from ._shared import GraphDriver, HealthConfig


def _words(value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, str):
        raise ValueError
    return value.split()


def _signal_name(value: object) -> str:
    if not isinstance(value, int):
        raise ValueError
    return {known.value: known.name for known in Signals}.get(value, str(value))


class HealthLogEntry(PascalModel):
    """One run of the health check."""

    start: Time = None
    end: Time = None
    exit_code: int = 0
    output: str = ""


class HealthState(PascalModel):
    """What the health check last found."""

    status: str = ""
    failing_streak: int = 0
    log: Listed[HealthLogEntry] = EMPTY_LIST


class ContainerState(PascalModel):
    """What the container does now, and when it began and ended."""

    status: str
    """``created``, ``running``, ``paused``, ``exited``, ``stopped``, …"""
    running: bool = False
    paused: bool = False
    restarting: bool = False
    oom_killed: Annotated[bool, wire("OOMKilled")] = False
    dead: bool = False
    pid: int = 0
    """Podman keeps the last one in a checkpointed container."""
    conmon_pid: int = 0
    exit_code: int = 0
    error: str = ""
    """Podman fills it even for sound containers: "container is running"."""
    started_at: Time = None
    finished_at: Time = None
    """The last end: a running container that was started again has one as well."""
    health: HealthState | None = None
    checkpointed: bool = False
    checkpointed_at: Time = None
    checkpoint_path: str = ""
    checkpoint_log: str = ""
    """The path of CRIU's log on the host; the same holds for ``restore_log``."""
    restored: bool = False
    restored_at: Time = None
    restore_log: str = ""
    stopped_by_user: bool = False
    cgroup_path: str = ""
    oci_version: str = ""


class StartupHealthConfig(HealthConfig):
    """A check that has to succeed before the regular one begins."""

    successes: int = 0


class ContainerSecret(PascalModel):
    """A secret that is mounted as a file."""

    name: str = ""
    id: Annotated[str, wire("ID")] = ""
    uid: Annotated[int, wire("UID")] = 0
    gid: Annotated[int, wire("GID")] = 0
    mode: int = 0


class ContainerConfig(PascalModel):
    """What the container's process was created with."""

    hostname: str = ""
    domainname: str = ""
    user: str = ""
    attach_stdin: bool = False
    attach_stdout: bool = False
    attach_stderr: bool = False
    tty: bool = False
    open_stdin: bool = False
    stdin_once: bool = False
    env: Listed[str] = EMPTY_LIST
    """``NAME=value`` each; the values of secrets are masked."""
    cmd: Listed[str] = EMPTY_LIST
    # Podman 4 sends the words as one string: where one holds a space is lost there.
    entrypoint: Annotated[list[str], Odd(_words)] = EMPTY_LIST
    image: str = ""
    volumes: Dicted[dict[str, object]] = EMPTY_DICT
    working_dir: str = ""
    on_build: str | None = None
    labels: Dicted[str] = EMPTY_DICT
    annotations: Dicted[str] = EMPTY_DICT
    # Podman 4 sends the number.
    stop_signal: Annotated[str, Odd(_signal_name)] = ""
    stop_timeout: int = 0
    """Seconds between the stop signal and SIGKILL."""
    timeout: int = 0
    """Seconds that the container may run; 0 is for ever."""
    healthcheck: HealthConfig | None = None
    healthcheck_on_failure_action: str = ""
    health_log_destination: str = ""
    healthcheck_max_log_count: int = 0
    healthcheck_max_log_size: int = 0
    startup_health_check: StartupHealthConfig | None = None
    create_command: Listed[str] = EMPTY_LIST
    umask: str = ""
    timezone: str = ""
    secrets: Listed[ContainerSecret] = EMPTY_LIST
    systemd_mode: bool = False
    sd_notify_mode: Annotated[str, wire("sdNotifyMode")] = ""
    sd_notify_socket: Annotated[str, wire("sdNotifySocket")] = ""
    passwd: bool | None = None
    chroot_dirs: Listed[str] = EMPTY_LIST
    exposed_ports: Dicted[dict[str, object]] = EMPTY_DICT


class HostPort(PascalModel):
    """Where on the host a port is published."""

    host_ip: str = ""
    host_port: str = ""


class LogConfig(PascalModel):
    """The log driver. ``size`` is in words; ``0B`` and ``-1B`` are no limit."""

    type: str = ""
    config: Dicted[str] = EMPTY_DICT
    path: str = ""
    tag: str = ""
    size: str = ""


class RestartPolicy(PascalModel):
    """``name`` is ``no``, ``on-failure``, ``always``, ``unless-stopped`` or ``""``."""

    name: str = ""
    maximum_retry_count: int = 0


class ThrottleDevice(PascalModel):
    """A limit on a block device, in bytes or operations per second."""

    path: str = ""
    rate: int = 0


class WeightDevice(PascalModel):
    """The share of a block device's time."""

    path: str = ""
    weight: int = 0


class ContainerDevice(PascalModel):
    """A device of the host inside the container."""

    path_on_host: str = ""
    path_in_container: str = ""
    cgroup_permissions: str = ""


class ContainerIdMappings(PascalModel):
    """The ranges of the user namespace, ``container:host:size`` each."""

    uid_map: Listed[str] = EMPTY_LIST
    gid_map: Listed[str] = EMPTY_LIST


class ContainerUlimit(PascalModel):
    """A resource limit of the process. -1 is no limit."""

    name: str = ""
    soft: int = 0
    hard: int = 0


class HostConfig(PascalModel):
    """How the container is set into its host. Memory and sizes are in bytes; 0 is no limit."""

    binds: Listed[str] = EMPTY_LIST
    cgroup_manager: str = ""
    cgroup_mode: str = ""
    container_id_file: Annotated[str, wire("ContainerIDFile")] = ""
    log_config: LogConfig = Field(default_factory=LogConfig)
    network_mode: str = ""
    port_bindings: Dicted[Listed[HostPort]] = EMPTY_DICT
    restart_policy: RestartPolicy = Field(default_factory=RestartPolicy)
    auto_remove: bool = False
    auto_remove_image: bool = False
    annotations: Dicted[str] = EMPTY_DICT
    volume_driver: str = ""
    volumes_from: Listed[str] = EMPTY_LIST
    cap_add: Listed[str] = EMPTY_LIST
    cap_drop: Listed[str] = EMPTY_LIST
    dns: Listed[str] = EMPTY_LIST
    dns_options: Listed[str] = EMPTY_LIST
    dns_search: Listed[str] = EMPTY_LIST
    extra_hosts: Listed[str] = EMPTY_LIST
    hosts_file: str = ""
    group_add: Listed[str] = EMPTY_LIST
    ipc_mode: str = ""
    cgroup: str = ""
    cgroups: str = ""
    links: Listed[str] = EMPTY_LIST
    oom_score_adj: int = 0
    pid_mode: str = ""
    privileged: bool = False
    publish_all_ports: bool = False
    readonly_rootfs: bool = False
    security_opt: Listed[str] = EMPTY_LIST
    tmpfs: Dicted[str] = EMPTY_DICT
    uts_mode: Annotated[str, wire("UTSMode")] = ""
    userns_mode: str = ""
    id_mappings: Annotated[ContainerIdMappings | None, wire("IDMappings")] = None
    shm_size: int = 0
    runtime: str = ""
    console_size: Listed[int] = EMPTY_LIST
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
    disk_quota: int = 0
    kernel_memory: int = 0
    memory_reservation: int = 0
    memory_swap: int = 0
    """Memory and swap together."""
    memory_swappiness: int = 0
    """-1 is the host's."""
    oom_kill_disable: bool = False
    init: bool = False
    pids_limit: int = 0
    ulimits: Listed[ContainerUlimit] = EMPTY_LIST
    cpu_count: int = 0
    cpu_percent: int = 0
    io_maximum_iops: Annotated[int, wire("IOMaximumIOps")] = 0
    io_maximum_bandwidth: Annotated[int, wire("IOMaximumBandwidth")] = 0
    cgroup_conf: Dicted[str] = EMPTY_DICT
    intel_rdt_clos_id: Annotated[str, wire("IntelRdtClosID")] = ""


class NetworkAddress(PascalModel):
    """An address, and how many bits of it name the network."""

    addr: str = ""
    prefix_length: int = 0


class NetworkEndpoint(PascalModel):
    """The container's place in a network; empty until it runs."""

    endpoint_id: Annotated[str, wire("EndpointID")] = ""
    gateway: str = ""
    ip_address: Annotated[str, wire("IPAddress")] = ""
    ip_prefix_len: Annotated[int, wire("IPPrefixLen")] = 0
    secondary_ip_addresses: Annotated[Listed[NetworkAddress], wire("SecondaryIPAddresses")] = (
        EMPTY_LIST
    )
    ipv6_gateway: Annotated[str, wire("IPv6Gateway")] = ""
    global_ipv6_address: Annotated[str, wire("GlobalIPv6Address")] = ""
    global_ipv6_prefix_len: Annotated[int, wire("GlobalIPv6PrefixLen")] = 0
    secondary_ipv6_addresses: Annotated[Listed[NetworkAddress], wire("SecondaryIPv6Addresses")] = (
        EMPTY_LIST
    )
    mac_address: str = ""
    additional_mac_addresses: Annotated[Listed[str], wire("AdditionalMACAddresses")] = EMPTY_LIST


class ContainerNetwork(NetworkEndpoint):
    """A named network that the container is connected to."""

    network_id: Annotated[str, wire("NetworkID")] = ""
    driver_opts: Dicted[str] = EMPTY_DICT
    ipam_config: Annotated[Dicted[str], wire("IPAMConfig")] = EMPTY_DICT
    links: Listed[str] = EMPTY_LIST
    aliases: Listed[str] = EMPTY_LIST


class NetworkSettings(NetworkEndpoint):
    """All of the container's networks; the endpoint itself is that of the default network."""

    bridge: str = ""
    sandbox_id: Annotated[str, wire("SandboxID")] = ""
    sandbox_key: str = ""
    """The path of the network namespace."""
    hairpin_mode: bool = False
    link_local_ipv6_address: Annotated[str, wire("LinkLocalIPv6Address")] = ""
    link_local_ipv6_prefix_len: Annotated[int, wire("LinkLocalIPv6PrefixLen")] = 0
    ports: Dicted[Listed[HostPort]] = EMPTY_DICT
    """By ``80/tcp``; an exposed port that is not published has none."""
    networks: Dicted[ContainerNetwork] = EMPTY_DICT


class ContainerMount(PascalModel):
    """A volume or a path of the host in the container. A tmpfs is in ``host_config.tmpfs``."""

    type: str = ""
    name: str = ""
    source: str = ""
    destination: str = ""
    driver: str = ""
    mode: str = ""
    options: Listed[str] = EMPTY_LIST
    rw: Annotated[bool, wire("RW")] = False
    propagation: str = ""
    sub_path: str = ""


class ContainerInspect(PascalModel):
    """Everything Podman knows about one container."""

    id: str
    name: str
    created: SomeTime
    state: ContainerState
    path: str = ""
    args: Listed[str] = EMPTY_LIST
    image: str = ""
    """The image's id."""
    image_digest: str = ""
    image_name: str = ""
    rootfs: str = ""
    pod: str = ""
    restart_count: int = 0
    config: ContainerConfig
    host_config: HostConfig
    network_settings: NetworkSettings
    mounts: Listed[ContainerMount] = EMPTY_LIST
    dependencies: Listed[str] = EMPTY_LIST
    exec_ids: Annotated[Listed[str], wire("ExecIDs")] = EMPTY_LIST
    is_infra: bool = False
    is_service: bool = False
    namespace: str = ""
    size_rw: int | None = None
    """In bytes, only if asked for: the container's own layer. Podman leaves out a 0."""
    size_root_fs: int | None = None
    """In bytes, only if asked for: all layers."""
    driver: str = ""
    graph_driver: GraphDriver | None = None
    oci_runtime: Annotated[str, wire("OCIRuntime")] = ""
    oci_config_path: Annotated[str, wire("OCIConfigPath")] = ""
    conmon_pid_file: str = ""
    pid_file: str = ""
    static_dir: str = ""
    resolv_conf_path: str = ""
    hostname_path: str = ""
    hosts_path: str = ""
    mount_label: str = ""
    process_label: str = ""
    app_armor_profile: str = ""
    effective_caps: Listed[str] = EMPTY_LIST
    bounding_caps: Listed[str] = EMPTY_LIST
    kube_exit_code_propagation: str = ""
    use_image_hosts: bool = False
    use_image_hostname: bool = False
    lock_number: Annotated[int | None, wire("lockNumber")] = None
