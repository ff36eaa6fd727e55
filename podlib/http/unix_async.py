"""HTTP/1.1 over a Unix socket for asyncio. Its blocking twin is ``unix_sync``.

The sockets are the client's own and do not belong to an event loop: each wait registers with the
loop that runs, so that one client serves several loops, one after the other. Cancelling a call
closes its connection.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import AsyncIterable, Iterable
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

from podlib.errors import ClosedError, ConnectError, ProtocolError, TimedOutError

from .common import (
    MOST_PARTS,
    Clock,
    FileRange,
    Readable,
    Reply,
    Timeouts,
    connect_error,
    may_repeat,
    measure,
    unsent,
    widen,
)
from .pool import Pool
from .wire import BLOCK, Head, Receiver, request_head

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Sequence

    from podlib.tunnels import Tunnel

Block: TypeAlias = bytes | memoryview | list[memoryview]
Body: TypeAlias = bytes | Readable | Iterable[Block] | AsyncIterable[Block]
"""A request's body: bytes, an open binary file, or blocks as they come (each sent as a chunk)."""

_T = TypeVar("_T")

_FAIR = 16
"""Blocks that one call may receive before other tasks get their turn."""
_ACCEPT_PAUSE = 0.005
"""Seconds between tries while the service's queue of connections is full."""


