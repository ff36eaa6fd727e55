"""The typed specification of a new container, as the Docker-compatible API takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError

from ._parameters import (
    AbsolutePath,
    Address,
    ContainerName,
    Spec,
    Whole,
    at_least,
    check_options,
    parts,
    renamed,
    signal_number,
    size_in_bytes,
)
from .container_options import RestartPolicy
from .container_parts import Device, Ulimit
from .docker_resource_options import DockerResourceOptions, docker_resources
from .health_parts import Health
from .mount_parts import Mount
from .network_options import HostAddress
from .network_parts import NetworkAttachment, Port

__all__ = [
    "DockerContainerOptions",
    "DockerPlaceOptions",
    "DockerProcessOptions",
    "docker_container_spec",
    "docker_endpoint",
]


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("this must not be empty")
    return text


class DockerProcessOptions(TypedDict, total=False):
    """The process that runs in a container, and how it comes to life and ends."""

    name: ContainerName
    platform: str
    """``OS/ARCH[/VARIANT]`` of the image."""
    command: Sequence[str]
    entrypoint: Sequence[str]
    env: Mapping[str, str]
    user: str
    """``USER[:GROUP]``, names or numbers."""
    groups: Sequence[str]
    """Further groups of the user."""
    workdir: str
    hostname: str
    domainname: str
    tty: bool
    stdin: bool
    """Keep the standard input open."""
    stdin_once: bool
    """Close it when the first one who is attached with it leaves."""
    init: bool
    """Run a small init as process 1, which reaps the others."""
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    remove: bool
    """The server removes the container when it ends."""
    restart: RestartPolicy
    restart_retries: Whole
    """For ``on-failure``; any number of times otherwise."""
    stop_signal: str | int
    stop_timeout: Whole
    """Seconds between the stop signal and SIGKILL."""
    health: Health | Literal["none"]
    """``"none"`` switches the image's own check off."""
    log_driver: str
    log_options: Mapping[str, str]
    runtime: str
    """The OCI runtime."""


class DockerPlaceOptions(TypedDict, total=False):
    """The files, the networks and the namespaces of a container."""

    mounts: Sequence[Mount | str]
    """``bind``, ``volume`` and ``tmpfs``. Texts are ``[SOURCE:]TARGET[:OPTION,…]``, as
    ``data:/var/lib/data:ro,Z``."""
    tmpfs: Mapping[AbsolutePath, str]
    """Options by path, as ``{"/run": "size=64m,mode=1777"}``."""
    volumes_from: Sequence[str]
    devices: Sequence[Device | str]
    """Texts are ``HOST[:CONTAINER][:PERMISSIONS]``."""
    device_cgroup_rules: Sequence[str]
    """``TYPE MAJOR:MINOR ACCESS``, as ``c 10:* rw``."""
    read_only: bool
    """The root file system cannot be written to."""
    shm_size: int | str
    network_mode: Annotated[str, AfterValidator(_not_empty)]
    """``bridge``, ``none``, ``host``, ``container:NAME``, or the name of a network."""
    networks: Sequence[NetworkAttachment | str]
    """Networks to be in, such as ``lab`` or ``lab:ip=10.99.0.7,alias=web``."""
    ports: Sequence[Port | str | int]
    """Published ones: ``[[IP:]HOST:]CONTAINER[/PROTOCOL]``; a bare number is a container's port."""
    expose: Sequence[str | int]
    """Ports that ``publish_all`` publishes: 80, ``"53/udp"``."""
    publish_all: bool
    dns: Sequence[Address]
    dns_search: Sequence[str]
    dns_options: Sequence[str]
    hosts: Mapping[str, HostAddress]
    """Addresses by host name, for /etc/hosts; ``host-gateway`` is the server's own."""
    privileged: bool
    cap_add: Sequence[str]
    cap_drop: Sequence[str]
    security_opt: Sequence[str]
    """Such as ``no-new-privileges``, ``label=disable``, ``seccomp=unconfined``."""
    sysctls: Mapping[str, str]
    userns: str
    pidns: str
    ipcns: str
    utsns: str
    cgroupns: str
    mask: Sequence[str]
    """Paths that it cannot see into, instead of the usual ones."""
    read_only_paths: Sequence[str]
    """Paths that it cannot write to, instead of the usual ones."""


