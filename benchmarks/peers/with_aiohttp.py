"""aiohttp with its own Unix socket connector."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp

from .common import SMALL, Framing, Run, check, download_target, spread

if TYPE_CHECKING:
    from collections.abc import Generator


async def opened(path: str, connections: int) -> aiohttp.ClientSession:
    connector = aiohttp.UnixConnector(path, limit=connections)
    timeout = aiohttp.ClientTimeout(total=None)
    return aiohttp.ClientSession("http://d", connector=connector, timeout=timeout)


@contextmanager
def small_async(path: str, under_way: int) -> Generator[Run]:
    with asyncio.Runner() as runner:
        session = runner.run(opened(path, under_way))

        async def call() -> None:
            async with session.get(SMALL) as response:
                await response.json()

        yield lambda count: runner.run(spread(call, count, under_way))
        runner.run(session.close())


@contextmanager
def download_async(path: str, framing: Framing) -> Generator[Run]:
    with asyncio.Runner() as runner:
        session = runner.run(opened(path, 1))

        async def fetch(size: int) -> None:
            received = 0
            async with session.get(download_target(size, framing)) as response:
                async for block in response.content.iter_any():
                    received += len(block)
            check(received, size)

        yield lambda size: runner.run(fetch(size))
        runner.run(session.close())
