"""Containers: created, run, watched, checkpointed and restored."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.files import Writer, destination_file, open_for_reading
from podlib.http.flow_async import in_thread, uninterrupted
from podlib.logs import LogAssembler

from . import checkpoints
from .verbs import AsyncVerbs, as_json, as_tar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
    from datetime import datetime
    from typing import Literal, Unpack

    from podlib.http.unix_async import AsyncResponse, Body

    Condition: TypeAlias = Literal[
        "configured",
        "created",
        "exited",
        "healthy",
        "initialized",
        "paused",
        "removing",
        "running",
        "stopped",
        "stopping",
        "unhealthy",
    ]

ContainerList: TypeAlias = "list[models.ContainerSummary]"
RemovedList: TypeAlias = "list[models.ContainerRemoved]"


class AsyncContainers(AsyncVerbs):
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

    async def start(self, name: str) -> None:
        """Start a container; one that runs already is no error.

        ``POST /libpod/containers/{name}/start``.
        """
        await self._unit("POST", "containers/{}/start", name)

    async def stop(self, name: str, *, timeout: int | None = None) -> None:
        """Stop a container; one that does not run is no error.

        ``POST /libpod/containers/{name}/stop``. ``timeout`` is how many seconds it has before
        SIGKILL (default: the container's own, usually 10).
        """
        await self._unit("POST", "containers/{}/stop", name, timeout=timeout)

    async def kill(self, name: str, *, signal: str | int = "SIGKILL") -> None:
        """Send a signal to a container's first process. Raises ConflictError if it does not run.

        ``POST /libpod/containers/{name}/kill``.
        """
        await self._unit("POST", "containers/{}/kill", name, signal=signal)

    async def wait(
        self,
        name: str,
        *,
        condition: Condition | Sequence[Condition] = "stopped",
        interval: float | timedelta | None = None,
        timeout: float | timedelta | None = None,
    ) -> int:
        """Wait until a container is in one of the states; its exit code, -1 while it runs.

        ``POST /libpod/containers/{name}/wait``. ``interval``: seconds between the server's looks
        (its default is 0.25). Raises TimedOutError after ``timeout`` seconds (default: the client's
        total limit).
        """
        conditions = [condition] if isinstance(condition, str) else [*condition]
        limits = self._timeouts
        if timeout is not None:
            limits = limits.changed(total=_seconds(timeout))
        limited = AsyncContainers(self._link, limits)
        pause = None if interval is None else f"{round(_seconds(interval) * 1000)}ms"
        reply = await limited._call(
            "POST", "containers/{}/wait", name, condition=conditions, interval=pause
        )
        return models.decode(int, reply.body)

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

    async def exists(self, name: str) -> bool:
        """Whether there is such a container. ``GET /libpod/containers/{name}/exists``."""
        return await self._exists("containers/{}/exists", name)

    async def inspect(self, name: str, *, size: bool = False) -> models.ContainerInspect:
        """Everything Podman knows about one container. Raises NotFoundError.

        ``GET /libpod/containers/{name}/json``. ``size`` adds the sizes of its layers, in bytes,
        which the server computes by walking them.
        """
        return await self._get(models.ContainerInspect, "containers/{}/json", name, size=size)

    async def list(
        self,
        *,
        all: bool = False,
        limit: int | None = None,
        size: bool = False,
        filters: models.ContainerFilters | None = None,
    ) -> ContainerList:
        """The running containers, with ``all`` also the others, in one request.

        ``GET /libpod/containers/json``. ``limit``: the newest so many. ``size`` adds their sizes.
        ``filters``: such as ``{"label": ["a=b", "c"], "status": "exited"}``.
        """
        return await self._get(
            list[models.ContainerSummary],
            "containers/json",
            all=all,
            limit=limit,
            size=size,
            filters=query.filters(filters, models.ContainerFilters),
        )

    @asynccontextmanager
    async def logs(
        self,
        name: str,
        *,
        follow: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        since: datetime | None = None,
        until: datetime | None = None,
        tail: int | None = None,
        timestamps: bool = False,
    ) -> AsyncGenerator[AsyncIterator[models.LogLine]]:
        """The lines that a container wrote, stdout and stderr apart.

        ``GET /libpod/containers/{name}/logs``. ``follow`` goes on until it stops; ``tail`` begins
        so many lines before the end; ``since`` and ``until`` are aware times; ``timestamps`` fills
        the lines' ``time``. A terminal's output is all stdout.
        """
        async with self._stream(
            "GET",
            "containers/{}/logs",
            name,
            follow=follow,
            stdout=stdout,
            stderr=stderr,
            since=since,
            until=until,
            tail=tail,
            timestamps=timestamps,
        ) as response:
            yield _log_lines(response, timestamps=timestamps)

    async def checkpoint(
        self,
        name: str,
        *,
        keep: bool = False,
        leave_running: bool = False,
        tcp_established: bool = False,
        ignore_root_fs: bool = False,
        file_locks: bool = False,
        pre_checkpoint: bool = False,
        with_previous: bool = False,
        print_stats: bool = False,
    ) -> models.CheckpointReport:
        """Freeze a running container to disk, where it is. :meth:`restore` brings it back.

        ``POST /libpod/containers/{name}/checkpoint``. ``leave_running`` does not stop it;
        ``keep`` keeps CRIU's logs too; ``tcp_established`` and ``file_locks`` allow processes that
        hold such; ``ignore_root_fs`` leaves out changed files; ``print_stats`` adds CRIU's
        statistics. Raises NotFoundError, CheckpointFailedError.
        """
        with checkpoints.failing(name):
            return await self._post(
                models.CheckpointReport,
                "containers/{}/checkpoint",
                name,
                keep=keep,
                leaveRunning=leave_running,
                tcpEstablished=tcp_established,
                ignoreRootFS=ignore_root_fs,
                fileLocks=file_locks,
                preCheckpoint=pre_checkpoint,
                withPrevious=with_previous,
                printStats=print_stats,
            )

    @asynccontextmanager
    async def checkpoint_stream(
        self,
        name: str,
        *,
        leave_running: bool = False,
        tcp_established: bool = False,
        ignore_root_fs: bool = False,
        file_locks: bool = False,
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """Freeze a running container; its archive in blocks, to be read to the end.

        ``POST /libpod/containers/{name}/checkpoint?export=true``. The container stops, and its
        checkpoint is kept on the server too: if the body is left before its end, with an error
        or without, the container is restored from there and runs on. There is no way back for one
        that was created with ``remove=True``: Podman removes it as soon as it stops. Options as
        for :meth:`checkpoint`.
        """
        export = checkpoints.AsyncExport(
            self,
            name,
            leave_running=leave_running,
            tcp_established=tcp_established,
            ignore_root_fs=ignore_root_fs,
            file_locks=file_locks,
        )
        async with checkpoints.exported(export):
            yield export.blocks()

    async def _open_export(
        self,
        name: str,
        *,
        leave_running: bool,
        tcp_established: bool,
        ignore_root_fs: bool,
        file_locks: bool,
    ) -> AsyncResponse:
        """Freeze a container; the answer with its archive, a copy of which the server keeps.

        What :meth:`checkpoint_stream` and migration stand on: they know the way back.
        """
        parameters = {
            "export": True,
            "keep": True,
            "leaveRunning": leave_running,
            "tcpEstablished": tcp_established,
            "ignoreRootFS": ignore_root_fs,
            "fileLocks": file_locks,
        }
        return await self._response("POST", "containers/{}/checkpoint", [name], parameters)

    async def checkpoint_to(
        self,
        name: str,
        destination: str | os.PathLike[str] | Writer,
        *,
        leave_running: bool = False,
        tcp_established: bool = False,
        ignore_root_fs: bool = False,
        file_locks: bool = False,
    ) -> models.CheckpointArchive:
        """Freeze a running container, and write its archive to a file or a writer.

        ``POST /libpod/containers/{name}/checkpoint?export=true``. A file has mode 0600, for it
        holds the process's memory, and appears under its name only when it is complete and on
        disk. If it cannot be, the container is restored and runs on, as with
        :meth:`checkpoint_stream`. Options as for :meth:`checkpoint`. Raises NotFoundError,
        CheckpointFailedError, FileError.
        """
        export = checkpoints.AsyncExport(
            self,
            name,
            leave_running=leave_running,
            tcp_established=tcp_established,
            ignore_root_fs=ignore_root_fs,
            file_locks=file_locks,
        )
        with destination_file(destination) as file:
            async with checkpoints.exported(export):
                async for pieces in export.pieces():
                    file.write(pieces)
                await uninterrupted(lambda: in_thread(file.commit))
        return models.CheckpointArchive(size=file.size, path=file.path)

    async def restore(
        self,
        name: str,
        *,
        keep: bool = False,
        tcp_established: bool = False,
        tcp_close: bool = False,
        ignore_root_fs: bool = False,
        ignore_static_ip: bool = False,
        ignore_static_mac: bool = False,
        file_locks: bool = False,
        print_stats: bool = False,
    ) -> models.RestoreReport:
        """Bring a checkpointed container back to life, where it is.

        ``POST /libpod/containers/{name}/restore``. ``keep`` keeps the checkpoint;
        ``tcp_close`` closes the connections that it had; ``print_stats`` adds CRIU's statistics;
        the others as for :meth:`checkpoint`. Raises NotFoundError, RestoreFailedError.
        """
        with checkpoints.restoring(f"container {name!r}"):
            return await self._post(
                models.RestoreReport,
                "containers/{}/restore",
                name,
                keep=keep,
                tcpEstablished=tcp_established,
                tcpClose=tcp_close,
                ignoreRootFS=ignore_root_fs,
                ignoreStaticIP=ignore_static_ip,
                ignoreStaticMAC=ignore_static_mac,
                fileLocks=file_locks,
                printStats=print_stats,
            )

    async def restore_from(
        self,
        source: str | os.PathLike[str] | Body,
        *,
        name: str | None = None,
        pod: str | None = None,
        publish: Sequence[str] = (),
        keep: bool = False,
        tcp_established: bool = False,
        tcp_close: bool = False,
        ignore_root_fs: bool = False,
        ignore_volumes: bool = False,
        ignore_static_ip: bool = False,
        ignore_static_mac: bool = False,
        file_locks: bool = False,
        print_stats: bool = False,
    ) -> models.RestoreReport:
        """Make a container from a checkpoint archive: a path, an open file, or its blocks.

        ``POST /libpod/containers/import/restore?import=true``. The image must be in the store.
        The container has its old id and name, or a new id and ``name``; ``publish`` replaces its
        ports; the other options as for :meth:`restore`. Raises RestoreFailedError, and FileError
        for an archive that cannot be read.
        """
        options = {
            "import": True,
            "name": name,
            "pod": pod,
            "publishPorts": " ".join(publish) or None,
            "keep": keep,
            "tcpEstablished": tcp_established,
            "tcpClose": tcp_close,
            "ignoreRootFS": ignore_root_fs,
            "ignoreVolumes": ignore_volumes,
            "ignoreStaticIP": ignore_static_ip,
            "ignoreStaticMAC": ignore_static_mac,
            "fileLocks": file_locks,
            "printStats": print_stats,
        }
        if isinstance(source, str | os.PathLike):
            with open_for_reading(source) as file, checkpoints.restoring(f"archive {source}"):
                return await self._restore_from(file, options)
        with checkpoints.restoring("the archive"):
            return await self._restore_from(source, options)

    async def _restore_from(
        self, archive: Body, options: Mapping[str, object]
    ) -> models.RestoreReport:
        route = "containers/import/restore"
        reply = await self._request("POST", route, (), options, as_tar(archive))
        return models.decode(models.RestoreReport, reply.body)


async def _log_lines(response: AsyncResponse, *, timestamps: bool) -> AsyncIterator[models.LogLine]:
    assembler = LogAssembler(timestamps=timestamps)
    async for block in response.iter_bytes():
        for line in assembler.feed(block):
            yield line
    for line in assembler.end():
        yield line


def _seconds(span: float | timedelta) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else span
