"""What a container or a pod may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError

from ._parameters import (
    Count,
    Duration,
    Spec,
    Whole,
    at_least,
    microseconds,
    parts,
    renamed,
    size_in_bytes,
)
from .container_parts import Rdma, Ulimit

__all__ = ["LimitOptions", "ResourceOptions"]


Cpus = Annotated[float, Field(ge=0, le=1e6)]


class LimitOptions(TypedDict, total=False):
    """The limits that containers and pods have. Those of a pod are for all its containers together.

    Sizes are bytes, or such as ``"64m"`` (powers of 1024); times are seconds, or such as
    ``"50ms"``.
    """

    memory: int | str
    memory_swap: int | str
    """Memory and swap together, at least ``memory``; twice that unless said. -1 is no limit (not
    on cgroups v1)."""
    memory_reservation: int | str
    memory_swappiness: Whole
    """0 to 100; on cgroups v1 only."""
    cpus: Cpus
    cpu_period: Duration
    """How long ``cpu_quota`` is for: 0.001 to 1 second."""
    cpu_quota: Duration
    """How long it may run, on all processors together, in each ``cpu_period``."""
    cpu_shares: Whole
    """Beside others, at least 2; 1024 is usual."""
    cpuset_cpus: str
    """Such as ``0-3,7``."""
    cpuset_mems: str
    pids_limit: Whole
    """-1 is no limit."""
    blkio_weight: Whole
    """10 to 1000. Where the kernel has none, the server says so in ``warnings``."""


class ResourceOptions(LimitOptions, total=False):
    """All limits of a container. Devices are paths on the server's host."""

    kernel_memory_tcp: int | str
    """For the buffers of TCP sockets; on cgroups v1 only."""
    oom_kill_disable: bool
    """Out of memory, its processes wait instead of being killed; on cgroups v1 only."""
    oom_score_adj: Whole
    cpu_burst: Duration
    """How much of unused quota may be saved up."""
    cpu_idle: bool
    """Run only while nothing else wants to."""
    cpu_rt_period: Duration
    cpu_rt_runtime: Duration
    """For real-time scheduling, in each ``cpu_rt_period``; on cgroups v1 only."""
    blkio_weight_devices: Mapping[str, Whole]
    """By block device: 10 to 1000."""
    device_read_bps: Mapping[str, int | str]
    """By block device: bytes in a second; so it is for ``device_write_bps``."""
    device_write_bps: Mapping[str, int | str]
    device_read_iops: Mapping[str, Whole]
    """By block device: operations in a second; so it is for ``device_write_iops``."""
    device_write_iops: Mapping[str, Whole]
    hugepages: Mapping[str, int | str]
    """By size of the pages, as ``2MB``: how much memory."""
    rdma: Mapping[str, Rdma]
    """By device."""
    network_class_id: Count
    """Marks its packets; on cgroups v1 only."""
    network_priorities: Mapping[str, Count]
    """By network interface; on cgroups v1 only."""
    unified: Mapping[str, str]
    """Any file of cgroups v2, as ``{"memory.high": "1073741824"}``."""
    rdt_class: str
    """Of Intel's Resource Director Technology. Podman 4.8 or newer."""
    ulimits: Sequence[Ulimit | str]
    """Texts are ``NAME=SOFT[:HARD]``."""
    cgroup_parent: str
    cgroups_mode: Literal["enabled", "disabled", "no-conmon", "split"]
    """Which cgroups are made. ``no-conmon``: none for what watches the container; ``split``: below
    the service's own, for it and the container."""


def resource_spec(options: ResourceOptions) -> Spec:
    """The members of a container's specification."""
    spec = renamed(
        options,
        {
            "oom_score_adj": "oom_score_adj",
            "cgroup_parent": "cgroup_parent",
            "cgroups_mode": "cgroups_mode",
        },
    )
    limits = resource_limits(options)
    by_device = _by_device(options)
    if by_device:
        limits.setdefault("blockIO", {})  # without it the server fails to add them there
    if limits:
        spec["resource_limits"] = limits
    if "rdt_class" in options:
        spec["intelRdt"] = {"closID": options["rdt_class"]}
    if "ulimits" in options:
        spec["r_limits"] = [each.wire() for each in parts(options["ulimits"], Ulimit.parse)]
    return spec | by_device


