# Generated from tests/live/_async/test_checkpoint.py: edit there.
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
from podlib._sync import checkpoints
from tests.live.counter import COMMAND, missing
from tests.live.marks import checkpointing

from .steps import counted, counts, listing, names, read, run, run_counter, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from podlib import Podman
    from tests.testbed import Host

pytestmark = checkpointing

# Its archive is larger than all that the sockets hold, so that a reader is always in its midst.
LARGE = ("sh", "-c", f"x=$(head -c 8000000 /dev/zero | tr '\\0' x); {COMMAND[-1]}")


def run_large(podman: Podman, image: str) -> str:
    """A counter with much memory; its id."""
    container = run(podman, image, name="large", command=LARGE, network="none")
    counted(podman, container, 2)
    return container


def assert_goes_on(podman: Podman, container: str, before: int) -> None:
    """It counts on from ``before``, and not one count is missing or told twice."""
    found = counted(podman, container, before + 2)
    assert running(podman, container)
    numbers = [count.number for count in found]
    assert before in numbers or numbers[0] == before + 1
    assert missing(found) == set()
    assert len(set(numbers)) == len(numbers)


# -- in place --------------------------------------------------------------------------------


def test_in_place(podman: Podman, image: str) -> None:
    container = run_counter(podman, image)
    report = podman.containers.checkpoint("counter", print_stats=True)
    assert report.id == container
    assert 0 < report.runtime_checkpoint_duration < 30
    assert report.criu_statistics
    assert report.criu_statistics.pages_written > 0
    assert 0 < report.criu_statistics.frozen_time < 30
    state = (podman.containers.inspect(container)).state
    assert (state.status, state.running, state.checkpointed) == ("exited", False, True)
    before = (counts(podman, container))[-1].number

    restored = podman.containers.restore("counter", print_stats=True)
    assert restored.id == container
    assert 0 < restored.runtime_restore_duration < 30
    assert restored.criu_statistics
    assert restored.criu_statistics.pages_restored > 0
    assert_goes_on(podman, container, before)
    state = (podman.containers.inspect(container)).state
    assert state.restored
    with pytest.raises(RestoreFailedError, match="running"):
        podman.containers.restore(container)


def test_in_place_and_left_running(podman: Podman, image: str) -> None:
    container = run_counter(podman, image)
    report = podman.containers.checkpoint(container, leave_running=True, keep=True)
    assert report.criu_statistics is None
    assert_goes_on(podman, container, (counts(podman, container))[-1].number)


# -- exported --------------------------------------------------------------------------------


def test_to_a_file_and_back(podman: Podman, image: str, tmp_path: Path) -> None:
    container = run_counter(podman, image, network="bridge")
    path = tmp_path / "counter.tar"
    path.write_text("an older archive")
    archive = podman.containers.checkpoint_to("counter", path)
    assert (archive.path, archive.size) == (path, path.stat().st_size)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert listing(tmp_path) == ["counter.tar"]
    with tarfile.open(path) as tar:
        assert {"config.dump", "spec.dump"} <= set(tar.getnames())
    assert not running(podman, container)
    before = (counts(podman, container))[-1].number

    with pytest.raises(RestoreFailedError, match=r"in use|already exists"):
        podman.containers.restore_from(path)
    assert not running(podman, container)
    podman.containers.remove(container)
    report = podman.containers.restore_from(path, print_stats=True)
    assert report.id == container
    assert report.criu_statistics
    assert_goes_on(podman, "counter", before)


def test_to_a_writer_and_from_a_reader(podman: Podman, image: str) -> None:
    container = run_counter(podman, image)
    writer = io.BytesIO()
    archive = podman.containers.checkpoint_to(container, writer)
    assert archive.path is None
    assert archive.size == len(writer.getvalue())
    before = (counts(podman, container))[-1].number
    writer.seek(0)
    report = podman.containers.restore_from(writer, name="second")
    assert report.id != container
    assert names(podman) == {"counter", "second"}
    assert_goes_on(podman, "second", before)
    assert not running(podman, container)


