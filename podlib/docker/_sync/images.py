# Generated from podlib/docker/_async/images.py: edit there.
"""Images through Docker's API: found, looked at, named, removed.

``image_transfer`` pulls and pushes; ``image_archives`` saves, loads and imports;
``image_building`` builds.
"""

from __future__ import annotations

from typing import TypeAlias

from podlib import models, query
from podlib._sync.image_store import check_one_value, meant

from .image_archives import DockerImageArchives
from .image_building import DockerImageBuilding
from .image_transfer import DockerImageTransfer

ImageList: TypeAlias = "list[models.DockerImageSummary]"
HistoryList: TypeAlias = "list[models.ImageHistory]"
RemovedList: TypeAlias = "list[models.DockerImageChange]"


class DockerImages(DockerImageTransfer, DockerImageArchives, DockerImageBuilding):
    """``podman.docker.images``. A short name is one of docker.io, unless the store has it."""

    __slots__ = ()

    def list(
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
        return self._get(kind, "images/json", **asked)

    def inspect(self, name: str) -> models.DockerImage:
        """Everything that Docker's API tells of one image, by name or id. Raises NotFoundError.

        ``GET /images/{name}/json``.
        """
        return self._get(models.DockerImage, "images/{}/json", name)

    def history(self, name: str) -> HistoryList:
        """The steps of an image's build, the last one first. Raises NotFoundError.

        ``GET /images/{name}/history``.
        """
        return self._get(list[models.ImageHistory], "images/{}/history", name)

    def tag(self, name: str, repo: str, tag: str = "latest") -> None:
        """Give an image another name, ``repo:tag``. ``POST /images/{name}/tag``."""
        self._unit("POST", "images/{}/tag", meant(self, name), repo=repo, tag=tag)

    def remove(self, name: str, *, force: bool = False, no_prune: bool = False) -> RemovedList:
        """Remove a name of an image, and with its last name the image: what was done.

        ``DELETE /images/{name}``. ``force`` removes its containers too; ``no_prune`` keeps the
        layers without names that it was built on. Raises NotFoundError; ConflictError while a
        container uses it.
        """
        return self._delete(
            list[models.DockerImageChange],
            "images/{}",
            meant(self, name),
            force=force,
            noprune=no_prune,
        )

    def prune(
        self, *, filters: models.DockerImagePruneFilters | None = None
    ) -> models.DockerImagesPruned:
        """Remove the images that have no name, with ``{"dangling": False}`` all unused ones.

        ``POST /images/prune``.
        """
        chosen = check_one_value(query.filters(filters, models.DockerImagePruneFilters))
        return self._post(models.DockerImagesPruned, "images/prune", filters=chosen)
