# Generated from tests/live/_async/test_migration.py: edit there.
"""A counting container moves between two hosts: what it counts tells whether anything was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import MigrationError, NotFoundError, migrate, models
from podlib.http.flow_sync import sleep
from tests.live.counter import COMMAND, INTERVAL, Count, frozen, missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from podlib import Podman
    from tests.testbed import Host

NAME = "counter"


def start(podman: Podman, image: str, **options: object) -> str:
    """A counter that has begun to count; its id."""
    made = podman.containers.create(image, name=NAME, command=[*COMMAND], **options)  # type: ignore[arg-type]  # any of the options, as the test says
    podman.containers.start(NAME)
    counted(podman, 3)
    return made.id


def counts(podman: Podman) -> list[Count]:
    with podman.containers.logs(NAME, stderr=False) as lines:
        return [Count.parse(line.text) for line in lines]


def counted(podman: Podman, more: int) -> list[Count]:
    """Wait until it has counted ``more`` than now; all counts so far."""
    before = len(counts(podman))
    for _ in range(100):
        sleep(0.1)
        seen = counts(podman)
        if len(seen) >= before + more:
            return seen
    raise AssertionError(f"{NAME} does not count on: it is at {before}")


def runs(podman: Podman) -> bool:
    try:
        return (podman.containers.inspect(NAME)).state.running
    except NotFoundError:
        return False


def assert_goes_on(here: Podman, elsewhere: Podman) -> None:
    """It runs here and nowhere else, and has lost no count."""
    assert runs(here)
    assert not runs(elsewhere)
    seen = counted(here, 3)
    assert missing(seen) == set()
    assert len(seen) == seen[-1].number  # and none was counted twice


class Reporter:
    """Keeps the events, and does something when a phase begins."""

    def __init__(self, phase: str = "", act: Callable[[], object] = lambda: None) -> None:
        self.events: list[models.MigrationProgress] = []
        self._phase = phase
        self._act = act

    def __call__(self, event: models.MigrationProgress) -> None:
        begins = event.phase not in self.phases()
        self.events.append(event)
        if begins and event.phase == self._phase:
            self._act()

    def phases(self) -> list[str]:
        return list(dict.fromkeys(event.phase for event in self.events))


def test_running_container_moves(podman_a: Podman, podman_b: Podman, image: str) -> None:
    container = start(podman_a, image)
    report = Reporter()
    migration = migrate(NAME, podman_a, podman_b, progress=report)
    assert_goes_on(podman_b, podman_a)
    assert not podman_a.containers.exists(NAME)
    assert (podman_b.containers.inspect(NAME)).id == container == migration.container_id
    assert report.phases() == ["check", "checkpoint", "transfer", "confirm", "remove", "done"]
    assert migration.image_bytes == 0  # it was there
    assert migration.archive_bytes > 50_000
    assert migration.source_version != migration.target_version
    stood_still = frozen(counts(podman_b))
    assert stood_still <= migration.frozen + INTERVAL


def test_target_whose_criu_is_too_old(
    podman_a: Podman, podman_b: Podman, host_a: Host, host_b: Host, image: str
) -> None:
    versions = [host.run("criu", "--version").stdout for host in (host_a, host_b)]
    if versions[0] == versions[1]:
        pytest.skip("both hosts have the same CRIU: each restores what the other dumped")
    start(podman_b, image)
    with pytest.raises(MigrationError, match="criu failed") as caught:
        migrate(NAME, podman_b, podman_a)
    assert caught.value.location == "source"
    assert "It is on the source (running)" in str(caught.value)
    assert_goes_on(podman_b, podman_a)
    assert not podman_a.containers.exists(NAME)


def test_source_that_cannot_checkpoint(podman_c: Podman, podman_b: Podman, image: str) -> None:
    start(podman_c, image)
    with pytest.raises(MigrationError, match="runc checkpoint") as caught:
        migrate(NAME, podman_c, podman_b)
    assert (caught.value.phase, caught.value.location) == ("checkpoint", "source")
    assert_goes_on(podman_c, podman_b)
    assert not podman_b.containers.exists(NAME)


def test_target_that_cannot_restore(podman_b: Podman, podman_c: Podman, image: str) -> None:
    start(podman_b, image)
    with pytest.raises(MigrationError) as caught:
        migrate(NAME, podman_b, podman_c)
    assert caught.value.location == "source"
    assert_goes_on(podman_b, podman_c)
    assert not podman_c.containers.exists(NAME)


def test_missing_image_is_sent_first(podman_a: Podman, podman_b: Podman, image: str) -> None:
    podman_b.images.remove(image, force=True)
    start(podman_a, image)
    report = Reporter()
    migration = migrate(NAME, podman_a, podman_b, progress=report)
    assert_goes_on(podman_b, podman_a)
    assert report.phases()[:3] == ["check", "image", "checkpoint"]
    assert migration.image_bytes > 1_000_000
    assert [event.bytes for event in report.events if event.phase == "image"][-1] == (
        migration.image_bytes
    )
    assert image in (podman_b.images.inspect(image)).repo_tags


def test_named_volume_travels(podman_a: Podman, podman_b: Podman, image: str) -> None:
    """With its content, and as the folder that it was: Podman alone would give it to root."""
    work = "chown 999:998 /data; chmod 2750 /data; echo precious > /data/file"
    command = ["sh", "-c", f"{work}; while :; do sleep 0.1; done"]
    made = podman_a.containers.create(image, command=command, mounts=["data:/data"])
    podman_a.containers.start(made.id)
    sleep(0.3)
    migrate(made.id, podman_a, podman_b)
    archive = podman_b.request(
        "GET", "containers/{}/archive", made.id, query={"path": "/data/file"}
    )
    assert b"precious\n" in archive.body
    folder = podman_b.exec.run(made.id, ["stat", "-c", "%u %g %a", "/data"])
    assert folder.stdout == b"999 998 2750\n"


def test_taken_volume_is_refused(podman_a: Podman, podman_b: Podman, image: str) -> None:
    start(podman_a, image, mounts=["data:/data"])
    podman_b.containers.create(image, mounts=["data:/data"])
    refused(podman_a, podman_b, "the target has a volume 'data' already")
    assert_goes_on(podman_a, podman_b)


def test_unknown_container(podman_a: Podman, podman_b: Podman) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        migrate("nobody", podman_a, podman_b)


def refused(podman_a: Podman, podman_b: Podman, because: str) -> None:
    with pytest.raises(MigrationError, match=because) as caught:
        migrate(NAME, podman_a, podman_b)
    assert caught.value.phase == "check"
    assert caught.value.location == "source"


def test_stopped_container_is_refused(podman_a: Podman, podman_b: Podman, image: str) -> None:
    podman_a.containers.create(image, name=NAME)
    refused(podman_a, podman_b, "it is created, not running")


def test_taken_name_is_refused(podman_a: Podman, podman_b: Podman, image: str) -> None:
    start(podman_a, image)
    podman_b.containers.create(image, name=NAME)
    refused(podman_a, podman_b, "the target has a container 'counter' already")
    assert_goes_on(podman_a, podman_b)


def test_container_that_removes_itself_is_refused(
    podman_a: Podman, podman_b: Podman, image: str
) -> None:
    start(podman_a, image, remove=True)
    refused(podman_a, podman_b, "removes it as soon as it stops")
    assert_goes_on(podman_a, podman_b)


def test_taken_port_is_refused(podman_a: Podman, podman_b: Podman, image: str) -> None:
    start(podman_a, image, ports=["8080:80"])
    other = podman_b.containers.create(image, command=["sleep", "60"], ports=["8079-8081:81-83"])
    podman_b.containers.start(other.id)
    refused(podman_a, podman_b, "port 8080/tcp is taken at the target")


def test_missing_network_is_refused(podman_a: Podman, podman_b: Podman, image: str) -> None:
    podman_a.request(
        "POST",
        "networks/create",
        headers={"Content-Type": "application/json"},
        body=b'{"name": "backend"}',
    )
    try:
        start(podman_a, image, network="backend")
        refused(podman_a, podman_b, "the target has no network 'backend'")
    finally:
        podman_a.containers.remove(NAME, force=True, timeout=0, ignore=True)
        podman_a.request("DELETE", "networks/{}", "backend")


def test_image_transfer_that_is_cut(
    podman_a: Podman, podman_b: Podman, host_b: Host, image: str
) -> None:
    podman_b.images.remove(image, force=True)
    start(podman_a, image)
    with pytest.raises(MigrationError) as caught:
        migrate(NAME, podman_a, podman_b, progress=Reporter("image", host_b.kill_service))
    host_b.start_service()
    assert (caught.value.phase, caught.value.location) == ("image", "source")
    assert_goes_on(podman_a, podman_b)


@pytest.mark.parametrize("phase", ["checkpoint", "transfer"])
def test_target_dies(
    podman_a: Podman, podman_b: Podman, host_b: Host, image: str, phase: str
) -> None:
    start(podman_a, image)
    with pytest.raises(MigrationError) as caught:
        migrate(NAME, podman_a, podman_b, progress=Reporter(phase, host_b.kill_service))
    host_b.start_service()
    assert caught.value.location == "source"
    assert_goes_on(podman_a, podman_b)
    assert not podman_b.containers.exists(NAME)


def test_source_dies_and_comes_back(
    podman_a: Podman, podman_b: Podman, host_a: Host, image: str
) -> None:
    start(podman_a, image)
    with pytest.raises(MigrationError) as caught:
        migrate(NAME, podman_a, podman_b, progress=Reporter("transfer", host_a.restart_service))
    assert caught.value.location == "source"
    assert_goes_on(podman_a, podman_b)
    assert not podman_b.containers.exists(NAME)


def test_name_taken_at_the_last_moment(
    podman_a: Podman, podman_b: Podman, host_b: Host, image: str
) -> None:
    start(podman_a, image)

    def take() -> None:
        host_b.run("podman", "create", "--name", NAME, image)

    with pytest.raises(MigrationError, match="in use") as caught:
        migrate(NAME, podman_a, podman_b, progress=Reporter("transfer", take))
    assert caught.value.location == "source"
    assert_goes_on(podman_a, podman_b)
    assert (podman_b.containers.inspect(NAME)).state.status == "created"


@pytest.mark.parametrize("phase", ["check", "checkpoint", "transfer", "confirm", "remove"])
def test_progress_that_raises(podman_a: Podman, podman_b: Podman, image: str, phase: str) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    start(podman_a, image)
    with pytest.raises(ZeroDivisionError):
        migrate(NAME, podman_a, podman_b, progress=Reporter(phase, fail))
    if phase in {"confirm", "remove"}:
        assert_goes_on(podman_b, podman_a)
        assert not podman_a.containers.exists(NAME)
    else:
        assert_goes_on(podman_a, podman_b)
        assert not podman_b.containers.exists(NAME)
