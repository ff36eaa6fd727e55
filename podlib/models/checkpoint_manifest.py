"""What lies beside an archive of a checkpoint, and where one is kept on its way."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from podlib.errors import ParameterError

if TYPE_CHECKING:
    from podlib.credentials import Credentials

Compression: TypeAlias = Literal["none", "gzip", "zstd"]

_REFERENCE = re.compile(r"(localhost|[^/@]*[.:][^/@]*)/[^@:]+:[^/@:]+")


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
    volume_folders: dict[str, str] = field(default_factory=dict[str, str])
    """Of its named volumes: owner, group, octal mode and time, such as ``999:999 700 1764547200``,
    which Podman's restore loses."""


@dataclass(frozen=True, slots=True)
class ThroughFile:
    """A way to move: through an archive on the caller's disk, with a manifest beside it."""

    path: str | os.PathLike[str]
    """Of the archive. The manifest is beside it: ``web.tar`` has ``web.tar.json``."""
    compression: Compression = "none"
    """``zstd`` before Python 3.14: with podlib's extra ``zstd``."""
    keep: bool = False
    """Keep both when the container has arrived. What holds memory is a secret."""


@dataclass(frozen=True, slots=True)
class ThroughRegistry:
    """A way to move: as an image, pushed by the source to a registry and pulled by the target."""

    reference: str
    """``REGISTRY/REPOSITORY:TAG``, by which both hosts know it. The registry keeps it: what holds
    memory is a secret, so let it be one that only both hosts can read, and remove it there."""
    keep: bool = False
    """Keep the image on both hosts, too, when the container has arrived."""
    credentials: Credentials | None = None
    """By default those of the user's auth files."""
    tls_verify: bool | None = None
    """False: allow a registry without TLS."""

    def __post_init__(self) -> None:
        """Refuse what both hosts could take for different registries. Raises ParameterError."""
        if not _REFERENCE.fullmatch(self.reference):
            raise ParameterError(
                f"reference: {self.reference!r} is not REGISTRY/REPOSITORY:TAG, such as "
                "registry.example.com/checkpoints/web:1"
            )
