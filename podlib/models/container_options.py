"""The typed specification of a new container: what ``containers.create`` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError

from ._parameters import parameter_error, signal_number, size_in_bytes
from .container_parts import (
    Device,
    Health,
    Mount,
    NetworkAttachment,
    Port,
    Secret,
    Ulimit,
)

__all__ = ["ContainerOptions", "container_spec"]


@with_config(ConfigDict(extra="forbid", strict=True))
class ContainerOptions(TypedDict, total=False):
    """All that can be said of a new container besides its image.

    Sizes are bytes, or such as ``"64m"`` (powers of 1024). Paths of mounts and devices are those
    of the server's host. What is left out is as the image, or the server's configuration, has it.
    """

    name: str
    command: Sequence[str]
    entrypoint: Sequence[str]
    env: Mapping[str, str]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    hostname: str
    user: str
    """``USER[:GROUP]``, names or numbers."""
    groups: Sequence[str]
    """Further groups of the user."""
    workdir: str
    tty: bool
    stdin: bool
    """Keep the standard input open."""
    init: bool
    """Run a small init as process 1, which reaps the others."""
    privileged: bool
    read_only: bool
    """The root file system."""
    read_only_tmpfs: bool
    """With ``read_only``, a tmpfs on /run, /tmp and /var/tmp all the same. ``True`` unless said."""
    remove: bool
    """The server removes the container when it ends."""
    restart: Literal["no", "on-failure", "always", "unless-stopped"]
    restart_retries: int
    """For ``on-failure``; any number of times otherwise."""
    stop_signal: str | int
    stop_timeout: int
    """Seconds between the stop signal and SIGKILL."""
    timeout: int
    """Seconds after which the container is stopped."""

    mounts: Sequence[Mount | str]
    """Texts are ``[SOURCE:]TARGET[:OPTION,…]``, as ``data:/var/lib/data:ro,Z``."""
    volumes_from: Sequence[str]
    """Containers whose mounts this one has too."""
    image_volumes: Literal["anonymous", "tmpfs", "ignore"]
    """What becomes of the volumes that the image declares."""
    shm_size: int | str
    secrets: Sequence[Secret | str]
    secret_env: Mapping[str, str]
    """Secrets by the name of their environment variable. Inspect shows them by the secret's."""
    devices: Sequence[Device | str]

    network: str | NetworkAttachment | Sequence[NetworkAttachment | str]
    """``bridge``, ``none``, ``host``, ``private``, ``pasta``, ``slirp4netns``, ``container:NAME``,
    ``ns:PATH``; anything else is the name of a network, or of several."""
    ports: Sequence[Port | str | int]
    """Texts are ``[[IP:]HOST:]CONTAINER[/PROTOCOL]``; a bare number is a container's port."""
    expose: Sequence[str | int]
    """Ports that ``publish_all`` publishes: 80, ``"53/udp"``."""
    publish_all: bool
    dns: Sequence[str]
    dns_search: Sequence[str]
    dns_options: Sequence[str]
    hosts: Mapping[str, str]
    """Addresses by host name, for /etc/hosts; ``host-gateway`` is the server's own."""

    memory: int | str
    memory_swap: int | str
    """Memory and swap together, at least ``memory``. -1 is no limit (not on cgroups v1)."""
    memory_reservation: int | str
    cpus: float
    cpu_shares: int
    cpuset_cpus: str
    """Such as ``0-3,7``."""
    cpuset_mems: str
    pids_limit: int
    """-1 is no limit."""
    blkio_weight: int
    """10 to 1000. Where the kernel has none, the server says so in ``warnings``."""
    ulimits: Sequence[Ulimit | str]
    """Texts are ``NAME=SOFT[:HARD]``."""
    oom_score_adj: int
    cgroup_parent: str

    cap_add: Sequence[str]
    cap_drop: Sequence[str]
    no_new_privileges: bool
    seccomp: str
    """``unconfined``, or the path of a profile on the server's host."""
    apparmor: str
    """``unconfined``, or the name of a profile."""
    selinux: Sequence[str]
    """Such as ``disable``, ``type:NAME``, ``level:s0:c1,c2``."""
    mask: Sequence[str]
    unmask: Sequence[str]
    sysctls: Mapping[str, str]
    userns: str
    """``host``, ``auto``, ``keep-id``, ``nomap``, ``container:NAME``, ``ns:PATH``."""
    pidns: str
    """``private``, ``host``, ``pod``, ``container:NAME``, ``ns:PATH``; so the other three."""
    ipcns: str
    """Also ``shareable`` and ``none``."""
    utsns: str
    cgroupns: str

    health: Health | Literal["none"]
    """``"none"`` switches the image's own check off."""
    log_driver: Literal["k8s-file", "journald", "json-file", "none", "passthrough"]
    log_options: Mapping[str, str]
    """``path``, ``max-size``, ``tag``."""
    oci_runtime: str
    pod: str
    platform: str
    """``OS/ARCH[/VARIANT]`` of the image. The server does not compare it with an image it has."""
    timezone: str
    """``local`` is that of the server's host."""
    umask: str
    """Octal digits, as ``0022``."""
    systemd: Literal["true", "false", "always"]
    sdnotify: Literal["container", "conmon", "healthy", "ignore"]