def test_as_a_stream_of_blocks(podman: Podman, image: str, tmp_path: Path) -> None:
    container = run_counter(podman, image)
    blocks = read(podman.containers.checkpoint_stream(container))
    assert all(blocks)
    assert not running(podman, container)
    before = (counts(podman, container))[-1].number
    podman.containers.restore_from(iter(blocks), name="from-blocks")
    assert_goes_on(podman, "from-blocks", before)
    path = tmp_path / "archive"
    path.write_bytes(b"".join(blocks))
    with path.open("rb") as file:
        podman.containers.restore_from(file, name="from-file")
    assert_goes_on(podman, "from-file", before)
    podman.containers.restore(container)
    assert_goes_on(podman, container, before)


def test_export_that_leaves_it_running(podman: Podman, image: str, tmp_path: Path) -> None:
    container = run_counter(podman, image)
    podman.containers.checkpoint_to(container, tmp_path / "archive", leave_running=True)
    assert_goes_on(podman, container, 2)
    podman.containers.restore_from(tmp_path / "archive", name="twin")
    assert running(podman, "twin")
    counted(podman, "twin", (counts(podman, "twin"))[-1].number + 2)


# -- what cannot be checkpointed -------------------------------------------------------------


def test_stopped_container(podman: Podman, image: str, tmp_path: Path) -> None:
    container = run(podman, image, name="stopped", command=["true"], network="none")
    podman.containers.wait(container)
    with pytest.raises(CheckpointFailedError, match="is not running") as caught:
        podman.containers.checkpoint("stopped")
    assert caught.value.id == "stopped"
    assert isinstance(caught.value.__cause__, APIError)
    with pytest.raises(CheckpointFailedError, match="is not running"):
        podman.containers.checkpoint_to("stopped", tmp_path / "archive")
    with pytest.raises(RestoreFailedError):
        podman.containers.restore("stopped")
    assert listing(tmp_path) == []
    assert not running(podman, "stopped")
    podman.containers.create(image, name="created")
    with pytest.raises(CheckpointFailedError, match="'created' failed"):
        podman.containers.checkpoint_to("created", tmp_path / "archive")


