"""The few ways in which all endpoints speak to the service.

An endpoint is a signature, a docstring and one of these. ``route`` is the path below ``libpod/``
with ``{}`` where ``names`` go; keywords are the query, by the wire's names; ``send`` is what the
request carries beside it: ``as_json(document)``, ``as_tar(archive)``.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from podlib import query as queries
from podlib import versions
from podlib.errors import NotFoundError
from podlib.http.frames import LineSplitter
from podlib.replies import stream_error

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from podlib.http.common import Reply, Timeouts
    from podlib.http.unix_async import AsyncRawConnection, AsyncResponse, Body

    from .link import AsyncLink, Fields

T = TypeVar("T")


class Sent(NamedTuple):
    """What a request carries beside its query."""

    body: Body | None = None
    fields: Fields = ()
    members: Mapping[str, object] | None = None
    """The body's, where it is a JSON object."""


NOTHING = Sent()


def as_json(document: object, fields: Fields = ()) -> Sent:
    """A JSON document as the body."""
    body = json.dumps(document, separators=(",", ":")).encode()
    members = cast("dict[str, object]", document) if isinstance(document, dict) else None
    return Sent(body, (*fields, ("Content-Type", "application/json")), members)


def as_tar(archive: Body, fields: Fields = ()) -> Sent:
    """An archive as the body. As form data, curl's default, the server would swallow it."""
    return Sent(archive, (*fields, ("Content-Type", "application/x-tar")))


class AsyncVerbs:
    """The base of all nouns."""

    __slots__ = ("_link", "_timeouts")

    _API = ""
    """What podlib/versions.py has before the operations of the nouns' API."""

    def __init__(self, link: AsyncLink, timeouts: Timeouts) -> None:
        self._link = link
        self._timeouts = timeouts

    async def _request(
        self,
        method: str,
        route: str,
        names: Sequence[str],
        query: Mapping[str, object],
        send: Sent | None = None,
        accept: int = 200,
    ) -> Reply:
        """Any call whose answer is read whole. The status ``accept`` is no error."""
        send = send or NOTHING
        path = await self._path(method, route, names, query, send)
        return await self._link.request(
            method, path, query, send.fields, send.body, self._timeouts, accept
        )

    async def _response(
        self,
        method: str,
        route: str,
        names: Sequence[str],
        query: Mapping[str, object],
        send: Sent | None = None,
    ) -> AsyncResponse:
        """Any call whose answer the caller reads as it comes, and closes."""
        send = send or NOTHING
        path = await self._path(method, route, names, query, send)
        return await self._link.stream(method, path, query, send.fields, send.body, self._timeouts)

    async def _raw(
        self, method: str, route: str, *names: str, document: object = None, **query: object
    ) -> AsyncRawConnection:
        """Ask for the bare connection, which the caller closes. ``document`` is sent as JSON."""
        send = NOTHING if document is None else as_json(document)
        path = await self._path(method, route, names, query, send)
        body = cast("bytes | None", send.body)
        return await self._link.upgrade(method, path, query, body, self._timeouts)

    async def _path(
        self,
        method: str,
        route: str,
        names: Sequence[str],
        query: Mapping[str, object],
        send: Sent,
    ) -> str:
        """The path of a call; NotSupportedError if the server lacks it, or a parameter of it."""
        path = queries.path(route, *names)
        operation = f"{self._API}{method} {route}"
        if operation in versions.LIMITS:
            await self._link.connect(self._timeouts)
            parameters = {**(send.members or {}), **query}
            versions.check(operation, parameters, self._link.version)
        return path

    async def _call(
        self, method: str, route: str, *names: str, send: Sent | None = None, **query: object
    ) -> Reply:
        """A call whose answer the caller decodes."""
        return await self._request(method, route, names, query, send)

    async def _get(self, model: type[T], route: str, *names: str, **query: object) -> T:
        """GET a value."""
        return _decode(model, await self._request("GET", route, names, query))

    async def _post(
        self, model: type[T], route: str, *names: str, send: Sent | None = None, **query: object
    ) -> T:
        """POST, answered with a value."""
        return _decode(model, await self._request("POST", route, names, query, send))

    async def _delete(self, model: type[T], route: str, *names: str, **query: object) -> T:
        """DELETE, answered with a value."""
        return _decode(model, await self._request("DELETE", route, names, query))

    async def _unit(
        self, method: str, route: str, *names: str, send: Sent | None = None, **query: object
    ) -> None:
        """A call that answers nothing. "Already so" (304) is no error."""
        await self._request(method, route, names, query, send)

    async def _exists(self, route: str, *names: str, **query: object) -> bool:
        """Whether something exists: 204 or 404. All else raises."""
        try:
            await self._request("GET", route, names, query)
        except NotFoundError:
            return False
        return True

    @asynccontextmanager
    async def _stream(
        self, method: str, route: str, *names: str, send: Sent | None = None, **query: object
    ) -> AsyncGenerator[AsyncResponse]:
        """An answer that is read as it comes. Leaving closes the connection."""
        async with await self._response(method, route, names, query, send) as response:
            yield response

    @asynccontextmanager
    async def _lines(
        self,
        model: type[T],
        method: str,
        route: str,
        *names: str,
        send: Sent | None = None,
        **query: object,
    ) -> AsyncGenerator[AsyncIterator[T]]:
        """A call that is answered with one JSON document a line, as they come."""
        async with await self._response(method, route, names, query, send) as response:
            yield documents(model, response)


async def documents(model: type[T], response: AsyncResponse) -> AsyncIterator[T]:
    """The JSON documents of an answer, one a line. Raises StreamError for one that is an error."""
    from podlib.models import decode

    splitter = LineSplitter()
    async for block in response.iter_bytes():
        for line in splitter.feed(block):
            yield decode(model, _no_error(line))
    for line in splitter.end():
        yield decode(model, _no_error(line))


def _no_error(line: bytes) -> bytes:
    if error := stream_error(line):
        raise error
    return line


def _decode(model: type[T], reply: Reply) -> T:
    from podlib.models import decode

    return decode(model, reply.body)
