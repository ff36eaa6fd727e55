"""Workers for tests: in this process, or as processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from podlib.bus import names, options
from podlib.bus.main import work
from tests.events_api import make_token

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from podlib.bus.options import Settings
    from tests.events_api import EventsServer

PREFIX = names.PREFIX
RUN = names.request(PREFIX, "run")
DELETE = names.request(PREFIX, "delete")
STATUS = names.request(PREFIX, "status")
STREAMS = [names.request(PREFIX, action) for action in names.ACTIONS]
QUICK = {"BUS_EVENTS_LISTENER_RETRY_MIN": "20ms", "BUS_EVENTS_LISTENER_RETRY_MAX": "200ms"}
PATIENCE = 20.0


def arguments(server: EventsServer, state: Path, *more: str) -> list[str]:
    """The command line of a worker of ``server``."""
    return ["--events-url", server.url, "--state-dir", str(state), *more]


def environment(**more: str) -> dict[str, str]:
    """Its variables."""
    return {**QUICK, "BUS_API_TOKEN": make_token(subject="worker"), **more}


def settings(server: EventsServer, state: Path, *more: str, **variables: str) -> Settings:
    """What the command would make of it."""
    return options.parse(arguments(server, state, *more), environment(**variables)).settings


async def wait_for(what: str, check: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until ``check`` answers something true."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.01)


async def all_listen(server: EventsServer, workers: int = 1) -> None:
    """Wait until so many workers have all their streams."""
    board = server.board
    await wait_for(
        "streams",
        lambda: (
            all(board.listening(name) >= workers for name in STREAMS)
            and board.listening(f"{PREFIX}.delete.response") >= workers
            and board.listening(DELETE) >= 2 * workers
        ),
    )


@asynccontextmanager
async def worker(
    server: EventsServer, state: Path, *more: str, **variables: str
) -> AsyncGenerator[asyncio.Task[None]]:
    """A worker in this process. It is stopped in good order at the end."""
    stop = asyncio.Event()
    given = settings(server, state, *more, **variables)
    before = server.board.listening(STREAMS[0])
    task = asyncio.create_task(work(given, environment(**variables), stop))
    try:
        listens = asyncio.create_task(all_listen(server, before + 1))
        await asyncio.wait({listens, task}, return_when=asyncio.FIRST_COMPLETED)
        listens.cancel()
        if task.done():
            task.result()
        yield task
    finally:
        stop.set()
        await asyncio.wait({task})
        task.result()


class Process:
    """A worker as a process of its own."""

    living: ClassVar[set[Process]] = set()
    """Those that were not stopped or killed yet."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, server: EventsServer, state: Path, *more: str) -> Process:
        """Start one, and wait until it listens."""
        before = server.board.listening(STREAMS[0])
        log = state.with_name(f"{state.name}-{before}-{os.urandom(3).hex()}.log")
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "podlib.bus.main"),
                *arguments(server, state, *more),
                env={**os.environ, **environment()},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        made = cls(process, log)
        cls.living.add(made)
        listens = asyncio.create_task(all_listen(server, before + 1))
        ends = asyncio.create_task(process.wait())
        await asyncio.wait({listens, ends}, return_when=asyncio.FIRST_COMPLETED)
        ends.cancel()
        if not listens.done():
            listens.cancel()
            raise AssertionError(log.read_text())
        await listens
        return made

    def log(self) -> list[dict[str, object]]:
        """What it has logged."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def peak(self) -> int:
        """The most memory that it had, in bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024

    async def kill(self) -> None:
        """SIGKILL."""
        self.living.discard(self)
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit status."""
        if self._process.returncode is None:
            self._process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            status = await self._process.wait()
        self.living.discard(self)
        return status

    @classmethod
    async def kill_all(cls) -> None:
        """After a failure."""
        for each in [*cls.living]:
            await each.kill()
