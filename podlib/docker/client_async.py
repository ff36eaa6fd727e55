"""The asyncio client of the Docker-compatible side: requests in worker threads.

A call that is cancelled raises at once; its connection is closed, which ends its thread's wait.
Streams are pulled: a thread waits for a block when somebody wants it, and reads none ahead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from podlib.http.common import Reply
from podlib.http.unix_async import AsyncRawConnection, AsyncResponse, AsyncUnixClient

from .session import DockerSession, Exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from concurrent.futures import Future

    from podlib.http.common import Timeouts
    from podlib.http.unix_async import Block, Body
    from podlib.http.unix_sync import Body as BlockingBody
    from podlib.tunnels import Tunnel

    from .session import Answer

T = TypeVar("T")

MOST_THREADS = 256
"""Calls that can wait for the service at one time; further ones wait for their turn."""


class AsyncDockerResponse(AsyncResponse):
    """An answer of requests whose body is still to be read."""

    __slots__ = ("_answer", "_owner")

    def __init__(self, owner: AsyncDockerClient, answer: Answer) -> None:
        self._owner = owner
        self._answer = answer
        self.head = answer.head
        self.status = answer.status

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """The body in blocks of at most 64 KiB, as they come. Can be iterated once."""
        while block := await self._owner.in_thread(self._answer.exchange, self._answer.block):
            yield block

    async def iter_pieces(self) -> AsyncIterator[list[memoryview]]:
        """The body as it comes, for who copies it on."""
        async for block in self.iter_bytes():
            yield [memoryview(block)]

    def abort(self) -> None:
        """Let who reads the body now, in another task or thread, end with TruncatedError."""
        self._answer.exchange.interrupt()

    async def close(self) -> None:
        """Let go of the connection; what was not read is not waited for."""
        self._answer.close()


class AsyncDockerClient(AsyncUnixClient):
    """HTTP/1.1 over the Unix socket at ``path``, by requests in threads of its own.

    Connections that were upgraded are sockets, as those of the class that it comes from: nothing
    of them is done in threads.
    """

    def __init__(
        self, path: str, timeouts: Timeouts | None = None, tunnel: Tunnel | None = None
    ) -> None:
        super().__init__(path, timeouts, tunnel)
        self._begin()

    def _begin(self) -> None:
        self._session = DockerSession(self.path, self.tunnel)
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="podlib-docker")

    async def request(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        """Send a request and read its answer whole."""
        exchange, send = self._sending(method, target, fields, body, timeouts)

        def whole() -> Reply:
            answer = send()
            return Reply(answer.head, answer.read())

        return await self.in_thread(exchange, whole)

    async def stream(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> AsyncResponse:
        """Send a request and read its answer's head; the body is read by the caller."""
        exchange, send = self._sending(method, target, fields, body, timeouts)
        return AsyncDockerResponse(self, await self.in_thread(exchange, send, _close))

    async def upgrade(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> AsyncRawConnection | AsyncResponse:
        """Ask for the bare connection. An answer other than 101 or 200 comes as a response."""
        fields = (*fields, ("Connection", "Upgrade"), ("Upgrade", "tcp"))
        exchange, send = self._sending(method, target, fields, body, timeouts)
        answer = await self.in_thread(exchange, send, _close)
        if answer.status not in {101, 200}:
            return AsyncDockerResponse(self, answer)
        sock, leftover = answer.hijack()
        return self.adopt(sock, answer.head, leftover, exchange.clock)

    def _sending(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]],
        body: Body | None,
        timeouts: Timeouts | None,
    ) -> tuple[Exchange, Callable[[], Answer]]:
        """A call that is to be made, and how a thread makes it."""
        limits = timeouts or self.timeouts
        exchange = Exchange(self._session, limits.start(method, target), limits.connect)
        blocking = _blocking(body, exchange, asyncio.get_running_loop())
        return exchange, lambda: self._session.send(exchange, method, target, fields, blocking)

    async def in_thread(
        self,
        exchange: Exchange,
        call: Callable[[], T],
        undo: Callable[[Future[T]], object] | None = None,
    ) -> T:
        """What ``call`` gives in a thread; ``undo`` takes it if nobody waits for it any more."""
        self.check_open()
        future = self._threads.submit(call)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            exchange.interrupt()
            if undo is not None:
                future.add_done_callback(undo)
            raise

    def disown(self) -> None:
        """In the child of a fork: the connections are the parent's, and its threads are gone."""
        super().disown()
        self._begin()

    async def close(self) -> None:
        """Close all connections. Calls that are under way in other tasks end with ClosedError."""
        self._session.close()
        self._threads.shutdown(wait=False)
        await super().close()


def _close(future: Future[Answer]) -> None:
    """The answer to a call that was cancelled meanwhile."""
    if not future.cancelled() and future.exception() is None:
        future.result().close()


def _blocking(
    body: Body | None, exchange: Exchange, loop: asyncio.AbstractEventLoop
) -> BlockingBody | None:
    """A body as a thread reads it: one block at a time, made by the event loop."""
    return _pulled(body, exchange, loop) if isinstance(body, AsyncIterable) else body


def _pulled(
    body: AsyncIterable[Block], exchange: Exchange, loop: asyncio.AbstractEventLoop
) -> Iterator[Block]:
    blocks = aiter(body)

    async def block() -> Block | None:
        return await anext(blocks, None)

    while (found := exchange.wait(asyncio.run_coroutine_threadsafe(block(), loop))) is not None:
        yield found
