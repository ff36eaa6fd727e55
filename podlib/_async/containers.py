"""Containers: created, run, watched, checkpointed and restored.

Here they come into being, and go. What else there is, by file: ``container_life`` starts, stops and
changes them; ``container_watching`` inspects, lists and measures; ``container_attach`` speaks with
their processes; ``container_files`` copies in and out, mounts, commits; ``container_checkpoints``
freezes and restores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query

from .container_attach import AsyncContainerAttach
from .container_checkpoints import AsyncContainerCheckpoints
from .container_files import AsyncContainerFiles
from .container_life import AsyncContainerLife
from .verbs import as_json

if TYPE_CHECKING:
    from typing import Unpack

RemovedList: TypeAlias = "list[models.ContainerRemoved]"
PruneList: TypeAlias = "list[models.PruneReport]"


class AsyncContainers(
    AsyncContainerLife, AsyncContainerFiles, AsyncContainerCheckpoints, AsyncContainerAttach
):
    """``podman.containers``."""

    __slots__ = ()

    async def create(
        self, image: str, **options: Unpack[models.ContainerOptions]
    ) -> models.ContainerCreated:
        """Create a container; it does not run yet.

        ``POST /libpod/containers/create``. The options are those of
        :class:`podlib.models.ContainerOptions`. Raises ParameterError for one that is unknown or
        cannot be right, NotFoundError for an image that is not in the store, ConflictError for a
        name that is taken.
        """
        spec = models.container_spec(image, options)
        return await self._post(models.ContainerCreated, "containers/create", send=as_json(spec))

    async def remove(
        self,
        name: str,
        *,
        force: bool = False,
        volumes: bool = False,
        depend: bool = False,
        timeout: int | None = None,
        ignore: bool = False,
    ) -> RemovedList:
        """Remove a container: what was removed.

        ``DELETE /libpod/containers/{name}``. ``force`` stops a running one, within ``timeout``
        seconds; ``volumes`` removes its anonymous volumes, ``depend`` the containers that depend
        on it; ``ignore`` takes one that does not exist for removed. Raises NotFoundError,
        ConflictError while it runs.
        """
        return await self._delete(
            list[models.ContainerRemoved],
            "containers/{}",
            name,
            force=force,
            volumes=volumes,
            depend=depend,
            timeout=timeout,
            ignore=ignore,
        )

    async def prune(self, *, filters: models.ContainerPruneFilters | None = None) -> PruneList:
        """Remove all containers that do not run: what was removed, and what could not be.

        ``POST /libpod/containers/prune``. ``filters``: such as ``{"until": "24h"}``, only those
        that are older.
        """
        return await self._post(
            list[models.PruneReport],
            "containers/prune",
            filters=query.filters(filters, models.ContainerPruneFilters),
        )
