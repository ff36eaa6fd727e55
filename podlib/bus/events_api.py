"""The Events API over HTTP: publish, and listen. The one module here that imports httpx."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

import httpx

from podlib import __version__
from podlib.errors import BusError

from .messages import Accepted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from .messages import Payload
    from .tokens import TokenSource

Delivery: TypeAlias = Literal["broadcast", "unicast"]

ROUTE = "/api/v1/events"
MAX_LINE = 16 << 20
"""Bytes of an event. Of a longer one only the beginning is handed on, which is no JSON."""
_BEGINNING = 4096
_EXCERPT = 300
_AT_ONCE = 8
"""Events that are published at the same time: each takes a connection."""
_LIMIT = 15.0
"""Seconds in which the API must connect, take a request, and answer one that publishes."""
_KEEPALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
]
"""A stream may be silent for ever: so the kernel asks whether the other end is still there."""


class EventsAPI:
    """A client of the Events API at ``url``, with or without the route. Raises BusError."""

    def __init__(self, url: str, token: TokenSource) -> None:
        self._url = url.rstrip("/").removesuffix(ROUTE) + ROUTE
        self._token = token
        self._turns = asyncio.Semaphore(_AT_ONCE)
        transport = httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=_AT_ONCE),
            socket_options=_KEEPALIVE,
        )
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(_LIMIT),
            headers={"User-Agent": f"podlib/{__version__}"},
        )

    async def publish(self, name: str, correlation_id: str, payload: Payload) -> Accepted:
        """Publish one event. ``POST /api/v1/events``."""
        body = {"name": name, "correlationId": correlation_id, "payload": payload}
        content = json.dumps(body).encode()
        headers = {**self._headers(), "Content-Type": "application/json"}
        try:
            async with self._turns:
                answer = await self._client.post(self._url, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error
        if answer.status_code not in (200, 202):
            raise self._refused(f"publish {name}", answer, answer.text)
        self._check_type(answer)
        accepted = _accepted(answer)
        if not accepted.accepted:
            raise BusError(f"the Events API at {self._url} does not accept {name}", status=0)
        return accepted

    @asynccontextmanager
    async def listen(
        self,
        name: str,
        *,
        delivery: Delivery,
        group: str = "",
        consumer: str = "",
        replay: bool = False,
        follow: bool = True,
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """The events called ``name`` from now on, a line each, until the stream ends.

        ``GET /api/v1/events/stream``. ``unicast``: of those that listen in ``group``, one gets an
        event. ``replay`` asks for earlier ones too; without ``follow`` these are all.
        """
        query = {"name": name, "delivery": delivery}
        if delivery == "unicast":
            query |= {"group": group, "consumer": consumer}
        if replay:
            query["replay"] = "true"
        if not follow:
            query["follow"] = "false"
        timeout = httpx.Timeout(_LIMIT, read=None)
        try:
            async with self._client.stream(
                "GET",
                f"{self._url}/stream",
                params=query,
                headers=self._headers(),
                timeout=timeout,
            ) as answer:
                if answer.status_code != 200:
                    text = (await answer.aread()).decode("utf-8", "replace")
                    raise self._refused(f"listen to {name}", answer, text)
                self._check_type(answer)
                yield _lines(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.token()}"}

    def _unreachable(self, error: Exception) -> BusError:
        text = str(error) or type(error).__name__
        return BusError(f"the Events API at {self._url} does not answer: {text}", status=0)

    def _check_type(self, answer: httpx.Response) -> None:
        """Raise BusError for the page of a proxy, which has status 200 too."""
        found = answer.headers.get("Content-Type", "")
        if found and "json" not in found:
            message = f"what answers at {self._url} is no Events API: it sends {found[:80]}"
            raise BusError(message, status=0)

    def _refused(self, what: str, answer: httpx.Response, text: str) -> BusError:
        status = answer.status_code
        token = answer.request.headers["Authorization"].removeprefix("Bearer ")
        text = text.replace(token, "(the token)")
        message = f"the Events API at {self._url} refuses to {what}: {status} {_reason(text)}"
        if status == 401:
            message += "; its token is missing, wrong or out of date"
        elif status == 403:
            message += "; its token lacks a scope: events:send and events:listen are needed"
        return BusError(message, status=status)


def _accepted(answer: httpx.Response) -> Accepted:
    try:
        return Accepted.model_validate_json(answer.content)
    except ValueError:  # the status says it all; a proxy may have replaced the rest
        return Accepted()


def _reason(text: str) -> str:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        text = str(found.get("error") or found.get("message") or text)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] -- any JSON
    return " ".join(text.split())[:_EXCERPT]


async def _lines(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Cut at line feeds only: text may hold other characters that end lines elsewhere."""
    rest, too_long = bytearray(), False
    async for block in answer.aiter_bytes():
        start = len(rest)
        rest += block
        if rest.find(b"\n", start) < 0:
            if len(rest) > MAX_LINE:
                too_long = True
                del rest[_BEGINNING:]
            continue
        *lines, last = bytes(rest).split(b"\n")
        if too_long:
            lines[0], too_long = lines[0][:_BEGINNING], False
        rest = bytearray(last)
        for line in lines:
            if line := line.strip():
                yield line
