"""What a container may use, as the Docker-compatible API takes it; and changes of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError

from ._parameters import (
    Duration,
    Spec,
    Whole,
    at_least,
    check_options,
    microseconds,
    renamed,
    size_in_bytes,
)
from .container_options import RestartPolicy
from .container_parts import Ulimit
from .resource_options import Cpus

__all__ = [
    "DockerLimitOptions",
    "DockerResourceOptions",
    "DockerUpdateOptions",
    "docker_resources",
    "docker_update_spec",
]


class DockerLimitOptions(TypedDict, total=False):
    """The limits of a container. Sizes are bytes, or such as ``"64m"``; times are seconds."""

    memory: int | str
    memory_swap: int | str
    """Memory and swap together; -1 is no limit."""
    memory_reservation: int | str
    memory_swappiness: Whole
    """0 to 100; on cgroups v1 only."""
    cpus: Cpus
    cpu_period: Duration
    cpu_quota: Duration
    """How long it may run, on all processors together, in each ``cpu_period``."""
    cpu_shares: Whole
    cpu_rt_period: Duration
    cpu_rt_runtime: Duration
    cpuset_cpus: str
    """Such as ``0-3,7``."""
    cpuset_mems: str
    pids_limit: Whole
    """-1 is no limit."""
    blkio_weight: Whole
    """10 to 1000."""
    blkio_weight_devices: Mapping[str, Whole]
    """By block device: 10 to 1000."""
    device_read_bps: Mapping[str, int | str]
    """By block device: bytes in a second; so it is for ``device_write_bps``."""
    device_write_bps: Mapping[str, int | str]
    device_read_iops: Mapping[str, Whole]
    """By block device: operations in a second; so it is for ``device_write_iops``."""
    device_write_iops: Mapping[str, Whole]


class DockerResourceOptions(DockerLimitOptions, total=False):
    """All limits of a new container."""

    oom_kill_disable: bool
    oom_score_adj: Whole
    ulimits: Sequence[Ulimit | str]
    """Texts are ``NAME=SOFT[:HARD]``."""
    cgroup_parent: str


@with_config(ConfigDict(extra="forbid", strict=True, defer_build=True))
class DockerUpdateOptions(DockerLimitOptions, total=False):
    """What can be changed through Docker's API of a container; what is left out stays."""

    restart: RestartPolicy
    restart_retries: Whole
    """For ``on-failure``."""


_adapter = TypeAdapter(DockerUpdateOptions)
_SAME = {
    "memory_swappiness": "MemorySwappiness",
    "cpu_shares": "CpuShares",
    "cpuset_cpus": "CpusetCpus",
    "cpuset_mems": "CpusetMems",
    "blkio_weight": "BlkioWeight",
    "oom_kill_disable": "OomKillDisable",
    "oom_score_adj": "OomScoreAdj",
    "cgroup_parent": "CgroupParent",
}
_SIZES = {"memory": "Memory", "memory_reservation": "MemoryReservation"}
_SPANS = {
    "cpu_period": "CpuPeriod",
    "cpu_quota": "CpuQuota",
    "cpu_rt_period": "CpuRealtimePeriod",
    "cpu_rt_runtime": "CpuRealtimeRuntime",
}
_RATES = {
    "device_read_bps": "BlkioDeviceReadBps",
    "device_write_bps": "BlkioDeviceWriteBps",
    "device_read_iops": "BlkioDeviceReadIOps",
    "device_write_iops": "BlkioDeviceWriteIOps",
}


def docker_resources(options: Mapping[str, Any] | DockerLimitOptions) -> Spec:
    """The limits among ``options``, by the server's names. Raises ``ParameterError``."""
    given = cast("Mapping[str, Any]", options)
    spec = renamed(given, _SAME)
    for name, wire in _SIZES.items():
        if name in given:
            spec[wire] = size_in_bytes(name, given[name])
    for name, wire in _SPANS.items():
        if name in given:
            spec[wire] = microseconds(name, given[name])
    if "memory_swap" in given:
        swap = given["memory_swap"]
        spec["MemorySwap"] = -1 if swap in (-1, "-1") else size_in_bytes("memory_swap", swap)
    if "cpus" in given:
        if {"cpu_period", "cpu_quota"} & given.keys():
            raise ParameterError("cpus: cpu_period and cpu_quota say the same; give either")
        spec["NanoCpus"] = round(given["cpus"] * 1e9)
    if "pids_limit" in given:
        spec["PidsLimit"] = at_least("pids_limit", given["pids_limit"], -1)
    return spec | _by_device(given)


def _by_device(given: Mapping[str, Any]) -> Spec:
    spec: Spec = {
        wire: [
            {"Path": path, "Rate": size_in_bytes(f"{name}: {path}", rate)}
            for path, rate in given[name].items()
        ]
        for name, wire in _RATES.items()
        if name in given
    }
    if "blkio_weight_devices" in given:
        weights = given["blkio_weight_devices"].items()
        spec["BlkioWeightDevice"] = [{"Path": path, "Weight": each} for path, each in weights]
    return spec


def docker_update_spec(options: DockerUpdateOptions) -> Spec:
    """The body of an update. Raises ``ParameterError``."""
    options = check_options("update options", _adapter, options, DockerUpdateOptions)
    spec = docker_resources(options)
    if "restart" in options:
        retries = options.get("restart_retries", 0)
        spec["RestartPolicy"] = {"Name": options["restart"], "MaximumRetryCount": retries}
    return spec
