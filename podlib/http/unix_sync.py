"""HTTP/1.1 over a Unix socket, blocking. Its asyncio twin is ``unix_async``.

One client serves many threads: a connection belongs to one call at a time, and a pool of idle ones
is kept. After a fork the child begins with a pool of its own.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import weakref
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self, TypeAlias

from podlib.errors import ClosedError, ProtocolError, TimedOutError

from .common import (
    MAX_IDLE,
    Clock,
    FileRange,
    Readable,
    Reply,
    Timeouts,
    connect_error,
    file_range,
    may_repeat,
    unsent,
)
from .wire import BLOCK, Head, Receiver, request_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Body: TypeAlias = bytes | Readable | Iterable[bytes]
"""A request's body: bytes, an open binary file, or blocks as they come (sent chunked)."""

_clients: weakref.WeakSet[UnixClient] = weakref.WeakSet()


class _Connection:
    """One socket, and the receiver of what arrives on it."""

    __slots__ = ("_idle_events", "_limit", "_upload_events", "receiver", "sock", "spoiled")

    def __init__(self, path: str, timeouts: Timeouts) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # Small requests are sent under this limit too: a socket that takes none is not open.
            self._set_option(socket.SO_SNDTIMEO, timeouts.connect)
            self.sock.connect(path)
        except BaseException as error:
            self.sock.close()
            if isinstance(error, BlockingIOError) and timeouts.connect is not None:
                message = f"{path} did not accept a connection within {timeouts.connect:g} s"
                raise TimedOutError(message, limit="connect") from error
            if isinstance(error, OSError):
                raise connect_error(path, error) from error
            raise
        self.receiver = Receiver()
        self.spoiled = False
        """True when a request was not sent to its end: no other may follow it."""
        self._limit: float | None = None
        self._idle_events = select.poll()
        self._idle_events.register(self.sock, select.POLLIN)
        self._upload_events = select.poll()
        self._upload_events.register(self.sock, select.POLLIN | select.POLLOUT)

    def _set_option(self, option: int, limit: float | None) -> None:
        seconds, rest = divmod(limit or 0.0, 1.0)
        value = struct.pack("ll", int(seconds), max(int(rest * 1e6), 1) if limit else 0)
        self.sock.setsockopt(socket.SOL_SOCKET, option, value)

    def is_stale(self) -> bool:
        """Whether an idle connection was closed, or said something that nobody asked for."""
        return bool(self._idle_events.poll(0))

    # -- receiving ---------------------------------------------------------------------------

    def _await_limit(self, clock: Clock, name: str) -> None:
        limit = clock.limit(name)
        if limit != self._limit:
            self._set_option(socket.SO_RCVTIMEO, limit)
            self._limit = limit

    def fill(self, clock: Clock, name: str) -> None:
        """Receive once into the receiver's buffer."""
        self._await_limit(clock, name)
        try:
            count = self.sock.recv_into(self.receiver.space())
        except BlockingIOError:
            raise clock.expired(name) from None
        except ConnectionResetError:
            count = 0
        self.receiver.received(count)

    def receive(self, size: int, clock: Clock) -> bytes:
        """At most ``size`` bytes of body, past the receiver's buffer; none at the end."""
        self._await_limit(clock, "idle")
        try:
            return self.sock.recv(size)
        except BlockingIOError:
            raise clock.expired("idle") from None
        except ConnectionResetError:
            return b""

    def read_head(self, clock: Clock) -> Head:
        """The head of the answer; informational ones (1xx) are stepped over."""
        while True:
            head = self.receiver.head()
            if head is None:
                self.fill(clock, "head")
            elif head.status >= 200 or head.status == 101:
                return head

    # -- sending -----------------------------------------------------------------------------

    def send(self, head: bytes, body: Body | FileRange | None, clock: Clock) -> None:
        """Send a request. An answer that comes before its end stops the sending."""
        if body is None:
            self._send_small(head)
        elif isinstance(body, bytes):
            if len(body) <= BLOCK:
                self._send_small(head + body)
            else:
                self.spoiled = not self._push([head, body], clock)
        elif isinstance(body, FileRange):
            self.spoiled = not (self._push([head], clock) and self._push_file(body, clock))
        else:
            self.spoiled = True  # until all is sent: the caller's blocks may raise
            self.spoiled = not self._push_chunks(head, body, clock)

    def _send_small(self, data: bytes) -> None:
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.spoiled = True  # what the service said before it went is read next
        except BlockingIOError:
            raise TimedOutError("the service does not take requests", limit="connect") from None

    def _push_chunks(self, head: bytes, body: Readable | Iterable[bytes], clock: Clock) -> bool:
        if not self._push([head], clock):
            return False
        for block in _blocks(body):
            if not block:
                continue
            if self._idle_events.poll(0) and not self._only_informed(clock):
                return False
            if not self._push([b"%x\r\n" % len(block), block, b"\r\n"], clock):
                return False
        return self._push([b"0\r\n\r\n"], clock)

    def _push(self, parts: list[bytes | memoryview], clock: Clock) -> bool:
        """Send all parts; False when the answer came first, or the service is gone."""
        while parts:
            try:
                parts = unsent(parts, self.sock.sendmsg(parts, (), socket.MSG_DONTWAIT))
            except BlockingIOError:
                if not self._may_go_on(clock):
                    return False
            except (BrokenPipeError, ConnectionResetError):
                return False
        return True

    def _push_file(self, body: FileRange, clock: Clock) -> bool:
        self.sock.setblocking(False)
        try:
            while body.left:
                try:
                    body.send(self.sock.fileno())
                except BlockingIOError:
                    if not self._may_go_on(clock):
                        return False
                except (BrokenPipeError, ConnectionResetError):
                    return False
        finally:
            self.sock.setblocking(True)
        return True

    def _may_go_on(self, clock: Clock) -> bool:
        """Wait until the socket takes more; False when the service answers instead."""
        limit = clock.limit("idle")
        events = self._upload_events.poll(None if limit is None else max(1, round(limit * 1000)))
        if not events:
            raise clock.expired("idle")
        flags = events[0][1]
        if flags & select.POLLIN:
            return self._only_informed(clock)
        return bool(flags & select.POLLOUT)

    def _only_informed(self, clock: Clock) -> bool:
        """Read what came during an upload: True if it is but informational (1xx)."""
        self.fill(clock, "idle")
        return self.receiver.informational()

    def interrupt(self) -> None:
        """Wake the thread that uses the connection, and which will close it."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # its call has just ended

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()


def _blocks(body: Readable | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(body, Readable):
        while block := body.read(BLOCK):
            yield block
    else:
        yield from body


class Response:
    """An answer whose body is still to be read. Use it as a context manager."""

    __slots__ = ("_client", "_clock", "_connection", "head", "status")

    def __init__(
        self, client: UnixClient, connection: _Connection, head: Head, clock: Clock
    ) -> None:
        self._client = client
        self._connection: _Connection | None = connection
        self._clock = clock
        self.head = head
        self.status = head.status

    def iter_bytes(self) -> Iterator[bytes]:
        """The body in blocks of at most 64 KiB, as they come. Can be iterated once."""
        connection, clock = self._connection, self._clock
        if connection is None:
            return
        receiver = connection.receiver
        try:
            while True:
                if want := receiver.direct:
                    block = connection.receive(want, clock)
                    receiver.took(len(block))
                    if block:
                        yield block
                    continue
                data = receiver.block()
                if data is None:
                    connection.fill(clock, "idle")
                elif data:
                    yield data
                else:
                    break
        except GeneratorExit:  # the reader left: closing is the context manager's business
            raise
        except BaseException as error:
            self._client.give_up(connection)
            self._connection = None
            self._client.check_open(error)
            raise
        self.close()

    def read(self) -> bytes:
        """The whole body."""
        return b"".join(self.iter_bytes())

    def abort(self) -> None:
        """Let who reads the body now, in another task or thread, end with TruncatedError."""
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    def close(self) -> None:
        """Let go of the connection; what was not read is not waited for."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._client.give_back(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RawConnection:
    """The bare connection after an upgrade: bytes both ways."""

    __slots__ = ("_client", "_clock", "_connection", "_leftover", "head")

    def __init__(
        self, client: UnixClient, connection: _Connection, head: Head, clock: Clock
    ) -> None:
        self._client = client
        self._connection = connection
        self._leftover = connection.receiver.leftover()
        self._clock = clock
        self.head = head

    def receive(self, size: int = BLOCK) -> bytes:
        """At most ``size`` bytes as soon as there are some; none at the end."""
        if self._leftover:
            data, self._leftover = self._leftover[:size], self._leftover[size:]
            return data
        return self._connection.receive(size, self._clock)

    def send(self, data: bytes) -> None:
        """Send all of ``data``. Raises ClosedError if the other side has closed."""
        try:
            self._connection.sock.sendall(data)
        except OSError as error:
            raise ClosedError(f"the connection was closed: {error.strerror}") from error

    def close_write(self) -> None:
        """Say that no more will be sent; receiving goes on."""
        self._connection.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the connection."""
        self._client.give_up(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class UnixClient:
    """HTTP/1.1 over the Unix socket at ``path``. Safe for many threads."""

    def __init__(self, path: str, timeouts: Timeouts | None = None) -> None:
        self.path = path
        self.timeouts = timeouts or Timeouts()
        self._idle: deque[_Connection] = deque()
        self._active: set[_Connection] = set()
        self._closed = False
        _clients.add(self)

    def request(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        """Send a request and read its answer whole."""
        response = self.stream(method, target, fields, body, timeouts)
        try:
            return Reply(response.head, response.read())
        finally:
            response.close()

    def stream(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Response:
        """Send a request and read its answer's head; the body is read by the caller."""
        clock = Clock(timeouts or self.timeouts, f"{method} {target}")
        connection, head = self._exchange(method, target, fields, body, clock)
        return Response(self, connection, head, clock)

    def upgrade(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> RawConnection | Response:
        """Ask for the bare connection. An answer other than 101 or 200 comes as a Response."""
        clock = Clock(timeouts or self.timeouts, f"{method} {target}")
        fields = (*fields, ("Connection", "Upgrade"), ("Upgrade", "tcp"))
        connection, head = self._exchange(method, target, fields, body, clock)
        if head.status in {101, 200}:
            return RawConnection(self, connection, head, clock)
        return Response(self, connection, head, clock)

    def _exchange(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]],
        body: Body | None,
        clock: Clock,
    ) -> tuple[_Connection, Head]:
        part = None if body is None or isinstance(body, bytes) else file_range(body)
        length = part.left if part else len(body) if isinstance(body, bytes) else None
        data = request_head(method, target, fields, 0 if body is None else length)
        fresh = False
        while True:
            connection, reused = self._checkout(fresh=fresh)
            try:
                connection.receiver.expect(method)
                connection.send(data, part or body, clock)
                return connection, connection.read_head(clock)
            except ProtocolError as error:
                self.give_up(connection)
                self.check_open(error)
                if not (reused and connection.receiver.untouched and may_repeat(method, body)):
                    raise
                fresh = True  # the service closed the idle connection as the request went out
            except BaseException:
                self.give_up(connection)
                raise

    def _checkout(self, *, fresh: bool) -> tuple[_Connection, bool]:
        if self._closed:
            raise ClosedError("the client was closed")
        while self._idle and not fresh:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                break
            if not connection.is_stale():
                self._active.add(connection)
                return connection, True
            connection.close()
        connection = _Connection(self.path, self.timeouts)
        self._active.add(connection)
        return connection, False

    def give_back(self, connection: _Connection) -> None:
        """The call is over: keep the connection for the next, or close it."""
        connection.receiver.skip_buffered()
        if (
            self._closed
            or connection.spoiled
            or not connection.receiver.reusable
            or len(self._idle) >= MAX_IDLE
        ):
            self.give_up(connection)
        else:
            self._active.discard(connection)
            self._idle.append(connection)

    def give_up(self, connection: _Connection) -> None:
        """Close a connection."""
        self._active.discard(connection)
        connection.close()

    def check_open(self, error: BaseException) -> None:
        """Tell an end that came because the client was closed from all others."""
        if self._closed and isinstance(error, ProtocolError):
            raise ClosedError("the client was closed while the call was under way") from error

    def close(self) -> None:
        """Close all connections. Calls that are under way in other threads end with ClosedError."""
        self._closed = True
        for connection in list(self._active):
            connection.interrupt()
        self.forget_idle()

    def forget_idle(self) -> None:
        """Close the connections that wait for a next call."""
        while self._idle:
            self._idle.pop().close()


def _after_fork() -> None:
    for client in list(_clients):
        client.forget_idle()  # the parent goes on using them


os.register_at_fork(after_in_child=_after_fork)
