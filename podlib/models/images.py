"""What the image operations answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypedDict

from ._base import (
    EMPTY_DICT,
    EMPTY_LIST,
    CamelModel,
    Dicted,
    Listed,
    Model,
    PascalModel,
    Texts,
    Time,
    UnixTime,
    wire,
)
from ._shared import GraphDriver, HealthConfig


class ImageFilters(TypedDict, total=False):
    """What ``list`` and ``prune`` of images can go by."""

    before: Texts
    containers: str
    dangling: bool
    id: Texts
    intermediate: bool
    label: Texts
    manifest: bool
    readonly: bool
    reference: Texts
    since: Texts
    until: str | datetime


class ImageSummary(PascalModel):
    """One image of a list. Sizes are in bytes."""

    id: str
    parent_id: str = ""
    names: Listed[str] = EMPTY_LIST
    repo_tags: Listed[str] = EMPTY_LIST
    repo_digests: Listed[str] = EMPTY_LIST
    digest: str = ""
    created: UnixTime = None
    size: int = 0
    shared_size: int = 0
    virtual_size: int = 0
    labels: Dicted[str] = EMPTY_DICT
    containers: int = 0
    """How many containers use it."""
    arch: str = ""
    os: str = ""
    history: Listed[str] = EMPTY_LIST
    """Names that it has had."""
    is_manifest_list: bool | None = None
    dangling: bool = False
    read_only: bool = False


class ImageConfig(PascalModel):
    """What a container of this image is created with, unless told otherwise."""

    user: str = ""
    exposed_ports: Dicted[dict[str, object]] = EMPTY_DICT
    env: Listed[str] = EMPTY_LIST
    entrypoint: Listed[str] = EMPTY_LIST
    cmd: Listed[str] = EMPTY_LIST
    volumes: Dicted[dict[str, object]] = EMPTY_DICT
    working_dir: str = ""
    labels: Dicted[str] = EMPTY_DICT
    stop_signal: str = ""
    args_escaped: bool = False


class ImageLayers(PascalModel):
    """The digests of the image's layers, the lowest first."""

    type: str = ""
    layers: Listed[str] = EMPTY_LIST


class ImageHistoryEntry(Model):
    """One step of the image's build."""

    created: Time = None
    created_by: str = ""
    author: str = ""
    comment: str = ""
    empty_layer: bool = False


class ImageInspect(PascalModel):
    """Everything Podman knows about one image. Sizes are in bytes."""

    id: str
    digest: str = ""
    names_history: Listed[str] = EMPTY_LIST
    repo_tags: Listed[str] = EMPTY_LIST
    repo_digests: Listed[str] = EMPTY_LIST
    parent: str = ""
    comment: str = ""
    created: Time = None
    config: ImageConfig | None = None
    version: str = ""
    author: str = ""
    architecture: str = ""
    os: str = ""
    size: int = 0
    virtual_size: int = 0
    graph_driver: GraphDriver | None = None
    root_fs: Annotated[ImageLayers | None, wire("RootFS")] = None
    labels: Dicted[str] = EMPTY_DICT
    annotations: Dicted[str] = EMPTY_DICT
    manifest_type: str = ""
    user: str = ""
    history: Listed[ImageHistoryEntry] = EMPTY_LIST
    healthcheck: HealthConfig | None = None


class ImageRemoved(PascalModel):
    """What a removal untagged and deleted.

    The removal of several images goes on after an error: then ``errors`` is not empty.
    """

    deleted: Listed[str] = EMPTY_LIST
    untagged: Listed[str] = EMPTY_LIST
    errors: Listed[str] = EMPTY_LIST
    exit_code: int = 0


class ImageLoaded(PascalModel):
    """The names, or where it has none the ids, of the images of an archive."""

    names: Listed[str] = EMPTY_LIST


class BlobProgress(CamelModel):
    """How far one blob has come, in bytes."""

    status: str = ""
    """``pulling``, ``success`` or ``skipped``."""
    current: int = 0
    total: int = 0
    """-1 or 0 while it is not known."""
    progress_component_id: Annotated[str, wire("progressComponentID")] = ""
    """The blob's digest."""


class PullProgress(CamelModel):
    """One line of a pull. ``pull_progress`` is new in Podman 6; before, there is text only."""

    status: str = ""
    stream: str = ""
    """Text, with its line end."""
    error: str = ""
    """Not empty: the pull has failed."""
    images: Listed[str] = EMPTY_LIST
    """In the last line: the ids of what was pulled."""
    id: str = ""
    pull_progress: BlobProgress | None = None


class PulledImage(Model):
    """The image that was pulled, and with ``all_tags`` the others."""

    id: str
    images: list[str]


class BuildErrorDetail(CamelModel):
    """The error of a build once more."""

    message: str = ""
    code: int = 0


class BuildLine(CamelModel):
    """One line of a build. Podman's last ``stream`` is the new image's id."""

    stream: str = ""
    """Text, with its line end."""
    error: str = ""
    """Not empty: the build has failed."""
    error_detail: BuildErrorDetail | None = None
    aux: Dicted[str] = EMPTY_DICT
    """``{"ID": …}``: the new image's id, from the Docker-compatible build."""


class BuiltImage(Model):
    """The image that was built, and the lines of the log without their line ends."""

    id: str
    log: list[str]
