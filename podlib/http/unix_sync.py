"""HTTP/1.1 over a Unix socket, blocking. Its asyncio twin is ``unix_async``.

One client serves many threads: a connection belongs to one call at a time, and a pool of idle ones
is kept. After a fork the child begins with a pool of its own.
"""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, TypeAlias

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
    from collections.abc import Generator, Iterator, Sequence

    from podlib.tunnels import Tunnel

Block: TypeAlias = bytes | memoryview | list[memoryview]
Body: TypeAlias = bytes | Readable | Iterable[Block]
"""A request's body: bytes, an open binary file, or blocks as they come (each sent as a chunk)."""

_LOOK_UP = 0.2
"""Seconds after which a send that stands still looks whether the service has answered already."""


def open_socket(path: str, limit: float | None) -> socket.socket:
    """A socket that is connected to ``path``, which has ``limit`` seconds to accept."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _set_option(sock, socket.SO_SNDTIMEO, limit)
        sock.connect(path)
        _set_option(sock, socket.SO_SNDTIMEO, None)
    except BaseException as error:
        sock.close()
        if isinstance(error, BlockingIOError) and limit is not None:
            message = f"{path} did not accept a connection within {limit:g} s"
            raise TimedOutError(message, limit="connect") from error
        if isinstance(error, OSError | ValueError):  # a NUL in the path is a ValueError
            raise connect_error(path, error) from error
        raise
    return sock


def open_connection(path: str, tunnel: Tunnel | None, limit: float | None) -> socket.socket:
    """A socket that is connected to ``path``, through ``tunnel``, also if it has just dropped."""
    try:
        return open_socket(path, limit)
    except ConnectError as error:
        if tunnel is None:
            raise
        if not tunnel.has_dropped():
            raise tunnel.explain(error) from error
    return open_socket(tunnel.open(limit), limit)


def _set_option(sock: socket.socket, option: int, limit: float | None) -> None:
    seconds, rest = divmod(limit or 0.0, 1.0)
    value = struct.pack("ll", int(seconds), max(int(rest * 1e6), 1) if limit else 0)
    sock.setsockopt(socket.SOL_SOCKET, option, value)


class _Connection:
    """One socket, and the receiver of what arrives on it."""

    __slots__ = ("_events", "_limit", "receiver", "sock", "spoiled")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.receiver = Receiver()
        self.spoiled = False
        """True when a request was not sent to its end: no other may follow it."""
        self._limit: float | None = None
        self._events = select.poll()
        self._events.register(self.sock, select.POLLIN)
        _set_option(sock, socket.SO_SNDTIMEO, _LOOK_UP)

    def is_readable(self) -> bool:
        """Whether bytes, or the end of the connection, are there."""
        return bool(self._events.poll(0))

    # -- receiving ---------------------------------------------------------------------------

    def _await_limit(self, clock: Clock, name: str) -> None:
        """Let the kernel keep the limit: a poll before each receive would cost as much again."""
        limit = clock.limit(name)
        if limit != self._limit:
            _set_option(self.sock, socket.SO_RCVTIMEO, limit)
            self._limit = limit

    def fill(self, clock: Clock, name: str) -> None:
        """Receive once into the receiver's buffer."""
        if clock.limited or self._limit is not None:
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
        if clock.limited or self._limit is not None:
            self._await_limit(clock, "idle")
        try:
            return self.sock.recv(size)
        except BlockingIOError:
            raise clock.expired("idle") from None
        except ConnectionResetError:
            return b""

    def read_head(self, clock: Clock) -> Head:
        """The head of the answer; informational ones (1xx) are stepped over."""
        if clock.limited:
            clock.sent()
        while True:
            head = self.receiver.head()
            if head is None:
                self.fill(clock, "head")
            elif head.status >= 200 or head.status == 101:
                return head

    # -- sending -----------------------------------------------------------------------------

    def send(self, head: bytes, body: Body | FileRange | None, clock: Clock) -> None:
        """Send a request. An answer that comes before its end stops the sending."""
        self.spoiled = True  # until all is sent: the caller's blocks may raise
        if body is None:
            sent = self._push([head], clock)
        elif isinstance(body, bytes):
            sent = self._push([head, body], clock)
        elif isinstance(body, FileRange):
            sent = self._push([head], clock) and self._push_file(body, clock)
        else:
            widen(self.sock)
            sent = self._push([head], clock) and self._push_chunks(body, clock)
        self.spoiled = not sent

    def _push_chunks(self, body: Readable | Iterable[Block], clock: Clock) -> bool:
        for block in blocks_of(body):
            parts = block if isinstance(block, list) else [block]
            size = sum(map(len, parts))
            if not size:
                continue
            if self.is_readable() and not self._only_informed(clock):
                return False
            if not self._push([b"%x\r\n" % size, *parts, b"\r\n"], clock):
                return False
        return self._push([b"0\r\n\r\n"], clock)

    def _push(self, parts: list[bytes | memoryview], clock: Clock) -> bool:
        """Send all parts; False when the answer came first, or the service is gone."""
        quiet = 0.0
        if clock.limited:
            clock.limit("idle")
        while True:
            try:
                one = len(parts) == 1
                sent = self.sock.send(parts[0]) if one else self.sock.sendmsg(parts[:MOST_PARTS])
            except BlockingIOError:
                sent = 0
            except (BrokenPipeError, ConnectionResetError):
                return False
            parts = unsent(parts, sent)
            if not parts:
                return True
            quiet = 0.0 if sent else quiet + _LOOK_UP
            if not self._may_go_on(quiet, clock):
                return False

    def _push_file(self, body: FileRange, clock: Clock) -> bool:
        quiet = 0.0
        while body.left:
            try:
                body.send(self.sock.fileno())
                quiet = 0.0
            except BlockingIOError:
                quiet += _LOOK_UP
            except (BrokenPipeError, ConnectionResetError):
                return False
            if body.left and not self._may_go_on(quiet, clock):
                return False
        return True

    def _may_go_on(self, quiet: float, clock: Clock) -> bool:
        """Between two pieces: False when the service answers instead of taking the rest."""
        if self.is_readable():
            return self._only_informed(clock)
        limit = clock.limit("idle")
        if quiet and limit is not None and quiet >= limit:
            raise clock.expired("idle")
        return True

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

    def make_raw(self) -> None:
        """No longer HTTP: a send may take as long as it takes."""
        _set_option(self.sock, socket.SO_SNDTIMEO, None)

    def disown(self) -> None:
        """Close this process's end only."""
        self.sock.close()

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()


