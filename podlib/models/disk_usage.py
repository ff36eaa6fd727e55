"""How much space images, containers and volumes take. Sizes are in bytes."""

from __future__ import annotations

from typing import Annotated

from ._base import EMPTY_LIST, Listed, PascalModel, Time, wire

__all__ = ["ContainerUsage", "DiskUsage", "ImageUsage", "VolumeUsage"]


class ImageUsage(PascalModel):
    """One name of an image; an image without a name has ``<none>``."""

    repository: str = ""
    tag: str = ""
    image_id: Annotated[str, wire("ImageID")]
    created: Time = None
    size: int = 0
    shared_size: int = 0
    """Of the layers that other images have too."""
    unique_size: int = 0
    containers: int = 0
    """How many containers use it."""


class ContainerUsage(PascalModel):
    """One container. ``size`` is that of its image and its own, ``rw_size`` its own alone."""

    container_id: Annotated[str, wire("ContainerID")]
    image: str = ""
    command: Listed[str] = EMPTY_LIST
    local_volumes: int = 0
    """How many volumes it has."""
    size: int = 0
    rw_size: Annotated[int, wire("RWSize")] = 0
    created: Time = None
    status: str = ""
    names: str = ""


class VolumeUsage(PascalModel):
    """One volume. ``links`` is how many containers use it."""

    volume_name: str
    links: int = 0
    size: int = 0
    reclaimable_size: int = 0


class DiskUsage(PascalModel):
    """How much space everything takes."""

    images_size: int | None = None
    """Of all images together, shared layers counted once. Podman 4.3 does not say."""
    images: Listed[ImageUsage] = EMPTY_LIST
    containers: Listed[ContainerUsage] = EMPTY_LIST
    volumes: Listed[VolumeUsage] = EMPTY_LIST