Spec = dict[str, object]
P = TypeVar("P")

_adapter = TypeAdapter(ContainerOptions)


def container_spec(image: str, options: ContainerOptions) -> Spec:
    """The options as the server's SpecGenerator. Raises ``ParameterError``."""
    try:
        _adapter.validate_python(options)
    except ValidationError as error:
        names = ContainerOptions.__annotations__
        raise parameter_error("container options", error, names) from error
    spec: Spec = {"image": image}
    for name, value in options.items():
        if name in _SAME_VALUE:
            spec[_SAME_VALUE[name]] = _copy(value)
    for convert in _CONVERSIONS:
        spec.update(convert(options))
    return spec


# The option's name, and that of the same value in the SpecGenerator.
_SAME_VALUE = {
    "name": "name",
    "command": "command",
    "entrypoint": "entrypoint",
    "env": "env",
    "labels": "labels",
    "annotations": "annotations",
    "hostname": "hostname",
    "user": "user",
    "groups": "groups",
    "workdir": "work_dir",
    "tty": "terminal",
    "stdin": "stdin",
    "init": "init",
    "privileged": "privileged",
    "read_only": "read_only_filesystem",
    "remove": "remove",
    "volumes_from": "volumes_from",
    "image_volumes": "image_volume_mode",
    "secret_env": "secret_env",
    "publish_all": "publish_image_ports",
    "dns": "dns_server",
    "dns_search": "dns_search",
    "dns_options": "dns_option",
    "oom_score_adj": "oom_score_adj",
    "cgroup_parent": "cgroup_parent",
    "cap_add": "cap_add",
    "cap_drop": "cap_drop",
    "no_new_privileges": "no_new_privileges",
    "seccomp": "seccomp_profile_path",
    "apparmor": "apparmor_profile",
    "selinux": "selinux_opts",
    "mask": "mask",
    "unmask": "unmask",
    "sysctls": "sysctl",
    "oci_runtime": "oci_runtime",
    "pod": "pod",
    "timezone": "timezone",
    "umask": "umask",
    "systemd": "systemd",
    "sdnotify": "sdnotifyMode",
}


def _copy(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, str]", value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(cast("Sequence[str]", value))
    return value


def _parts(given: Iterable[P | str], parse: Callable[[str], P]) -> list[P]:
    return [parse(each) if isinstance(each, str) else each for each in given]


def _at_least(name: str, value: int, least: int) -> int:
    if value < least:
        raise ParameterError(f"{name}: {value} is less than {least}")
    return value


