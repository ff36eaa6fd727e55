"""Checkpoint and restore with real CRIU: what counted goes on counting, whatever goes wrong."""

from __future__ import annotations

import io
import stat
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    CheckpointFailedError,
    FileError,
    NotFoundError,
    RestoreFailedError,
    TruncatedError,
)
from podlib._async import checkpoints
from tests.live.counter import COMMAND, missing
from tests.live.marks import checkpointing

from .steps import counted, counts, listing, names, read, run, run_counter, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from podlib import AsyncPodman
    from tests.testbed import Host

pytestmark = checkpointing

# Its archive is larger than all that the sockets hold, so that a reader is always in its midst.
LARGE = ("sh", "-c", f"x=$(head -c 8000000 /dev/zero | tr '\\0' x); {COMMAND[-1]}")


async def run_large(podman: AsyncPodman, image: str) -> str:
    """A counter with much memory; its id."""
    container = await run(podman, image, name="large", command=LARGE, network="none")
    await counted(podman, container, 2)
    return container


async def assert_goes_on(podman: AsyncPodman, container: str, before: int) -> None:
    """It counts on from ``before``, and not one count is missing or told twice."""
    found = await counted(podman, container, before + 2)
    assert await running(podman, container)
    numbers = [count.number for count in found]
    assert before in numbers or numbers[0] == before + 1
    assert missing(found) == set()
    assert len(set(numbers)) == len(numbers)


# -- in place --------------------------------------------------------------------------------


async def test_in_place(podman: AsyncPodman, image: str) -> None:
    container = await run_counter(podman, image)
    report = await podman.containers.checkpoint("counter", print_stats=True)
    assert report.id == container
    assert 0 < report.runtime_checkpoint_duration < 30
    assert report.criu_statistics
    assert report.criu_statistics.pages_written > 0
    assert 0 < report.criu_statistics.frozen_time < 30
    state = (await podman.containers.inspect(container)).state
    assert (state.status, state.running, state.checkpointed) == ("exited", False, True)
    before = (await counts(podman, container))[-1].number

    restored = await podman.containers.restore("counter", print_stats=True)
    assert restored.id == container
    assert 0 < restored.runtime_restore_duration < 30
    assert restored.criu_statistics
    assert restored.criu_statistics.pages_restored > 0
    await assert_goes_on(podman, container, before)
    state = (await podman.containers.inspect(container)).state
    assert state.restored
    with pytest.raises(RestoreFailedError, match="running"):
        await podman.containers.restore(container)


async def test_in_place_and_left_running(podman: AsyncPodman, image: str) -> None:
    container = await run_counter(podman, image)
    report = await podman.containers.checkpoint(container, leave_running=True, keep=True)
    assert report.criu_statistics is None
    await assert_goes_on(podman, container, (await counts(podman, container))[-1].number)


# -- exported --------------------------------------------------------------------------------


async def test_to_a_file_and_back(podman: AsyncPodman, image: str, tmp_path: Path) -> None:
    container = await run_counter(podman, image, network="bridge")
    path = tmp_path / "counter.tar"
    path.write_text("an older archive")
    archive = await podman.containers.checkpoint_to("counter", path)
    assert (archive.path, archive.size) == (path, path.stat().st_size)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert listing(tmp_path) == ["counter.tar"]
    with tarfile.open(path) as tar:
        assert {"config.dump", "spec.dump"} <= set(tar.getnames())
    assert not await running(podman, container)
    before = (await counts(podman, container))[-1].number

    with pytest.raises(RestoreFailedError, match=r"in use|already exists"):
        await podman.containers.restore_from(path)
    assert not await running(podman, container)
    await podman.containers.remove(container)
    report = await podman.containers.restore_from(path, print_stats=True)
    assert report.id == container
    assert report.criu_statistics
    await assert_goes_on(podman, "counter", before)


async def test_to_a_writer_and_from_a_reader(podman: AsyncPodman, image: str) -> None:
    container = await run_counter(podman, image)
    writer = io.BytesIO()
    archive = await podman.containers.checkpoint_to(container, writer)
    assert archive.path is None
    assert archive.size == len(writer.getvalue())
    before = (await counts(podman, container))[-1].number
    writer.seek(0)
    report = await podman.containers.restore_from(writer, name="second")
    assert report.id != container
    assert await names(podman) == {"counter", "second"}
    await assert_goes_on(podman, "second", before)
    assert not await running(podman, container)


