"""The client: one object for one Podman service."""

from __future__ import annotations

from dataclasses import replace
from types import EllipsisType
from typing import TYPE_CHECKING, Self

from podlib import query as queries
from podlib.connection import candidates
from podlib.http.common import Reply, Timeouts

from .containers import AsyncContainers
from .images import AsyncImages
from .link import AsyncLink
from .system import AsyncSystem

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from podlib.http.unix_async import Body


class AsyncPodman:
    """A client of one Podman service, to be used as a context manager or closed by ``close``.

    ``url`` is a socket's path or a ``unix://`` URI; default: ``CONTAINER_HOST``, then
    ``PODMAN_SOCKET_PATH``, then the usual sockets. Nothing is connected before the first call;
    that raises ConnectError if no service answers. ``connect_timeout`` is how many seconds the
    socket has to accept; all other limits are off, unless :meth:`with_timeouts` sets them.
    """

    def __init__(
        self, url: str | os.PathLike[str] | None = None, *, connect_timeout: float | None = 10.0
    ) -> None:
        timeouts = Timeouts(connect=connect_timeout)
        self._adopt(AsyncLink(candidates(url), timeouts), timeouts)

    def _adopt(self, link: AsyncLink, timeouts: Timeouts) -> None:
        self._link = link
        self._timeouts = timeouts
        self.containers = AsyncContainers(link, timeouts)
        self.images = AsyncImages(link, timeouts)
        self.system = AsyncSystem(link, timeouts)

    def with_timeouts(
        self,
        *,
        head: float | EllipsisType | None = ...,
        idle: float | EllipsisType | None = ...,
        total: float | EllipsisType | None = ...,
    ) -> Self:
        """The same client, on the same connections, with limits on each call, in seconds.

        ``head``: until the answer begins; ``idle``: a body, up or down, may stand still for so
        long; ``total``: the whole call. None takes a limit off; what is not named stays. A limit
        that runs out raises TimedOutError.
        """
        named = {"head": head, "idle": idle, "total": total}
        changed = {
            name: limit for name, limit in named.items() if not isinstance(limit, EllipsisType)
        }
        limits = replace(self._timeouts, **changed)
        view = type(self).__new__(type(self))
        view._adopt(self._link, limits)
        return view

    @property
    def server_version(self) -> str:
        """The service's version, such as ``"5.8.2"``; ``""`` before the first call."""
        return self._link.version

    async def request(
        self,
        method: str,
        route: str,
        *names: str,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> Reply:
        """Call any route of libpod, also one that podlib has no method for.

        ``route`` is the path below ``libpod/``, with ``{}`` where ``names`` go, quoted:
        ``request("GET", "containers/{}/json", name, query={"size": True})``. An error status
        raises APIError.
        """
        path = queries.path(route, *names)
        fields = [*headers.items()] if headers else ()
        return await self._link.request(method, path, query or {}, fields, body, self._timeouts)

    async def close(self) -> None:
        """Close all connections; calls that are under way end with ClosedError."""
        await self._link.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
