"""Who is interrupted within a stream leaves nothing behind; see ``table.py`` for the calls."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncPodman, Podman
from podlib.http import unix_sync

from .flavours import PATIENCE
from .scripts import HEAD, chunks, playing
from .table import CALLS, Call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from tests.http.conftest import Serve
    from tests.http.servers import Peer, Script

pytestmark = pytest.mark.timeout(60)

WAITING = {unix_sync.__file__, socket.__file__}
"""Where a thread waits for its socket: the client's own, or Python's, as requests does."""

every_call = pytest.mark.parametrize("call", CALLS, ids=str)


class Silent:
    """Sends all items, but no end; then knows when the client has received them, and has left."""

    def __init__(self, call: Call) -> None:
        self.script: Script = playing(call, self._play)
        self.received = threading.Event()
        self.left = threading.Event()
        self._wire = HEAD + chunks(call.blocks)

    def _play(self, peer: Peer) -> None:
        peer.send(self._wire)
        peer.wait_until_read()
        self.received.set()
        peer.wait_for_end()
        self.left.set()


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + PATIENCE
    while set(threading.enumerate()) - before and time.monotonic() < end:
        time.sleep(0.005)  # those of a client that was closed are at their ends
    assert not set(threading.enumerate()) - before


@pytest.fixture
def interrupt() -> Iterator[Callable[[], None]]:
    """Interrupts the main thread, once, as soon as it is in a call that waits for the socket.

    A signal that comes just before such a call does not end it, and in the middle of other work it
    would try other things: so signals are sent until one finds it there.
    """
    interrupted = threading.Event()

    def handle(_: int, frame: FrameType | None) -> None:
        if frame and frame.f_code.co_filename in WAITING and not interrupted.is_set():
            interrupted.set()
            raise KeyboardInterrupt

    def send() -> None:
        end = time.monotonic() + PATIENCE
        main = threading.main_thread().ident
        while main and not interrupted.wait(0.005) and time.monotonic() < end:
            signal.pthread_kill(main, signal.SIGINT)

    before = signal.signal(signal.SIGINT, handle)
    yield send
    signal.signal(signal.SIGINT, before)


@every_call
def test_interrupt_of_a_thread_that_waits(
    call: Call, serve: Serve, interrupt: Callable[[], None]
) -> None:
    silent = Silent(call)

    def interrupt_later() -> None:
        if silent.received.wait(PATIENCE):
            interrupt()

    with Podman(serve(silent.script).path) as podman:
        podman.system.ping()
        interrupter = threading.Thread(target=interrupt_later)
        interrupter.start()
        with pytest.raises(KeyboardInterrupt), call.open(podman) as items:
            for _ in items:
                pass
        interrupter.join()
        assert silent.left.wait(PATIENCE)
        podman.system.ping()


@every_call
async def test_cancellation_of_a_task_that_waits(call: Call, serve: Serve) -> None:
    silent = Silent(call)

    async with AsyncPodman(serve(silent.script).path) as podman:

        async def follow() -> None:
            async with call.open(podman) as items:
                async for _ in items:
                    pass

        task = asyncio.create_task(follow())
        assert await asyncio.to_thread(silent.received.wait, PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(silent.left.wait, PATIENCE)
        await podman.system.ping()
    await asyncio.get_running_loop().shutdown_default_executor()


@every_call
def test_interrupt_in_the_loop_of_the_caller(call: Call, serve: Serve) -> None:
    silent = Silent(call)
    with Podman(serve(silent.script).path) as podman:
        with pytest.raises(KeyboardInterrupt), call.open(podman) as items:
            raise KeyboardInterrupt(next(items))
        assert silent.left.wait(PATIENCE)
        podman.system.ping()
