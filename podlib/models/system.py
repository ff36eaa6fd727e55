"""What the service says of itself and its host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from ._base import (
    EMPTY_DICT,
    EMPTY_LIST,
    CamelModel,
    Dicted,
    Listed,
    Model,
    PascalModel,
    Time,
    UnixTimeOrZero,
    wire,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ping(Model):
    """The versions that the service names in the headers of every answer to a ping."""

    api_version: str
    """Of the Docker-compatible API."""
    libpod_version: str
    buildah_version: str
    os: str

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Ping:
        """Read them from the answer's headers; ``""`` for one that is not there."""
        lower = {name.lower(): value for name, value in headers.items()}
        return cls(
            api_version=lower.get("api-version", ""),
            libpod_version=lower.get("libpod-api-version", ""),
            buildah_version=lower.get("libpod-buildah-version", ""),
            os=lower.get("ostype") or _os(lower.get("server", "")),
        )


def _os(server: str) -> str:
    """From such as ``Libpod/4.3.1 (linux)``: Podman 4 has no field of its own for it."""
    found = re.search(r"\((\w+)\)", server)
    return found[1] if found else ""


class VersionPlatform(PascalModel):
    """``name`` is such as ``linux/amd64/debian-13``."""

    name: str = ""


class VersionComponent(PascalModel):
    """One part of the service: the engine itself, conmon, the OCI runtime."""

    name: str
    version: str = ""
    details: Dicted[str] = EMPTY_DICT


class Version(PascalModel):
    """The versions of the service and of its components."""

    version: str
    api_version: str = ""
    """Of the Docker-compatible API."""
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


class ProgramInfo(CamelModel):
    """A program that Podman uses, and the distribution's package that it is from."""

    name: str = ""
    """Of the OCI runtime only."""
    package: str = ""
    path: str = ""
    """Of the program (of pasta and slirp4netns: see ``executable``)."""
    executable: str = ""
    version: str = ""


class NetworkBackendInfo(CamelModel):
    """The network backend, and its name server."""

    backend: str = ""
    version: str = ""
    package: str = ""
    path: str = ""
    dns: ProgramInfo = Field(default_factory=ProgramInfo)
    default_network: str = ""


class CpuUtilization(CamelModel):
    """Since the host's start, in percent of all its CPUs."""

    user_percent: float = 0
    system_percent: float = 0
    idle_percent: float = 0


class DistributionInfo(CamelModel):
    """The host's Linux distribution."""

    distribution: str = ""
    variant: str = ""
    codename: str = ""
    version: str = ""


class IdMap(Model):
    """A range of ids: ``size`` of them from ``container_id`` are those from ``host_id``."""

    container_id: int = 0
    host_id: int = 0
    size: int = 0


class IdMappings(CamelModel):
    """The ranges of users and groups of a rootless service."""

    uidmap: Listed[IdMap] = EMPTY_LIST
    gidmap: Listed[IdMap] = EMPTY_LIST


class RemoteSocket(CamelModel):
    """Where the service listens."""

    path: str = ""
    exists: bool = False


class SecurityInfo(CamelModel):
    """What confines containers on this host."""

    apparmor_enabled: bool = False
    capabilities: str = ""
    """The default ones, separated by commas."""
    rootless: bool = False
    seccomp_enabled: bool = False
    seccomp_profile_path: str = ""
    selinux_enabled: bool = False