class _Connection:
    """One socket, and the receiver of what arrives on it."""

    __slots__ = (
        "_events",
        "_loop",
        "_take",
        "_turn",
        "_waiter",
        "fd",
        "receiver",
        "sock",
        "spoiled",
    )

    def __init__(self, sock: socket.socket | None = None) -> None:
        self.sock = sock or socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.fd = self.sock.fileno()
        self.receiver = Receiver()
        self.spoiled = False
        """True when a request was not sent to its end: no other may follow it."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiter: asyncio.Future[Any] | None = None
        self._take: Callable[[], object] = _nothing
        self._turn = 0
        self._events = select.poll()
        self._events.register(self.fd, select.POLLIN)

    async def connect(self, path: str, limit: float | None) -> None:
        """Connect within ``limit`` seconds."""
        loop = asyncio.get_running_loop()
        end = None if limit is None else loop.time() + limit
        while True:
            try:
                self.sock.connect(path)
            except BlockingIOError as error:  # the service's queue is full
                if end is not None and limit is not None and loop.time() >= end:
                    message = f"{path} did not accept a connection within {limit:g} s"
                    raise TimedOutError(message, limit="connect") from error
                await asyncio.sleep(_ACCEPT_PAUSE)
            except (OSError, ValueError) as error:  # a NUL in the path is a ValueError
                raise connect_error(path, error) from error
            else:
                return

    def is_readable(self) -> bool:
        """Whether bytes, or the end of the connection, are there."""
        return bool(self._events.poll(0))

    # -- waiting -----------------------------------------------------------------------------

    def _attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let ``loop`` watch the socket. It stays so from call to call: that is cheapest."""
        self._detach()
        loop.add_reader(self.fd, self._on_readable)
        self._loop = loop

    def _detach(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self.fd)
        self._loop = None

    def _on_readable(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            self._detach()  # nobody wants it now: back-pressure, or the end of an idle connection
            return
        try:
            result = self._take()
        except BlockingIOError:
            return
        except OSError as error:
            waiter.set_exception(error)
        else:
            waiter.set_result(result)

    async def _wait(self, take: Callable[[], _T], clock: Clock, name: str) -> _T:
        """What ``take`` gives once the socket is readable."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._attach(loop)
        waiter: asyncio.Future[_T] = loop.create_future()
        self._waiter, self._take = waiter, take
        limit = clock.limit(name)
        if limit is None:
            try:
                return await waiter
            finally:
                self._waiter = None
        timer = loop.call_later(limit, _expire, waiter, clock, name)
        try:
            return await waiter
        finally:
            timer.cancel()
            self._waiter = None

    async def _wait_writable(self, clock: Clock) -> None:
        """Wait until there is room to send, or something to receive."""
        loop = asyncio.get_running_loop()
        loop.add_writer(self.fd, self._on_readable)
        try:
            await self._wait(_nothing, clock, "idle")
        finally:
            loop.remove_writer(self.fd)

    def interrupt(self) -> None:
        """Wake the task that uses the connection, and which will close it."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # its call has just ended

    # -- receiving ---------------------------------------------------------------------------

    async def fill(self, clock: Clock, name: str) -> None:
        """Receive once into the receiver's buffer."""
        if clock.limited:
            clock.limit(name)
        space = self.receiver.space()
        take = partial(self.sock.recv_into, space)
        try:
            if name == "head":  # it takes the service a moment: to try at once would be in vain
                count = await self._wait(take, clock, name)
            else:
                await self._take_turns()
                try:
                    count = take()
                except BlockingIOError:
                    count = await self._wait(take, clock, name)
        except ConnectionResetError:
            count = 0
        self.receiver.received(count)

    async def _take_turns(self) -> None:
        """Let other tasks have their turn now and then, however fast the bytes come."""
        self._turn += 1
        if self._turn % _FAIR == 0:
            await asyncio.sleep(0)

    async def receive(self, size: int, clock: Clock) -> bytes:
        """At most ``size`` bytes of body, past the receiver's buffer; none at the end."""
        if clock.limited:
            clock.limit("idle")
        await self._take_turns()
        try:
            return self.sock.recv(size)
        except BlockingIOError:
            pass
        except ConnectionResetError:
            return b""
        try:
            return await self._wait(partial(self.sock.recv, size), clock, "idle")
        except ConnectionResetError:
            return b""

    async def receive_raw(self, size: int, clock: Clock) -> bytes:
        """Likewise, and no byte is lost if the call is cancelled: it is received at the last."""
        while True:
            try:
                return self.sock.recv(size)
            except BlockingIOError:
                await self._wait(_nothing, clock, "idle")
            except ConnectionResetError:
                return b""

    async def read_head(self, clock: Clock) -> Head:
        """The head of the answer; informational ones (1xx) are stepped over."""
        if clock.limited:
            clock.sent()
        while True:
            head = self.receiver.head()
            if head is None:
                await self.fill(clock, "head")
            elif head.status >= 200 or head.status == 101:
                return head

    # -- sending -----------------------------------------------------------------------------

    async def send(self, head: bytes, body: Body | FileRange | None, clock: Clock) -> None:
        """Send a request. An answer that comes before its end stops the sending."""
        self.spoiled = True  # until all is sent: the call may be cancelled, the blocks may raise
        if body is None:
            sent = await self._push([head], clock)
        elif isinstance(body, bytes):
            sent = await self._push([head, body], clock)
        elif isinstance(body, FileRange):
            sent = await self._push([head], clock) and await self._push_file(body, clock)
        else:
            widen(self.sock)
            sent = await self._push_chunks(head, body, clock)
        self.spoiled = not sent

    async def _push_chunks(
        self, head: bytes, body: Readable | Iterable[Block] | AsyncIterable[Block], clock: Clock
    ) -> bool:
        if not await self._push([head], clock):
            return False
        async for block in blocks_of(body):
            parts = block if isinstance(block, list) else [block]
            size = sum(map(len, parts))
            if not size:
                continue
            if self.is_readable() and not await self._only_informed(clock):
                return False
            if not await self._push([b"%x\r\n" % size, *parts, b"\r\n"], clock):
                return False
            await self._take_turns()
        return await self._push([b"0\r\n\r\n"], clock)

    async def _push(self, parts: list[bytes | memoryview], clock: Clock) -> bool:
        """Send all parts; False when the answer came first, or the service is gone."""
        if clock.limited:
            clock.limit("idle")
        while parts:
            try:
                parts = unsent(parts, self.sock.sendmsg(parts[:MOST_PARTS]))
            except BlockingIOError:
                if not await self._may_go_on(clock):
                    return False
            except (BrokenPipeError, ConnectionResetError):
                return False
        return True

    async def _push_file(self, body: FileRange, clock: Clock) -> bool:
        while body.left:
            try:
                body.send(self.fd)
            except BlockingIOError:
                if not await self._may_go_on(clock):
                    return False
            except (BrokenPipeError, ConnectionResetError):
                return False
        return True

    async def _may_go_on(self, clock: Clock) -> bool:
        """Wait until the socket takes more; False when the service answers instead."""
        await self._wait_writable(clock)
        return not self.is_readable() or await self._only_informed(clock)

    async def _only_informed(self, clock: Clock) -> bool:
        """Read what came during an upload: True if it is but informational (1xx)."""
        await self.fill(clock, "idle")
        return self.receiver.informational()

    def disown(self) -> None:
        """Close this process's end only. The event loop's list of sockets is the parent's too."""
        self._loop = None
        self.sock.close()

    def close(self) -> None:
        """Close the socket."""
        self._detach()
        self.sock.close()


async def _connected(path: str, limit: float | None) -> _Connection:
    connection = _Connection()
    try:
        await connection.connect(path, limit)
    except BaseException:
        connection.close()
        raise
    return connection


def _nothing() -> None:
    """To be woken is all that a sender wants."""


def _expire(waiter: asyncio.Future[_T], clock: Clock, name: str) -> None:
    if not waiter.done():
        waiter.set_exception(clock.expired(name))


async def blocks_of(body: Body) -> AsyncIterator[Block]:
    """A body in blocks as they come."""
    if isinstance(body, bytes):
        yield body
    elif isinstance(body, Readable):
        while data := body.read(BLOCK):
            yield data
    elif isinstance(body, AsyncIterable):
        async for block in body:
            yield block
    else:
        for block in body:
            yield block


class AsyncResponse:
    """An answer whose body is still to be read. Use it as a context manager."""

    __slots__ = ("_client", "_clock", "_connection", "head", "status")

    def __init__(
        self, client: AsyncUnixClient, connection: _Connection, head: Head, clock: Clock
    ) -> None:
        self._client = client
        self._connection: _Connection | None = connection
        self._clock = clock
        self.head = head
        self.status = head.status

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """The body in blocks of at most 64 KiB, as they come. Can be iterated once."""
        connection = self._connection
        if connection is None:
            raise ClosedError("this answer was read to its end, or closed")
        receiver, clock = connection.receiver, self._clock
        with self._reading(connection):
            while not receiver.finished:
                if want := receiver.direct:
                    block = await connection.receive(want, clock)
                    receiver.took(len(block))
                    if block:
                        yield block
                        self._check_not_left(connection)
                elif data := receiver.block():
                    yield data
                    self._check_not_left(connection)
                elif not receiver.finished:
                    await connection.fill(clock, "idle")

    async def iter_pieces(self) -> AsyncIterator[list[memoryview]]:
        """The body as it comes: views into the connection's buffer, valid until the next only.

        For who copies it on anyway, to a file or a socket. Can be iterated once.
        """
        connection = self._connection
        if connection is None:
            raise ClosedError("this answer was read to its end, or closed")
        receiver = connection.receiver
        receiver.enlarge()
        with self._reading(connection):
            while not receiver.finished:
                if pieces := receiver.pieces():
                    yield pieces
                    self._check_not_left(connection)
                elif not receiver.finished:
                    await connection.fill(self._clock, "idle")

    # Not asynchronous: at its end an event loop closes the generators that are left in any order,
    # and would close this one before the one that it serves.
    @contextmanager
    def _reading(self, connection: _Connection) -> Generator[None]:
        """Close after the end, or after an error; not when the reader just leaves."""
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as error:
            if self._connection is connection:  # else it may serve another call by now
                self._client.give_up(connection)
                self._connection = None
            if isinstance(error, ProtocolError):
                self._client.check_open()
            raise
        self._let_go()

    def _check_not_left(self, connection: _Connection) -> None:
        """Raise ClosedError if this answer was closed since the last block."""
        if self._connection is not connection:
            raise ClosedError("this answer was left, or closed, before its end")

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([block async for block in self.iter_bytes()])

    def abort(self) -> None:
        """Let who reads the body now, in another task or thread, end with TruncatedError."""
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    async def close(self) -> None:
        """Let go of the connection; what was not read is not waited for."""
        self._let_go()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._client.give_back(connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class AsyncRawConnection:
    """The bare connection after an upgrade: bytes both ways."""

    __slots__ = ("_client", "_clock", "_connection", "_leftover", "head")

    def __init__(
        self,
        client: AsyncUnixClient,
        connection: _Connection,
        head: Head,
        clock: Clock,
        leftover: bytes,
    ) -> None:
        self._client = client
        self._connection = connection
        self._leftover = leftover
        self._clock = clock
        self.head = head

    async def receive(self, size: int = BLOCK) -> bytes:
        """At most ``size`` bytes as soon as there are some; none at the end."""
        if self._leftover:
            data, self._leftover = self._leftover[:size], self._leftover[size:]
            return data
        data = await self._connection.receive_raw(size, self._clock)
        if not data:
            self._client.check_open()
        return data

    async def send(self, data: bytes) -> None:
        """Send all of ``data``. Raises ClosedError if the other side has closed."""
        try:
            await asyncio.get_running_loop().sock_sendall(self._connection.sock, data)
        except OSError as error:
            raise ClosedError(f"the connection was closed: {error.strerror}") from error

    async def close_write(self) -> None:
        """Say that no more will be sent; receiving goes on."""
        self._connection.sock.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Let who receives or sends now, in another task or thread, end."""
        self._connection.interrupt()

    async def close(self) -> None:
        """Close the connection."""
        self._client.give_up(self._connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class AsyncUnixClient(Pool[_Connection]):
    """HTTP/1.1 over the Unix socket at ``path``, for the tasks of one event loop at a time."""

    async def request(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        """Send a request and read its answer whole."""
        clock = (timeouts or self.timeouts).start(method, target)
        connection, head = await self._exchange(method, target, fields, body, clock, timeouts)
        try:
            whole = connection.receiver.whole()
            if whole is None:
                whole = await AsyncResponse(self, connection, head, clock).read()
            else:
                self.give_back(connection)
        except BaseException:
            self.give_up(connection)
            raise
        return Reply(head, whole)

    async def stream(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> AsyncResponse:
        """Send a request and read its answer's head; the body is read by the caller."""
        clock = (timeouts or self.timeouts).start(method, target)
        connection, head = await self._exchange(method, target, fields, body, clock, timeouts)
        return AsyncResponse(self, connection, head, clock)

    async def upgrade(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> AsyncRawConnection | AsyncResponse:
        """Ask for the bare connection. An answer other than 101 or 200 comes as a response."""
        clock = (timeouts or self.timeouts).start(method, target)
        fields = (*fields, ("Connection", "Upgrade"), ("Upgrade", "tcp"))
        connection, head = await self._exchange(method, target, fields, body, clock, timeouts)
        if head.status in {101, 200}:
            leftover = connection.receiver.leftover()
            return AsyncRawConnection(self, connection, head, clock, leftover)
        return AsyncResponse(self, connection, head, clock)

    def adopt(
        self, sock: socket.socket, head: Head, leftover: bytes, clock: Clock
    ) -> AsyncRawConnection:
        """Take over a connection to the service that was upgraded elsewhere.

        ``leftover`` is what came on it after the answer's head.
        """
        connection = _Connection(sock)
        self.put_to_work(connection)
        return AsyncRawConnection(self, connection, head, clock, leftover)

    async def _exchange(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]],
        body: Body | None,
        clock: Clock,
        timeouts: Timeouts | None,
    ) -> tuple[_Connection, Head]:
        part, length = measure(body) if body is not None else (None, 0)
        data = request_head(method, target, fields, length)
        fresh = False
        limit = (timeouts or self.timeouts).connect
        while True:
            connection, reused = await self._checkout(limit, fresh=fresh)
            try:
                connection.receiver.expect(method)
                await connection.send(data, part or body, clock)
                return connection, await connection.read_head(clock)
            except ProtocolError as error:
                self.give_up(connection)
                self.check_open()
                if not (reused and connection.receiver.untouched and may_repeat(method, body)):
                    if self.tunnel is not None:
                        raise await asyncio.to_thread(self.tunnel.explain, error) from error
                    raise
                fresh = True  # the service closed the idle connection as the request went out
            except BaseException:
                self.give_up(connection)
                raise

    async def _checkout(self, limit: float | None, *, fresh: bool) -> tuple[_Connection, bool]:
        connection = None if fresh else self.take_idle()
        if connection is not None:
            return connection, True
        self.check_open()
        tunnel = self.tunnel
        connect = self._through(tunnel, limit) if tunnel else _connected(self.path, limit)
        connection = await connect
        self.put_to_work(connection)
        return connection, False

    async def _through(self, tunnel: Tunnel, limit: float | None) -> _Connection:
        if not (self.path and tunnel.is_open()):
            self.path = await asyncio.to_thread(tunnel.open, limit)
            self.check_open()
        try:
            return await _connected(self.path, limit)
        except ConnectError as error:
            if not await asyncio.to_thread(tunnel.has_dropped):
                raise await asyncio.to_thread(tunnel.explain, error) from error
        return await _connected(await asyncio.to_thread(tunnel.open, limit), limit)

    async def close(self) -> None:
        """Close all connections. Calls that are under way in other tasks end with ClosedError."""
        self.shut()
