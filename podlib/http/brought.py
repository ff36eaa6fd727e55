"""Calls over a transport of httpx that the caller brings, behind the face of the own client.

Bare connections are not to be had of one: an attach or an exec raises ProtocolError.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

import httpx

from podlib.errors import (
    ClosedError,
    ConnectError,
    ParameterError,
    PodmanError,
    TimedOutError,
    TruncatedError,
)

from .common import Reply, measure
from .unix_async import AsyncResponse, AsyncUnixClient
from .unix_async import blocks_of as async_blocks_of
from .unix_sync import Response, UnixClient, blocks_of
from .wire import Head, request_head

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator, Sequence

    from .common import Clock, Timeouts
    from .unix_async import Body as AsyncBody
    from .unix_sync import Body

    Fields = Sequence[tuple[str, str]]

_UPGRADE = (("Connection", "Upgrade"), ("Upgrade", "tcp"))


class TransportResponse(Response):
    """An answer whose body is still to be read."""

    __slots__ = ("_answer", "_ended")

    def __init__(self, answer: httpx.Response, clock: Clock) -> None:
        self.head = _head(answer)
        self.status = answer.status_code
        self._answer = answer
        self._clock = clock
        self._ended = False

    def iter_bytes(self) -> Iterator[bytes]:
        """The body in blocks as they come. Can be iterated once."""
        if self._ended:
            raise ClosedError("this answer was read to its end, or closed")
        with _translated(self._clock, "idle"):
            for block in cast("httpx.SyncByteStream", self._answer.stream):
                if self._ended:
                    raise ClosedError("this answer was left, or closed, before its end")
                self._clock.limit("idle")
                yield block
        self.close()

    def iter_pieces(self) -> Iterator[list[memoryview]]:
        """The same, as views."""
        for block in self.iter_bytes():
            yield [memoryview(block)]

    def abort(self) -> None:
        """Let who reads the body now end."""
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if not self._ended:
            self._ended = True
            self._answer.close()


class TransportClient(UnixClient):
    """HTTP over ``transport``, which is its owner's to close."""

    def __init__(self, transport: httpx.BaseTransport, base: str, timeouts: Timeouts) -> None:
        super().__init__("", timeouts)
        self._transport = transport
        self._base = base

    def request(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        """Send a request and read its answer whole."""
        with self.stream(method, target, fields, body, timeouts) as response:
            return Reply(response.head, response.read())

    def stream(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Response:
        """Send a request and read its answer's head; the body is read by the caller."""
        self.check_open()
        limits = timeouts or self.timeouts
        clock = limits.start(method, target)
        content = body if body is None or isinstance(body, bytes) else _joined(body)
        request = _request(method, self._base, target, fields, body, content, limits)
        with _translated(clock, "head"):
            answer = self._transport.handle_request(request)
        request.extensions["timeout"]["read"] = limits.idle
        return TransportResponse(answer, clock)

    def upgrade(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> Response:
        """Ask for the bare connection; what comes is an answer."""
        return self.stream(method, target, (*fields, *_UPGRADE), body, timeouts)


def _joined(body: Body) -> Iterator[bytes]:
    for block in blocks_of(body):
        yield b"".join(block) if isinstance(block, list) else bytes(block)


class AsyncTransportResponse(AsyncResponse):
    """An answer whose body is still to be read."""

    __slots__ = ("_answer", "_ended")

    def __init__(self, answer: httpx.Response, clock: Clock) -> None:
        self.head = _head(answer)
        self.status = answer.status_code
        self._answer = answer
        self._clock = clock
        self._ended = False

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """The body in blocks as they come. Can be iterated once."""
        if self._ended:
            raise ClosedError("this answer was read to its end, or closed")
        with _translated(self._clock, "idle"):
            async for block in cast("httpx.AsyncByteStream", self._answer.stream):
                if self._ended:
                    raise ClosedError("this answer was left, or closed, before its end")
                self._clock.limit("idle")
                yield block
        await self.close()

    async def iter_pieces(self) -> AsyncIterator[list[memoryview]]:
        """The same, as views."""
        async for block in self.iter_bytes():
            yield [memoryview(block)]

    def abort(self) -> None:
        """Let who reads the body end with the next block."""
        self._ended = True

    async def close(self) -> None:
        """Let go of the connection."""
        if not self._answer.is_closed:
            self._ended = True
            await self._answer.aclose()


class AsyncTransportClient(AsyncUnixClient):
    """HTTP over ``transport``, which is its owner's to close."""

    def __init__(self, transport: httpx.AsyncBaseTransport, base: str, timeouts: Timeouts) -> None:
        super().__init__("", timeouts)
        self._transport = transport
        self._base = base

    async def request(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: AsyncBody | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        """Send a request and read its answer whole."""
        async with await self.stream(method, target, fields, body, timeouts) as response:
            return Reply(response.head, await response.read())

    async def stream(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: AsyncBody | None = None,
        timeouts: Timeouts | None = None,
    ) -> AsyncResponse:
        """Send a request and read its answer's head; the body is read by the caller."""
        self.check_open()
        limits = timeouts or self.timeouts
        clock = limits.start(method, target)
        content = body if body is None or isinstance(body, bytes) else _async_joined(body)
        request = _request(method, self._base, target, fields, body, content, limits)
        with _translated(clock, "head"):
            answer = await self._transport.handle_async_request(request)
        request.extensions["timeout"]["read"] = limits.idle
        return AsyncTransportResponse(answer, clock)

    async def upgrade(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> AsyncResponse:
        """Ask for the bare connection; what comes is an answer."""
        return await self.stream(method, target, (*fields, *_UPGRADE), body, timeouts)


async def _async_joined(body: AsyncBody) -> AsyncIterator[bytes]:
    async for block in async_blocks_of(body):
        yield b"".join(block) if isinstance(block, list) else bytes(block)


def _request(
    method: str,
    base: str,
    target: str,
    fields: Fields,
    body: object,
    content: bytes | Iterator[bytes] | AsyncIterator[bytes] | None,
    limits: Timeouts,
) -> httpx.Request:
    length = 0 if body is None else measure(body)[1]
    request_head(method, target, fields, length)  # raises for what would not arrive as one request
    headers = [("User-Agent", "podlib"), *fields]
    if length and not isinstance(body, bytes):
        headers.append(("Content-Length", str(length)))
    timeout = {
        "connect": limits.connect,
        "read": limits.head,
        "write": limits.idle,
        "pool": None,
    }
    extensions = {"timeout": timeout}
    try:
        return httpx.Request(
            method, base + target, headers=headers, content=content, extensions=extensions
        )
    except httpx.InvalidURL as error:
        raise ParameterError(f"{base!r} is no URL: {error}") from error


def _head(answer: httpx.Response) -> Head:
    lines = [b"\r\n%b: %b" % line for line in answer.headers.raw]
    return Head(answer.status_code, b"".join([*lines, b"\r\n"]), keep_alive=False)


@contextlib.contextmanager
def _translated(clock: Clock, limit: str) -> Generator[None]:
    """Raise podlib's own errors for httpx's."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise TimedOutError(f"the transport did not connect: {error}", limit="connect") from error
    except httpx.TimeoutException as error:
        raise clock.expired(limit) from error
    except httpx.TransportError as error:
        raise _error(error) from error


def _error(error: httpx.TransportError) -> PodmanError:
    if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.UnsupportedProtocol):
        return ConnectError(f"the transport cannot connect: {error}")
    return TruncatedError(f"the connection ended before the answer was complete: {error}")
