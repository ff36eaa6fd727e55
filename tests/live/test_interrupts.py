"""Ctrl-C and cancellation while a checkpoint is made or read: the container runs on."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncPodman, Podman
from tests.live.counter import COMMAND, missing
from tests.live.marks import checkpointing

from ._sync.steps import counted, counts, listing, run, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.testbed import Host

pytestmark = checkpointing

LARGE = ("sh", "-c", f"x=$(head -c 8000000 /dev/zero | tr '\\0' x); {COMMAND[-1]}")

FREEZE = """
import sys
from pathlib import Path
import podlib

with podlib.Podman(sys.argv[1]) as podman:
    podman.system.ping()
    print("begins", flush=True)
    podman.containers.checkpoint_to("large", Path(sys.argv[2]))
"""
READ = """
import sys, time
import podlib

with podlib.Podman(sys.argv[1]) as podman:
    with podman.containers.checkpoint_stream("large") as blocks:
        next(blocks)
        print("begins", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def podman(host: Host, image: str) -> Iterator[Podman]:
    """A client of each host in turn, where a container called ``large`` counts."""
    with Podman(host.socket) as client:
        run(client, image, name="large", command=LARGE, network="none")
        counted(client, "large", 2)
        yield client


def assert_runs_on(podman: Podman) -> None:
    """It runs, and has lost no count."""
    assert running(podman, "large")
    before = counts(podman, "large")[-1].number
    numbers = [count.number for count in counted(podman, "large", before + 2)]
    assert len(set(numbers)) == len(numbers)
    assert missing(counts(podman, "large")) == set()


@pytest.mark.parametrize(
    ("program", "delay"),
    [(FREEZE, 0.01), (FREEZE, 0.1), (READ, 0.01)],
    ids=["at once", "while it freezes", "while it is read"],
)
def test_interrupt(podman: Podman, host: Host, tmp_path: Path, program: str, delay: float) -> None:
    archive = tmp_path / "archive"
    command = [sys.executable, "-c", program, str(host.socket), str(archive)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "begins\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(delay)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT, errors
    assert errors.rstrip().endswith("KeyboardInterrupt") or "runs on" in errors
    assert listing(tmp_path) == []
    assert_runs_on(podman)


@pytest.mark.parametrize("delay", [0.0, 0.05])
async def test_cancel_at_any_time(podman: Podman, host: Host, tmp_path: Path, delay: float) -> None:
    async with AsyncPodman(host.socket) as client:
        await client.system.ping()
        task = asyncio.create_task(client.containers.checkpoint_to("large", tmp_path / "archive"))
        await asyncio.sleep(delay)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert listing(tmp_path) == []
    assert_runs_on(podman)


async def test_cancel_while_it_is_read(podman: Podman, host: Host) -> None:
    reading = asyncio.Event()

    async def read(client: AsyncPodman) -> None:
        async with client.containers.checkpoint_stream("large") as blocks:
            async for _ in blocks:
                reading.set()
                await asyncio.sleep(60)

    async with AsyncPodman(host.socket) as client:
        task = asyncio.create_task(read(client))
        await reading.wait()
        assert not running(podman, "large")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert_runs_on(podman)


@pytest.mark.usefixtures("podman")
async def test_cancel_a_call_and_go_on(host: Host) -> None:
    async with AsyncPodman(host.socket) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.containers.wait("large")
        assert (await client.containers.inspect("large")).state.running
