"""Ctrl-C, cancellation, dying services while a container moves: it is never lost, nor doubled."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncPodman, MigrationError, Podman, async_migrate, migrate, models
from tests.live._sync.test_migration import (
    NAME,
    Reporter,
    assert_goes_on,
    counts,
    runs,
    start,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed import Host

BEFORE_ARRIVAL = ["check", "checkpoint", "transfer"]
AFTER_ARRIVAL = ["confirm", "remove"]
DELAYS = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7]


@pytest.fixture
def podman_a(host_a: Host) -> Iterator[Podman]:
    with Podman(host_a.socket) as podman:
        yield podman


@pytest.fixture
def podman_b(host_b: Host) -> Iterator[Podman]:
    with Podman(host_b.socket) as podman:
        yield podman


def press_ctrl_c() -> None:
    """As the kernel does it: the signal goes to the main thread, whoever runs."""
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)


def assert_one_runs(podman_a: Podman, podman_b: Podman) -> None:
    """It runs on one of the hosts, has lost nothing, and left nothing on the other."""
    here, there = (podman_b, podman_a) if runs(podman_b) else (podman_a, podman_b)
    assert_goes_on(here, there)
    assert not there.containers.exists(NAME)


def test_ctrl_c_in_each_phase(
    podman_a: Podman, podman_b: Podman, image: str, subtests: pytest.Subtests
) -> None:
    for phase in [*BEFORE_ARRIVAL, *AFTER_ARRIVAL]:
        with subtests.test(phase):
            start(podman_a, image)
            report = Reporter(phase, press_ctrl_c)
            with pytest.raises(KeyboardInterrupt):
                migrate(NAME, podman_a, podman_b, progress=report)
            assert_one_runs(podman_a, podman_b)
            assert runs(podman_a if phase in BEFORE_ARRIVAL else podman_b)
        for podman in (podman_a, podman_b):
            podman.containers.remove(NAME, force=True, timeout=0, ignore=True)


def test_cancellation_in_each_phase(
    podman_a: Podman,
    podman_b: Podman,
    host_a: Host,
    host_b: Host,
    image: str,
    subtests: pytest.Subtests,
) -> None:
    async def cancelled(phase: str) -> None:
        async with AsyncPodman(host_a.socket) as source, AsyncPodman(host_b.socket) as target:
            task = asyncio.ensure_future(
                async_migrate(NAME, source, target, progress=Reporter(phase, lambda: task.cancel()))
            )
            with pytest.raises(asyncio.CancelledError):
                await task

    for phase in [*BEFORE_ARRIVAL, *AFTER_ARRIVAL]:
        with subtests.test(phase):
            start(podman_a, image)
            asyncio.run(cancelled(phase))
            assert_one_runs(podman_a, podman_b)
            if phase != "transfer":  # it may have arrived before the loop has its turn
                assert runs(podman_a if phase in BEFORE_ARRIVAL else podman_b)
        for podman in (podman_a, podman_b):
            podman.containers.remove(NAME, force=True, timeout=0, ignore=True)


def test_ctrl_c_at_any_time(
    podman_a: Podman, podman_b: Podman, image: str, subtests: pytest.Subtests
) -> None:
    for delay in DELAYS:
        with subtests.test(delay=delay):
            start(podman_a, image)
            timer = threading.Timer(delay, press_ctrl_c)
            timer.start()
            try:
                migrate(NAME, podman_a, podman_b)
                timer.join()  # it was done before: the signal comes here
                threading.Event().wait(0.1)
            except KeyboardInterrupt:
                timer.join()
            assert_one_runs(podman_a, podman_b)
        for podman in (podman_a, podman_b):
            podman.containers.remove(NAME, force=True, timeout=0, ignore=True)


def test_two_ctrl_c_do_not_stop_the_way_back(
    podman_a: Podman, podman_b: Podman, image: str
) -> None:
    start(podman_a, image)
    first, again = Reporter("transfer", press_ctrl_c), Reporter("undo", press_ctrl_c)

    def on_event(event: models.MigrationProgress) -> None:
        first(event)
        again(event)

    with pytest.raises(KeyboardInterrupt):
        migrate(NAME, podman_a, podman_b, progress=on_event)
    assert "undo" in again.phases()
    assert_one_runs(podman_a, podman_b)


def test_target_that_dies_with_the_whole_archive(
    podman_a: Podman, podman_b: Podman, host_b: Host, image: str
) -> None:
    """Nobody can say then whether the container runs there, until the target answers again."""
    start(podman_a, image)

    def die_and_come_back() -> None:
        host_b.kill_service()
        threading.Timer(0.5, host_b.start_service).start()

    def on_event(event: object) -> None:
        if "starting" in str(event):
            die_later = threading.Timer(0.05, die_and_come_back)
            die_later.start()

    try:
        migrate(NAME, podman_a, podman_b, progress=on_event)
        location = "target"
    except MigrationError as error:
        location = error.location
    assert location in {"source", "target"}
    assert runs(podman_a) == (location == "source")
    assert runs(podman_b) == (location == "target")
    assert_one_runs(podman_a, podman_b)


def test_target_that_dies_for_good_leaves_the_container_frozen(
    podman_a: Podman, podman_b: Podman, host_b: Host, image: str
) -> None:
    """Restoring the source then could make two of it: the error says how to bring it back."""
    start(podman_a, image)

    def on_event(event: object) -> None:
        if "starting" in str(event):
            threading.Timer(0.05, host_b.kill_service).start()

    with pytest.raises(MigrationError, match="podman container restore") as caught:
        migrate(NAME, podman_a, podman_b, progress=on_event)
    host_b.start_service()
    assert caught.value.location == "frozen"
    assert not runs(podman_a)
    assert podman_a.containers.inspect(NAME).state.checkpointed
    podman_b.containers.remove(NAME, force=True, timeout=0, ignore=True)
    podman_a.containers.restore(NAME)
    assert_goes_on(podman_a, podman_b)
    assert counts(podman_a)
