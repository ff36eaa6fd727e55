"""Checkpoints and restores of a runtime: through libpod, for Docker's API has neither."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from podlib import models, runtime_views

from .runtime_containers import AsyncRuntimeContainers

if TYPE_CHECKING:
    from podlib.models.runtime import CheckpointRef, CheckpointSpec, Container, RestoreSpec


class AsyncRuntimeCheckpoints(AsyncRuntimeContainers):
    """The part of a runtime that freezes containers and brings them back."""

    async def checkpoint(self, id: str, spec: CheckpointSpec) -> CheckpointRef:
        """Freeze a running container into an archive.

        ``POST /libpod/containers/{name}/checkpoint?export=true``. The archive has mode 0600, for it
        holds the processes' memory, and its name only when it is complete; until then, and if it
        cannot be written, the container runs on. Afterwards the container has stopped, unless the
        specification says otherwise. Raises CheckpointUnsupportedError if the probe said no, before
        anything is touched; NotFoundError, FileError; CheckpointFailedError with what libpod and
        CRIU said.
        """
        await self._check_checkpoints()
        archive = await self.podman.containers.checkpoint_to(
            id,
            os.fspath(spec.archive_path),
            leave_running=not spec.stop_after,
            tcp_established=spec.tcp_established,
        )
        return models.CheckpointRef(os.fspath(spec.archive_path), archive.size)

    async def restore(self, spec: RestoreSpec) -> Container:
        """Make a container from an archive, and let it run.

        ``POST /libpod/containers/import/restore?import=true``. The image must be in the store, and
        no container may have its id or its name. Raises CheckpointUnsupportedError if the probe
        said no; FileError; RestoreFailedError with what libpod and CRIU said.
        """
        await self._check_checkpoints()
        restored = await self.podman.containers.restore_from(
            os.fspath(spec.archive_path),
            name=spec.name or None,
            tcp_established=spec.tcp_established,
            ignore_volumes=spec.ignore_volumes,
        )
        return runtime_views.in_short(await self.inspect_container(restored.id))
