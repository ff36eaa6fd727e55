# Generated from podlib/_async/verbs.py: edit there.
"""The few ways in which all endpoints speak to the service.

An endpoint is a signature, a docstring and one of these. ``route`` is the path below ``libpod/``
with ``{}`` where ``names`` go; keywords are the query, by the wire's names.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from podlib import query as queries
from podlib.errors import NotFoundError
from podlib.http.frames import LineSplitter

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from podlib.http.common import Reply, Timeouts
    from podlib.http.unix_sync import Body, Response

    from .link import Link

T = TypeVar("T")

_JSON = (("Content-Type", "application/json"),)
_TAR = (("Content-Type", "application/x-tar"),)  # form data, curl's default, would be swallowed


class Verbs:
    """The base of all nouns."""

    __slots__ = ("_link", "_timeouts")

    def __init__(self, link: Link, timeouts: Timeouts) -> None:
        self._link = link
        self._timeouts = timeouts

    def _call(self, method: str, route: str, *names: str, **query: object) -> Reply:
        """Any call without a body."""
        path = queries.path(route, *names)
        return self._link.request(method, path, query, timeouts=self._timeouts)

    def _get(self, model: type[T], route: str, *names: str, **query: object) -> T:
        """GET a value."""
        return _decode(model, self._call("GET", route, *names, **query))

    def _post(self, model: type[T], route: str, *names: str, **query: object) -> T:
        """POST, answered with a value."""
        return _decode(model, self._call("POST", route, *names, **query))

    def _delete(self, model: type[T], route: str, *names: str, **query: object) -> T:
        """DELETE, answered with a value."""
        return _decode(model, self._call("DELETE", route, *names, **query))

    def _post_json(self, model: type[T], route: str, document: object) -> T:
        """POST a JSON document, answered with a value."""
        body = json.dumps(document, separators=(",", ":")).encode()
        reply = self._link.request("POST", route, {}, _JSON, body, self._timeouts)
        return _decode(model, reply)

    def _post_tar(self, model: type[T], route: str, body: Body, **query: object) -> T:
        """POST an archive, answered with a value."""
        reply = self._link.request("POST", route, query, _TAR, body, self._timeouts)
        return _decode(model, reply)

    def _unit(self, method: str, route: str, *names: str, **query: object) -> None:
        """A call that answers nothing. "Already so" (304) is no error."""
        self._call(method, route, *names, **query)

    def _exists(self, route: str, *names: str) -> bool:
        """Whether something exists: 204 or 404. All else raises."""
        try:
            self._call("GET", route, *names)
        except NotFoundError:
            return False
        return True

    @contextmanager
    def _stream(self, method: str, route: str, *names: str, **query: object) -> Generator[Response]:
        """An answer that is read as it comes. Leaving closes the connection."""
        path = queries.path(route, *names)
        response = self._link.stream(method, path, query, timeouts=self._timeouts)
        with response:
            yield response

    @contextmanager
    def _lines(
        self, model: type[T], route: str, body: Body | None = None, **query: object
    ) -> Generator[Iterator[T]]:
        """POST, answered with one JSON document a line, as they come."""
        fields = () if body is None else _TAR
        response = self._link.stream("POST", route, query, fields, body, self._timeouts)
        with response:
            yield _documents(model, response)


def _documents(model: type[T], response: Response) -> Iterator[T]:
    from podlib.models import decode

    splitter = LineSplitter()
    for block in response.iter_bytes():
        for line in splitter.feed(block):
            yield decode(model, line)
    for line in splitter.end():
        yield decode(model, line)


def _decode(model: type[T], reply: Reply) -> T:
    from podlib.models import decode

    return decode(model, reply.body)