class HostInfo(CamelModel):
    """The host. Memory and swap are in bytes."""

    arch: str = ""
    variant: str = ""
    """Of the CPU, such as ``v8``."""
    os: str = ""
    kernel: str = ""
    hostname: str = ""
    distribution: DistributionInfo = Field(default_factory=DistributionInfo)
    uptime: str = ""
    """In words, such as ``0h 12m 31.00s``."""
    cpus: int = 0
    cpu_utilization: CpuUtilization | None = None
    mem_total: int = 0
    mem_free: int = 0
    swap_total: int = 0
    swap_free: int = 0
    buildah_version: str = ""
    cgroup_manager: str = ""
    cgroup_version: str = ""
    cgroup_controllers: Listed[str] = EMPTY_LIST
    conmon: ProgramInfo | None = None
    oci_runtime: ProgramInfo | None = None
    runtime_info: Dicted[object] = EMPTY_DICT
    database_backend: str = ""
    event_logger: str = ""
    log_driver: str = ""
    free_locks: int | None = None
    id_mappings: IdMappings = Field(default_factory=IdMappings)
    network_backend: str = ""
    network_backend_info: NetworkBackendInfo | None = None
    rootless_network_cmd: str = ""
    pasta: ProgramInfo | None = None
    slirp4netns: Annotated[ProgramInfo | None, wire("slirp4netns")] = None
    remote_socket: RemoteSocket | None = None
    service_is_remote: bool = False
    security: SecurityInfo = Field(default_factory=SecurityInfo)
    emulated_architectures: Listed[str] = EMPTY_LIST
    linkmode: str = ""


class ContainerCounts(CamelModel):
    """How many containers there are, and in which state."""

    number: int = 0
    paused: int = 0
    running: int = 0
    stopped: int = 0


class ImageCounts(CamelModel):
    """How many images there are."""

    number: int = 0


class StoreInfo(CamelModel):
    """Where images, containers and volumes are kept. ``graph_root_…`` are in bytes."""

    config_file: str = ""
    container_store: ContainerCounts = Field(default_factory=ContainerCounts)
    image_store: ImageCounts = Field(default_factory=ImageCounts)
    graph_driver_name: str = ""
    graph_options: Dicted[object] = EMPTY_DICT
    graph_root: str = ""
    graph_root_allocated: int = 0
    graph_root_used: int = 0
    graph_status: Dicted[str] = EMPTY_DICT
    image_copy_tmp_dir: str = ""
    run_root: str = ""
    volume_path: str = ""
    transient_store: bool = False


class Plugins(CamelModel):
    """The drivers that can be named when a volume, network or container is created."""

    volume: Listed[str] = EMPTY_LIST
    network: Listed[str] = EMPTY_LIST
    log: Listed[str] = EMPTY_LIST
    authorization: Listed[str] = EMPTY_LIST


class LibpodVersion(PascalModel):
    """The version of the engine. ``built_time`` is ``built`` in words."""

    version: str = ""
    api_version: Annotated[str, wire("APIVersion")] = ""
    go_version: str = ""
    git_commit: str = ""
    built_time: str = ""
    built: UnixTimeOrZero = None
    build_origin: str = ""
    os_arch: str = ""
    os: str = ""


class Info(CamelModel):
    """The service, its host, its storage."""

    host: HostInfo
    store: StoreInfo
    registries: Dicted[object] = EMPTY_DICT
    """``search`` is a list of registries; any other key is one with settings of its own."""
    plugins: Plugins = Field(default_factory=Plugins)
    version: LibpodVersion


class SystemCheckReport(PascalModel):
    """What ``system.check`` found damaged in the storage, by id, and what it removed.

    ``ro_…`` is in further stores, which are only read.
    """

    errors: bool = False
    """Whether anything is damaged."""
    layers: Dicted[list[str]] = EMPTY_DICT
    ro_layers: Annotated[Dicted[list[str]], wire("ROLayers")] = EMPTY_DICT
    removed_layers: Dicted[str] = EMPTY_DICT
    images: Dicted[list[str]] = EMPTY_DICT
    ro_images: Annotated[Dicted[list[str]], wire("ROImages")] = EMPTY_DICT
    removed_images: Dicted[list[str]] = EMPTY_DICT
    """With the names that each had."""
    containers: Dicted[list[str]] = EMPTY_DICT
    removed_containers: Dicted[str] = EMPTY_DICT
    """With the name that each had."""
