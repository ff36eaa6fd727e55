"""A runtime's checkpoints: on hosts whose CRIU works, and on one that has lost it."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from podlib import (
    AsyncRuntime,
    CheckpointFailedError,
    CheckpointUnsupportedError,
    FileError,
    NotFoundError,
    RestoreFailedError,
)
from podlib.models import CheckpointRef, CheckpointSpec, RestoreSpec

from ._async.steps import counted, counts, listing, run_counter, running
from .marks import checkpointing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed import Host

pytestmark = checkpointing


async def test_checkpoint_and_restore(host: Host, image: str, tmp_path: Path) -> None:
    archive = tmp_path / "counter.tar"
    async with AsyncRuntime(host.socket) as runtime:
        assert (await runtime.capabilities()).checkpoint
        container = await run_counter(runtime.podman, image)
        spec = CheckpointSpec(archive_path=archive, stop_after=False)
        assert (await runtime.checkpoint(container, spec)).size == archive.stat().st_size
        assert await running(runtime.podman, container)
        made = await runtime.checkpoint(container, CheckpointSpec(archive_path=str(archive)))
        assert made == CheckpointRef(str(archive), archive.stat().st_size)
        assert stat.S_IMODE(archive.stat().st_mode) == 0o600
        assert listing(tmp_path) == ["counter.tar"]
        assert not await running(runtime.podman, container)
        before = (await counts(runtime.podman, container))[-1].number

        with pytest.raises(RestoreFailedError) as caught:
            await runtime.restore(RestoreSpec(archive_path=archive))
        assert caught.value.archive_path == str(archive)
        assert caught.value.stderr in str(caught.value)
        twin = await runtime.restore(RestoreSpec(archive_path=archive, name="twin"))
        assert (twin.name, twin.image, twin.state) == ("twin", image, "running")
        await counted(runtime.podman, "twin", before + 2)
        await runtime.remove_container(container)
        assert (await runtime.restore(RestoreSpec(archive_path=archive))).id == container
        await counted(runtime.podman, container, before + 2)


async def test_what_cannot_be_written_leaves_it_running(
    host: Host, image: str, tmp_path: Path
) -> None:
    async with AsyncRuntime(host.socket) as runtime:
        container = await run_counter(runtime.podman, image)
        spec = CheckpointSpec(archive_path=tmp_path / "nowhere" / "counter.tar")
        with pytest.raises(FileError):
            await runtime.checkpoint(container, spec)
        with pytest.raises(NotFoundError):
            await runtime.checkpoint("nobody", CheckpointSpec(archive_path=tmp_path / "a"))
        with pytest.raises(FileError):
            await runtime.restore(RestoreSpec(archive_path=tmp_path / "a"))
        assert listing(tmp_path) == []
        assert await running(runtime.podman, container)


async def test_a_host_without_criu(host: Host, image: str, tmp_path: Path) -> None:
    """It shows only when something is to be checkpointed; then it says what Podman said."""
    criu = host.run("sh", "-c", "command -v criu").stdout.strip()
    async with AsyncRuntime(host.socket) as runtime:
        container = await run_counter(runtime.podman, image)
        archive = tmp_path / "counter.tar"
        host.run("mount", "--bind", "/dev/null", criu)  # in the host's own mount namespace
        try:
            assert (await runtime.capabilities()).checkpoint
            with pytest.raises(CheckpointFailedError, match=r"(?i)criu") as caught:
                await runtime.checkpoint(container, CheckpointSpec(archive_path=archive))
        finally:
            host.run("umount", criu)
        assert caught.value.id == container
        assert "criu" in caught.value.stderr.lower()
        assert listing(tmp_path) == []
        assert await running(runtime.podman, container)
        await runtime.checkpoint(container, CheckpointSpec(archive_path=archive))


async def test_a_probe_that_says_no(host: Host, image: str, tmp_path: Path) -> None:
    """Nothing is touched; the probe runs once, when the runtime opens."""
    asked: list[int] = []

    def probe() -> bool:
        asked.append(1)
        return False

    async with AsyncRuntime(host.socket, checkpoint_probe=probe) as runtime:
        assert len(asked) == 1
        capabilities = await runtime.capabilities()
        assert not capabilities.checkpoint
        assert capabilities.healthchecks
        assert capabilities.exit_codes
        container = await run_counter(runtime.podman, image)
        archive = tmp_path / "counter.tar"
        archive.write_text("an older archive")
        for _ in range(2):
            with pytest.raises(CheckpointUnsupportedError, match="CRIU"):
                await runtime.checkpoint(container, CheckpointSpec(archive_path=archive))
        with pytest.raises(CheckpointUnsupportedError):
            await runtime.checkpoint("nobody", CheckpointSpec(archive_path=archive))
        with pytest.raises(CheckpointUnsupportedError):
            await runtime.restore(RestoreSpec(archive_path=archive))
        with pytest.raises(CheckpointUnsupportedError):
            await runtime.checkpoint_project("shop", tmp_path / "shop")
        with pytest.raises(CheckpointUnsupportedError):
            await runtime.restore_project(tmp_path / "shop")
        assert len(asked) == 1
        assert archive.read_text() == "an older archive"
        assert listing(tmp_path) == ["counter.tar"]
        assert await running(runtime.podman, container)
