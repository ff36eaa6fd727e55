"""Images: kept, built, pulled and pushed, carried as archives."""

from __future__ import annotations

from .image_archives import AsyncImageArchives
from .image_building import AsyncImageBuilding
from .image_store import AsyncImageStore
from .image_transfer import AsyncImageTransfer


class AsyncImages(AsyncImageStore, AsyncImageTransfer, AsyncImageArchives, AsyncImageBuilding):
    """``podman.images``."""

    __slots__ = ()
