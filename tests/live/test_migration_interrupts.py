"""Ctrl-C, cancellation, dying services while a container moves: it is never lost, nor doubled."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Self

import pytest

from podlib import AsyncPodman, MigrationError, Podman, async_migrate, migrate, models
from tests.live._sync.test_migration import (
    NAME,
    Reporter,
    assert_goes_on,
    counted,
    runs,
    start,
)
from tests.live.counter import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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


def test_ctrl_c_while_the_image_is_sent(podman_a: Podman, podman_b: Podman, image: str) -> None:
    podman_b.images.remove(image, force=True)
    start(podman_a, image)
    with pytest.raises(KeyboardInterrupt):
        migrate(NAME, podman_a, podman_b, progress=Reporter("image", press_ctrl_c))
    assert_one_runs(podman_a, podman_b)
    assert runs(podman_a)
    migrate(NAME, podman_a, podman_b)  # and nothing is left that stands in the way of another try
    assert_goes_on(podman_b, podman_a)


# It may come between the two instructions that make a connection and put it where it is closed:
# then Python closes it, and says so.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
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


def bring_back(podman_a: Podman, podman_b: Podman) -> None:
    """What the error advises for a frozen container, once it is known not to run on the target."""
    assert not runs(podman_b)
    podman_b.containers.remove(NAME, force=True, timeout=0, ignore=True)
    assert podman_a.containers.inspect(NAME).state.checkpointed
    podman_a.containers.restore(NAME)
    assert_goes_on(podman_a, podman_b)


def test_target_that_dies_with_the_whole_archive_and_comes_back(
    podman_a: Podman, podman_b: Podman, host_b: Host, image: str
) -> None:
    """It runs there, or is kept away from there and brought back; in doubt it stays frozen."""
    start(podman_a, image)

    def die_and_come_back() -> None:
        host_b.kill_service()
        host_b.start_service()

    def on_event(event: object) -> None:
        if "starting" in str(event):
            threading.Timer(0.05, die_and_come_back).start()

    location = "target"
    try:
        migrate(NAME, podman_a, podman_b, progress=on_event)
    except MigrationError as error:
        location = error.location
    if location == "frozen":
        bring_back(podman_a, podman_b)
    assert_one_runs(podman_a, podman_b)


@pytest.mark.parametrize("dies", [False, True], ids=["connection", "service"])
def test_target_that_goes_in_the_middle_of_the_archive(
    podman_a: Podman,
    podman_b: Podman,
    host_b: Host,
    image: str,
    tmp_path: Path,
    dies: bool,
) -> None:
    ballast = "head -c 20000000 /dev/zero > /dev/shm/ballast"  # more than sockets hold
    command = ["sh", "-c", f"{ballast}; {COMMAND[-1]}"]
    podman_a.containers.create(image, name=NAME, command=command)
    podman_a.containers.start(NAME)
    counted(podman_a, 3)
    act = host_b.kill_service if dies else lambda: None
    with (
        Cutter(tmp_path / "cutter.sock", host_b.socket, 10_000_000, act) as cutter,
        Podman(cutter.path) as through,
        pytest.raises(MigrationError) as caught,
    ):
        migrate(NAME, podman_a, through)
    if dies:
        host_b.start_service()
    assert cutter.cut
    assert (caught.value.phase, caught.value.location) == ("transfer", "source")
    assert_goes_on(podman_a, podman_b)
    assert not podman_b.containers.exists(NAME)


def test_connection_that_is_lost_after_the_whole_archive(
    podman_a: Podman, podman_b: Podman, host_b: Host, image: str, tmp_path: Path
) -> None:
    """The target goes on alone: to restore the source then would make two."""
    start(podman_a, image)
    with (
        Cutter(tmp_path / "cutter.sock", host_b.socket) as cutter,
        Podman(cutter.path) as through,
    ):
        migrate(NAME, podman_a, through)
    assert cutter.cut
    assert_goes_on(podman_b, podman_a)
    assert not podman_a.containers.exists(NAME)


class Cutter:
    """A socket in front of another, which cuts the connection of a restore.

    It does so ``after`` so many bytes, or at the request's end, and then calls ``act``.
    """

    def __init__(
        self,
        path: Path,
        behind: Path,
        after: int | None = None,
        act: Callable[[], object] = lambda: None,
    ) -> None:
        self.path = path
        self.cut = False
        self._after = after
        self._act = act
        self._behind = behind
        self._listener = socket.socket(socket.AF_UNIX)
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _run(self, call: Callable[[], object]) -> None:
        self._threads.append(threading.Thread(target=call))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._run(partial(self._forward, near))

    def _forward(self, near: socket.socket) -> None:
        with near, socket.socket(socket.AF_UNIX) as far:
            far.connect(str(self._behind))
            back = threading.Thread(target=self._back, args=(far, near))
            back.start()
            restoring, end, count = False, b"", 0
            with suppress(OSError):
                while data := near.recv(65536):
                    far.sendall(data)
                    restoring = restoring or b"import/restore" in data[:100]
                    end = (end + data)[-5:]
                    count += len(data)
                    enough = end == b"0\r\n\r\n" if self._after is None else count >= self._after
                    if restoring and enough:
                        self.cut = True
                        self._act()
                        break
            for each in (near, far):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            back.join()

    @staticmethod
    def _back(far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                near.sendall(data)
            near.shutdown(socket.SHUT_WR)


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
    bring_back(podman_a, podman_b)


def test_notes_of_an_interruption_say_where_the_container_is(
    podman_a: Podman, podman_b: Podman, image: str
) -> None:
    start(podman_a, image)
    for phase, place in (("checkpoint", "source"), ("confirm", "target")):
        with pytest.raises(KeyboardInterrupt) as caught:
            migrate(NAME, podman_a, podman_b, progress=Reporter(phase, press_ctrl_c))
        assert caught.value.__notes__ == [f"container '{NAME}' is now: {place}"]


def test_second_ctrl_c_under_asyncio(
    podman_a: Podman, podman_b: Podman, host_a: Host, host_b: Host, image: str
) -> None:
    """It ends the event loop at once; the container comes back all the same."""
    start(podman_a, image)

    def press_twice() -> None:
        press_ctrl_c()
        threading.Timer(0.05, press_ctrl_c).start()

    async def move() -> None:
        async with AsyncPodman(host_a.socket) as source, AsyncPodman(host_b.socket) as target:
            await async_migrate(NAME, source, target, progress=Reporter("checkpoint", press_twice))

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(move())
    assert_one_runs(podman_a, podman_b)