@with_config(ConfigDict(extra="forbid", strict=True, defer_build=True))
class DockerContainerOptions(
    DockerProcessOptions, DockerPlaceOptions, DockerResourceOptions, total=False
):
    """All that can be said through Docker's API of a new container besides its image.

    Sizes are bytes, or such as ``"64m"`` (powers of 1024). Times are seconds. Paths of mounts and
    devices are those of the server's host. What is left out is as the image, or the server's
    configuration, has it. The names are those of :class:`podlib.models.ContainerOptions`.
    """


class _Checked(DockerContainerOptions, total=False):
    image: Annotated[str, Field(min_length=1)]


_adapter = TypeAdapter(_Checked)

_CONFIG = {
    "command": "Cmd",
    "entrypoint": "Entrypoint",
    "user": "User",
    "workdir": "WorkingDir",
    "hostname": "Hostname",
    "domainname": "Domainname",
    "tty": "Tty",
    "stdin": "OpenStdin",
    "stdin_once": "StdinOnce",
    "labels": "Labels",
}
_HOST = {
    "groups": "GroupAdd",
    "init": "Init",
    "annotations": "Annotations",
    "remove": "AutoRemove",
    "runtime": "Runtime",
    "tmpfs": "Tmpfs",
    "volumes_from": "VolumesFrom",
    "device_cgroup_rules": "DeviceCgroupRules",
    "read_only": "ReadonlyRootfs",
    "network_mode": "NetworkMode",
    "publish_all": "PublishAllPorts",
    "dns": "Dns",
    "dns_search": "DnsSearch",
    "dns_options": "DnsOptions",
    "privileged": "Privileged",
    "cap_add": "CapAdd",
    "cap_drop": "CapDrop",
    "security_opt": "SecurityOpt",
    "sysctls": "Sysctls",
    "userns": "UsernsMode",
    "pidns": "PidMode",
    "ipcns": "IpcMode",
    "utsns": "UTSMode",
    "cgroupns": "CgroupnsMode",
    "mask": "MaskedPaths",
    "read_only_paths": "ReadonlyPaths",
}


def docker_container_spec(image: str, options: DockerContainerOptions) -> Spec:
    """The body of a create. Raises ``ParameterError``."""
    given: _Checked = {**options, "image": image}
    checked = check_options("container options", _adapter, given, _Checked)
    host = {**renamed(checked, _HOST), **docker_resources(checked)}
    for convert in (_life, _mounts, _devices, _log, _published):
        host |= convert(checked)
    return {
        "Image": image,
        **renamed(checked, _CONFIG),
        **_process(checked),
        **_exposed(checked),
        **_networks(checked),
        "HostConfig": host,
    }


def _process(options: DockerContainerOptions) -> Spec:
    spec: Spec = {}
    if "env" in options:
        spec["Env"] = [f"{name}={value}" for name, value in options["env"].items()]
    if "stop_signal" in options:
        spec["StopSignal"] = str(signal_number("stop_signal", options["stop_signal"]))
    if "stop_timeout" in options:
        spec["StopTimeout"] = at_least("stop_timeout", options["stop_timeout"], 0)
    health = options.get("health")
    if health == "none":
        spec["Healthcheck"] = {"Test": ["NONE"]}
    elif isinstance(health, Health):
        wire = health.wire()
        if set(wire) - {"healthconfig", "health_check_on_failure_action"} or health.on_failure != (
            "none"
        ):
            raise ParameterError("health: Docker's API has the check alone, nothing to do after it")
        spec["Healthcheck"] = wire.get("healthconfig", {})
    return spec


def _life(options: DockerContainerOptions) -> Spec:
    if "restart" not in options:
        if "restart_retries" in options:
            raise ParameterError("restart_retries: this goes with restart='on-failure' only")
        return {}
    retries = at_least("restart_retries", options.get("restart_retries", 0), 0)
    if retries and options["restart"] != "on-failure":
        raise ParameterError("restart_retries: this goes with restart='on-failure' only")
    return {"RestartPolicy": {"Name": options["restart"], "MaximumRetryCount": retries}}


def _mounts(options: DockerContainerOptions) -> Spec:
    spec: Spec = {}
    if "shm_size" in options:
        spec["ShmSize"] = size_in_bytes("shm_size", options["shm_size"])
    mounts = parts(options.get("mounts", ()), Mount.parse)
    if binds := [_bind(each) for each in mounts if each.type != "tmpfs" and each.source]:
        spec["Binds"] = binds
    if others := [_mount(each) for each in mounts if each.type == "tmpfs" or not each.source]:
        spec["Mounts"] = others
    return spec


