"""A compose project moves as a whole: all arrive, or all go on where they were."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from podlib import (
    AsyncPodman,
    MigrationError,
    NotFoundError,
    ParameterError,
    async_migrate_project,
    async_plan_project_migration,
    async_recover_migration,
    models,
)
from tests.live._async.steps import listing, running

from .project import NET, SERVICES, goes_on, name, nothing_left, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podlib.models import MigrationProgress
    from tests.testbed import Host


class When:
    """Does something when an event comes; keeps them all."""

    def __init__(self, message: str = "", act: Callable[[], object] = lambda: None) -> None:
        self.messages: list[str] = []
        self._message = message
        self._act = act

    def __call__(self, event: MigrationProgress) -> None:
        first = event.message not in self.messages
        self.messages.append(event.message)
        if first and event.message == self._message:
            self._act()


LAST = f"starting {name('web')} on the target"
"""When the others run there already."""


async def test_journal_that_cannot_be_removed(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    await start(podman_a, image)
    journal = tmp_path / "journal"

    def spoil() -> None:
        journal.unlink()
        journal.mkdir()

    seen = When(f"removing {name('cron')} from the source", spoil)
    with pytest.raises(MigrationError, match="runs on the target, but cannot remove") as caught:
        await async_migrate_project("shop", podman_a, podman_b, progress=seen, journal=journal)
    assert {*caught.value.locations.values()} == {"target"}
    await goes_on(podman_b, podman_a)


async def test_a_project_moves(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    await start(podman_a, image)
    plan = await async_plan_project_migration("shop", podman_a, podman_b)
    assert plan.blockers == ()
    assert [each.name for each in plan.members] == [name(each) for each in SERVICES]
    assert {*plan.networks} == {NET}
    assert {*plan.volumes} == {"shop_cron", "shop_data", "shop_files", "shop_web"}
    ids = {each.name: each.container_id for each in plan.members}
    seen = When()
    moved = await async_migrate_project(
        "shop", podman_a, podman_b, progress=seen, journal=tmp_path / "journal", at_once=1
    )
    await goes_on(podman_b, podman_a)
    assert {each.name: each.container_id for each in moved.members} == ids
    assert moved.name == "shop"
    assert moved.frozen >= max(each.frozen for each in moved.members) > 0
    order = [each for each in seen.messages if each.startswith(("freezing", "starting"))]
    assert order[0] == f"freezing {name('web')}"  # that depends on another
    assert order[-1] == LAST
    there = await podman_b.networks.inspect(NET)
    assert (there.labels, [each.subnet for each in there.subnets]) == (
        {"com.docker.compose.project": "shop"},
        ["10.99.7.0/24"],
    )
    for volume in await podman_b.volumes.list():
        assert volume.labels == {"com.docker.compose.project": "shop"}
    assert listing(tmp_path) == []


CLIENT = """
import os, sys, podlib
source, target, message, number, journal, move, name = sys.argv[1:]
def report(event):
    if event.message == message:
        os.kill(os.getpid(), int(number))
with podlib.Podman(source) as here, podlib.Podman(target) as there:
    try:
        getattr(podlib, move)(name, here, there, progress=report, journal=journal)
    except KeyboardInterrupt as error:
        print(*error.__notes__)
