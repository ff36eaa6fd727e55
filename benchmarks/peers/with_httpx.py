"""httpx with its own Unix socket transport."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from .common import SMALL, Framing, Run, check, download_target, spread

if TYPE_CHECKING:
    from collections.abc import Generator

BASE = "http://d"


def client(path: str) -> httpx.Client:
    return httpx.Client(base_url=BASE, transport=httpx.HTTPTransport(uds=path))


def async_client(path: str, connections: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    transport = httpx.AsyncHTTPTransport(uds=path, limits=limits)
    return httpx.AsyncClient(base_url=BASE, transport=transport, timeout=60)


@contextmanager
def small(path: str) -> Generator[Run]:
    with client(path) as session:

        def run(count: int) -> None:
            for _ in range(count):
                session.get(SMALL).json()

        yield run


@contextmanager
def small_async(path: str, under_way: int) -> Generator[Run]:
    session = async_client(path, under_way)

    async def call() -> None:
        (await session.get(SMALL)).json()

    with asyncio.Runner() as runner:
        yield lambda count: runner.run(spread(call, count, under_way))
        runner.run(session.aclose())


@contextmanager
def download(path: str, framing: Framing) -> Generator[Run]:
    with client(path) as session:

        def run(size: int) -> None:
            with session.stream("GET", download_target(size, framing)) as response:
                check(sum(len(block) for block in response.iter_raw()), size)

        yield run


@contextmanager
def download_async(path: str, framing: Framing) -> Generator[Run]:
    session = async_client(path, 1)

    async def fetch(size: int) -> None:
        received = 0
        async with session.stream("GET", download_target(size, framing)) as response:
            async for block in response.aiter_raw():
                received += len(block)
        check(received, size)

    with asyncio.Runner() as runner:
        yield lambda size: runner.run(fetch(size))
        runner.run(session.aclose())