def blocks_of(body: Body) -> Iterator[Block]:
    """A body in blocks as they come."""
    if isinstance(body, bytes):
        yield body
    elif isinstance(body, Readable):
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
        connection = self._connection
        if connection is None:
            raise ClosedError("this answer was read to its end, or closed")
        receiver, clock = connection.receiver, self._clock
        with self._reading(connection):
            while not receiver.finished:
                if want := receiver.direct:
                    block = connection.receive(want, clock)
                    receiver.took(len(block))
                    if block:
                        yield block
                        self._check_not_left(connection)
                elif data := receiver.block():
                    yield data
                    self._check_not_left(connection)
                elif not receiver.finished:
                    connection.fill(clock, "idle")

    def iter_pieces(self) -> Iterator[list[memoryview]]:
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
                    connection.fill(self._clock, "idle")

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
        self.close()

    def _check_not_left(self, connection: _Connection) -> None:
        """Raise ClosedError if this answer was closed since the last block."""
        if self._connection is not connection:
            raise ClosedError("this answer was left, or closed, before its end")

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
        self,
        client: UnixClient,
        connection: _Connection,
        head: Head,
        clock: Clock,
        leftover: bytes,
    ) -> None:
        self._client = client
        self._connection = connection
        self._leftover = leftover
        connection.make_raw()
        self._clock = clock
        self.head = head

    def receive(self, size: int = BLOCK) -> bytes:
        """At most ``size`` bytes as soon as there are some; none at the end."""
        if self._leftover:
            data, self._leftover = self._leftover[:size], self._leftover[size:]
            return data
        data = self._connection.receive(size, self._clock)
        if not data:
            self._client.check_open()
        return data

    def send(self, data: bytes) -> None:
        """Send all of ``data``. Raises ClosedError if the other side has closed."""
        try:
            self._connection.sock.sendall(data)
        except OSError as error:
            raise ClosedError(f"the connection was closed: {error.strerror}") from error

    def close_write(self) -> None:
        """Say that no more will be sent; receiving goes on."""
        self._connection.sock.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Let who receives or sends now, in another task or thread, end."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the connection."""
        self._client.give_up(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class UnixClient(Pool[_Connection]):
    """HTTP/1.1 over the Unix socket at ``path``. Safe for many threads."""

    def request(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        """Send a request and read its answer whole."""
        clock = (timeouts or self.timeouts).start(method, target)
        connection, head = self._exchange(method, target, fields, body, clock, timeouts)
        try:
            whole = connection.receiver.whole()
            if whole is None:
                whole = Response(self, connection, head, clock).read()
            else:
                self.give_back(connection)
        except BaseException:
            self.give_up(connection)
            raise
        return Reply(head, whole)

    def stream(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Response:
        """Send a request and read its answer's head; the body is read by the caller."""
        clock = (timeouts or self.timeouts).start(method, target)
        connection, head = self._exchange(method, target, fields, body, clock, timeouts)
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
        clock = (timeouts or self.timeouts).start(method, target)
        fields = (*fields, ("Connection", "Upgrade"), ("Upgrade", "tcp"))
        connection, head = self._exchange(method, target, fields, body, clock, timeouts)
        if head.status in {101, 200}:
            leftover = connection.receiver.leftover()
            return RawConnection(self, connection, head, clock, leftover)
        return Response(self, connection, head, clock)

    def adopt(
        self, sock: socket.socket, head: Head, leftover: bytes, clock: Clock
    ) -> RawConnection:
        """Take over a connection to the service that was upgraded elsewhere.

        ``leftover`` is what came on it after the answer's head.
        """
        connection = _Connection(sock)
        self.put_to_work(connection)
        return RawConnection(self, connection, head, clock, leftover)

    def _exchange(
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
            connection, reused = self._checkout(limit, fresh=fresh)
            try:
                connection.receiver.expect(method)
                connection.send(data, part or body, clock)
                return connection, connection.read_head(clock)
            except ProtocolError as error:
                self.give_up(connection)
                self.check_open()
                if not (reused and connection.receiver.untouched and may_repeat(method, body)):
                    if self.tunnel is not None:
                        raise self.tunnel.explain(error) from error
                    raise
                fresh = True  # the service closed the idle connection as the request went out
            except BaseException:
                self.give_up(connection)
                raise

    def _checkout(self, limit: float | None, *, fresh: bool) -> tuple[_Connection, bool]:
        connection = None if fresh else self.take_idle()
        if connection is not None:
            return connection, True
        self.check_open()
        if self.tunnel is not None:
            self.path = self.tunnel.open(limit)
        connection = _Connection(open_connection(self.path, self.tunnel, limit))
        self.put_to_work(connection)
        return connection, False

    def close(self) -> None:
        """Close all connections. Calls that are under way in other threads end with ClosedError."""
        self.shut()
