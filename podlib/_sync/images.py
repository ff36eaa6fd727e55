# Generated from podlib/_async/images.py: edit there.
"""Images: kept, built, pulled and pushed, carried as archives."""

from __future__ import annotations

from .image_archives import ImageArchives
from .image_building import ImageBuilding
from .image_store import ImageStore
from .image_transfer import ImageTransfer


class Images(ImageStore, ImageTransfer, ImageArchives, ImageBuilding):
    """``podman.images``."""

    __slots__ = ()
