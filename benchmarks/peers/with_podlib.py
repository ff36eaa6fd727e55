"""podlib: the calls its users make, and below them the HTTP client for the transfers."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import podlib
from benchmarks.documents import MANY
from podlib.http.unix_async import AsyncUnixClient
from podlib.http.unix_sync import UnixClient

from .common import CONTAINER, UPLOAD, Framing, Run, check, check_context, download_target, spread

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def small(path: str) -> Generator[Run]:
    with podlib.Podman(path) as podman:

        def run(count: int) -> None:
            for _ in range(count):
                podman.request("GET", "containers/{}/json", "x").json()

        yield run


@contextmanager
def small_typed(path: str) -> Generator[Run]:
    with podlib.Podman(path) as podman:

        def run(count: int) -> None:
            for _ in range(count):
                podman.system.version()

        yield run


@contextmanager
def listed(path: str) -> Generator[Run]:
    with podlib.Podman(path) as podman:

        def run(count: int) -> None:
            for _ in range(count):
                check(len(podman.containers.list(all=True)), MANY)

        yield run


@contextmanager
def small_async(path: str, under_way: int) -> Generator[Run]:
    podman = podlib.AsyncPodman(path)

    async def call() -> None:
        (await podman.request("GET", "containers/{}/json", "x")).json()

    with asyncio.Runner() as runner:
        yield lambda count: runner.run(spread(call, count, under_way))
        runner.run(podman.close())


@contextmanager
def logs(path: str) -> Generator[Run]:
    with podlib.Podman(path) as podman:

        def run(count: int) -> None:
            with podman.containers.logs(CONTAINER, follow=True, tail=count) as lines:
                check(sum(1 for _ in lines), count)

        yield run


@contextmanager
def logs_async(path: str, followers: int) -> Generator[Run]:
    """Several logs at once; ``count`` lines in all."""
    podman = podlib.AsyncPodman(path)

    async def follow(count: int) -> None:
        found = 0
        async with podman.containers.logs(CONTAINER, follow=True, tail=count) as lines:
            async for _ in lines:
                found += 1
        check(found, count)

    async def all_of(count: int) -> None:
        await asyncio.gather(*(follow(count // followers) for _ in range(followers)))

    with asyncio.Runner() as runner:
        yield lambda count: runner.run(all_of(count))
        runner.run(podman.close())


@contextmanager
def download(path: str, framing: Framing) -> Generator[Run]:
    with closing(UnixClient(path)) as client:

        def run(size: int) -> None:
            with client.stream("GET", download_target(size, framing)) as response:
                check(sum(sum(map(len, pieces)) for pieces in response.iter_pieces()), size)

        yield run


@contextmanager
def download_async(path: str, framing: Framing) -> Generator[Run]:
    client = AsyncUnixClient(path)

    async def fetch(size: int) -> None:
        received = 0
        async with await client.stream("GET", download_target(size, framing)) as response:
            async for pieces in response.iter_pieces():
                received += sum(map(len, pieces))
        check(received, size)

    with asyncio.Runner() as runner:
        yield lambda size: runner.run(fetch(size))
        runner.run(client.close())


@contextmanager
def exec_output(path: str) -> Generator[Run]:
    with podlib.Podman(path) as podman:
        podman.exec.inspect("0")  # the model's memory is not the transfer's

        def run(size: int) -> None:
            with podman.exec.start(str(size)) as session:
                check(sum(len(piece.data) for piece in session.output()), size)

        yield run


@contextmanager
def exec_output_async(path: str) -> Generator[Run]:
    podman = podlib.AsyncPodman(path)

    async def read(size: int) -> None:
        received = 0
        async with podman.exec.start(str(size)) as session:
            async for piece in session.output():
                received += len(piece.data)
        check(received, size)

    with asyncio.Runner() as runner:
        runner.run(podman.exec.inspect("0"))
        yield lambda size: runner.run(read(size))
        runner.run(podman.close())


@contextmanager
def upload(path: str, file: str) -> Generator[Run]:
    with closing(UnixClient(path)) as client:

        def run(size: int) -> None:
            with Path(file).open("rb") as source:
                reply = client.request("POST", UPLOAD, body=source)
            check(json.loads(reply.body)["bytes"], size)

        yield run


@contextmanager
def pump(path: str, framing: Framing) -> Generator[Run]:
    with closing(UnixClient(path)) as source, closing(UnixClient(path)) as target:

        def run(size: int) -> None:
            with source.stream("GET", download_target(size, framing)) as response:
                reply = target.request("POST", UPLOAD, body=response.iter_pieces())
            check(json.loads(reply.body)["bytes"], size)

        yield run


@contextmanager
def build(path: str, folder: str) -> Generator[Run]:
    with podlib.Podman(path) as podman:
        podman.images.build({})  # what is imported for it does not count

        def run(size: int) -> None:
            check_context(podman.images.build(folder).log[0], size)

        yield run


@contextmanager
def build_async(path: str, folder: str) -> Generator[Run]:
    podman = podlib.AsyncPodman(path)

    async def one(size: int) -> None:
        check_context((await podman.images.build(folder)).log[0], size)

    with asyncio.Runner() as runner:
        runner.run(podman.images.build({}))
        yield lambda size: runner.run(one(size))
        runner.run(podman.close())
