"""Moves through a file, and checkpoints kept as files: a wrong archive is never restored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from podlib import (
    FileError,
    MigrationError,
    NotFoundError,
    ParameterError,
    async_load_checkpoint,
    async_migrate,
    async_save_checkpoint,
    models,
)
from podlib.checkpoint_files import ArchiveFile, manifest_path, read_manifest
from tests.live._async.steps import counted, counts, run_counter, running
from tests.live.counter import missing

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import AsyncPodman
    from podlib.models.checkpoint_manifest import CheckpointManifest, Compression


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def assert_goes_on(podman: AsyncPodman, container: str) -> None:
    assert await running(podman, container)
    seen = await counts(podman, container)
    seen = await counted(podman, container, seen[-1].number + 2)
    assert missing(seen) == set()
    assert len(seen) == seen[-1].number


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
async def test_saved_here_and_loaded_there(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    image: str,
    tmp_path: Path,
    compression: Compression,
) -> None:
    container = await run_counter(podman_a, image, mounts=["data:/data"])
    await podman_a.exec.run(container, ["chown", "999:998", "/data"])
    path = tmp_path / "counter.tar"
    manifest = await async_save_checkpoint("counter", podman_a, path, compression=compression)
    assert manifest == read_manifest(path)
    assert (manifest.container_id, manifest.name) == (container, "counter")
    assert manifest.compression == compression
    assert manifest.podman_version == podman_a.server_version
    assert {each.stat().st_mode & 0o777 for each in (path, manifest_path(path))} == {0o600}
    assert (await podman_a.containers.inspect(container)).state.checkpointed  # it stays frozen
    await async_load_checkpoint(path, podman_b)
    folder = await podman_b.exec.run(container, ["stat", "-c", "%u %g", "/data"])
    assert folder.stdout == b"999 998\n"
    await assert_goes_on(podman_b, container)


async def test_saved_and_running_on(podman_a: AsyncPodman, image: str, tmp_path: Path) -> None:
    container = await run_counter(podman_a, image)
    path = tmp_path / "counter.tar"
    await async_save_checkpoint(container, podman_a, path, leave_running=True)
    await assert_goes_on(podman_a, container)
    copy = await async_load_checkpoint(path, podman_a, name="copy")
    # Its log may end with what the other one wrote before the log was copied.
    assert missing(await counts(podman_a, copy.id)) == set()
    await counted(podman_a, copy.id, (await counts(podman_a, copy.id))[-1].number + 2)


async def test_another_archive_is_refused(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    await run_counter(podman_a, image)
    path = tmp_path / "counter.tar"
    await async_save_checkpoint("counter", podman_a, path)
    right = path.read_bytes()
    middle = len(right) // 2
    path.write_bytes(right[:middle] + bytes([right[middle] ^ 1]) + right[middle + 1 :])
    with pytest.raises(FileError, match="SHA-256 is another one"):
        await async_load_checkpoint(path, podman_b)
    path.write_bytes(right[:-512])
    with pytest.raises(FileError, match=f"has {len(right) - 512} bytes, not {len(right)}"):
        await async_load_checkpoint(path, podman_b)
    manifest_path(path).write_text(json.dumps({"format": "another"}))
    with pytest.raises(FileError, match="no manifest of a checkpoint"):
        await async_load_checkpoint(path, podman_b)
    manifest_path(path).unlink()
    with pytest.raises(FileError, match="No such file"):
        await async_load_checkpoint(path, podman_b)
    assert await podman_b.containers.list(all=True) == []


async def test_what_cannot_be_saved(podman_a: AsyncPodman, image: str, tmp_path: Path) -> None:
    container = await run_counter(podman_a, image)
    with pytest.raises(NotFoundError):
        await async_save_checkpoint("nobody", podman_a, tmp_path / "x")
    with pytest.raises(FileError, match="cannot write"):
        await async_save_checkpoint(container, podman_a, tmp_path / "no" / "folder")
    with pytest.raises(ParameterError, match="'lzma' is not none, gzip or zstd"):
        await async_save_checkpoint(container, podman_a, tmp_path / "x", compression="lzma")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- it is what is tested
    assert names_in(tmp_path) == []
    await assert_goes_on(podman_a, container)


@pytest.mark.parametrize("keep", [False, True])
async def test_move_through_a_file(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path, keep: bool
) -> None:
    container = await run_counter(podman_a, image)
    path = tmp_path / "counter.tar"
    way = models.ThroughFile(path, compression="gzip", keep=keep)
    moved = await async_migrate(container, podman_a, podman_b, through=way)
    assert moved.archive_bytes > path.stat().st_size if keep else not names_in(tmp_path)
    assert not await podman_a.containers.exists(container)
    await assert_goes_on(podman_b, container)


async def test_move_through_a_file_that_fails(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    container = await run_counter(podman_a, image)
    path = tmp_path / "counter.tar"
    commit = ArchiveFile.commit

    def damaged(file: ArchiveFile, manifest: CheckpointManifest) -> CheckpointManifest:
        written = commit(file, manifest)
        path.write_bytes(bytes(written.size))
        return written

    monkeypatch.setattr(ArchiveFile, "commit", damaged)
    for way, because in (
        (models.ThroughFile(tmp_path / "no" / "folder"), "cannot write"),
        (models.ThroughFile(path), "SHA-256 is another one"),
    ):
        with pytest.raises(MigrationError, match=because) as caught:
            await async_migrate(container, podman_a, podman_b, through=way)
        assert caught.value.location == "source"
        assert names_in(tmp_path) == []
        assert await podman_b.containers.list(all=True) == []
        await assert_goes_on(podman_a, container)
