"""Compose projects of a runtime, frozen and brought back as one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

from podlib import models, runtime_views
from podlib.errors import RestoreFailedError

from .project_loading import async_load_project
from .project_saving import async_save_project
from .runtime_containers import AsyncRuntimeContainers

ArchiveList: TypeAlias = "list[models.CheckpointRef]"
ContainerList: TypeAlias = "list[models.Container]"


class AsyncRuntimeProjects(AsyncRuntimeContainers):
    """The part of a runtime that freezes projects and brings them back."""

    async def checkpoint_project(
        self,
        project: str,
        directory: str | os.PathLike[str],
        *,
        stop_after: bool = True,
        tcp_established: bool = False,
    ) -> ArchiveList:
        """Freeze all running containers of a project into archives in a folder.

        Those with the label ``com.docker.compose.project=PROJECT``, in the order of their services'
        names, and those that depend on others (``com.docker.compose.depends_on``) after them. There
        is an archive for each, and ``project.json``, which is written last: if it is there, the set
        is complete. If anything fails, all run on. Options as of :class:`CheckpointSpec`. Raises
        CheckpointUnsupportedError if the probe said no, before anything is touched; NotFoundError
        if none runs; ParameterError for an empty name; CheckpointFailedError, FileError.
        """
        await self._check_checkpoints()
        manifest = await async_save_project(
            project,
            self.podman,
            directory,
            stop_after=stop_after,
            tcp_established=tcp_established,
        )
        return [
            models.CheckpointRef(str(Path(directory) / each.archive), each.checkpoint.size)
            for each in manifest.containers
        ]

    async def restore_project(
        self, directory: str | os.PathLike[str], *, ignore_volumes: bool = False
    ) -> ContainerList:
        """Bring a project back from its folder: its containers, which run.

        Networks and volumes that are not there are made as they were. A stopped container that has
        the name of one is removed, for its state is in the archive; one that runs is refused, and
        so is a volume that is there, unless ``ignore_volumes`` says to use it as it is. All come
        up, or none stays. Raises CheckpointUnsupportedError if the probe said no; FileError for a
        set that is not complete or was changed; RestoreFailedError.
        """
        await self._check_checkpoints()
        try:
            loaded = await async_load_project(directory, self.podman, ignore_volumes=ignore_volumes)
        except RestoreFailedError as error:
            error.archive_path = error.archive_path or os.fspath(directory)
            raise
        found = [await self.inspect_container(each) for each in loaded.containers.values()]
        return [runtime_views.in_short(each) for each in found]
