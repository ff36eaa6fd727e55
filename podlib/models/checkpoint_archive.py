"""What is in an archive of a checkpoint. No pydantic: no answer of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class CheckpointNetwork:
    """A network that the container was in."""

    name: str
    interface: str
    mac_address: str
    addresses: list[str]
    """With the lengths of their prefixes: ``10.88.0.2/16``."""
    gateways: list[str]


@dataclass(frozen=True, slots=True)
class CheckpointMount:
    """A file system that the container saw."""

    destination: str
    type: str
    source: str
    """Of a volume or a bind: a path on the host where the checkpoint was made."""
    options: list[str]


@dataclass(frozen=True, slots=True)
class CheckpointSizes:
    """How much is in the archive, in bytes, unpacked."""

    total: int
    """All of it."""
    checkpoint: int
    """What CRIU wrote: the processes."""
    memory: int
    """Of that, the pages of memory."""
    root_fs: int
    """The files that the container has otherwise than its image."""
    volumes: dict[str, int]
    """What is in its volumes, by their names, each as a tar archive."""


@dataclass(frozen=True, slots=True)
class CheckpointDumpStatistics:
    """What CRIU counted during the checkpoint. Times are in microseconds, pages have 4096 bytes."""

    freezing_time: int
    """Until all processes stood still."""
    frozen_time: int
    """How long they stood still."""
    memdump_time: int
    memwrite_time: int
    irmap_resolve: int
    pages_scanned: int
    pages_skipped_parent: int
    pages_written: int
    pages_lazy: int
    page_pipes: int
    page_pipe_bufs: int
    shpages_scanned: int
    shpages_skipped_parent: int
    shpages_written: int


@dataclass(frozen=True, slots=True)
class CheckpointProcess:
    """A process, with the numbers that it has in the container."""

    pid: int
    ppid: int
    """0 for the first process."""
    pgid: int
    sid: int
    depth: int
    """How many processes are above it in the tree."""
    name: str
    """As ``ps`` calls it: at most 15 bytes."""
    command: list[str]
    """Its arguments, from its memory; empty where that is not in the archive."""
    environment: dict[str, str]
    """Likewise."""
    threads: list[int]


@dataclass(frozen=True, slots=True)
class CheckpointContents:
    """What a checkpoint archive tells. It has the process's environment: treat it as a secret."""

    id: str
    """The container's."""
    name: str
    image: str
    """Its name; "" for a container without an image."""
    image_id: str
    runtime: str
    """The OCI runtime: ``crun``, ``runc``."""
    engine: str
    """What managed the container: ``Podman``, ``CRI-O``; "" if the archive does not tell."""
    criu_version: str
    """"" unless a log of CRIU is in the archive."""
    created: datetime | None
    """When the container was."""
    checkpointed: datetime | None
    command: list[str]
    """What the container was to run."""
    annotations: dict[str, str]
    networks: list[CheckpointNetwork]
    mounts: list[CheckpointMount]
    deleted_files: list[str]
    """Files of the image that the container removed."""
    sizes: CheckpointSizes
    statistics: CheckpointDumpStatistics | None
    """None if they are not in the archive."""
    processes: list[CheckpointProcess]
    """The tree: each process before those below it."""
    errors: list[str]
    """The lines of CRIU's logs that tell of errors, if the logs are in the archive."""
