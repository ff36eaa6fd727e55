"""The asyncio client: many tasks, cancellation anywhere, several event loops, forks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from podlib.errors import ClosedError
from podlib.http.common import Timeouts
from podlib.http.unix_async import AsyncRawConnection, AsyncUnixClient

from .conftest import open_sockets
from .servers import OK, Peer, ScriptedServer
from .test_threads import Standing, echo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from .conftest import Serve

SO_SNDBUFFORCE = 32  # Linux's number: Python's socket module does not name it

pytestmark = pytest.mark.timeout(60)


async def event(given: threading.Event) -> None:
    """Wait for what happens in the server's thread."""
    assert await asyncio.to_thread(given.wait, 10)


async def until(so: Callable[[], bool]) -> None:
    while not so():  # noqa: ASYNC110 -- nobody tells of it
        await asyncio.sleep(0.001)


async def test_200_calls_under_way_get_their_own_answers(tmp_path: Path) -> None:
    arrived = threading.Barrier(200)

    def script(peer: Peer) -> None:
        while True:
            target = peer.head().split(b" ")[1]
            if target.startswith(b"/first"):
                arrived.wait(30)  # none is answered before all are here
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(target), target))

    with ScriptedServer(tmp_path / "s", script, backlog=256) as server:
        client = AsyncUnixClient(server.path)
        for turn in ("first", "second"):
            targets = [f"/{turn}/{i}" for i in range(200)]
            replies = await asyncio.gather(*(client.request("GET", t) for t in targets))
            assert [reply.body.decode() for reply in replies] == targets
        assert server.connections == 200
        await client.close()


async def test_a_fast_stream_leaves_other_tasks_their_turn(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        with contextlib.suppress(PermissionError):  # only root may have so large a buffer
            peer.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20)
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, bytes(size))
        all_is_there.set()
        peer.wait_for_end()

    all_is_there = threading.Event()
    size = 4 << 20 if os.geteuid() == 0 else 1 << 17
    client = AsyncUnixClient(serve(script).path)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with await client.stream("GET", "/") as answer:
        await event(all_is_there)
        counting = asyncio.ensure_future(count())
        assert len(await answer.read()) == size
    assert turns > 1 or size < 1 << 20
    counting.cancel()
    await client.close()


# -- bodies that only asyncio has ----------------------------------------------------------------


async def blocks() -> AsyncIterator[bytes]:
    for i in range(50):
        await asyncio.sleep(0)
        yield b"%d," % i
        yield b""


async def test_a_body_from_an_async_iterator(serve: Serve) -> None:
    bodies: list[bytes] = []

    def script(peer: Peer) -> None:
        bodies.append(peer.body(peer.head()))
        peer.send(OK)

    client = AsyncUnixClient(serve(script).path)
    await client.request("POST", "/", body=blocks())
    assert bodies == [b"".join(b"%d," % i for i in range(50))]
    await client.close()


async def test_what_an_async_iterator_raises_comes_through(serve: Serve) -> None:
    raised = LookupError("unchanged")

    async def failing() -> AsyncIterator[bytes]:
        yield b"first"
        raise raised

    def script(peer: Peer) -> None:
        peer.head()
        peer.wait_for_end()
        ended.set()

    ended = threading.Event()
    client = AsyncUnixClient(serve(script).path)
    with pytest.raises(LookupError) as caught:
        await client.request("POST", "/", body=failing())
    assert caught.value is raised
    await event(ended)
    await client.close()


# -- cancellation --------------------------------------------------------------------------------


async def waits_for_the_head(client: AsyncUnixClient) -> object:
    return await client.request("GET", "/silent")


async def reads_a_body(client: AsyncUnixClient) -> object:
    return await client.request("GET", "/body")


async def reads_a_stream(client: AsyncUnixClient) -> object:
    async with await client.stream("GET", "/body") as answer:
        return [len(pieces) async for pieces in answer.iter_pieces()]


async def uploads(client: AsyncUnixClient) -> object:
    return await client.request("POST", "/silent", body=bytes(20_000_000))


async def uploads_a_file(client: AsyncUnixClient) -> object:
    with open("/dev/zero", "rb") as file:  # noqa: ASYNC230, PTH123 -- no disk waits here
        return await client.request("POST", "/silent", body=file)


