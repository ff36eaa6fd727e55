"""What containers use of their host, and what runs in them.

Counters stay whole numbers, however large: what is called nano is in nanoseconds.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ._base import (
    EMPTY_DICT,
    EMPTY_LIST,
    Dicted,
    Listed,
    Model,
    Nanoseconds,
    PascalModel,
    Time,
    wire,
)
from ._shared import Reason

__all__ = [
    "ContainerNetworkStats",
    "ContainerStats",
    "ContainerStatsReport",
    "ContainerTop",
    "DockerBlkioEntry",
    "DockerBlkioStats",
    "DockerContainerStats",
    "DockerCpuStats",
    "DockerCpuUsage",
    "DockerMemoryStats",
    "DockerNetworkStats",
    "DockerPidsStats",
    "DockerStats",
    "DockerStorageStats",
    "DockerThrottling",
]


class ContainerTop(PascalModel):
    """The processes of a container: for each, as many texts as there are titles."""

    titles: Listed[str] = EMPTY_LIST
    processes: Listed[list[str]] = EMPTY_LIST


class ContainerNetworkStats(PascalModel):
    """What went through one of a container's network interfaces."""

    rx_bytes: int = 0
    rx_dropped: int = 0
    rx_errors: int = 0
    rx_packets: int = 0
    tx_bytes: int = 0
    tx_dropped: int = 0
    tx_errors: int = 0
    tx_packets: int = 0


class ContainerStats(PascalModel):
    """What one container uses. Sizes are in bytes; of a container that does not run, all is 0."""

    container_id: Annotated[str, wire("ContainerID")]
    name: str = ""
    cpu: Annotated[float, wire("CPU")] = 0
    """Percent of one processor: since the sample before, or without one as ``avg_cpu``."""
    avg_cpu: Annotated[float, wire("AvgCPU")] = 0
    """Percent of one processor, since it was started."""
    cpu_nano: Annotated[int, wire("CPUNano")] = 0
    cpu_system_nano: Annotated[int, wire("CPUSystemNano")] = 0
    """The part of ``cpu_nano`` that the kernel used for it."""
    system_nano: int = 0
    """When this was measured: nanoseconds since 1970."""
    per_cpu: Annotated[Listed[int], wire("PerCPU")] = EMPTY_LIST
    """``cpu_nano`` by processor; on cgroups v1 only."""
    up_time: Nanoseconds = 0
    """In seconds. The same as ``cpu_nano``, and so is ``duration``: Podman knows no better."""
    duration: Nanoseconds = 0
    mem_usage: int = 0
    mem_limit: int = 0
    mem_perc: float = 0
    network: Dicted[ContainerNetworkStats] = EMPTY_DICT
    """By network interface. Podman 4.7 or newer."""
    net_input: int = 0
    """Bytes that all interfaces received, and sent: older Podman only."""
    net_output: int = 0
    block_input: int = 0
    block_output: int = 0
    pids: Annotated[int, wire("PIDs")] = 0
    """How many processes and threads there are."""


class ContainerStatsReport(PascalModel):
    """One sample of all containers that were asked for."""

    error: Reason = ""
    stats: Listed[ContainerStats] = EMPTY_LIST


# -- Docker's shape ------------------------------------------------------------------------------


class DockerPidsStats(Model):
    """How many processes and threads there are, and may be."""

    current: int = 0
    limit: int = 0


class DockerBlkioEntry(Model):
    """What was done, of one kind, at one block device."""

    major: int = 0
    minor: int = 0
    op: str = ""
    value: int = 0


class DockerBlkioStats(Model):
    """What was done at block devices."""

    io_service_bytes_recursive: Listed[DockerBlkioEntry] = EMPTY_LIST
    io_serviced_recursive: Listed[DockerBlkioEntry] = EMPTY_LIST
    io_queue_recursive: Listed[DockerBlkioEntry] = EMPTY_LIST
    io_service_time_recursive: Listed[DockerBlkioEntry] = EMPTY_LIST
    io_wait_time_recursive: Listed[DockerBlkioEntry] = EMPTY_LIST
    io_merged_recursive: Listed[DockerBlkioEntry] = EMPTY_LIST
    io_time_recursive: Listed[DockerBlkioEntry] = EMPTY_LIST
    sectors_recursive: Listed[DockerBlkioEntry] = EMPTY_LIST


class DockerStorageStats(Model):
    """Docker for Windows has these."""

    read_count_normalized: int = 0
    read_size_bytes: int = 0
    write_count_normalized: int = 0
    write_size_bytes: int = 0


class DockerCpuUsage(Model):
    """Processor time in nanoseconds."""

    total_usage: int = 0
    percpu_usage: Listed[int] = EMPTY_LIST
    usage_in_kernelmode: int = 0
    usage_in_usermode: int = 0


class DockerThrottling(Model):
    """How often, and how long in nanoseconds, its quota held it back."""

    periods: int = 0
    throttled_periods: int = 0
    throttled_time: int = 0


class DockerCpuStats(Model):
    """The processors. ``cpu`` is percent."""

    cpu_usage: DockerCpuUsage = Field(default_factory=DockerCpuUsage)
    system_cpu_usage: int = 0
    online_cpus: int = 0
    cpu: float = 0
    throttling_data: DockerThrottling = Field(default_factory=DockerThrottling)


class DockerMemoryStats(Model):
    """The memory, in bytes."""

    usage: int = 0
    max_usage: int = 0
    limit: int = 0
    failcnt: int = 0
    stats: Dicted[int] = EMPTY_DICT
    commitbytes: int = 0
    commitpeakbytes: int = 0
    privateworkingset: int = 0


class DockerNetworkStats(Model):
    """What went through one network interface."""

    rx_bytes: int = 0
    rx_packets: int = 0
    rx_errors: int = 0
    rx_dropped: int = 0
    tx_bytes: int = 0
    tx_packets: int = 0
    tx_errors: int = 0
    tx_dropped: int = 0
    endpoint_id: str = ""
    instance_id: str = ""


class DockerStats(Model):
    """What one container uses, as Docker says it. Sizes are in bytes."""

    id: Annotated[str, wire("Id")] = ""
    name: str = ""
    read: Time = None
    """When this was measured; ``preread``: when ``precpu_stats`` was."""
    preread: Time = None
    cpu_stats: DockerCpuStats = Field(default_factory=DockerCpuStats)
    precpu_stats: DockerCpuStats = Field(default_factory=DockerCpuStats)
    memory_stats: DockerMemoryStats = Field(default_factory=DockerMemoryStats)
    pids_stats: DockerPidsStats = Field(default_factory=DockerPidsStats)
    blkio_stats: DockerBlkioStats = Field(default_factory=DockerBlkioStats)
    num_procs: int = 0
    storage_stats: DockerStorageStats = Field(default_factory=DockerStorageStats)
    networks: Dicted[DockerNetworkStats] = EMPTY_DICT
    """By network interface."""


class DockerContainerStats(DockerStats):
    """Likewise, from Docker's API itself."""

    id: str = ""
