# Generated from podlib/docker/_async/volumes.py: edit there.
"""Volumes through Docker's API: data that outlives containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib._sync.verbs import as_json
from podlib.errors import NotFoundError

from .verbs import DockerVerbs

if TYPE_CHECKING:
    from typing import Unpack

VolumeList: TypeAlias = "list[models.DockerVolume]"


class DockerVolumes(DockerVerbs):
    """``podman.docker.volumes``."""

    __slots__ = ()

    def create(
        self, name: str = "", **options: Unpack[models.DockerVolumeOptions]
    ) -> models.DockerVolume:
        """Create a volume; the server chooses a name unless it is given one.

        ``POST /volumes/create``. One of this name that is there is answered as it is. Raises
        ParameterError for options that cannot be right.
        """
        spec = models.docker_volume_spec(name, options)
        return self._post(models.DockerVolume, "volumes/create", send=as_json(spec))

    def list(self, *, filters: models.DockerVolumeFilters | None = None) -> VolumeList:
        """The volumes. ``GET /volumes``."""
        asked = query.filters(filters, models.DockerVolumeFilters)
        return (self._get(models.DockerVolumeList, "volumes", filters=asked)).volumes

    def inspect(self, name: str) -> models.DockerVolume:
        """Everything that Docker's API tells of one volume. Raises NotFoundError.

        ``GET /volumes/{name}``.
        """
        return self._get(models.DockerVolume, "volumes/{}", name)

    def remove(self, name: str, *, force: bool = False) -> None:
        """Remove a volume and all that is in it.

        ``DELETE /volumes/{name}``. With ``force``, one that is not there is no error. Raises
        NotFoundError; ConflictError while a container uses it.
        """
        # For a name that nobody has, the server would take a volume whose name begins so.
        try:
            self.inspect(name)
        except NotFoundError:
            if force:
                return
            raise
        self._unit("DELETE", "volumes/{}", name, force=force)

    def prune(
        self, *, filters: models.DockerVolumePruneFilters | None = None
    ) -> models.DockerVolumesPruned:
        """Remove the volumes that no container uses: which, and what that freed.

        ``POST /volumes/prune``. Podman 6.0 and newer spare volumes that were created with a name,
        unless ``filters`` has ``"all": True``, which older ones refuse.
        """
        asked = query.filters(filters, models.DockerVolumePruneFilters)
        return self._post(models.DockerVolumesPruned, "volumes/prune", filters=asked)
