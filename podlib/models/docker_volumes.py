"""What the Docker-compatible operations on volumes and secrets answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypedDict

from pydantic import Field

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, PascalModel, SomeTime, Texts, Time, wire
from .secrets import SecretSpec

__all__ = [
    "DockerSecret",
    "DockerSecretVersion",
    "DockerVolume",
    "DockerVolumeFilters",
    "DockerVolumeList",
    "DockerVolumePruneFilters",
    "DockerVolumeUsage",
    "DockerVolumesPruned",
]


class DockerVolumeFilters(TypedDict, total=False):
    """What ``docker.volumes.list`` can go by. ``name`` is a regular expression."""

    dangling: bool
    driver: Texts
    label: Texts
    name: Texts
    until: str | datetime


DockerVolumePruneFilters = TypedDict(
    "DockerVolumePruneFilters",
    {"all": bool, "label": Texts, "label!": Texts, "until": str | datetime},
    total=False,
)
"""What ``docker.volumes.prune`` can go by. ``all``: those with names, too."""


class DockerVolumeUsage(PascalModel):
    """How many containers use a volume, and its size in bytes; -1 where that is not known."""

    ref_count: int = 0
    size: int = 0


class DockerVolume(PascalModel):
    """One volume."""

    name: str
    driver: str = ""
    mountpoint: str = ""
    """Where it is on the server's host."""
    created_at: Time = None
    status: Dicted[object] = EMPTY_DICT
    labels: Dicted[str] = EMPTY_DICT
    scope: str = ""
    options: Dicted[str] = EMPTY_DICT
    usage_data: DockerVolumeUsage | None = None
    """In the answer of ``docker.system.df`` only."""
    cluster_volume: object = None


class DockerVolumeList(PascalModel):
    """The volumes, as they come."""

    volumes: Listed[DockerVolume] = EMPTY_LIST
    warnings: Listed[str] = EMPTY_LIST


class DockerVolumesPruned(PascalModel):
    """The names of the volumes that were removed, and the bytes that this freed."""

    volumes_deleted: Listed[str] = EMPTY_LIST
    space_reclaimed: int = 0


class DockerSecretVersion(PascalModel):
    """How often a secret was changed."""

    index: int = 0


class DockerSecret(PascalModel):
    """One secret, without its value."""

    id: Annotated[str, wire("ID")]
    created_at: SomeTime
    updated_at: SomeTime
    spec: SecretSpec
    version: DockerSecretVersion = Field(default_factory=DockerSecretVersion)
