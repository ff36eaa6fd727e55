"""The one place that knows requests: exchanges over a Unix socket, blocking.

Nothing of requests, urllib3 or http.client leaves this file: what goes wrong there is an error of
podlib's. The limits of a call are kept by its clock, not by requests.
"""

from __future__ import annotations

import socket
import threading
from concurrent.futures import CancelledError
from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import requests
import requests_unixsocket
from requests_unixsocket.adapters import UnixAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.exceptions import IncompleteRead as BodyCut
from urllib3.exceptions import TimeoutError as UrllibTimeoutError

from podlib.errors import ClosedError, PodmanError, ProtocolError, TruncatedError
from podlib.http.common import MAX_IDLE, may_repeat
from podlib.http.unix_sync import blocks_of, open_connection
from podlib.http.wire import BLOCK, Head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from podlib.http.common import Clock
    from podlib.http.unix_sync import Body
    from podlib.tunnels import Tunnel

T = TypeVar("T")
Fields: TypeAlias = "Sequence[tuple[str, str]]"

_BASE = "http+unix://podman"
"""What requests chooses the adapter by; the socket is the session's own affair."""
_LONGEST_LINE = 65_536
_CUT = (RemoteDisconnected, IncompleteRead, BodyCut, ConnectionResetError, BrokenPipeError)


class Exchange:
    """A request and its answer: the limits, and the connection while it has one."""

    def __init__(self, session: DockerSession, clock: Clock, connect: float | None) -> None:
        self.clock = clock
        self.connect = connect
        self.limit = "head"
        """The limit that is waited for."""
        self.failure: BaseException | None = None
        """What the caller's own blocks raised."""
        self.reused = False
        """Whether its connection has carried another exchange before."""
        self.fresh = False
        """Whether it must not have such a one."""
        self.pending: Future[Any] | None = None
        """The next of these blocks, where a thread waits for it."""
        self._session = session
        self._connection: _Connection | None = None
        self._sock: socket.socket | None = None
        self._left = False

    def took(self, connection: _Connection) -> None:
        """This is its connection now, and no other's."""
        with self._session.lock:
            self._connection, self._sock = connection, connection.sock
            connection.exchange = self
        if self._left:  # meanwhile, by another thread
            self.interrupt()

    def interrupt(self) -> None:
        """End it, from another thread: who waits for its connection wakes."""
        self._left = True
        if self.pending is not None:
            self.pending.cancel()
        with self._session.lock:
            if self._sock is None or self._connection is None:
                return
            if self._connection.exchange is not self:  # it is over: another has the connection
                return
            try:
                self._sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has just ended

    def over(self) -> None:
        """Nothing of it is under way any more."""
        self._session.active.discard(self)

    def wait(self, pending: Future[T]) -> T:
        """What somebody else makes for this thread, unless it is interrupted."""
        self.pending = pending
        if self._left:  # meanwhile
            pending.cancel()
        try:
            return pending.result()
        except CancelledError as error:
            raise ClosedError("the call was given up") from error
        finally:
            self.pending = None

    def sent(self, body: Body | None) -> bytes | Iterator[bytes] | None:
        """The body as requests takes it: whole, or as chunks."""
        return body if body is None or isinstance(body, bytes) else self._chunks(body)

    def _chunks(self, body: Body) -> Iterator[bytes]:
        try:
            for block in blocks_of(body):
                for part in block if isinstance(block, list) else [block]:
                    self.wait_for("idle")
                    yield bytes(part)
        except GeneratorExit:
            raise
        except BaseException as error:  # whatever it is, the caller gets it as it is
            self.failure = error
            raise

    def wait_for(self, limit: str) -> None:
        """Let the socket keep the limit of what comes next."""
        self.limit = limit
        if self._sock is not None:
            self._sock.settimeout(self.clock.limit(limit))

    def hijacked(self) -> socket.socket:
        """The connection itself, which outlives the answer; its limits are off."""
        if self._sock is None:
            raise ProtocolError("there is no connection beneath this answer")
        sock = self._sock.dup()
        sock.settimeout(None)
        return sock

    def closed_while_idle(self, error: BaseException) -> bool:
        """Whether the service closed a kept connection as the request went out, unanswered."""
        gone = RemoteDisconnected, ConnectionResetError, BrokenPipeError
        return self.reused and not self._left and isinstance(_cause(error), gone)

    def error(self, error: BaseException) -> BaseException:
        """What to raise for an error of requests and what is below it."""
        cause = _cause(error)
        if self.failure is not None:
            return self.failure
        if self._session.closed:
            return ClosedError("the client was closed")
        if isinstance(cause, PodmanError):
            return cause
        if isinstance(cause, TimeoutError | UrllibTimeoutError):
            return self.clock.expired(self.limit)
        if isinstance(cause, _CUT) or "ended prematurely" in str(cause):
            cut = TruncatedError("the connection ended before the answer was complete")
            return self._session.tunnel.explain(cut) if self._session.tunnel else cut
        return ProtocolError(f"the answer cannot be read: {cause}")


def _cause(error: BaseException) -> BaseException:
    """The innermost of errors that hold each other."""
    while True:
        held = (getattr(error, "reason", None), *error.args)
        inner = next((each for each in held if isinstance(each, BaseException)), None)
        if inner is None or isinstance(error, PodmanError | BodyCut):
            return error
        error = inner


class _Response(HTTPResponse):
    """An answer whose end must be there, to its last byte."""

    def _read_and_discard_trailer(self) -> None:
        while line := self.fp.readline(_LONGEST_LINE):
            if line in (b"\r\n", b"\n"):
                return
        raise IncompleteRead(b"")


