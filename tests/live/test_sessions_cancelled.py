"""Tasks that are cancelled while they attach, run or read: nothing of them is left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncPodman

from ._async.steps import run, running
from ._async.test_container_attach import connections

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.testbed import Host

SLEEP = ("sleep", "60")
LARGE = bytes(1 << 23)


async def attached(podman: AsyncPodman, container: str) -> None:
    async with podman.containers.attach(container) as session:
        await session.read()


async def started(podman: AsyncPodman, container: str) -> None:
    created = await podman.exec.create(container, SLEEP)
    async with podman.exec.start(created.id) as session:
        await session.read()


async def ran(podman: AsyncPodman, container: str) -> None:
    await podman.exec.run(container, SLEEP)


async def fed(podman: AsyncPodman, container: str) -> None:
    await podman.exec.run(container, SLEEP, input=LARGE)


async def interacted(podman: AsyncPodman, container: str) -> None:
    async with podman.containers.exec(container, SLEEP, tty=True) as session:
        await session.interact()


@pytest.mark.parametrize("call", [attached, started, ran, fed, interacted])
@pytest.mark.parametrize("after", [0.0, 0.01, 0.05, 0.3])
async def test_cancelled(
    host: Host, image: str, call: Callable[[AsyncPodman, str], Awaitable[None]], after: float
) -> None:
    async with AsyncPodman(host.socket) as podman:
        container = await run(podman, image, command=SLEEP, network="none")
        task = asyncio.ensure_future(call(podman, container))
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert connections(podman) == 0
        assert len(asyncio.all_tasks()) == 1
        assert await running(podman, container)
