"""Checkpoints kept as files with a manifest, and containers made from them again."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podlib import models
from podlib.checkpoint_files import ArchiveFile, read_manifest, verified
from podlib.errors import CheckpointFailedError, RestoreFailedError
from podlib.http.flow_async import in_thread, uninterrupted
from podlib.migration_rules import overlaid

from .checkpoints import AsyncExport, exported
from .restored_volumes import give_back, mounted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from podlib.models.checkpoint_manifest import Compression

    from .client import AsyncPodman


async def async_save_checkpoint(
    container: str,
    podman: AsyncPodman,
    path: str | os.PathLike[str],
    *,
    compression: Compression = "none",
    leave_running: bool = False,
    tcp_established: bool = False,
    file_locks: bool = False,
    ignore_root_fs: bool = False,
) -> models.CheckpointManifest:
    """Freeze a running container into an archive at ``path``, with a manifest beside it.

    Its manifest, ``PATH.json``, is written last: if it is there, the archive is complete. Both
    have mode 0600, for the archive holds the processes' memory. The container stays frozen, and
    its checkpoint is kept on its host, unless it is to run on (``leave_running``); if anything
    fails, it runs on. ``zstd`` needs Python 3.14, or podlib's extra ``zstd``. Raises
    NotFoundError, CheckpointFailedError, FileError.
    """
    facts = await podman.containers.inspect(container)
    refuse_overlays(facts)
    info = await podman.system.info()
    export = AsyncExport(
        podman.containers,
        facts.id,
        leave_running=leave_running,
        tcp_established=tcp_established,
        ignore_root_fs=ignore_root_fs,
        file_locks=file_locks,
    )
    manifest = describe(
        facts, podman, info.host.arch, tcp_established=tcp_established, file_locks=file_locks
    )
    with ArchiveFile(path, compression) as file:
        async with exported(export):
            async for pieces in export.pieces():
                file.write(pieces)
            return await uninterrupted(lambda: in_thread(lambda: file.commit(manifest)))


def refuse_overlays(facts: models.ContainerInspect) -> None:
    """Nobody could restore it again. Raises CheckpointFailedError, before it is frozen."""
    if found := overlaid(facts):
        problem = f"an image, or a folder with an overlay, is mounted at {', '.join(found)}: "
        raise CheckpointFailedError(facts.name, problem + "no host could restore it")


def describe(
    facts: models.ContainerInspect,
    podman: AsyncPodman,
    architecture: str,
    *,
    tcp_established: bool,
    file_locks: bool,
) -> models.CheckpointManifest:
    """A manifest, but for what is known of the archive when it is complete."""
    return models.CheckpointManifest(
        container_id=facts.id,
        name=facts.name,
        image=facts.image,
        image_name=facts.image_name,
        architecture=architecture,
        podman_version=podman.server_version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        compression="none",
        size=0,
        sha256="",
        tcp_established=tcp_established,
        file_locks=file_locks,
    )


async def async_load_checkpoint(
    path: str | os.PathLike[str],
    podman: AsyncPodman,
    *,
    name: str | None = None,
    publish: Sequence[str] = (),
    tcp_close: bool = False,
    ignore_root_fs: bool = False,
    ignore_volumes: bool = False,
    ignore_static_ip: bool = False,
    ignore_static_mac: bool = False,
) -> models.RestoreReport:
    """Make a container from an archive that :func:`async_save_checkpoint` wrote, and let it run.

    An archive that is not the one of its manifest is never restored: FileError. Options as for
    ``podman.containers.restore_from``; TCP connections and file locks are as the manifest has
    them. The image must be in the store. Raises RestoreFailedError.
    """
    manifest = await in_thread(lambda: read_manifest(path))
    try:
        report = await podman.containers.restore_from(
            blocks(path, manifest),
            name=name,
            publish=publish,
            tcp_established=manifest.tcp_established and not tcp_close,
            tcp_close=tcp_close,
            ignore_root_fs=ignore_root_fs,
            ignore_volumes=ignore_volumes,
            ignore_static_ip=ignore_static_ip,
            ignore_static_mac=ignore_static_mac,
            file_locks=manifest.file_locks,
        )
    except RestoreFailedError as error:
        error.archive_path = os.fspath(path)  # what was sent were its blocks
        raise
    if manifest.volume_folders and not ignore_volumes:
        restored = await podman.containers.inspect(report.id)
        await give_back(podman, report.id, mounted(restored), manifest.volume_folders)
    return report


async def blocks(
    path: str | os.PathLike[str], manifest: models.CheckpointManifest
) -> AsyncIterator[list[memoryview]]:
    """The archive, as :func:`verified` gives it."""
    reading = verified(path, manifest)
    while block := await in_thread(lambda: next(reading, b"")):
        yield [memoryview(block)]