async def test_as_a_stream_of_blocks(podman: AsyncPodman, image: str, tmp_path: Path) -> None:
    container = await run_counter(podman, image)
    blocks = await read(podman.containers.checkpoint_stream(container))
    assert all(blocks)
    assert not await running(podman, container)
    before = (await counts(podman, container))[-1].number
    await podman.containers.restore_from(iter(blocks), name="from-blocks")
    await assert_goes_on(podman, "from-blocks", before)
    path = tmp_path / "archive"
    path.write_bytes(b"".join(blocks))
    with path.open("rb") as file:
        await podman.containers.restore_from(file, name="from-file")
    await assert_goes_on(podman, "from-file", before)
    await podman.containers.restore(container)
    await assert_goes_on(podman, container, before)


async def test_export_that_leaves_it_running(
    podman: AsyncPodman, image: str, tmp_path: Path
) -> None:
    container = await run_counter(podman, image)
    await podman.containers.checkpoint_to(container, tmp_path / "archive", leave_running=True)
    await assert_goes_on(podman, container, 2)
    await podman.containers.restore_from(tmp_path / "archive", name="twin")
    assert await running(podman, "twin")
    await counted(podman, "twin", (await counts(podman, "twin"))[-1].number + 2)


# -- what cannot be checkpointed -------------------------------------------------------------


async def test_stopped_container(podman: AsyncPodman, image: str, tmp_path: Path) -> None:
    container = await run(podman, image, name="stopped", command=["true"], network="none")
    await podman.containers.wait(container)
    with pytest.raises(CheckpointFailedError, match="is not running") as caught:
        await podman.containers.checkpoint("stopped")
    assert caught.value.id == "stopped"
    assert isinstance(caught.value.__cause__, APIError)
    with pytest.raises(CheckpointFailedError, match="is not running"):
        await podman.containers.checkpoint_to("stopped", tmp_path / "archive")
    with pytest.raises(RestoreFailedError):
        await podman.containers.restore("stopped")
    assert listing(tmp_path) == []
    assert not await running(podman, "stopped")
    await podman.containers.create(image, name="created")
    with pytest.raises(CheckpointFailedError, match="'created' failed"):
        await podman.containers.checkpoint_to("created", tmp_path / "archive")


