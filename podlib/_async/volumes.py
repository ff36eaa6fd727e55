"""Volumes: data that outlives containers."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.conditions import apart, in_all
from podlib.errors import APIError, ConflictError, NotFoundError

from .tars import complete, download, opened
from .verbs import AsyncVerbs, as_json, as_tar

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterator
    from typing import Unpack

    from podlib.conditions import Condition
    from podlib.files import Writer
    from podlib.http.unix_async import Body

VolumeList: TypeAlias = "list[models.Volume]"
PruneReports: TypeAlias = "list[models.PruneReport]"
Conditions: TypeAlias = "list[Condition]"


class AsyncVolumes(AsyncVerbs):
    """``podman.volumes``."""

    __slots__ = ()

    async def create(
        self, name: str = "", **options: Unpack[models.VolumeOptions]
    ) -> models.Volume:
        """Create a volume; the server chooses a name unless it is given one.

        ``POST /libpod/volumes/create``. Raises ConflictError if the name is taken,
        ParameterError for options that cannot be right.
        """
        spec = models.volume_spec(name, options)
        return await self._post(models.Volume, "volumes/create", send=as_json(spec))

    async def list(self, *, filters: models.VolumeFilters | None = None) -> VolumeList:
        """The volumes that meet all filters. ``GET /libpod/volumes/json``."""
        return await self._that_meet(apart(query.filters(filters, models.VolumeFilters)))

    async def inspect(self, name: str) -> models.Volume:
        """Everything Podman knows about one volume. Raises NotFoundError.

        ``GET /libpod/volumes/{name}/json``.
        """
        return await self._get(models.Volume, "volumes/{}/json", name)

    async def exists(self, name: str) -> bool:
        """Whether there is a volume of this name. ``GET /libpod/volumes/{name}/exists``."""
        return await self._exists("volumes/{}/exists", name)

    async def remove(self, name: str, *, force: bool = False, timeout: int | None = None) -> None:
        """Remove a volume and all that is in it.

        ``DELETE /libpod/volumes/{name}``. ``force`` removes the containers that use it too,
        running ones after ``timeout`` seconds (default: their own). Raises NotFoundError;
        ConflictError while a container uses it.
        """
        # For a name that nobody has, the server would take a volume whose name begins so.
        await self.inspect(name)
        await self._unit("DELETE", "volumes/{}", name, force=force, timeout=timeout)

    async def prune(
        self, *, filters: models.VolumePruneFilters | None = None, dryrun: bool = False
    ) -> PruneReports:
        """Remove the volumes that no container uses and that meet all filters.

        ``POST /libpod/volumes/prune``. Answers what became of each: its name as ``id``, its size
        (0 if there are several filters, before Podman 6.0) and why it could not be removed. Podman
        6.0 and newer spare volumes that were created with a name, unless ``filters`` has
        ``"all": True``. ``dryrun`` (Podman 6.0 or newer) only says what would be removed.
        """
        kind = list[models.PruneReport]
        asked = query.filters(filters, models.VolumePruneFilters)
        conditions = apart(asked)
        if len(conditions) > 1 and not dryrun and await self._takes_any():
            return await self._remove_unused(conditions)
        return await self._post(kind, "volumes/prune", filters=asked, dryrun=dryrun or None)

    async def _takes_any(self) -> bool:
        """Whether it is enough for this server that a volume meets one of several filters."""
        await self._link.connect(self._timeouts)
        return int(self._link.version.partition(".")[0]) < 6

    async def _remove_unused(self, conditions: Conditions) -> PruneReports:
        reports: PruneReports = []
        for volume in await self._that_meet([*conditions, {"dangling": ["true"]}]):
            try:
                await self.remove(volume.name)
            except (ConflictError, NotFoundError):  # used by now, or gone
                continue
            except APIError as error:
                reports += [models.PruneReport(id=volume.name, error=error.message)]
            else:
                reports += [models.PruneReport(id=volume.name)]
        return reports

    async def _that_meet(self, conditions: Conditions) -> VolumeList:
        """Before Podman 6, a server that is asked for several takes those that meet any."""
        kind = list[models.Volume]
        found = [await self._get(kind, "volumes/json", filters=each) for each in conditions]
        return in_all(found, lambda volume: volume.name)

    @asynccontextmanager
    async def export_stream(self, name: str) -> AsyncGenerator[AsyncIterator[bytes]]:
        """What is in a volume, as a tar archive in blocks as they come.

        ``GET /libpod/volumes/{name}/export``. Podman 5.6 or newer. Raises NotFoundError.
        """
        async with self._stream("GET", "volumes/{}/export", name) as response:
            yield complete(response.iter_bytes())

    async def export_to(self, name: str, destination: str | os.PathLike[str] | Writer) -> int:
        """Write what is in a volume as a tar archive, to a file or a writer; its size in bytes.

        ``GET /libpod/volumes/{name}/export``. Podman 5.6 or newer. A file appears under its name
        only when it is complete. Raises NotFoundError, FileError.
        """
        return await download(self._stream("GET", "volumes/{}/export", name), destination)

    async def import_(self, name: str, source: str | os.PathLike[str] | Body) -> None:
        """Unpack a tar archive into a volume: a path, an open file, or its blocks.

        ``POST /libpod/volumes/{name}/import``. Podman 5.6 or newer. Files of the same name are
        overwritten, others stay. An archive that breaks off leaves what was unpacked before. It
        may be compressed. Raises NotFoundError, FileError.
        """
        with opened(source) as archive:
            await self._unit("POST", "volumes/{}/import", name, send=as_tar(archive))
