"""What the container operations answer, but for inspect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypedDict

from pydantic import SerializationInfo, SerializerFunctionWrapHandler, field_serializer

from ._base import (
    EMPTY_DICT,
    EMPTY_LIST,
    CamelModel,
    Dicted,
    IfAsked,
    Listed,
    Microseconds,
    Model,
    PascalModel,
    SomeTime,
    Texts,
    UnixTime,
    wire,
)

__all__ = [
    "CheckpointReport",
    "CheckpointStatistics",
    "ContainerCreated",
    "ContainerFilters",
    "ContainerNamespaces",
    "ContainerPruneFilters",
    "ContainerRemoved",
    "ContainerSize",
    "ContainerSummary",
    "PortMapping",
    "RestoreReport",
    "RestoreStatistics",
]

ContainerFilters = TypedDict(
    "ContainerFilters",
    {
        "ancestor": Texts,
        "before": Texts,
        "command": Texts,
        "exited": int | Sequence[int],
        "health": Texts,
        "id": Texts,
        "label": Texts,
        "label!": Texts,
        "name": Texts,
        "network": Texts,
        "pod": Texts,
        "restart-policy": Texts,
        "should-start-on-boot": bool,
        "since": Texts,
        "status": Texts,
        "until": str | datetime,
        "volume": Texts,
    },
    total=False,
)
"""What ``list`` of containers can go by. Several values of one name: any of them; of ``label``: all
of them. ``before`` and ``since`` name a container; ``label!`` is new in Podman 5, ``command`` and
``should-start-on-boot`` in 5.8."""

ContainerPruneFilters = TypedDict(
    "ContainerPruneFilters",
    {"label": Texts, "label!": Texts, "until": str | datetime},
    total=False,
)
"""What ``prune`` of containers can go by. ``until``: those that were created before, such as
``24h`` ago."""


class ContainerCreated(PascalModel):
    """A new container, and what the service found odd about its specification."""

    id: str
    warnings: Listed[str] = EMPTY_LIST


class ContainerRemoved(PascalModel):
    """One container of a removal. ``error`` is ``None`` where it succeeded."""

    id: str
    error: Annotated[str | None, wire("Err")] = None
    raw_input: str = ""
    """What it was asked for by; Podman 4 only."""


class PortMapping(Model):
    """``range`` ports from ``container_port`` are published from ``host_port`` on."""

    host_ip: str = ""
    """``""`` is every address of the host."""
    container_port: int
    host_port: int = 0
    range: int = 1
    protocol: str = "tcp"
    """More than one are separated by commas."""


class ContainerNamespaces(PascalModel):
    """The inodes of a running container's namespaces; ``""`` unless asked for."""

    cgroup: str = ""
    ipc: str = ""
    mnt: str = ""
    net: str = ""
    pid: Annotated[str, wire("Pidns")] = ""
    user: str = ""
    uts: str = ""


class ContainerSize(CamelModel):
    """In bytes: all layers together, and the container's own one."""

    root_fs_size: int = 0
    rw_size: int = 0


class ContainerSummary(PascalModel):
    """One container of a list."""

    id: str
    names: Listed[str] = EMPTY_LIST
    image: str = ""
    image_id: Annotated[str, wire("ImageID")] = ""
    command: Listed[str] = EMPTY_LIST
    created: SomeTime
    created_at: str = ""
    """Podman leaves it empty over the API."""
    started_at: UnixTime = None
    exited_at: UnixTime = None
    exited: bool = False
    exit_code: int = 0
    state: str = ""
    status: str = ""
    """Of the health check, such as ``healthy``; ``""`` without one."""
    pid: int = 0
    restarts: int = 0
    auto_remove: bool = False
    is_infra: bool = False
    pod: str = ""
    """The id of its pod; ``""`` without one."""
    pod_name: str = ""
    """Only if asked for with ``pod``."""
    labels: Dicted[str] = EMPTY_DICT
    mounts: Listed[str] = EMPTY_LIST
    """The paths inside the container."""
    networks: Listed[str] = EMPTY_LIST
    ports: Listed[PortMapping] = EMPTY_LIST
    exposed_ports: Dicted[list[str]] = EMPTY_DICT
    """Protocols by port number."""
    namespaces: IfAsked[ContainerNamespaces] = None
    """Only if asked for."""
    size: ContainerSize | None = None
    """Only if asked for."""
    cid_file: Annotated[str, wire("CIDFile")] = ""

    @field_serializer("started_at", "exited_at", mode="wrap")
    def _unix_time(
        self,
        value: datetime | None,
        handler: SerializerFunctionWrapHandler,
        info: SerializationInfo,
    ) -> object:
        """What is no container of Podman's has 0 for no time, where others have year 1."""
        if value is None and info.by_alias and self.state == "storage":
            return 0
        return handler(value)


class CheckpointStatistics(Model):
    """What CRIU measured. Times are in seconds, pages are the host's memory pages."""

    freezing_time: Microseconds = 0
    """Until all processes stood still."""
    frozen_time: Microseconds = 0
    """While they stood still."""
    memdump_time: Microseconds = 0
    memwrite_time: Microseconds = 0
    pages_scanned: int = 0
    pages_written: int = 0


class CheckpointReport(Model):
    """A checkpoint that stays on the host.

    The duration is 0, the statistics are ``None``, unless they were asked for.
    """

    id: Annotated[str, wire("Id")]
    runtime_checkpoint_duration: Microseconds = 0
    """How long the OCI runtime took, in seconds."""
    criu_statistics: CheckpointStatistics | None = None


class RestoreStatistics(Model):
    """What CRIU measured. Times are in seconds, pages are the host's memory pages."""

    pages_compared: int = 0
    pages_skipped_cow: int = 0
    forking_time: Microseconds = 0
    restore_time: Microseconds = 0
    pages_restored: int = 0


class RestoreReport(Model):
    """A container that runs again.

    The duration is 0, the statistics are ``None``, unless they were asked for.
    """

    id: Annotated[str, wire("Id")]
    runtime_restore_duration: Microseconds = 0
    """How long the OCI runtime took, in seconds."""
    criu_statistics: RestoreStatistics | None = None
