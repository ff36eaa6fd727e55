"""The one module that imports httpx: podlib's core as a transport for httpx's own clients.

``httpx.Client(transport=podlib.http.UnixTransport("/run/podman/podman.sock"))`` speaks over the
Unix socket with podlib's connections, pool and streaming.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

import httpx

from podlib.errors import ConnectError, PodmanError, TimedOutError

from .common import Timeouts
from .unix_async import AsyncResponse, AsyncUnixClient
from .unix_sync import Response, UnixClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

_FRAMING = {"host", "content-length", "transfer-encoding", "connection", "user-agent"}


class _Body(httpx.SyncByteStream):
    def __init__(self, response: Response, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        with _translated(self._request):
            yield from self._response.iter_bytes()

    def close(self) -> None:
        self._response.close()


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, response: AsyncResponse, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated(self._request):
            async for block in self._response.iter_bytes():
                yield block

    async def aclose(self) -> None:
        await self._response.close()


class UnixTransport(httpx.BaseTransport):
    """A transport for ``httpx.Client`` over the Unix socket at ``path``."""

    def __init__(self, path: str) -> None:
        self._client = UnixClient(path)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; httpx calls this."""
        stream = cast("httpx.SyncByteStream", request.stream)  # httpx sees to that
        body = None if _is_empty(request) else _content(request) or stream
        with _translated(request):
            response = self._client.stream(
                request.method, _target(request), _fields(request), body, _timeouts(request)
            )
        headers = response.head.items()
        return httpx.Response(response.status, headers=headers, stream=_Body(response, request))

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


class AsyncUnixTransport(httpx.AsyncBaseTransport):
    """A transport for ``httpx.AsyncClient`` over the Unix socket at ``path``."""

    def __init__(self, path: str) -> None:
        self._client = AsyncUnixClient(path)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; httpx calls this."""
        stream = cast("httpx.AsyncByteStream", request.stream)  # httpx sees to that
        body = None if _is_empty(request) else _content(request) or stream
        with _translated(request):
            response = await self._client.stream(
                request.method, _target(request), _fields(request), body, _timeouts(request)
            )
        headers = response.head.items()
        body_stream = _AsyncBody(response, request)
        return httpx.Response(response.status, headers=headers, stream=body_stream)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()


def _is_empty(request: httpx.Request) -> bool:
    headers = request.headers
    return "transfer-encoding" not in headers and headers.get("content-length", "0") == "0"


def _content(request: httpx.Request) -> bytes | None:
    """The body, if the caller gave it whole: then it has a length."""
    try:
        return request.content
    except httpx.RequestNotRead:
        return None


def _target(request: httpx.Request) -> str:
    return request.url.raw_path.decode("ascii")


def _fields(request: httpx.Request) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.headers.items() if name not in _FRAMING]


def _timeouts(request: httpx.Request) -> Timeouts:
    given = request.extensions.get("timeout", {})
    read = given.get("read")
    return Timeouts(connect=given.get("connect"), head=read, idle=read)


@contextlib.contextmanager
def _translated(request: httpx.Request) -> Generator[None]:
    """Raise httpx's own errors: its callers expect those."""
    try:
        yield
    except TimedOutError as error:
        kind = httpx.ConnectTimeout if error.limit == "connect" else httpx.ReadTimeout
        raise kind(str(error), request=request) from error
    except ConnectError as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except PodmanError as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error
