"""Images through Docker's API: found, looked at, named, removed.

``image_transfer`` pulls and pushes; ``image_archives`` saves, loads and imports;
``image_building`` builds.
"""

from __future__ import annotations

from typing import TypeAlias

from podlib import models, query
from podlib._async.image_store import check_one_value, meant

from .image_archives import AsyncDockerImageArchives
from .image_building import AsyncDockerImageBuilding
from .image_transfer import AsyncDockerImageTransfer

ImageList: TypeAlias = "list[models.DockerImageSummary]"
HistoryList: TypeAlias = "list[models.ImageHistory]"
RemovedList: TypeAlias = "list[models.DockerImageChange]"


class AsyncDockerImages(
    AsyncDockerImageTransfer, AsyncDockerImageArchives, AsyncDockerImageBuilding
):
    """``podman.docker.images``. A short name is one of docker.io, unless the store has it."""

    __slots__ = ()

    async def list(
        self,
        *,
        all: bool = False,
        shared_size: bool = False,
        filters: models.DockerImageFilters | None = None,
    ) -> ImageList:
        """The images of the store; ``all`` with those that are but layers of others.

        ``GET /images/json``. ``shared_size`` fills the field of that name. ``filters``: such as
        ``{"reference": "alpine"}``.
        """
        asked = {
            "all": all,
            "shared-size": shared_size or None,
            "filters": query.filters(filters, models.DockerImageFilters),
        }
        kind = list[models.DockerImageSummary]
        return await self._get(kind, "images/json", **asked)

    async def inspect(self, name: str) -> models.DockerImage:
        """Everything that Docker's API tells of one image, by name or id. Raises NotFoundError.

        ``GET /images/{name}/json``.
        """
        return await self._get(models.DockerImage, "images/{}/json", name)

    async def history(self, name: str) -> HistoryList:
        """The steps of an image's build, the last one first. Raises NotFoundError.

        ``GET /images/{name}/history``.
        """
        return await self._get(list[models.ImageHistory], "images/{}/history", name)

    async def tag(self, name: str, repo: str, tag: str = "latest") -> None:
        """Give an image another name, ``repo:tag``. ``POST /images/{name}/tag``."""
        await self._unit("POST", "images/{}/tag", await meant(self, name), repo=repo, tag=tag)

    async def remove(
        self, name: str, *, force: bool = False, no_prune: bool = False
    ) -> RemovedList:
        """Remove a name of an image, and with its last name the image: what was done.

        ``DELETE /images/{name}``. ``force`` removes its containers too; ``no_prune`` keeps the
        layers without names that it was built on. Raises NotFoundError; ConflictError while a
        container uses it.
        """
        return await self._delete(
            list[models.DockerImageChange],
            "images/{}",
            await meant(self, name),
            force=force,
            noprune=no_prune,
        )

    async def prune(
        self, *, filters: models.DockerImagePruneFilters | None = None
    ) -> models.DockerImagesPruned:
        """Remove the images that have no name, with ``{"dangling": False}`` all unused ones.

        ``POST /images/prune``.
        """
        chosen = check_one_value(query.filters(filters, models.DockerImagePruneFilters))
        return await self._post(models.DockerImagesPruned, "images/prune", filters=chosen)