async def uploads_blocks(client: AsyncUnixClient) -> object:
    async def waiting() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(100)

    return await client.request("POST", "/silent", body=waiting())


CALLS = [
    waits_for_the_head,
    reads_a_body,
    reads_a_stream,
    uploads,
    uploads_a_file,
    uploads_blocks,
]


@pytest.fixture
def standing() -> Iterator[Standing]:
    script = Standing()
    yield script
    script.over.set()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("warm", [False, True], ids=["new connection", "kept connection"])
async def test_a_cancelled_call_leaves_no_connection(
    serve: Serve,
    standing: Standing,
    call: Callable[[AsyncUnixClient], Awaitable[object]],
    warm: bool,
) -> None:
    server = serve(standing)
    client = AsyncUnixClient(server.path)
    before = open_sockets()
    if warm:
        await client.request("GET", "/ok")
    task = asyncio.ensure_future(call(client))
    await event(standing.stuck)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    standing.over.set()
    await until(lambda: open_sockets() <= before)  # the server's end goes in its own thread
    assert (await client.request("GET", "/ok")).body == b"ok"
    await client.close()


async def test_a_call_cancelled_at_any_step_leaves_no_connection(serve: Serve) -> None:
    """After 0, 1, 2 … steps of the event loop, until the call is done by itself."""
    server = serve(echo)
    client = AsyncUnixClient(server.path)
    before = open_sockets()
    for steps in range(100):
        task = asyncio.ensure_future(client.request("POST", "/target", body=blocks()))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await client.request("GET", f"/{steps}")).body == f"/{steps}".encode()
    await client.close()
    await until(lambda: open_sockets() <= before)


async def test_a_call_cancelled_while_it_connects_leaves_no_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(path)
        listener.listen(0)
        stack.enter_context(socket.socket(socket.AF_UNIX)).connect(path)
        client = AsyncUnixClient(path)
        before = open_sockets()
        task = asyncio.ensure_future(client.request("GET", "/"))
        await until(lambda: open_sockets() > before)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert open_sockets() == before
        await client.close()


async def test_a_timeout_of_asyncio_is_a_cancellation(serve: Serve, standing: Standing) -> None:
    client = AsyncUnixClient(serve(standing).path)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.request("GET", "/silent")
    assert (await client.request("GET", "/ok")).body == b"ok"
    await client.close()


# -- closing while calls are under way -----------------------------------------------------------


@pytest.mark.parametrize("call", [call for call in CALLS if call is not uploads_blocks])
async def test_closing_the_client_ends_calls_of_other_tasks(
    serve: Serve, standing: Standing, call: Callable[[AsyncUnixClient], Awaitable[object]]
) -> None:
    client = AsyncUnixClient(serve(standing).path)
    task = asyncio.ensure_future(call(client))
    await event(standing.stuck)
    await client.close()
    with pytest.raises(ClosedError, match="closed"):
        await asyncio.wait_for(task, 10)


