"""Volumes through Docker's API: data that outlives containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib._async.verbs import as_json
from podlib.errors import NotFoundError

from .verbs import AsyncDockerVerbs

if TYPE_CHECKING:
    from typing import Unpack

VolumeList: TypeAlias = "list[models.DockerVolume]"


class AsyncDockerVolumes(AsyncDockerVerbs):
    """``podman.docker.volumes``."""

    __slots__ = ()

    async def create(
        self, name: str = "", **options: Unpack[models.DockerVolumeOptions]
    ) -> models.DockerVolume:
        """Create a volume; the server chooses a name unless it is given one.

        ``POST /volumes/create``. One of this name that is there is answered as it is. Raises
        ParameterError for options that cannot be right.
        """
        spec = models.docker_volume_spec(name, options)
        return await self._post(models.DockerVolume, "volumes/create", send=as_json(spec))

    async def list(self, *, filters: models.DockerVolumeFilters | None = None) -> VolumeList:
        """The volumes. ``GET /volumes``."""
        asked = query.filters(filters, models.DockerVolumeFilters)
        return (await self._get(models.DockerVolumeList, "volumes", filters=asked)).volumes

    async def inspect(self, name: str) -> models.DockerVolume:
        """Everything that Docker's API tells of one volume. Raises NotFoundError.

        ``GET /volumes/{name}``.
        """
        return await self._get(models.DockerVolume, "volumes/{}", name)

    async def remove(self, name: str, *, force: bool = False) -> None:
        """Remove a volume and all that is in it.

        ``DELETE /volumes/{name}``. With ``force``, one that is not there is no error. Raises
        NotFoundError; ConflictError while a container uses it.
        """
        # For a name that nobody has, the server would take a volume whose name begins so.
        try:
            await self.inspect(name)
        except NotFoundError:
            if force:
                return
            raise
        await self._unit("DELETE", "volumes/{}", name, force=force)

    async def prune(
        self, *, filters: models.DockerVolumePruneFilters | None = None
    ) -> models.DockerVolumesPruned:
        """Remove the volumes that no container uses: which, and what that freed.

        ``POST /volumes/prune``. Podman 6.0 and newer spare volumes that were created with a name,
        unless ``filters`` has ``"all": True``, which older ones refuse.
        """
        asked = query.filters(filters, models.DockerVolumePruneFilters)
        return await self._post(models.DockerVolumesPruned, "volumes/prune", filters=asked)
