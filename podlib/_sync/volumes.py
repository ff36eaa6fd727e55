# Generated from podlib/_async/volumes.py: edit there.
"""Volumes: data that outlives containers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.conditions import apart, in_all
from podlib.errors import APIError, ConflictError, NotFoundError

from .tars import complete, download, opened
from .verbs import Verbs, as_json, as_tar

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterator
    from typing import Unpack

    from podlib.conditions import Condition
    from podlib.files import Writer
    from podlib.http.unix_sync import Body

VolumeList: TypeAlias = "list[models.Volume]"
PruneReports: TypeAlias = "list[models.PruneReport]"
Conditions: TypeAlias = "list[Condition]"


class Volumes(Verbs):
    """``podman.volumes``."""

    __slots__ = ()

    def create(self, name: str = "", **options: Unpack[models.VolumeOptions]) -> models.Volume:
        """Create a volume; the server chooses a name unless it is given one.

        ``POST /libpod/volumes/create``. Raises ConflictError if the name is taken,
        ParameterError for options that cannot be right.
        """
        spec = models.volume_spec(name, options)
        return self._post(models.Volume, "volumes/create", send=as_json(spec))

    def list(self, *, filters: models.VolumeFilters | None = None) -> VolumeList:
        """The volumes that meet all filters. ``GET /libpod/volumes/json``."""
        return self._that_meet(apart(query.filters(filters, models.VolumeFilters)))

    def inspect(self, name: str) -> models.Volume:
        """Everything Podman knows about one volume. Raises NotFoundError.

        ``GET /libpod/volumes/{name}/json``.
        """
        return self._get(models.Volume, "volumes/{}/json", name)

    def exists(self, name: str) -> bool:
        """Whether there is a volume of this name. ``GET /libpod/volumes/{name}/exists``."""
        return self._exists("volumes/{}/exists", name)

    def remove(self, name: str, *, force: bool = False, timeout: int | None = None) -> None:
        """Remove a volume and all that is in it.

        ``DELETE /libpod/volumes/{name}``. ``force`` removes the containers that use it too,
        running ones after ``timeout`` seconds (default: their own). Raises NotFoundError;
        ConflictError while a container uses it.
        """
        # For a name that nobody has, the server would take a volume whose name begins so.
        self.inspect(name)
        self._unit("DELETE", "volumes/{}", name, force=force, timeout=timeout)

    def prune(
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
        if len(conditions) > 1 and not dryrun and self._takes_any():
            return self._remove_unused(conditions)
        return self._post(kind, "volumes/prune", filters=asked, dryrun=dryrun or None)

    def _takes_any(self) -> bool:
        """Whether it is enough for this server that a volume meets one of several filters."""
        self._link.connect(self._timeouts)
        return int(self._link.version.partition(".")[0]) < 6

    def _remove_unused(self, conditions: Conditions) -> PruneReports:
        reports: PruneReports = []
        for volume in self._that_meet([*conditions, {"dangling": ["true"]}]):
            try:
                self.remove(volume.name)
            except (ConflictError, NotFoundError):  # used by now, or gone
                continue
            except APIError as error:
                reports += [models.PruneReport(id=volume.name, error=error.message)]
            else:
                reports += [models.PruneReport(id=volume.name)]
        return reports

    def _that_meet(self, conditions: Conditions) -> VolumeList:
        """Before Podman 6, a server that is asked for several takes those that meet any."""
        kind = list[models.Volume]
        found = [self._get(kind, "volumes/json", filters=each) for each in conditions]
        return in_all(found, lambda volume: volume.name)

    @contextmanager
    def export_stream(self, name: str) -> Generator[Iterator[bytes]]:
        """What is in a volume, as a tar archive in blocks as they come.

        ``GET /libpod/volumes/{name}/export``. Podman 5.6 or newer. Raises NotFoundError.
        """
        with self._stream("GET", "volumes/{}/export", name) as response:
            yield complete(response.iter_bytes())

    def export_to(self, name: str, destination: str | os.PathLike[str] | Writer) -> int:
        """Write what is in a volume as a tar archive, to a file or a writer; its size in bytes.

        ``GET /libpod/volumes/{name}/export``. Podman 5.6 or newer. A file appears under its name
        only when it is complete. Raises NotFoundError, FileError.
        """
        return download(self._stream("GET", "volumes/{}/export", name), destination)

    def import_(self, name: str, source: str | os.PathLike[str] | Body) -> None:
        """Unpack a tar archive into a volume: a path, an open file, or its blocks.

        ``POST /libpod/volumes/{name}/import``. Podman 5.6 or newer. Files of the same name are
        overwritten, others stay. An archive that breaks off leaves what was unpacked before. It
        may be compressed. Raises NotFoundError, FileError.
        """
        with opened(source) as archive:
            self._unit("POST", "volumes/{}/import", name, send=as_tar(archive))