async def test_closing_the_client_ends_a_call_that_connects(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(path)
        listener.listen(0)
        stack.enter_context(socket.socket(socket.AF_UNIX)).connect(path)
        client = AsyncUnixClient(path, Timeouts(connect=20))
        task = asyncio.ensure_future(client.request("GET", "/"))
        await asyncio.sleep(0.02)
        await client.close()
        stack.enter_context(listener.accept()[0])
        with pytest.raises(ClosedError):
            await asyncio.wait_for(task, 10)


# -- event loops and forks -----------------------------------------------------------------------


def test_one_client_serves_several_event_loops_in_turn(serve: Serve) -> None:
    server = serve(echo)
    client = AsyncUnixClient(server.path)

    async def calls(name: str) -> None:
        for i in range(3):
            assert (await client.request("GET", f"/{name}{i}")).body == f"/{name}{i}".encode()

    asyncio.run(calls("first"))
    asyncio.run(calls("second"))
    with asyncio.Runner() as third, asyncio.Runner() as fourth:  # both open at the same time
        for _ in range(3):
            third.run(calls("third"))
            fourth.run(calls("fourth"))
    assert server.connections == 1
    asyncio.run(client.close())


def test_a_connection_closed_between_two_event_loops_is_replaced(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.sock.close()
        closed.set()

    closed = threading.Event()
    server = serve(script)
    client = AsyncUnixClient(server.path)
    asyncio.run(client.request("POST", "/"))
    closed.wait(10)
    asyncio.run(client.request("POST", "/"))
    assert server.connections == 2
    asyncio.run(client.close())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
async def test_the_parent_goes_on_after_a_fork(serve: Serve) -> None:
    """The child shares the parent's epoll object: it must not take anything out of it."""
    server = serve(echo)
    client = AsyncUnixClient(server.path, Timeouts(head=10))
    assert (await client.request("GET", "/before")).body == b"/before"
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)  # noqa: ASYNC222 -- the child has ended already, or will at once
    assert (await client.request("GET", "/after")).body == b"/after"
    assert server.connections == 1
    await client.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_parent_and_child_go_on_after_a_fork_between_event_loops(serve: Serve) -> None:
    server = serve(echo)
    client = AsyncUnixClient(server.path, Timeouts(head=10))

    async def calls(name: str) -> bool:
        targets = [f"/{name}{i}" for i in range(20)]
        replies = [await client.request("GET", target) for target in targets]
        return [reply.body.decode() for reply in replies] == targets

    assert asyncio.run(calls("before"))
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = 0 if asyncio.run(calls("child")) else 1
        finally:
            os._exit(status)
    assert asyncio.run(calls("parent"))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert server.connections == 2
    asyncio.run(client.close())


# -- bare connections ----------------------------------------------------------------------------


async def test_a_bare_connection_sends_and_receives_at_the_same_time(serve: Serve) -> None:
    size = 3_000_000

    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 101 UPGRADED\r\n\r\n")
        left = size
        while left:
            data = peer.exactly(min(left, 65_536))
            left -= len(data)
            peer.send(data)

    client = AsyncUnixClient(serve(script).path)
    raw = await client.upgrade("POST", "/attach")
    assert isinstance(raw, AsyncRawConnection)

    async def receive() -> int:
        got = 0
        while data := await raw.receive():
            got += len(data)
        return got

    async with raw:
        receiving = asyncio.ensure_future(receive())
        await raw.send(bytes(size))
        assert await receiving == size
    await client.close()


async def test_a_cancelled_receive_loses_no_bytes(serve: Serve) -> None:
    """Whether it is cancelled before, as, or after the bytes arrive."""

    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 101 UPGRADED\r\n\r\n")
        peers.put(peer)
        done.wait(20)

    peers: queue.SimpleQueue[Peer] = queue.SimpleQueue()
    done = threading.Event()
    client = AsyncUnixClient(serve(script).path)
    raw = await client.upgrade("POST", "/attach")
    assert isinstance(raw, AsyncRawConnection)
    peer = peers.get()
    got = b""
    async with raw:
        for steps in range(40):
            task = asyncio.ensure_future(raw.receive())
            await asyncio.sleep(0)
            peer.send(b"%d," % steps)
            for _ in range(steps % 5):
                await asyncio.sleep(0)
            task.cancel()
            (data,) = await asyncio.gather(task, return_exceptions=True)
            got += data if isinstance(data, bytes) else await raw.receive()
    assert got == b"".join(b"%d," % steps for steps in range(40))
    done.set()
    await client.close()


KEPT_ERRORS = """
import asyncio, sys
from podlib.http.unix_async import AsyncUnixClient
async def read(client):
    async with await client.stream("GET", "/") as response:
        blocks = response.iter_bytes()
        async for block in blocks:
            raise ValueError("of the caller")
async def main():
    client = AsyncUnixClient(sys.argv[1])
    # The errors keep their frames, and these the generators, until the loop ends.
    return [*await asyncio.gather(*(read(client) for _ in range(10)), return_exceptions=True)]
print(*map(repr, asyncio.run(main())), sep="\\n")
"""


def test_errors_that_the_caller_keeps_disturb_no_event_loop(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        peer.wait_for_end()

    server = serve(script)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", KEPT_ERRORS, str(server.path)],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.stderr == ""
    assert done.stdout == "ValueError('of the caller')\n" * 10
