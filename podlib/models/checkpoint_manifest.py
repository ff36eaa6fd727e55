"""What lies beside an archive of a checkpoint, and where one is kept on its way."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, TypeAlias

Compression: TypeAlias = Literal["none", "gzip", "zstd"]


@dataclass(frozen=True, slots=True)
class CheckpointManifest:
    """What an archive is, so that another one is not taken for it."""

    container_id: str
    name: str
    """The container's."""
    image: str
    """The image's id."""
    image_name: str
    architecture: str
    podman_version: str
    """Of the service that made the archive."""
    created: str
    """When: RFC 3339, in UTC."""
    compression: Compression
    size: int
    """The archive's bytes, as it lies on the disk."""
    sha256: str
    """The archive's digest, as hexadecimal digits."""
    tcp_established: bool = False
    """Whether its processes may hold TCP connections: then it is restored likewise."""
    file_locks: bool = False


@dataclass(frozen=True, slots=True)
class ThroughFile:
    """A way to move: through an archive on the caller's disk, with a manifest beside it."""

    path: str | os.PathLike[str]
    """Of the archive. The manifest is beside it: ``web.tar`` has ``web.tar.json``."""
    compression: Compression = "none"
    """``zstd`` before Python 3.14: with podlib's extra ``zstd``."""
    keep: bool = False
    """Keep both when the container has arrived. What holds memory is a secret."""
