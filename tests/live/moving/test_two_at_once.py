"""Two who have a hand in one container at the same moment: it never runs twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import podlib
from podlib import MigrationError, NotFoundError, async_migrate
from tests.live._async.steps import run_counter, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podlib import AsyncPodman
    from podlib.models import MigrationProgress
    from tests.testbed import Host


def before_it_freezes(act: Callable[[], object]) -> Callable[[MigrationProgress], None]:
    """Do something between the check of both hosts and the request to freeze."""

    def on_event(event: MigrationProgress) -> None:
        if event.phase == "checkpoint":
            act()

    return on_event


async def test_what_somebody_else_froze_is_not_woken(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_a: Host, image: str, tmp_path: Path
) -> None:
    """It may be on its way to another host, and would run twice."""
    await run_counter(podman_a, image)

    def freeze() -> None:
        with podlib.Podman(host_a.socket) as podman:
            podman.containers.checkpoint("counter", keep=True)

    journal = tmp_path / "journal"
    with pytest.raises(MigrationError, match="frozen by somebody else") as caught:
        await async_migrate(
            "counter", podman_a, podman_b, journal=journal, progress=before_it_freezes(freeze)
        )
    assert caught.value.location == "source"
    assert not journal.exists()  # by which it would be woken
    assert (await podman_a.containers.inspect("counter")).state.checkpointed
    assert not await running(podman_a, "counter")
    assert not await podman_b.containers.exists("counter")


async def test_what_somebody_else_has_moved(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    host_a: Host,
    host_b: Host,
    image: str,
    tmp_path: Path,
) -> None:
    await run_counter(podman_a, image)

    def move() -> None:
        with podlib.Podman(host_a.socket) as here, podlib.Podman(host_b.socket) as there:
            podlib.migrate("counter", here, there)

    journal = tmp_path / "journal"
    with pytest.raises(NotFoundError):
        await async_migrate(
            "counter", podman_a, podman_b, journal=journal, progress=before_it_freezes(move)
        )
    assert not journal.exists()
    assert await running(podman_b, "counter")


@pytest.mark.parametrize("by", ["hand", "recovery"])
async def test_what_somebody_else_has_woken_is_not_started(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    host_a: Host,
    host_b: Host,
    image: str,
    tmp_path: Path,
    by: str,
) -> None:
    """The target has all but the end of the archive by then."""
    await run_counter(podman_a, image)
    journal, copy = tmp_path / "journal", tmp_path / "copy"

    def wake(event: MigrationProgress) -> None:
        if event.phase == "transfer" and not copy.exists():
            copy.write_bytes(journal.read_bytes())
        if not event.message.startswith("starting"):
            return
        with podlib.Podman(host_a.socket) as here, podlib.Podman(host_b.socket) as there:
            if by == "hand":
                here.containers.restore("counter")
            else:
                podlib.recover_migration(here, there, journal=copy)

    with pytest.raises(MigrationError, match="somebody let it run on") as caught:
        await async_migrate("counter", podman_a, podman_b, journal=journal, progress=wake)
    assert caught.value.location == "source"
    assert await running(podman_a, "counter")
    assert not await podman_b.containers.exists("counter")
    assert not journal.exists()