def _life(options: ContainerOptions) -> Spec:
    spec: Spec = {}
    if "stop_timeout" in options:
        spec["stop_timeout"] = _at_least("stop_timeout", options["stop_timeout"], 0)
    if "timeout" in options:
        spec["timeout"] = _at_least("timeout", options["timeout"], 0)
    if "stop_signal" in options:
        spec["stop_signal"] = signal_number("stop_signal", options["stop_signal"])
    if "restart" in options:
        spec["restart_policy"] = options["restart"]
    if "restart_retries" in options:
        if options.get("restart") != "on-failure":
            raise ParameterError("restart_retries: this goes with restart='on-failure' only")
        spec["restart_tries"] = _at_least("restart_retries", options["restart_retries"], 0)
    return spec


def _files(options: ContainerOptions) -> Spec:
    lists: dict[str, list[Spec]] = {}
    for mount in _parts(options.get("mounts", ()), Mount.parse):
        where, entry = mount.wire()
        lists.setdefault(where, []).append(entry)
    spec: Spec = {**lists}
    if options.get("read_only"):
        # The command line's default. The server's own leaves even /tmp and /dev/shm read-only.
        spec["read_write_tmpfs"] = options.get("read_only_tmpfs", True)
    if "shm_size" in options:
        spec["shm_size"] = size_in_bytes("shm_size", options["shm_size"])
    if "secrets" in options:
        secrets = options["secrets"]
        parts = [Secret(name=each) if isinstance(each, str) else each for each in secrets]
        spec["secrets"] = [each.wire() for each in parts]
    if "devices" in options:
        spec["devices"] = [each.wire() for each in _parts(options["devices"], Device.parse)]
    return spec


_NETWORK_MODES = ("bridge", "none", "host", "private", "pasta", "slirp4netns", "container", "ns")


def _network(options: ContainerOptions) -> Spec:
    spec: Spec = {}
    network = options.get("network", ())
    if isinstance(network, str) and network.partition(":")[0] in _NETWORK_MODES:
        spec["netns"] = _namespace("network", network, _NETWORK_MODES)
    elif network:
        given = [network] if isinstance(network, (str, NetworkAttachment)) else network
        parts = [NetworkAttachment(name=each) if isinstance(each, str) else each for each in given]
        spec["netns"] = {"nsmode": "bridge"}
        spec["Networks"] = {each.name: each.wire() for each in parts}
    if "ports" in options:
        given_ports = options["ports"]
        ports = [each if isinstance(each, Port) else Port.parse(str(each)) for each in given_ports]
        spec["portmappings"] = [port.wire() for port in ports]
    if "expose" in options:
        spec["expose"] = _exposed(options["expose"])
    if "hosts" in options:
        spec["hostadd"] = [f"{name}:{address}" for name, address in options["hosts"].items()]
    return spec


def _exposed(ports: Sequence[str | int]) -> dict[str, str]:
    protocols: dict[str, list[str]] = {}
    for port in (Port.parse(str(each)) for each in ports):
        if port.host or port.host_ip:
            raise ParameterError("expose: only the container's port and the protocol go here")
        for number in range(port.container, port.container + port.range):
            protocols.setdefault(str(number), []).append(port.protocol)
    return {number: ",".join(names) for number, names in protocols.items()}


def _resources(options: ContainerOptions) -> Spec:
    memory = {
        wire: size_in_bytes(name, value)
        for name, wire in (("memory", "limit"), ("memory_reservation", "reservation"))
        if (value := cast("int | str | None", options.get(name))) is not None
    }
    swap = options.get("memory_swap")
    if swap is not None:
        memory["swap"] = -1 if swap in (-1, "-1") else size_in_bytes("memory_swap", swap)
    spec: Spec = {}
    limits: Spec = {"memory": memory, "cpu": _cpu(options)}
    if "pids_limit" in options:
        limits["pids"] = {"limit": _at_least("pids_limit", options["pids_limit"], -1)}
    if "blkio_weight" in options:
        if not 10 <= options["blkio_weight"] <= 1000:
            raise ParameterError(f"blkio_weight: {options['blkio_weight']} is not in 10 to 1000")
        limits["blockIO"] = {"weight": options["blkio_weight"]}
    if limits := {name: value for name, value in limits.items() if value}:
        spec["resource_limits"] = limits
    if "ulimits" in options:
        spec["r_limits"] = [each.wire() for each in _parts(options["ulimits"], Ulimit.parse)]
    return spec


