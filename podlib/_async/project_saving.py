"""The containers of a compose project, frozen into archives in one folder: all or none."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from podlib import models
from podlib.checkpoint_files import ArchiveFile
from podlib.errors import NotFoundError, PodmanError
from podlib.http.flow_async import gathered, in_thread, uninterrupted
from podlib.project_files import archive_of, commit, make_folder
from podlib.project_order import service_of

from .checkpoint_saving import describe, refuse_overlays
from .checkpoints import AsyncExport
from .group_plan import luggage_of, networks_for, project_members, volumes_for

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from podlib.models.checkpoint_manifest import Compression

    from .client import AsyncPodman
    from .group_plan import Members


async def async_save_project(
    project: str,
    podman: AsyncPodman,
    directory: str | os.PathLike[str],
    *,
    compression: Compression = "none",
    stop_after: bool = True,
    tcp_established: bool = False,
    file_locks: bool = False,
    ignore_root_fs: bool = False,
    at_once: int = 4,
) -> models.ProjectManifest:
    """Freeze all running containers of a compose project into archives in ``directory``.

    There is an archive for each container, ``NAME.tar``, with its manifest, and ``project.json``,
    which is written last: if it is there, the set is complete. All have mode 0600, for they hold
    the processes' memory. The containers stay frozen, with their checkpoints kept on their host;
    without ``stop_after`` they run on. Then those that talk to each other are not all kept at one
    moment, and what a container writes in these moments may be in its files, but not in its memory.
    If anything fails, all run on, and a set that was in the folder before stays.

    Raises NotFoundError if no container of the project runs; ParameterError for an empty name;
    CheckpointFailedError, FileError.
    """
    at_once = models.at_a_time(at_once)
    members = await project_members(project, podman)
    if not members.waves:
        where = {"cause": "", "method": "GET", "path": "containers/json"}
        raise NotFoundError(404, f"no container of the project {project!r} runs", **where)
    for each in members.running:
        refuse_overlays(each)
    folder = await in_thread(lambda: make_folder(directory))
    exports = {
        each.name: AsyncExport(
            podman.containers,
            each.id,
            leave_running=not stop_after,
            tcp_established=tcp_established,
            ignore_root_fs=ignore_root_fs,
            file_locks=file_locks,
        )
        for each in members.running
    }
    manifest = await _manifest(
        members, podman, tcp_established=tcp_established, file_locks=file_locks
    )
    saving = AsyncProjectSaving(members, folder, exports, manifest, compression, at_once)
    return await uninterrupted(saving.run, saving.interrupt)


async def _manifest(
    members: Members, podman: AsyncPodman, *, tcp_established: bool, file_locks: bool
) -> models.ProjectManifest:
    """That of all, but for what is known of the archives when they are complete."""
    info = await podman.system.info()
    volumes = await volumes_for(members.running, podman)
    luggage = luggage_of(members.running, volumes)
    containers = [
        models.SavedContainer(
            service=service_of(each),
            archive=archive_of(each.name),
            wave=number,
            volumes=luggage[each.name],
            command=[each.path, *each.args],
            checkpoint=describe(
                each,
                podman,
                info.host.arch,
                tcp_established=tcp_established,
                file_locks=file_locks,
            ),
        )
        for number, wave in enumerate(members.waves)
        for each in wave
    ]
    return models.ProjectManifest(
        project=members.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        containers=containers,
        networks=await networks_for(members.running, podman),
        volumes=volumes,
    )


class AsyncProjectSaving:
    """One project that is being saved."""

    def __init__(
        self,
        members: Members,
        folder: Path,
        exports: dict[str, AsyncExport],
        manifest: models.ProjectManifest,
        compression: Compression,
        at_once: int,
    ) -> None:
        self._waves = [[each.name for each in wave] for wave in members.waves]
        self._folder = folder
        self._exports = exports
        self._manifest = manifest
        self._compression: Compression = compression
        self._at_once = at_once
        self._interrupted = False

    def interrupt(self) -> None:
        """Let all run on."""
        self._interrupted = True
        for export in self._exports.values():
            export.interrupt()

    def _stop_if_interrupted(self) -> None:
        if self._interrupted:
            raise PodmanError("it was interrupted")

    async def run(self) -> models.ProjectManifest:
        """Freeze, write, name. Runs to its end whatever happens."""
        with ExitStack() as stack:
            files = {
                each.checkpoint.name: stack.enter_context(
                    ArchiveFile(self._folder / each.archive, self._compression)
                )
                for each in self._manifest.containers
            }
            try:
                await self._write(files)
                return await in_thread(lambda: commit(self._folder, files, self._manifest))
            except BaseException as error:  # also when the event loop ends all tasks
                await self._undo(error)
                raise

    async def _write(self, files: dict[str, ArchiveFile]) -> None:
        for wave in reversed(self._waves):
            await gathered([partial(self._freeze, name) for name in wave], self._at_once)
        for wave in self._waves:
            calls = [partial(self._read, self._exports[name], files[name]) for name in wave]
            await gathered(calls, self._at_once)
        self._stop_if_interrupted()

    async def _freeze(self, name: str) -> None:
        self._stop_if_interrupted()
        await self._exports[name].open()

    async def _read(self, export: AsyncExport, file: ArchiveFile) -> None:
        self._stop_if_interrupted()
        async for pieces in export.pieces():
            file.write(pieces)
        await export.close()

    async def _undo(self, error: BaseException) -> None:
        for wave in self._waves:
            calls = [partial(self._thaw, self._exports[name], error) for name in wave]
            await gathered(calls, self._at_once)

    async def _thaw(self, export: AsyncExport, error: BaseException) -> None:
        try:
            await export.undo(error)
        except PodmanError as problem:
            error.add_note(str(problem))
