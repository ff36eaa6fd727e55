"""Migrations whose process was killed: found by the journal, or by the facts, and settled."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from podlib import (
    FileError,
    MigrationError,
    NotFoundError,
    ParameterError,
    async_migrate,
    async_recover_migration,
    models,
)
from podlib.migration_journal import Journal, JournalEntry
from tests.live._async.steps import counted, counts, run, run_counter, running, until
from tests.live.counter import missing

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import AsyncPodman
    from tests.testbed import Host

KILLED = """
import os, signal, sys, podlib
source, target, phase, journal = sys.argv[1:]
def report(event):
    if event.phase == phase:
        os.kill(os.getpid(), signal.SIGKILL)
with podlib.Podman(source) as here, podlib.Podman(target) as there:
    podlib.migrate("counter", here, there, progress=report, journal=journal or None)
"""


def migrate_until(phase: str, source: Host, target: Host, journal: Path | None = None) -> None:
    """A process that moves the counter, and is killed when that phase begins."""
    words = [sys.executable, "-c", KILLED, str(source.socket), str(target.socket), phase]
    words.append(str(journal or ""))
    done = subprocess.run(words, check=False, timeout=100)
    assert done.returncode == -signal.SIGKILL


async def assert_counts_on(here: AsyncPodman, elsewhere: AsyncPodman) -> None:
    """It is here and nowhere else, and has lost no count."""
    assert await running(here, "counter")
    assert [each.names for each in await elsewhere.containers.list(all=True)] == []
    seen = await counts(here, "counter")
    seen = await counted(here, "counter", seen[-1].number + 2)
    assert missing(seen) == set()
    assert len(seen) == seen[-1].number  # and none was counted twice


@pytest.mark.parametrize(
    ("phase", "location"),
    [("checkpoint", "source"), ("transfer", "source"), ("confirm", "target"), ("remove", "target")],
)
async def test_by_the_journal(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    host_a: Host,
    host_b: Host,
    image: str,
    tmp_path: Path,
    phase: str,
    location: str,
) -> None:
    await run_counter(podman_a, image)
    journal = tmp_path / "journal"
    migrate_until(phase, host_a, host_b, journal)
    recovered = await async_recover_migration(podman_a, podman_b, journal=journal)
    assert recovered.location == location
    assert recovered.name == "counter"
    assert not journal.exists()
    if location == "source":
        await assert_counts_on(podman_a, podman_b)
    else:
        assert recovered.did == ("removed the frozen container from the source",)
        await assert_counts_on(podman_b, podman_a)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(("phase", "location"), [("transfer", "source"), ("remove", "target")])
async def test_by_the_facts(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    host_a: Host,
    host_b: Host,
    image: str,
    phase: str,
    location: str,
) -> None:
    await run_counter(podman_a, image)
    migrate_until(phase, host_a, host_b)
    recovered = await async_recover_migration(podman_a, podman_b, "counter")
    assert recovered.location == location
    here, elsewhere = (podman_a, podman_b) if location == "source" else (podman_b, podman_a)
    await assert_counts_on(here, elsewhere)
    again = await async_recover_migration(podman_a, podman_b, "counter")
    assert (again.location, again.did) == (location, ())


async def test_a_restore_that_comes_late_is_kept_away(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    """What is restored while the source is brought back finds its name taken."""
    container = await run_counter(podman_a, image)
    await podman_a.containers.checkpoint_to(container, tmp_path / "archive")
    journal = Journal(tmp_path / "journal")
    entry = JournalEntry(container, "counter", container, source="", target="")
    journal.begin(entry)
    journal.deliver(entry, 1)
    refused: list[BaseException] = []

    async def late() -> None:
        await until(lambda: podman_b.containers.exists("counter"))  # the fence
        with pytest.raises(Exception, match="in use") as caught:
            await podman_b.containers.restore_from(tmp_path / "archive")
        refused.append(caught.value)

    recovered, _ = await asyncio.gather(
        async_recover_migration(podman_a, podman_b, journal=journal.path), late()
    )
    assert recovered.location == "source"
    assert len(refused) == 1
    assert await running(podman_a, container)
    assert not await podman_b.containers.exists("counter")


@pytest.mark.usefixtures("soon")
async def test_what_was_to_have_another_name(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    """Without a journal, nobody but the caller can tell it from a copy."""
    container = await run_counter(podman_a, image)
    await async_migrate("counter", podman_a, podman_b, name="copy", leave_running=True)
    await podman_a.containers.checkpoint(container, keep=True)  # and the process was killed here
    with pytest.raises(
        MigrationError, match=r"give name='copy'; if .* give name='counter'"
    ) as told:
        await async_recover_migration(podman_a, podman_b, "counter")
    assert told.value.location == "frozen"
    assert not await running(podman_a, "counter")
    recovered = await async_recover_migration(podman_a, podman_b, "counter", name="counter")
    assert recovered.location == "source"
    assert await running(podman_a, "counter")
    assert await running(podman_b, "copy")
    await podman_a.containers.checkpoint(container, keep=True)
    recovered = await async_recover_migration(podman_a, podman_b, "counter", name="copy")
    assert recovered.location == "target"
    assert not await podman_a.containers.exists(container)
    assert await running(podman_b, "copy")


async def test_a_name_that_somebody_else_has_there(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_a: Host, host_b: Host, image: str
) -> None:
    """It is another container: neither taken for the one that moves, nor removed."""
    await run_counter(podman_a, image)
    migrate_until("transfer", host_a, host_b)
    await run(podman_b, image, name="counter", command=["sleep", "60"])
    recovered = await async_recover_migration(podman_a, podman_b, "counter")
    assert recovered.location == "source"
    assert await running(podman_a, "counter")
    assert await running(podman_b, "counter")


async def test_two_copies_are_left_to_somebody_who_looks(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    container = await run_counter(podman_a, image)
    await async_migrate(container, podman_a, podman_b, leave_running=True)
    with pytest.raises(MigrationError, match="runs on both hosts") as caught:
        await async_recover_migration(podman_a, podman_b, container)
    assert (caught.value.phase, caught.value.location) == ("recover", "unknown")
    assert await running(podman_a, container)
    assert await running(podman_b, container)


async def test_the_same_service_as_source_and_target(
    podman_a: AsyncPodman, image: str, tmp_path: Path
) -> None:
    """What is "left on the target" is the frozen container itself then."""
    container = await run_counter(podman_a, image)
    with pytest.raises(MigrationError, match="are the same service") as caught:
        await async_recover_migration(podman_a, podman_a, "counter")
    assert caught.value.location == "source"
    await podman_a.containers.checkpoint(container, keep=True)
    journal = Journal(tmp_path / "journal")
    journal.begin(JournalEntry(container, "counter", container, "", ""))
    for written in (None, journal.path):
        with pytest.raises(MigrationError, match="are the same service") as caught:
            await async_recover_migration(podman_a, podman_a, "counter", journal=written)
        assert caught.value.location == "frozen"
    assert journal.path.exists()
    await podman_a.containers.restore(container)
    assert await running(podman_a, container)


async def test_hosts_the_wrong_way_round(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    container = await run_counter(podman_a, image)
    await podman_a.containers.checkpoint(container, keep=True)
    journal = Journal(tmp_path / "journal")
    journal.begin(JournalEntry(container, "counter", container, "", ""))
    with pytest.raises(MigrationError, match="the other way round") as caught:
        await async_recover_migration(podman_b, podman_a, journal=journal.path)
    assert caught.value.location == "frozen"
    recovered = await async_recover_migration(podman_a, podman_b, journal=journal.path)
    assert recovered.location == "source"
    assert await running(podman_a, container)


async def test_a_copy_that_was_asked_for(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    container = await run_counter(podman_a, image)
    await async_migrate(container, podman_a, podman_b, leave_running=True)
    await podman_b.containers.kill(container)
    await podman_b.containers.wait(container)
    journal = Journal(tmp_path / "journal")
    journal.begin(JournalEntry(container, "counter", container, "", "", copies=True))
    recovered = await async_recover_migration(podman_a, podman_b, journal=journal.path)
    assert recovered.location == "source"
    assert await running(podman_a, container)
    assert not await podman_b.containers.exists(container)


async def test_what_no_migration_left(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    await podman_a.containers.create(image, name="counter")
    with pytest.raises(MigrationError, match="is created on the source and has no checkpoint"):
        await async_recover_migration(podman_a, podman_b, "counter")
    with pytest.raises(NotFoundError):
        await async_recover_migration(podman_a, podman_b, "nobody")
    with pytest.raises(ParameterError, match="give a journal"):
        await async_recover_migration(podman_a, podman_b)
    with pytest.raises(FileError, match="No such file"):
        await async_recover_migration(podman_a, podman_b, journal=tmp_path / "nothing")
    journal = Journal(tmp_path / "journal")
    journal.begin(JournalEntry("f" * 64, "gone", "f" * 64, "", ""))
    with pytest.raises(ParameterError, match="journal of 'gone', not 'counter'"):
        await async_recover_migration(podman_a, podman_b, "counter", journal=journal.path)
    with pytest.raises(NotFoundError, match="neither host has the container 'gone'"):
        await async_recover_migration(podman_a, podman_b, journal=journal.path)
    assert not journal.path.exists()


async def test_journal_of_another_migration(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal")
    journal.begin(JournalEntry("f" * 64, "other", "f" * 64, "", ""))
    container = await run_counter(podman_a, image)
    seen: list[models.MigrationProgress] = []
    with pytest.raises(FileError, match="journal of a migration of 'other'"):
        await async_migrate(
            container, podman_a, podman_b, journal=journal.path, progress=seen.append
        )
    assert seen == []  # nothing was begun
    assert await running(podman_a, container)
    journal.end()
    await async_migrate(container, podman_a, podman_b, journal=journal.path)
    assert not journal.path.exists()


@pytest.mark.parametrize(("phase", "location"), [("checkpoint", "source"), ("remove", "target")])
async def test_journal_that_cannot_be_removed(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    image: str,
    tmp_path: Path,
    phase: str,
    location: str,
) -> None:
    """Where the container runs is said nevertheless."""
    container = await run_counter(podman_a, image)
    journal = tmp_path / "journal"

    def spoil(event: models.MigrationProgress) -> None:
        if event.phase == phase:
            journal.unlink()
            journal.mkdir()

    with pytest.raises(MigrationError, match="cannot remove") as caught:
        await async_migrate(container, podman_a, podman_b, journal=journal, progress=spoil)
    assert caught.value.location == location
    assert ("runs on the target, but" in str(caught.value)) == (location == "target")
    assert await running(podman_b if location == "target" else podman_a, container)


async def test_journal_that_cannot_be_written(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    container = await run_counter(podman_a, image)
    with pytest.raises(FileError, match="cannot write"):
        await async_migrate(container, podman_a, podman_b, journal=tmp_path / "no" / "folder")
    assert await running(podman_a, container)
    await async_migrate(container, podman_a, podman_b)