class _Connection(HTTPConnection):
    """A connection that belongs to one exchange at a time."""

    response_class = _Response
    path: str
    tunnel: Tunnel | None
    exchange: Exchange

    def connect(self) -> None:
        limit = self.exchange.connect
        path = self.tunnel.open(limit) if self.tunnel else self.path
        self.sock = open_connection(path, self.tunnel, limit)
        self.exchange.took(self)

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- urllib3's own affair
        self.exchange.wait_for("idle")
        super().request(*args, **kwargs)

    def getresponse(self) -> Any:  # noqa: ANN401 -- urllib3's own, which is not http.client's
        self.exchange.clock.sent()
        self.exchange.limit = "head"
        self.timeout = self.exchange.clock.limit("head")
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    """The connections of a session."""

    def __init__(self, path: str, tunnel: Tunnel | None, current: threading.local) -> None:
        super().__init__("localhost", maxsize=MAX_IDLE)
        self._path = path
        self._tunnel = tunnel
        self._current = current

    def _new_conn(self) -> Any:  # noqa: ANN401 -- urllib3's own protocol is no public name
        connection = _Connection("localhost")
        connection.path = self._path
        connection.tunnel = self._tunnel
        return connection

    def _get_conn(self, timeout: float | None = None) -> Any:  # noqa: ANN401 -- likewise
        connection: Any = super()._get_conn(timeout)
        exchange: Exchange = self._current.exchange
        if exchange.fresh:
            connection.close()  # it is connected anew when the request goes out
        exchange.reused = connection.sock is not None
        exchange.took(connection)
        return connection


class _Adapter(UnixAdapter):  # type: ignore[misc]  # the library ships no types
    """All URLs lead to one socket."""

    def __init__(self, pool: _Pool) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] -- likewise
        self._pool = pool

    def get_connection(self, url: object, proxies: object = None) -> _Pool:  # noqa: ARG002 -- the library's hook has them
        return self._pool

    def close(self) -> None:
        self._pool.close()


class Answer:
    """An answer whose body is read block by block."""

    def __init__(self, exchange: Exchange, response: requests.Response) -> None:
        self.exchange = exchange
        self._response = response
        self._closed = False
        self.status = response.status_code
        lines = "".join(f"\r\n{name}: {value}" for name, value in response.raw.headers.items())
        self.head = Head(self.status, f"{lines}\r\n".encode("latin-1"), keep_alive=True)

    def block(self) -> bytes:
        """The next block, as soon as there is one; none at the end."""
        if self._closed:
            raise ClosedError("this answer was read to its end, or closed")
        if self._response.raw.closed:  # at its end: the connection may be another's by now
            self.close()
            return b""
        try:
            self.exchange.wait_for("idle")
            block: bytes = self._response.raw.read1(BLOCK)
            if not block:
                self.close()
            return block
        except (HTTPError, HTTPException, OSError) as error:
            self.close()
            raise self.exchange.error(error) from error

    def read(self) -> bytes:
        """The whole body."""
        with_end = iter(self.block, b"")
        return b"".join(with_end)

    def hijack(self) -> tuple[socket.socket, bytes]:
        """The connection beneath, and what of its bytes was read already."""
        sock = self.exchange.hijacked()
        self.exchange.over()
        try:
            answer: Any = self._response.raw._fp  # no public way leads to it
            sock.setblocking(False)  # of both: what is buffered is wanted, no more
            leftover = bytes(answer.fp.peek(BLOCK) or b"")
            sock.setblocking(True)
        except BaseException:
            sock.close()
            raise
        finally:
            self._response.close()
        return sock, leftover

    def close(self) -> None:
        """Let go of the connection; what was not read is not waited for."""
        self._closed = True
        if not self._response.raw.closed:  # another thread may be reading it
            self.exchange.interrupt()
        self._response.close()
        self.exchange.over()


class DockerSession:
    """All exchanges of a client. Safe for many threads."""

    def __init__(self, path: str, tunnel: Tunnel | None = None) -> None:
        self.closed = False
        self._current = threading.local()
        self.active: set[Exchange] = set()
        """Those whose answers are not read to their ends."""
        self.lock = threading.Lock()
        """Of who has which connection."""
        self.tunnel = tunnel
        self._session = requests_unixsocket.Session()
        self._session.trust_env = False
        self._session.headers.clear()
        self._session.mount("http+unix://", _Adapter(_Pool(path, tunnel, self._current)))

    def send(
        self, exchange: Exchange, method: str, target: str, fields: Fields, body: Body | None
    ) -> Answer:
        """Send a request and read its answer's head."""
        if self.closed:
            raise ClosedError("the client was closed")
        request = requests.Request(method, _BASE, dict(fields), data=exchange.sent(body))
        prepared = self._session.prepare_request(request)
        prepared.url = _BASE + target  # as it is: requests would undo the quoting of names
        self._current.exchange = exchange
        self.active.add(exchange)
        try:
            response: requests.Response = self._session.send(
                prepared, stream=True, allow_redirects=False, proxies={}
            )
            return Answer(exchange, response)
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            if not (exchange.closed_while_idle(error) and may_repeat(method, body)):
                exchange.over()
                raise exchange.error(error) from error
        except BaseException:
            exchange.over()
            raise
        exchange.fresh = True
        return self.send(exchange, method, target, fields, body)

    def close(self) -> None:
        """Close all connections. Exchanges that are under way end with ClosedError."""
        self.closed = True
        for exchange in list(self.active):
            exchange.interrupt()
        self._session.close()
