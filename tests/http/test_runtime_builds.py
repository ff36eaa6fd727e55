"""Builds of a runtime by servers that play a script: their events, and readers that are slow."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncRuntime, BuildError, Runtime, TruncatedError
from podlib.backlog import MOST
from podlib.models import BuildEvent, BuildSpec, ImageRef

from .servers import answering
from .test_builds import HEAD, ID, LOG, PING, WHOLE, chunked, lines

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from .conftest import Serve
    from .servers import Peer

SPEC = BuildSpec(context={"Containerfile": "FROM busybox"}, tags=["x"])
IMAGE = ImageRef(ID, ("localhost/x:latest",))
PATIENCE = 20.0
END = b"0\r\n\r\n"


@pytest.fixture(params=["blocking", "asyncio"])
def flavour(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@contextmanager
def blocking(path: str) -> Generator[Runtime]:
    """A runtime that is not opened: the servers know builds only."""
    runtime = Runtime(path)
    try:
        yield runtime
    finally:
        runtime.close()


@asynccontextmanager
async def in_asyncio(path: str) -> AsyncGenerator[AsyncRuntime]:
    runtime = AsyncRuntime(path)
    try:
        yield runtime
    finally:
        await runtime.close()


def build(
    flavour: str, path: str, events: Callable[[BuildEvent], object] | None = None
) -> ImageRef:
    async def run() -> ImageRef:
        async with asyncio.timeout(PATIENCE), in_asyncio(path) as runtime:
            return await runtime.build_image(SPEC, events)

    if flavour == "asyncio":
        return asyncio.run(run())
    with blocking(path) as runtime:
        return runtime.build_image(SPEC, events)


def test_each_line_is_an_event(serve: Serve, flavour: str) -> None:
    events: list[BuildEvent] = []
    server = serve(answering(PING, WHOLE))
    assert build(flavour, server.path, events.append) == IMAGE
    assert [event.text for event in events] == [text.removesuffix("\n") for text in LOG]
    assert [event.step and event.step.number for event in events] == [1, 2, 2, 2, 2, 2, 2]
    assert [event.missed for event in events] == [0] * 7
    assert "t=x" in server.requests[1]


def test_without_events(serve: Serve, flavour: str) -> None:
    assert build(flavour, serve(answering(PING, WHOLE)).path) == IMAGE


def test_a_callback_that_is_a_coroutine_is_waited_for(serve: Serve) -> None:
    texts: list[str] = []

    async def note(event: BuildEvent) -> None:
        await asyncio.sleep(0)
        texts.append(event.text)

    assert build("asyncio", serve(answering(PING, WHOLE)).path, note) == IMAGE
    assert len(texts) == len(LOG)


def test_a_build_that_fails_after_its_last_event(serve: Serve, flavour: str) -> None:
    error = b'{"error":"no such file"}\n'
    body = HEAD + chunked(*lines(*LOG[:3]), error) + END
    events: list[BuildEvent] = []
    with pytest.raises(BuildError, match="no such file") as caught:
        build(flavour, serve(answering(PING, body)).path, events.append)
    assert [event.text for event in events] == caught.value.log


def test_a_log_that_is_cut(serve: Serve, flavour: str) -> None:
    def script(peer: Peer) -> None:
        peer.body(peer.head())
        peer.send(PING)
        peer.body(peer.head())
        peer.send(HEAD + chunked(*lines(*LOG[:3])))

    with pytest.raises(TruncatedError):
        build(flavour, serve(script).path)


class Talkative:
    """Says more than any buffer takes, and notes when it has got rid of it."""

    def __init__(self) -> None:
        self.lines = 2 * MOST // 1000
        self.through = threading.Event()

    def __call__(self, peer: Peer) -> None:
        peer.body(peer.head())
        peer.send(PING)
        peer.body(peer.head())
        peer.send(HEAD)
        for number in range(self.lines):
            peer.send(chunked(*lines(f"{number:1000}\n")))
        peer.send(chunked(*lines(f"{ID}\n")) + END)
        peer.wait_until_read()
        self.through.set()


def test_a_slow_reader_never_blocks_a_build(serve: Serve, flavour: str) -> None:
    """The server can say all that it has while the first event is still being looked at."""
    server = Talkative()
    events: list[BuildEvent] = []

    def look(event: BuildEvent) -> None:
        if not events:
            assert server.through.wait(PATIENCE)
        events.append(event)

    async def look_in_thread(event: BuildEvent) -> None:
        await asyncio.to_thread(look, event)

    seen = look if flavour == "blocking" else look_in_thread
    assert build(flavour, serve(server).path, seen).id == ID
    assert len(events) + sum(event.missed for event in events) == server.lines + 1
    assert [event.missed > 0 for event in events] == [False, True, *[False] * (len(events) - 2)]
    assert events[-1].text == ID
    assert sum(len(event.text) for event in events) < 1.1 * MOST


def test_a_stream_that_is_left_early_closes_its_connection(serve: Serve) -> None:
    left = threading.Event()

    def script(peer: Peer) -> None:
        peer.body(peer.head())
        peer.send(PING)
        peer.body(peer.head())
        peer.send(HEAD, chunked(*lines(LOG[0])))
        peer.wait_for_end()
        left.set()

    path = serve(script).path
    with blocking(path) as runtime, runtime.build_image_stream(SPEC) as building:
        for event in building.events():
            assert event.text == "STEP 1/2: FROM busybox"
            break
    assert left.wait(PATIENCE)

    async def run() -> None:
        left.clear()
        async with in_asyncio(path) as runtime, runtime.build_image_stream(SPEC) as building:
            async for event in building.events():
                assert event.text == "STEP 1/2: FROM busybox"
                break

    asyncio.run(run())
    assert left.wait(PATIENCE)
    assert not [each for each in threading.enumerate() if each.name == "podlib-alongside"]


def test_a_callback_that_raises_ends_the_call(serve: Serve, flavour: str) -> None:
    def fail(_: BuildEvent) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build(flavour, serve(answering(PING, WHOLE)).path, fail)


def test_a_build_that_is_cancelled(serve: Serve) -> None:
    left = threading.Event()

    def script(peer: Peer) -> None:
        peer.body(peer.head())
        peer.send(PING)
        peer.body(peer.head())
        peer.send(HEAD, chunked(*lines(LOG[0])))
        peer.wait_for_end()
        left.set()

    async def run() -> None:
        begun = asyncio.Event()
        async with in_asyncio(serve(script).path) as runtime:
            task = asyncio.create_task(runtime.build_image(SPEC, lambda _: begun.set()))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert left.wait(PATIENCE)