def _bind(mount: Mount) -> str:
    """A volume or a folder: Docker's short notation, which has all of Podman's options."""
    if mount.type not in ("bind", "volume") or mount.subpath:
        raise ParameterError(
            f"mounts: {mount.target}: Docker's API has binds, volumes and tmpfs, without subpaths"
        )
    mount.wire()  # its checks
    words = [*mount.options, *(["ro"] if mount.read_only and "ro" not in mount.options else [])]
    return ":".join([mount.source, mount.target, *([",".join(words)] if words else [])])


def _mount(mount: Mount) -> Spec:
    if mount.type not in ("tmpfs", "volume") or mount.options:
        raise ParameterError(
            f"mounts: {mount.target}: this needs a source, or is nothing that Docker's API has"
        )
    mount.wire()  # its checks
    spec: Spec = {"Type": mount.type, "Target": mount.target, "ReadOnly": mount.read_only}
    tmpfs: Spec = {}
    if mount.size is not None:
        tmpfs["SizeBytes"] = size_in_bytes("size", mount.size)
    if mount.mode is not None:
        tmpfs["Mode"] = mount.mode
    return {**spec, "TmpfsOptions": tmpfs} if tmpfs else spec


def _devices(options: DockerContainerOptions) -> Spec:
    spec: Spec = {}
    if "devices" in options:
        spec["Devices"] = [
            {
                "PathOnHost": each.host,
                "PathInContainer": each.container or each.host,
                "CgroupPermissions": each.permissions,
            }
            for each in parts(options["devices"], Device.parse)
        ]
    if "ulimits" in options:
        spec["Ulimits"] = [
            {
                "Name": each.name,
                "Soft": each.soft,
                "Hard": each.soft if each.hard is None else each.hard,
            }
            for each in parts(options["ulimits"], Ulimit.parse)
        ]
    return spec


def _log(options: DockerContainerOptions) -> Spec:
    if not {"log_driver", "log_options"} & options.keys():
        return {}
    config = dict(options.get("log_options", {}))
    return {"LogConfig": {"Type": options.get("log_driver", ""), "Config": config}}


def _ports(given: Sequence[Port | str | int]) -> list[Port]:
    return [each if isinstance(each, Port) else Port.parse(str(each)) for each in given]


def _published(options: DockerContainerOptions) -> Spec:
    spec: Spec = {}
    if "hosts" in options:
        spec["ExtraHosts"] = [f"{name}:{address}" for name, address in options["hosts"].items()]
    bindings: dict[str, list[Spec]] = {}
    for port in _ports(options.get("ports", ())):
        port.wire()  # its checks
        for step in range(port.range):
            host = "" if port.host is None else str(port.host + step)
            key = f"{port.container + step}/{port.protocol}"
            bindings.setdefault(key, []).append({"HostIp": port.host_ip, "HostPort": host})
    return {**spec, "PortBindings": bindings} if bindings else spec


def _exposed(options: DockerContainerOptions) -> Spec:
    ports = [*_ports(options.get("ports", ())), *_ports(options.get("expose", ()))]
    exposed: Spec = {
        f"{port.container + step}/{port.protocol}": {}
        for port in ports
        for step in range(port.range)
    }
    return {"ExposedPorts": exposed} if exposed else {}


def _networks(options: DockerContainerOptions) -> Spec:
    if "networks" not in options:
        return {}
    if "network_mode" in options:
        raise ParameterError("networks: network_mode says the same; give either")
    given = parts(options["networks"], NetworkAttachment.parse)
    endpoints = {each.name: docker_endpoint(each) for each in given}
    return {"NetworkingConfig": {"EndpointsConfig": endpoints}}


def docker_endpoint(place: NetworkAttachment) -> Spec:
    """A place in a network, as the server takes it. Raises ``ParameterError``."""
    if place.interface:
        raise ParameterError("interface: Docker's API cannot name interfaces")
    fixed: Spec = {}
    for address in place.ips:
        name = "IPv6Address" if ":" in address else "IPv4Address"
        if name in fixed:
            raise ParameterError("ips: Docker's API has one address of each kind")
        fixed[name] = address
    entry: dict[str, Any] = {
        "Aliases": list(place.aliases),
        "IPAMConfig": fixed,
        "MacAddress": place.mac,
        "DriverOpts": dict(place.options),
    }
    return cast("Spec", {name: value for name, value in entry.items() if value})