async def test_unknown_container(podman: AsyncPodman, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        await podman.containers.checkpoint("unknown")
    with pytest.raises(NotFoundError):
        await podman.containers.checkpoint_to("unknown", tmp_path / "archive")
    with pytest.raises(NotFoundError):
        await podman.containers.restore("unknown")
    assert listing(tmp_path) == []


# -- what happens while the archive is read --------------------------------------------------


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for 64 KiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


async def test_file_that_cannot_be_written(
    podman: AsyncPodman, image: str, tiny_disk: Path
) -> None:
    container = await run_counter(podman, image)
    with pytest.raises(FileError, match="No space left") as caught:
        await podman.containers.checkpoint_to(container, tiny_disk / "archive")
    assert caught.value.path == str(tiny_disk / "archive")
    assert "runs on" in "".join(caught.value.__notes__)
    assert listing(tiny_disk) == []
    await assert_goes_on(podman, container, 2)
    for path, problem in ((tiny_disk / "a" / "b", "No such file"), (tiny_disk, "Is a directory")):
        with pytest.raises(FileError, match=problem):
            await podman.containers.checkpoint_to(container, path)
    assert await running(podman, container)


async def test_stream_that_is_left_early(podman: AsyncPodman, image: str) -> None:
    container = await run_large(podman, image)
    async with podman.containers.checkpoint_stream(container) as body:
        assert await anext(body)
        assert not await running(podman, container)
    await assert_goes_on(podman, container, 2)
    async with podman.containers.checkpoint_stream(container):
        pass
    await assert_goes_on(podman, container, 2)


async def test_writer_that_raises(podman: AsyncPodman, image: str) -> None:
    class Broken:
        name = "a broken pipe"

        def __init__(self, error: Exception) -> None:
            self.error = error

        def write(self, data: bytes) -> None:
            assert data
            raise self.error

    container = await run_counter(podman, image)
    with pytest.raises(FileError, match="cannot write to a broken pipe: it broke"):
        await podman.containers.checkpoint_to(container, Broken(OSError("it broke")))
    await assert_goes_on(podman, container, 2)
    with pytest.raises(KeyError, match="mine"):
        await podman.containers.checkpoint_to(container, Broken(KeyError("mine")))
    await assert_goes_on(podman, container, 2)


async def read_after(podman: AsyncPodman, container: str, fault: Callable[[], None]) -> None:
    """Read an archive's first block, let ``fault`` happen, read on."""
    async with podman.containers.checkpoint_stream(container) as body:
        assert await anext(body)
        fault()
        async for _ in body:
            pass


async def test_service_that_is_killed_and_comes_back(
    podman: AsyncPodman, host: Host, image: str
) -> None:
    def crash() -> None:
        host.kill_service()
        host.start_service()

    container = await run_large(podman, image)
    with pytest.raises(TruncatedError) as caught:
        await read_after(podman, container, crash)
    assert "runs on" in "".join(caught.value.__notes__)
    await assert_goes_on(podman, container, 2)


async def test_service_that_is_killed_and_stays_away(
    podman: AsyncPodman, host: Host, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "PATIENCE", 0.5)
    container = await run_large(podman, image)
    with pytest.raises(RestoreFailedError, match="kept on the server") as caught:
        await read_after(podman, container, host.kill_service)
    assert isinstance(caught.value.__cause__, TruncatedError)
    host.start_service()
    before = (await counts(podman, container))[-1].number
    await podman.containers.restore(container)
    await assert_goes_on(podman, container, before)


# -- archives that cannot be restored --------------------------------------------------------


async def test_garbage_and_truncated_archives(
    podman: AsyncPodman, host: Host, image: str, tmp_path: Path
) -> None:
    container = await run_counter(podman, image)
    path = tmp_path / "archive"
    archive = await podman.containers.checkpoint_to(container, path)
    await podman.containers.remove(container)
    whole = path.read_bytes()
    left_before = host.run("podman", "ps", "--all", "--external", "--quiet").stdout
    for data in (b"", b"garbage", 1000 * b"garbage", whole[: archive.size // 2], whole[:-100_000]):
        path.write_bytes(data)
        with pytest.raises(RestoreFailedError) as caught:
            await podman.containers.restore_from(path)
        assert caught.value.stderr
        assert str(path) in str(caught.value)
        with pytest.raises(RestoreFailedError):
            await podman.containers.restore_from(iter([data]), name="other")
    assert await names(podman) == set()
    assert host.run("podman", "ps", "--all", "--external", "--quiet").stdout == left_before
    await podman.containers.restore_from(iter([whole]))
    assert await running(podman, container)


async def test_name_that_is_taken(podman: AsyncPodman, image: str, tmp_path: Path) -> None:
    container = await run_counter(podman, image)
    await podman.containers.checkpoint_to(container, tmp_path / "archive", leave_running=True)
    with pytest.raises(RestoreFailedError):
        await podman.containers.restore_from(tmp_path / "archive")
    with pytest.raises(RestoreFailedError, match="in use"):
        await podman.containers.restore_from(tmp_path / "archive", name="counter")
    assert await names(podman) == {"counter"}
    await assert_goes_on(podman, container, 2)


async def test_archive_that_is_not_there(podman: AsyncPodman, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file") as caught:
        await podman.containers.restore_from(tmp_path / "nothing")
    assert caught.value.path == str(tmp_path / "nothing")
    with pytest.raises(FileError, match="directory"):
        await podman.containers.restore_from(tmp_path)


async def test_restored_with_other_ports(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=[*COMMAND], ports=["8080:80"])
    archive = io.BytesIO()
    await podman.containers.checkpoint_to(container, archive)
    restored = await podman.containers.restore_from(
        [archive.getvalue()], name="other", publish=["8081:80", "8082:81"]
    )
    settings = (await podman.containers.inspect(restored.id)).network_settings
    published = {port: [each.host_port for each in to] for port, to in settings.ports.items()}
    assert published == {"80/tcp": ["8081"], "81/tcp": ["8082"]}


async def test_container_without_a_pod_is_not_restored_into_one(
    podman: AsyncPodman, host: Host, image: str
) -> None:
    container = await run(podman, image, command=[*COMMAND])
    archive = io.BytesIO()
    await podman.containers.checkpoint_to(container, archive)
    host.run("podman", "pod", "create", "--infra=false", "--name", "pod")
    try:
        with pytest.raises(RestoreFailedError, match="cannot restore non pod container into pod"):
            await podman.containers.restore_from([archive.getvalue()], name="other", pod="pod")
    finally:
        host.run("podman", "pod", "rm", "--force", "pod")
