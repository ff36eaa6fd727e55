"""What the Docker-compatible operations on images answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypedDict

from ._base import (
    EMPTY_DICT,
    EMPTY_LIST,
    CamelModel,
    Dicted,
    Listed,
    PascalModel,
    Texts,
    Time,
    UnixTime,
    wire,
)
from ._shared import GraphDriver
from .docker_container_inspect import DockerConfig
from .image_transfer import DockerProgress
from .images import ImageLayers

__all__ = [
    "DockerCommitted",
    "DockerImage",
    "DockerImageChange",
    "DockerImageFilters",
    "DockerImageMetadata",
    "DockerImagePruneFilters",
    "DockerImageSummary",
    "DockerImagesPruned",
    "DockerProgressLine",
]


class DockerImageFilters(TypedDict, total=False):
    """What ``docker.images.list`` can go by."""

    before: Texts
    dangling: bool
    id: Texts
    label: Texts
    reference: Texts
    since: Texts
    until: str | datetime


DockerImagePruneFilters = TypedDict(
    "DockerImagePruneFilters",
    {"dangling": bool, "label": str, "label!": str, "until": str | datetime},
    total=False,
)
"""What ``docker.images.prune`` can go by. With ``dangling: False`` all unused images go."""


class DockerImageSummary(PascalModel):
    """One image of a list. Sizes are in bytes."""

    id: str
    parent_id: str = ""
    repo_tags: Listed[str] = EMPTY_LIST
    repo_digests: Listed[str] = EMPTY_LIST
    created: UnixTime = None
    size: int = 0
    shared_size: int = 0
    virtual_size: int = 0
    labels: Dicted[str] = EMPTY_DICT
    containers: int = 0
    """How many containers use it; -1 if the server did not count them."""
    descriptor: object = None
    manifests: Listed[object] = EMPTY_LIST
    names: Listed[str] = EMPTY_LIST
    """Podman's own, as what follows."""
    digest: str = ""
    history: Listed[str] = EMPTY_LIST
    arch: str = ""
    os: str = ""
    is_manifest_list: bool | None = None
    dangling: bool = False
    read_only: bool = False


class DockerImageMetadata(PascalModel):
    """What is known of an image beside itself."""

    last_tag_time: Time = None


class DockerImage(PascalModel):
    """Everything that Docker's API tells of one image. Sizes are in bytes."""

    id: str
    repo_tags: Listed[str] = EMPTY_LIST
    repo_digests: Listed[str] = EMPTY_LIST
    parent: str = ""
    comment: str = ""
    created: Time = None
    container: str = ""
    container_config: DockerConfig | None = None
    docker_version: str = ""
    author: str = ""
    config: DockerConfig | None = None
    architecture: str = ""
    variant: str = ""
    os: str = ""
    os_version: str = ""
    size: int = 0
    virtual_size: int = 0
    graph_driver: GraphDriver | None = None
    root_fs: Annotated[ImageLayers | None, wire("RootFS")] = None
    metadata: DockerImageMetadata | None = None
    descriptor: object = None
    manifests: Listed[object] = EMPTY_LIST
    identity: object = None


class DockerImageChange(PascalModel):
    """One thing that a removal did: a name that is gone, or an image. One of the two is empty."""

    untagged: str = ""
    deleted: str = ""


class DockerImagesPruned(PascalModel):
    """What a prune of images did, and the bytes that this freed."""

    images_deleted: Listed[DockerImageChange] = EMPTY_LIST
    space_reclaimed: int = 0


class DockerCommitted(PascalModel):
    """The image that a container became."""

    id: str


class DockerProgressLine(CamelModel):
    """One line of what is told of a pull, a push, a load or an import."""

    status: str = ""
    stream: str = ""
    """Text, with its line end."""
    id: str = ""
    """Of the layer, or the image, that the line is about."""
    progress: str = ""
    progress_detail: DockerProgress | None = None
    """In bytes."""
    error: str = ""
    """Not empty: it has failed."""
    error_detail: dict[str, object] | None = None
    time: int = 0
    time_nano: int = 0
    from_: Annotated[str, wire("from")] = ""
