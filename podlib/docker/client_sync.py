"""The blocking client of the Docker-compatible side: the shape of ``unix_sync``, over requests.

Its asyncio twin is ``client_async``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib.http.common import Reply
from podlib.http.unix_sync import RawConnection, Response, UnixClient

from .session import DockerSession, Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podlib.http.common import Clock, Timeouts
    from podlib.http.unix_sync import Body
    from podlib.tunnels import Tunnel

    from .session import Answer


class DockerResponse(Response):
    """An answer of requests whose body is still to be read."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.head = answer.head
        self.status = answer.status

    def iter_bytes(self) -> Iterator[bytes]:
        """The body in blocks of at most 64 KiB, as they come. Can be iterated once."""
        while block := self._answer.block():
            yield block

    def iter_pieces(self) -> Iterator[list[memoryview]]:
        """The body as it comes, for who copies it on."""
        for block in self.iter_bytes():
            yield [memoryview(block)]

    def abort(self) -> None:
        """Let who reads the body now, in another task or thread, end with TruncatedError."""
        self._answer.exchange.interrupt()

    def close(self) -> None:
        """Let go of the connection; what was not read is not waited for."""
        self._answer.close()


class DockerClient(UnixClient):
    """HTTP/1.1 over the Unix socket at ``path``, by requests. Safe for many threads.

    Connections that were upgraded are sockets, as those of the class that it comes from.
    """

    def __init__(
        self, path: str, timeouts: Timeouts | None = None, tunnel: Tunnel | None = None
    ) -> None:
        super().__init__(path, timeouts, tunnel)
        self._session = DockerSession(path, tunnel)

    def request(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        """Send a request and read its answer whole."""
        answer = self._send(method, target, fields, body, timeouts)
        return Reply(answer.head, answer.read())

    def stream(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Response:
        """Send a request and read its answer's head; the body is read by the caller."""
        return DockerResponse(self._send(method, target, fields, body, timeouts))

    def upgrade(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> RawConnection | Response:
        """Ask for the bare connection. An answer other than 101 or 200 comes as a Response."""
        fields = (*fields, ("Connection", "Upgrade"), ("Upgrade", "tcp"))
        answer = self._send(method, target, fields, body, timeouts)
        if answer.status not in {101, 200}:
            return DockerResponse(answer)
        sock, leftover = answer.hijack()
        return self.adopt(sock, answer.head, leftover, answer.exchange.clock)

    def _send(
        self,
        method: str,
        target: str,
        fields: Sequence[tuple[str, str]],
        body: Body | None,
        timeouts: Timeouts | None,
    ) -> Answer:
        limits = timeouts or self.timeouts
        clock: Clock = limits.start(method, target)
        exchange = Exchange(self._session, clock, limits.connect)
        return self._session.send(exchange, method, target, fields, body)

    def disown(self) -> None:
        """In the child of a fork: the connections are the parent's, which goes on using them."""
        super().disown()
        self._session = DockerSession(self.path, self.tunnel)

    def close(self) -> None:
        """Close all connections. Calls that are under way in other threads end with ClosedError."""
        self._session.close()
        super().close()