_CPU_PERIOD = 100_000
"""The kernel's default, in microseconds: the quota is a share of it."""


def _cpu(options: ContainerOptions) -> Spec:
    cpu: Spec = {}
    if "cpus" in options:
        quota = round(options["cpus"] * _CPU_PERIOD)
        cpu |= {"period": _CPU_PERIOD, "quota": _at_least("cpus", quota, 1000)}
    if "cpu_shares" in options:
        cpu["shares"] = _at_least("cpu_shares", options["cpu_shares"], 2)
    if "cpuset_cpus" in options:
        cpu["cpus"] = options["cpuset_cpus"]
    if "cpuset_mems" in options:
        cpu["mems"] = options["cpuset_mems"]
    return cpu


_NAMESPACES = {
    "userns": ("host", "auto", "keep-id", "nomap", "container", "ns"),
    "pidns": ("private", "host", "pod", "container", "ns"),
    "ipcns": ("private", "host", "pod", "container", "ns", "shareable", "none"),
    "utsns": ("private", "host", "pod", "container", "ns"),
    "cgroupns": ("private", "host", "pod", "container", "ns"),
}
# The server's words for some of the modes.
_MODE_ON_WIRE = {"ns": "path", "nomap": "no-map"}


def _namespaces(options: ContainerOptions) -> Spec:
    given = cast("Mapping[str, Any]", options)
    spec: Spec = {
        name: _namespace(name, given[name], modes)
        for name, modes in _NAMESPACES.items()
        if name in given
    }
    if given.get("userns") == "auto":
        # Without this the server leaves the container in the host's user namespace.
        spec["idmappings"] = {"AutoUserNs": True}
    return spec


def _namespace(name: str, text: str, modes: Sequence[str]) -> Spec:
    mode, _, value = text.partition(":")
    if mode not in modes:
        raise ParameterError(f"{name}: {mode!r} is none of {', '.join(modes)}")
    if bool(value) != (mode in ("container", "ns")):
        raise ParameterError(f"{name}: {text!r}: container: and ns: need a value, others take none")
    return {"nsmode": _MODE_ON_WIRE.get(mode, mode), **({"value": value} if value else {})}


def _health(options: ContainerOptions) -> Spec:
    health = options.get("health")
    if health == "none":
        return {"healthconfig": {"Test": ["NONE"]}}
    return health.wire() if isinstance(health, Health) else {}


def _log(options: ContainerOptions) -> Spec:
    log: Spec = {}
    if "log_driver" in options:
        log["driver"] = options["log_driver"]
    if "log_options" in options:
        # The server reads the first two only as fields of their own.
        rest = dict(options["log_options"])
        if "path" in rest:
            log["path"] = rest.pop("path")
        if "max-size" in rest:
            log["size"] = size_in_bytes("log_options: max-size", rest.pop("max-size"))
        log["options"] = rest
    return {"log_configuration": log} if log else {}


def _platform(options: ContainerOptions) -> Spec:
    if "platform" not in options:
        return {}
    fields = options["platform"].split("/")
    if len(fields) not in (2, 3) or not all(fields):
        raise ParameterError(f"platform: {options['platform']!r} is not OS/ARCH or OS/ARCH/VARIANT")
    return dict(zip(("image_os", "image_arch", "image_variant"), fields, strict=False))


_CONVERSIONS = (_life, _files, _network, _resources, _namespaces, _health, _log, _platform)