def resource_limits(options: ResourceOptions | LimitOptions) -> Spec:
    """The OCI runtime's ``resources``: what ``options`` says of them. Raises ``ParameterError``."""
    given = cast("ResourceOptions", options)
    limits: Spec = {
        "memory": _memory(given),
        "cpu": _cpu(given),
        "pids": _pids(given),
        "blockIO": _block_io(given),
        "hugepageLimits": [
            {"pageSize": page, "limit": size_in_bytes(f"hugepages: {page}", size)}
            for page, size in given.get("hugepages", {}).items()
        ],
        "rdma": {device: limit.wire() for device, limit in given.get("rdma", {}).items()},
        "network": _network(given),
        "unified": dict(given.get("unified", {})),
    }
    return {name: value for name, value in limits.items() if value}


def _memory(options: ResourceOptions) -> Spec:
    given = cast("Mapping[str, Any]", options)
    sizes = {
        "memory": "limit",
        "memory_reservation": "reservation",
        "kernel_memory_tcp": "kernelTCP",
    }
    memory: Spec = {
        wire: size_in_bytes(name, given[name]) for name, wire in sizes.items() if name in given
    }
    if "memory_swap" in options:
        swap = options["memory_swap"]
        memory["swap"] = -1 if swap in (-1, "-1") else size_in_bytes("memory_swap", swap)
    if "memory_swappiness" in options:
        memory["swappiness"] = _between("memory_swappiness", options["memory_swappiness"], 0, 100)
    return memory | renamed(options, {"oom_kill_disable": "disableOOMKiller"})


_CPU_PERIOD = 100_000
"""The kernel's default, in microseconds: the quota is a share of it."""


def _cpu(options: ResourceOptions) -> Spec:
    cpu = renamed(options, {"cpuset_cpus": "cpus", "cpuset_mems": "mems"})
    if "cpus" in options:
        if "cpu_period" in options or "cpu_quota" in options:
            raise ParameterError("cpus: cpu_period and cpu_quota say the same; give either")
        quota = round(options["cpus"] * _CPU_PERIOD)
        cpu |= {"period": _CPU_PERIOD, "quota": at_least("cpus", quota, 1000)}
    if "cpu_period" in options:
        period = microseconds("cpu_period", options["cpu_period"])
        cpu["period"] = _between("cpu_period (in µs)", period, 1000, 1_000_000)
    if "cpu_shares" in options:
        cpu["shares"] = at_least("cpu_shares", options["cpu_shares"], 2)
    if "cpu_idle" in options:
        cpu["idle"] = int(options["cpu_idle"])
    given = cast("Mapping[str, Any]", options)
    spans = {
        "cpu_quota": "quota",
        "cpu_burst": "burst",
        "cpu_rt_period": "realtimePeriod",
        "cpu_rt_runtime": "realtimeRuntime",
    }
    return cpu | {
        wire: microseconds(name, given[name]) for name, wire in spans.items() if name in given
    }


def _between(name: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise ParameterError(f"{name}: {value} is not in {least} to {most}")
    return value


def _pids(options: ResourceOptions) -> Spec:
    if "pids_limit" not in options:
        return {}
    return {"limit": at_least("pids_limit", options["pids_limit"], -1)}


def _block_io(options: ResourceOptions) -> Spec:
    if "blkio_weight" not in options:
        return {}
    return {"weight": _between("blkio_weight", options["blkio_weight"], 10, 1000)}


def _network(options: ResourceOptions) -> Spec:
    network = renamed(options, {"network_class_id": "classID"})
    if "network_priorities" in options:
        network["priorities"] = [
            {"name": name, "priority": priority}
            for name, priority in options["network_priorities"].items()
        ]
    return network


def _weight(name: str, value: int | str) -> Spec:
    return {"weight": _between(name, int(value), 10, 1000)}


def _bytes(name: str, value: int | str) -> Spec:
    return {"rate": size_in_bytes(name, value)}


def _operations(name: str, value: int | str) -> Spec:
    return {"rate": at_least(name, int(value), 0)}


_BY_DEVICE: dict[str, tuple[str, Callable[[str, int | str], Spec]]] = {
    "blkio_weight_devices": ("weightDevice", _weight),
    "device_read_bps": ("throttleReadBpsDevice", _bytes),
    "device_write_bps": ("throttleWriteBpsDevice", _bytes),
    "device_read_iops": ("throttleReadIOPSDevice", _operations),
    "device_write_iops": ("throttleWriteIOPSDevice", _operations),
}


def _by_device(options: ResourceOptions) -> Spec:
    given = cast("Mapping[str, Mapping[str, int | str]]", options)
    return {
        wire: {path: convert(f"{name}: {path}", value) for path, value in given[name].items()}
        for name, (wire, convert) in _BY_DEVICE.items()
        if name in given
    }