"""


def client(
    source: Host,
    target: Host,
    message: str,
    number: signal.Signals,
    journal: Path,
    what: tuple[str, str] = ("migrate_project", "shop"),
) -> subprocess.CompletedProcess[str]:
    """A process that moves the project, and gets a signal when that event comes."""
    words = [sys.executable, "-c", CLIENT, str(source.socket), str(target.socket), message]
    words += [str(int(number)), str(journal), *what]
    return subprocess.run(words, check=False, timeout=100, stdout=subprocess.PIPE, text=True)


async def all_are_back(
    podman_a: AsyncPodman, podman_b: AsyncPodman, error: MigrationError | None = None
) -> None:
    """They run on the source, and the target has nothing."""
    if error is not None:
        assert error.location == "source"
        assert error.locations == {name(each): "source" for each in SERVICES}
    await nothing_left(podman_b)
    for service in SERVICES:
        assert await running(podman_a, name(service))


@pytest.mark.usefixtures("soon")
async def test_all_go_on_where_they_were(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    host_b: Host,
    image: str,
    tmp_path: Path,
) -> None:
    """One failure after the other, when others have arrived already."""
    await start(podman_a, image)
    journal = tmp_path / "journal"

    async def fails(moment: str, act: Callable[[], object]) -> MigrationError:
        with pytest.raises(MigrationError) as caught:
            await async_migrate_project(
                "shop", podman_a, podman_b, progress=When(moment, act), journal=journal
            )
        assert not journal.exists()
        return caught.value

    error = await fails(LAST, lambda: host_b.run("podman", "create", "--name", name("web"), image))
    assert "in use" in str(error)
    assert error.phase == "transfer"
    assert [each.names for each in await podman_b.containers.list(all=True)] == [[name("web")]]
    await podman_b.containers.remove(name("web"))
    await all_are_back(podman_a, podman_b, error)

    full = ("mount", "-t", "tmpfs", "-o", "size=4096", "none", "/var/tmp")
    error = await fails(f"sending {name('web')}", lambda: host_b.run(*full))
    host_b.run("umount", "-l", "/var/tmp")
    await all_are_back(podman_a, podman_b, error)

    error = await fails(LAST, host_b.restart_service)
    await all_are_back(podman_a, podman_b, error)
    await goes_on(podman_a)

    # Nobody can say whether they run there: those that may do stay frozen.
    with pytest.raises(MigrationError) as caught:
        await async_migrate_project(
            "shop", podman_a, podman_b, progress=When(LAST, host_b.kill_service), journal=journal
        )
    assert caught.value.location == "frozen"
    assert caught.value.locations[name("db")] == caught.value.locations[name("cron")] == "frozen"
    assert not await running(podman_a, name("db"))
    host_b.start_service()
    assert await running(podman_b, name("db"))
    recovered = await async_recover_migration(podman_a, podman_b, journal=journal)
    assert recovered.location == "source"
    await all_are_back(podman_a, podman_b)
    await goes_on(podman_a)


@pytest.mark.usefixtures("soon")
async def test_the_client_is_killed(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    host_a: Host,
    host_b: Host,
    image: str,
    tmp_path: Path,
) -> None:
    await start(podman_a, image)
    journal = tmp_path / "journal"

    async def recovered(moment: str) -> models.MigrationRecovery:
        done = client(host_a, host_b, moment, signal.SIGKILL, journal)
        assert done.returncode == -signal.SIGKILL
        found = await async_recover_migration(podman_a, podman_b, journal=journal)
        assert found.name == "shop"
        assert [each.name for each in found.members] == [name(each) for each in SERVICES]
        assert not journal.exists()
        return found

    assert (await recovered(f"freezing {name('db')}")).location == "source"
    await all_are_back(podman_a, podman_b)
    undone = await recovered(LAST)
    assert undone.location == "source"
    assert f"{name('db')}: removed what was left of it on the target" in undone.did
    await all_are_back(podman_a, podman_b)
    await goes_on(podman_a)
    finished = await recovered(f"removing {name('db')} from the source")
    assert finished.location == "target"
    assert f"{name('db')}: removed the frozen container from the source" in finished.did
    await goes_on(podman_b, podman_a)


async def test_interruptions(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    host_a: Host,
    host_b: Host,
    image: str,
    tmp_path: Path,
) -> None:
    """Ctrl-C in threads, a progress that raises, and a cancelled task."""
    await start(podman_a, image)
    journal = tmp_path / "journal"
    done = client(host_a, host_b, f"sending {name('db')}", signal.SIGINT, journal)
    assert done.stdout == "project 'shop' is now: source\n"
    assert not journal.exists()
    await all_are_back(podman_a, podman_b)

    def fail() -> None:
        raise ZeroDivisionError

    fails = When(f"freezing {name('db')}", fail)
    with pytest.raises(ZeroDivisionError):
        await async_migrate_project("shop", podman_a, podman_b, progress=fails)
    await all_are_back(podman_a, podman_b)

    task: asyncio.Task[models.GroupMigration] = asyncio.ensure_future(
        async_migrate_project(
            "shop", podman_a, podman_b, progress=When(LAST, lambda: task.cancel())
        )
    )
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task
    assert cancelled.value.__notes__[-1] in {
        "project 'shop' is now: source",
        "project 'shop' is now: target",  # all had arrived
    }
    if cancelled.value.__notes__[-1].endswith("source"):
        await goes_on(podman_a, podman_b)
    else:
        await goes_on(podman_b, podman_a)


async def test_what_is_in_the_way(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    await podman_a.networks.create(NET, subnets=["10.99.7.0/24"])
    await podman_b.networks.create(NET, subnets=["10.99.8.0/24"])
    for service, command in (("web", ["sleep", "60"]), ("job", ["true"])):
        made = await podman_a.containers.create(
            image,
            name=service,
            command=command,
            labels={"com.docker.compose.project": "shop"},
            network=NET,
            mounts=["data:/data"],
        )
        await podman_a.containers.start(made.id)
    await podman_a.containers.wait("job")
    await podman_b.volumes.create("data")
    with pytest.raises(MigrationError, match="volume 'data' already") as caught:
        await async_migrate_project("shop", podman_a, podman_b)
    assert caught.value.plan is not None
    assert {each.kind for each in caught.value.plan.findings} >= {
        *("network-differs", "address-outside", "volume-taken", "stays"),
    }
    assert (await podman_a.containers.inspect("web")).state.running
    async with AsyncPodman(tmp_path / "nothing.sock") as nobody:
        with pytest.raises(MigrationError, match="Nothing was touched") as caught:
            await async_migrate_project("shop", podman_a, nobody)
    assert (caught.value.phase, caught.value.location) == ("check", "source")
    with pytest.raises(NotFoundError, match="no container is of the project 'nobody'"):
        await async_plan_project_migration("nobody", podman_a, podman_b)
    with pytest.raises(ParameterError, match="at_once"):
        await async_migrate_project("shop", podman_a, podman_b, at_once=0)
    with pytest.raises(ParameterError, match="name"):
        await async_plan_project_migration("shop", podman_a, podman_b, name="x")  # type: ignore[call-arg] # what is refused