def test_unknown_container(podman: Podman, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        podman.containers.checkpoint("unknown")
    with pytest.raises(NotFoundError):
        podman.containers.checkpoint_to("unknown", tmp_path / "archive")
    with pytest.raises(NotFoundError):
        podman.containers.restore("unknown")
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


def test_file_that_cannot_be_written(podman: Podman, image: str, tiny_disk: Path) -> None:
    container = run_counter(podman, image)
    with pytest.raises(FileError, match="No space left") as caught:
        podman.containers.checkpoint_to(container, tiny_disk / "archive")
    assert caught.value.path == str(tiny_disk / "archive")
    assert "runs on" in "".join(caught.value.__notes__)
    assert listing(tiny_disk) == []
    assert_goes_on(podman, container, 2)
    for path, problem in ((tiny_disk / "a" / "b", "No such file"), (tiny_disk, "Is a directory")):
        with pytest.raises(FileError, match=problem):
            podman.containers.checkpoint_to(container, path)
    assert running(podman, container)


def test_stream_that_is_left_early(podman: Podman, image: str) -> None:
    container = run_large(podman, image)
    with podman.containers.checkpoint_stream(container) as body:
        assert next(body)
        assert not running(podman, container)
    assert_goes_on(podman, container, 2)
    with podman.containers.checkpoint_stream(container):
        pass
    assert_goes_on(podman, container, 2)


def test_writer_that_raises(podman: Podman, image: str) -> None:
    class Broken:
        name = "a broken pipe"

        def __init__(self, error: Exception) -> None:
            self.error = error

        def write(self, data: bytes) -> None:
            assert data
            raise self.error

    container = run_counter(podman, image)
    with pytest.raises(FileError, match="cannot write to a broken pipe: it broke"):
        podman.containers.checkpoint_to(container, Broken(OSError("it broke")))
    assert_goes_on(podman, container, 2)
    with pytest.raises(KeyError, match="mine"):
        podman.containers.checkpoint_to(container, Broken(KeyError("mine")))
    assert_goes_on(podman, container, 2)


def read_after(podman: Podman, container: str, fault: Callable[[], None]) -> None:
    """Read an archive's first block, let ``fault`` happen, read on."""
    with podman.containers.checkpoint_stream(container) as body:
        assert next(body)
        fault()
        for _ in body:
            pass


def test_service_that_is_killed_and_comes_back(podman: Podman, host: Host, image: str) -> None:
    def crash() -> None:
        host.kill_service()
        host.start_service()

    container = run_large(podman, image)
    with pytest.raises(TruncatedError) as caught:
        read_after(podman, container, crash)
    assert "runs on" in "".join(caught.value.__notes__)
    assert_goes_on(podman, container, 2)


def test_service_that_is_killed_and_stays_away(
    podman: Podman, host: Host, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "PATIENCE", 0.5)
    container = run_large(podman, image)
    with pytest.raises(RestoreFailedError, match="kept on the server") as caught:
        read_after(podman, container, host.kill_service)
    assert isinstance(caught.value.__cause__, TruncatedError)
    host.start_service()
    before = (counts(podman, container))[-1].number
    podman.containers.restore(container)
    assert_goes_on(podman, container, before)


# -- archives that cannot be restored --------------------------------------------------------


def test_garbage_and_truncated_archives(
    podman: Podman, host: Host, image: str, tmp_path: Path
) -> None:
    container = run_counter(podman, image)
    path = tmp_path / "archive"
    archive = podman.containers.checkpoint_to(container, path)
    podman.containers.remove(container)
    whole = path.read_bytes()
    left_before = host.run("podman", "ps", "--all", "--external", "--quiet").stdout
    for data in (b"", b"garbage", 1000 * b"garbage", whole[: archive.size // 2], whole[:-100_000]):
        path.write_bytes(data)
        with pytest.raises(RestoreFailedError) as caught:
            podman.containers.restore_from(path)
        assert caught.value.stderr
        assert str(path) in str(caught.value)
        with pytest.raises(RestoreFailedError):
            podman.containers.restore_from(iter([data]), name="other")
    assert names(podman) == set()
    assert host.run("podman", "ps", "--all", "--external", "--quiet").stdout == left_before
    podman.containers.restore_from(iter([whole]))
    assert running(podman, container)


def test_name_that_is_taken(podman: Podman, image: str, tmp_path: Path) -> None:
    container = run_counter(podman, image)
    podman.containers.checkpoint_to(container, tmp_path / "archive", leave_running=True)
    with pytest.raises(RestoreFailedError):
        podman.containers.restore_from(tmp_path / "archive")
    with pytest.raises(RestoreFailedError, match="in use"):
        podman.containers.restore_from(tmp_path / "archive", name="counter")
    assert names(podman) == {"counter"}
    assert_goes_on(podman, container, 2)


def test_archive_that_is_not_there(podman: Podman, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file") as caught:
        podman.containers.restore_from(tmp_path / "nothing")
    assert caught.value.path == str(tmp_path / "nothing")
    with pytest.raises(FileError, match="directory"):
        podman.containers.restore_from(tmp_path)


def test_restored_with_other_ports(podman: Podman, image: str) -> None:
    container = run(podman, image, command=[*COMMAND], ports=["8080:80"])
    archive = io.BytesIO()
    podman.containers.checkpoint_to(container, archive)
    restored = podman.containers.restore_from(
        [archive.getvalue()], name="other", publish=["8081:80", "8082:81"]
    )
    settings = (podman.containers.inspect(restored.id)).network_settings
    published = {port: [each.host_port for each in to] for port, to in settings.ports.items()}
    assert published == {"80/tcp": ["8081"], "81/tcp": ["8082"]}


def test_container_without_a_pod_is_not_restored_into_one(
    podman: Podman, host: Host, image: str
) -> None:
    container = run(podman, image, command=[*COMMAND])
    archive = io.BytesIO()
    podman.containers.checkpoint_to(container, archive)
    host.run("podman", "pod", "create", "--infra=false", "--name", "pod")
    try:
        with pytest.raises(RestoreFailedError, match="cannot restore non pod container into pod"):
            podman.containers.restore_from([archive.getvalue()], name="other", pod="pod")
    finally:
        host.run("podman", "pod", "rm", "--force", "pod")
