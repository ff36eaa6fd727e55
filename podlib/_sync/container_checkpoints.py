# Generated from podlib/_async/container_checkpoints.py: edit there.
"""Containers: frozen to disk, and brought back."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib import models
from podlib.files import Writer, destination_file

from . import checkpoints
from .container_watching import ContainerWatching
from .tars import commit, opened
from .verbs import as_tar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from podlib.http.unix_sync import Body, Response


class ContainerCheckpoints(ContainerWatching):
    """Checkpoints and restores. They look at what they did, and so stand on the watching."""

    __slots__ = ()

    def checkpoint(
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
        create_image: str | None = None,
        print_stats: bool = False,
    ) -> models.CheckpointReport:
        """Freeze a running container to disk, where it is. :meth:`restore` brings it back.

        ``POST /libpod/containers/{name}/checkpoint``. ``leave_running`` does not stop it;
        ``keep`` keeps CRIU's logs too; ``tcp_established`` and ``file_locks`` allow processes that
        hold such; ``ignore_root_fs`` leaves out changed files; ``print_stats`` adds CRIU's
        statistics. ``pre_checkpoint`` only copies the memory beforehand, while it runs;
        ``with_previous`` then writes what has changed since. ``create_image`` names an image that
        the checkpoint is put in as well. Raises NotFoundError, CheckpointFailedError.
        """
        with checkpoints.failing(name):
            return self._post(
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
                createImage=create_image,
                printStats=print_stats,
            )

    @contextmanager
    def checkpoint_stream(
        self,
        name: str,
        *,
        leave_running: bool = False,
        tcp_established: bool = False,
        ignore_root_fs: bool = False,
        file_locks: bool = False,
    ) -> Generator[Iterator[bytes]]:
        """Freeze a running container; its archive in blocks, to be read to the end.

        ``POST /libpod/containers/{name}/checkpoint?export=true``. The container stops, and its
        checkpoint is kept on the server too: if the body is left before its end, with an error
        or without, the container is restored from there and runs on. There is no way back for one
        that was created with ``remove=True``: Podman removes it as soon as it stops. Options as
        for :meth:`checkpoint`.
        """
        export = checkpoints.Export(
            self,
            name,
            leave_running=leave_running,
            tcp_established=tcp_established,
            ignore_root_fs=ignore_root_fs,
            file_locks=file_locks,
        )
        with checkpoints.exported(export):
            yield export.blocks()

    def _open_export(
        self,
        name: str,
        *,
        leave_running: bool,
        tcp_established: bool,
        ignore_root_fs: bool,
        file_locks: bool,
        image: str | None,
    ) -> Response:
        """Freeze a container; the answer with its archive, a copy of which the server keeps.

        With ``image`` there is no archive, but an image of that name on the server.

        What :meth:`checkpoint_stream` and migration stand on: they know the way back.
        """
        parameters = {
            "export": image is None,
            "createImage": image,
            "keep": True,
            "leaveRunning": leave_running,
            "tcpEstablished": tcp_established,
            "ignoreRootFS": ignore_root_fs,
            "fileLocks": file_locks,
        }
        return self._response("POST", "containers/{}/checkpoint", [name], parameters)

    def checkpoint_to(
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
        export = checkpoints.Export(
            self,
            name,
            leave_running=leave_running,
            tcp_established=tcp_established,
            ignore_root_fs=ignore_root_fs,
            file_locks=file_locks,
        )
        with destination_file(destination) as file, checkpoints.exported(export):
            for pieces in export.pieces():
                file.write(pieces)
            commit(file)
        return models.CheckpointArchive(size=file.size, path=file.path)

    def restore(
        self,
        name: str,
        *,
        new_name: str | None = None,
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
        """Bring a checkpointed container back to life, where it is.

        ``POST /libpod/containers/{name}/restore``. The id of an image that a checkpoint is in
        makes a container of it, with its old id and name, or a new id and ``new_name``; there
        ``publish`` replaces its ports, and ``ignore_volumes`` leaves out the content of its
        volumes. Its log stays behind, and it gets another address. ``keep`` keeps the checkpoint;
        ``tcp_close`` closes the connections that it had; ``print_stats`` adds CRIU's statistics;
        the others as for :meth:`checkpoint`. Raises NotFoundError, RestoreFailedError.
        """
        with checkpoints.restoring(f"container {name!r}"):
            return self._post(
                models.RestoreReport,
                "containers/{}/restore",
                name,
                name=new_name,
                keep=keep,
                publishPorts=" ".join(publish) or None,
                tcpEstablished=tcp_established,
                tcpClose=tcp_close,
                ignoreRootFS=ignore_root_fs,
                ignoreVolumes=ignore_volumes or None,
                ignoreStaticIP=ignore_static_ip,
                ignoreStaticMAC=ignore_static_mac,
                fileLocks=file_locks,
                printStats=print_stats,
            )

    def restore_from(
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
        path = os.fspath(source) if isinstance(source, str | os.PathLike) else None
        named = "the archive" if path is None else f"archive {path}"
        route = "containers/import/restore"
        with opened(source) as archive, checkpoints.restoring(named, path):
            reply = self._request("POST", route, (), options, as_tar(archive))
        return models.decode(models.RestoreReport, reply.body)
