"""Scripted servers, and clients of both flavours; every test must leave no socket open."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from podlib.http.common import Timeouts
from podlib.http.unix_sync import UnixClient

from .flavours import DrivenClient
from .servers import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .flavours import Client
    from .servers import Script

    Serve = Callable[[Script], ScriptedServer]
    Connect = Callable[..., Client]


def open_sockets() -> int:
    """How many sockets this process has open."""
    count = 0
    for fd in os.listdir("/proc/self/fd"):  # noqa: PTH208 -- pathlib would open each once more
        try:
            count += os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")  # noqa: PTH115 -- likewise
        except FileNotFoundError:  # the folder's own
            continue
    return count


@pytest.fixture(autouse=True)
def _nothing_left_open() -> Iterator[None]:
    before = open_sockets()
    yield
    end = time.monotonic() + 5  # a server's threads may still be at their ends
    while open_sockets() != before and time.monotonic() < end:
        time.sleep(0.005)
    assert open_sockets() == before


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers that play a script."""
    with ExitStack() as stack:
        count = 0

        def start(script: Script) -> ScriptedServer:
            nonlocal count
            count += 1
            return stack.enter_context(ScriptedServer(tmp_path / f"{count}.sock", script))

        yield start


@pytest.fixture(params=["blocking", "asyncio"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Makes clients, of each flavour in turn; keywords are limits."""
    with ExitStack() as stack:

        def make(server: ScriptedServer | str, **limits: float) -> Client:
            path = server if isinstance(server, str) else server.path
            if request.param == "blocking":
                blocking = UnixClient(path, Timeouts(**limits))
                stack.callback(blocking.close)
                return blocking
            driven = DrivenClient(path, Timeouts(**limits))
            stack.callback(driven.end)
            return driven

        yield make
