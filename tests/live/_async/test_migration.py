"""A counting container moves between two hosts: what it counts tells whether anything was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import MigrationError, NotFoundError, async_migrate, models
from podlib.http.flow_async import sleep
from tests.live.counter import COMMAND, INTERVAL, Count, frozen, missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from podlib import AsyncPodman
    from tests.testbed import Host

NAME = "counter"


async def start(podman: AsyncPodman, image: str, **options: object) -> str:
    """A counter that has begun to count; its id."""
    made = await podman.containers.create(image, name=NAME, command=[*COMMAND], **options)  # type: ignore[arg-type]  # any of the options, as the test says
    await podman.containers.start(NAME)
    await counted(podman, 3)
    return made.id


async def counts(podman: AsyncPodman) -> list[Count]:
    async with podman.containers.logs(NAME, stderr=False) as lines:
        return [Count.parse(line.text) async for line in lines]


async def counted(podman: AsyncPodman, more: int) -> list[Count]:
    """Wait until it has counted ``more`` than now; all counts so far."""
    before = len(await counts(podman))
    for _ in range(100):
        await sleep(0.1)
        seen = await counts(podman)
        if len(seen) >= before + more:
            return seen
    raise AssertionError(f"{NAME} does not count on: it is at {before}")


async def runs(podman: AsyncPodman) -> bool:
    try:
        return (await podman.containers.inspect(NAME)).state.running
    except NotFoundError:
        return False


async def assert_goes_on(here: AsyncPodman, elsewhere: AsyncPodman) -> None:
    """It runs here and nowhere else, and has lost no count."""
    assert await runs(here)
    assert not await runs(elsewhere)
    seen = await counted(here, 3)
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


async def test_running_container_moves(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    container = await start(podman_a, image)
    report = Reporter()
    migration = await async_migrate(NAME, podman_a, podman_b, progress=report)
    await assert_goes_on(podman_b, podman_a)
    assert not await podman_a.containers.exists(NAME)
    assert (await podman_b.containers.inspect(NAME)).id == container == migration.container_id
    assert report.phases() == ["check", "checkpoint", "transfer", "confirm", "remove", "done"]
    assert migration.image_bytes == 0  # it was there
    assert migration.archive_bytes > 50_000
    assert migration.source_version != migration.target_version
    stood_still = frozen(await counts(podman_b))
    assert stood_still <= migration.frozen + INTERVAL


async def test_target_whose_criu_is_too_old(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_a: Host, host_b: Host, image: str
) -> None:
    versions = [host.run("criu", "--version").stdout for host in (host_a, host_b)]
    if versions[0] == versions[1]:
        pytest.skip("both hosts have the same CRIU: each restores what the other dumped")
    await start(podman_b, image)
    with pytest.raises(MigrationError, match="criu failed") as caught:
        await async_migrate(NAME, podman_b, podman_a)
    assert caught.value.location == "source"
    assert "It is on the source (running)" in str(caught.value)
    await assert_goes_on(podman_b, podman_a)
    assert not await podman_a.containers.exists(NAME)


async def test_source_that_cannot_checkpoint(
    podman_c: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await start(podman_c, image)
    with pytest.raises(MigrationError, match="runc checkpoint") as caught:
        await async_migrate(NAME, podman_c, podman_b)
    assert (caught.value.phase, caught.value.location) == ("checkpoint", "source")
    await assert_goes_on(podman_c, podman_b)
    assert not await podman_b.containers.exists(NAME)


async def test_target_that_cannot_restore(
    podman_b: AsyncPodman, podman_c: AsyncPodman, image: str
) -> None:
    await start(podman_b, image)
    with pytest.raises(MigrationError) as caught:
        await async_migrate(NAME, podman_b, podman_c)
    assert caught.value.location == "source"
    await assert_goes_on(podman_b, podman_c)
    assert not await podman_c.containers.exists(NAME)


async def test_missing_image_is_sent_first(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await podman_b.images.remove(image, force=True)
    await start(podman_a, image)
    report = Reporter()
    migration = await async_migrate(NAME, podman_a, podman_b, progress=report)
    await assert_goes_on(podman_b, podman_a)
    assert report.phases()[:3] == ["check", "image", "checkpoint"]
    assert migration.image_bytes > 1_000_000
    assert [event.bytes for event in report.events if event.phase == "image"][-1] == (
        migration.image_bytes
    )
    assert image in (await podman_b.images.inspect(image)).repo_tags


async def test_named_volume_travels(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    """With its content, and as the folder that it was: Podman alone would give it to root."""
    work = "chown 999:998 /data; chmod 2750 /data; echo precious > /data/file"
    command = ["sh", "-c", f"{work}; while :; do sleep 0.1; done"]
    made = await podman_a.containers.create(image, command=command, mounts=["data:/data"])
    await podman_a.containers.start(made.id)
    await sleep(0.3)
    await async_migrate(made.id, podman_a, podman_b)
    archive = await podman_b.request(
        "GET", "containers/{}/archive", made.id, query={"path": "/data/file"}
    )
    assert b"precious\n" in archive.body
    folder = await podman_b.exec.run(made.id, ["stat", "-c", "%u %g %a", "/data"])
    assert folder.stdout == b"999 998 2750\n"


async def test_taken_volume_is_refused(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await start(podman_a, image, mounts=["data:/data"])
    await podman_b.containers.create(image, mounts=["data:/data"])
    await refused(podman_a, podman_b, "the target has a volume 'data' already")
    await assert_goes_on(podman_a, podman_b)


async def test_unknown_container(podman_a: AsyncPodman, podman_b: AsyncPodman) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        await async_migrate("nobody", podman_a, podman_b)


async def refused(podman_a: AsyncPodman, podman_b: AsyncPodman, because: str) -> None:
    with pytest.raises(MigrationError, match=because) as caught:
        await async_migrate(NAME, podman_a, podman_b)
    assert caught.value.phase == "check"
    assert caught.value.location == "source"


async def test_stopped_container_is_refused(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await podman_a.containers.create(image, name=NAME)
    await refused(podman_a, podman_b, "it is created, not running")


async def test_taken_name_is_refused(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await start(podman_a, image)
    await podman_b.containers.create(image, name=NAME)
    await refused(podman_a, podman_b, "the target has a container 'counter' already")
    await assert_goes_on(podman_a, podman_b)


async def test_container_that_removes_itself_is_refused(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await start(podman_a, image, remove=True)
    await refused(podman_a, podman_b, "removes it as soon as it stops")
    await assert_goes_on(podman_a, podman_b)


async def test_taken_port_is_refused(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await start(podman_a, image, ports=["8080:80"])
    other = await podman_b.containers.create(
        image, command=["sleep", "60"], ports=["8079-8081:81-83"]
    )
    await podman_b.containers.start(other.id)
    await refused(podman_a, podman_b, "port 8080/tcp is taken at the target")


async def test_missing_network_is_refused(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await podman_a.request(
        "POST",
        "networks/create",
        headers={"Content-Type": "application/json"},
        body=b'{"name": "backend"}',
    )
    try:
        await start(podman_a, image, network="backend")
        await refused(podman_a, podman_b, "the target has no network 'backend'")
    finally:
        await podman_a.containers.remove(NAME, force=True, timeout=0, ignore=True)
        await podman_a.request("DELETE", "networks/{}", "backend")


async def test_image_transfer_that_is_cut(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_b: Host, image: str
) -> None:
    await podman_b.images.remove(image, force=True)
    await start(podman_a, image)
    with pytest.raises(MigrationError) as caught:
        await async_migrate(
            NAME, podman_a, podman_b, progress=Reporter("image", host_b.kill_service)
        )
    host_b.start_service()
    assert (caught.value.phase, caught.value.location) == ("image", "source")
    await assert_goes_on(podman_a, podman_b)


@pytest.mark.parametrize("phase", ["checkpoint", "transfer"])
async def test_target_dies(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_b: Host, image: str, phase: str
) -> None:
    await start(podman_a, image)
    with pytest.raises(MigrationError) as caught:
        await async_migrate(NAME, podman_a, podman_b, progress=Reporter(phase, host_b.kill_service))
    host_b.start_service()
    assert caught.value.location == "source"
    await assert_goes_on(podman_a, podman_b)
    assert not await podman_b.containers.exists(NAME)


async def test_source_dies_and_comes_back(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_a: Host, image: str
) -> None:
    await start(podman_a, image)
    with pytest.raises(MigrationError) as caught:
        await async_migrate(
            NAME, podman_a, podman_b, progress=Reporter("transfer", host_a.restart_service)
        )
    assert caught.value.location == "source"
    await assert_goes_on(podman_a, podman_b)
    assert not await podman_b.containers.exists(NAME)


async def test_name_taken_at_the_last_moment(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_b: Host, image: str
) -> None:
    await start(podman_a, image)

    def take() -> None:
        host_b.run("podman", "create", "--name", NAME, image)

    with pytest.raises(MigrationError, match="in use") as caught:
        await async_migrate(NAME, podman_a, podman_b, progress=Reporter("transfer", take))
    assert caught.value.location == "source"
    await assert_goes_on(podman_a, podman_b)
    assert (await podman_b.containers.inspect(NAME)).state.status == "created"


@pytest.mark.parametrize("phase", ["check", "checkpoint", "transfer", "confirm", "remove"])
async def test_progress_that_raises(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, phase: str
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    await start(podman_a, image)
    with pytest.raises(ZeroDivisionError):
        await async_migrate(NAME, podman_a, podman_b, progress=Reporter(phase, fail))
    if phase in {"confirm", "remove"}:
        await assert_goes_on(podman_b, podman_a)
        assert not await podman_a.containers.exists(NAME)
    else:
        await assert_goes_on(podman_a, podman_b)
        assert not await podman_b.containers.exists(NAME)
