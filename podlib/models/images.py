"""What the image operations answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypedDict

from ._base import (
    EMPTY_DICT,
    EMPTY_LIST,
    Dicted,
    Listed,
    Model,
    PascalModel,
    Texts,
    Time,
    TimeOrNull,
    UnixTime,
    wire,
)
from ._shared import GraphDriver, HealthConfig

__all__ = [
    "ImageConfig",
    "ImageFilters",
    "ImageHistory",
    "ImageHistoryEntry",
    "ImageInspect",
    "ImageLayers",
    "ImagePruneFilters",
    "ImageRemoved",
    "ImageSummary",
    "ImageTree",
    "ResolvedNames",
]


ImageFilters = TypedDict(
    "ImageFilters",
    {
        "after": Texts,
        "before": Texts,
        "containers": bool,
        "dangling": bool,
        "digest": Texts,
        "id": Texts,
        "id!": Texts,
        "intermediate": bool,
        "label": Texts,
        "label!": Texts,
        "manifest": bool,
        "readonly": bool,
        "reference": Texts,
        "reference!": Texts,
        "since": Texts,
        "until": str | datetime,
    },
    total=False,
)
"""What ``list`` of images can go by. ``containers``: whether any uses it; ``manifest``: whether it
is a manifest list. ``intermediate`` (with ``all`` only), ``digest``, and an ``id`` that is not
whole, are for Podman 5."""

ImagePruneFilters = TypedDict(
    "ImagePruneFilters",
    {
        "id": str,
        "label": str,
        "label!": str,
        "reference": str,
        "until": str | datetime,
    },
    total=False,
)
"""What ``prune`` of images can go by. The server reads one value of each."""


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
    created: TimeOrNull = None
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


class ImageHistory(PascalModel):
    """One step of an image's build, and what of it is left. ``size`` is in bytes."""

    id: str = ""
    """The image as it was after this step; ``<missing>`` if the store has no such."""
    created: UnixTime = None
    created_by: str = ""
    tags: Listed[str] = EMPTY_LIST
    size: int = 0
    comment: str = ""


class ImageTree(PascalModel):
    """The layers of an image, drawn as text."""

    tree: str = ""


class ResolvedNames(PascalModel):
    """The full names that a short name may stand for, the first to be tried first."""

    names: Listed[str] = EMPTY_LIST
