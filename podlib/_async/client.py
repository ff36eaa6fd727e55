"""The client: one object for one Podman service."""

from __future__ import annotations

from functools import cached_property
from types import EllipsisType
from typing import TYPE_CHECKING, Self

from podlib import query as queries
from podlib.connection.sockets import candidates
from podlib.http.common import Reply, Timeouts

from .link import AsyncLink

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from podlib.docker._async.docker import AsyncDocker
    from podlib.http.unix_async import Body

    from .artifacts import AsyncArtifacts
    from .containers import AsyncContainers
    from .exec import AsyncExec
    from .generate import AsyncGenerate
    from .images import AsyncImages
    from .kube import AsyncKube
    from .manifests import AsyncManifests
    from .networks import AsyncNetworks
    from .pods import AsyncPods
    from .quadlets import AsyncQuadlets
    from .secrets import AsyncSecrets
    from .system import AsyncSystem
    from .volumes import AsyncVolumes


class AsyncPodman:
    """A client of one Podman service, to be used as a context manager or closed by ``close``.

    ``url`` is a socket's path or a ``unix://`` URI, ``connection`` the name of a connection that
    Podman knows. Default of both: what ``podman --remote`` would take. That is the connection of
    ``CONTAINER_CONNECTION``, then the URI of ``CONTAINER_HOST``, then the default connection of
    ``podman-connections.json`` or ``containers.conf``, then the socket of ``PODMAN_SOCKET_PATH``,
    then the usual sockets. ``connect_timeout`` is how many seconds the socket has to accept; all
    other limits are off, unless :meth:`with_timeouts` sets them.

    Nothing is connected before the first call; that raises ConnectError if no service answers.
    A connection that is unknown, or that only ssh or TCP leads to, raises it at once; FileError:
    a file of Podman is needed and cannot be read or understood.
    """

    def __init__(
        self,
        url: str | os.PathLike[str] | None = None,
        *,
        connection: str | None = None,
        connect_timeout: float | None = 10.0,
    ) -> None:
        timeouts = Timeouts(connect=connect_timeout)
        self._adopt(AsyncLink(candidates(url, connection), timeouts), timeouts)

    def _adopt(self, link: AsyncLink, timeouts: Timeouts) -> None:
        self._link = link
        self._timeouts = timeouts

    # Each noun is imported when it is first used: a program needs few of them.

    @cached_property
    def artifacts(self) -> AsyncArtifacts:
        """OCI artifacts."""
        from .artifacts import AsyncArtifacts

        return AsyncArtifacts(self._link, self._timeouts)

    @cached_property
    def containers(self) -> AsyncContainers:
        """Containers."""
        from .containers import AsyncContainers

        return AsyncContainers(self._link, self._timeouts)

    @cached_property
    def exec(self) -> AsyncExec:
        """Sessions of further processes in containers."""
        from .exec import AsyncExec

        return AsyncExec(self._link, self._timeouts)

    @cached_property
    def generate(self) -> AsyncGenerate:
        """Unit files for systemd."""
        from .generate import AsyncGenerate

        return AsyncGenerate(self._link, self._timeouts)

    @cached_property
    def images(self) -> AsyncImages:
        """Images."""
        from .images import AsyncImages

        return AsyncImages(self._link, self._timeouts)

    @cached_property
    def kube(self) -> AsyncKube:
        """Kubernetes YAML."""
        from .kube import AsyncKube

        return AsyncKube(self._link, self._timeouts)

    @cached_property
    def manifests(self) -> AsyncManifests:
        """Manifest lists."""
        from .manifests import AsyncManifests

        return AsyncManifests(self._link, self._timeouts)

    @cached_property
    def networks(self) -> AsyncNetworks:
        """Networks."""
        from .networks import AsyncNetworks

        return AsyncNetworks(self._link, self._timeouts)

    @cached_property
    def pods(self) -> AsyncPods:
        """Pods."""
        from .pods import AsyncPods

        return AsyncPods(self._link, self._timeouts)

    @cached_property
    def quadlets(self) -> AsyncQuadlets:
        """Quadlets."""
        from .quadlets import AsyncQuadlets

        return AsyncQuadlets(self._link, self._timeouts)

    @cached_property
    def secrets(self) -> AsyncSecrets:
        """Secrets."""
        from .secrets import AsyncSecrets

        return AsyncSecrets(self._link, self._timeouts)

    @cached_property
    def system(self) -> AsyncSystem:
        """The service and its host."""
        from .system import AsyncSystem

        return AsyncSystem(self._link, self._timeouts)

    @cached_property
    def volumes(self) -> AsyncVolumes:
        """Volumes."""
        from .volumes import AsyncVolumes

        return AsyncVolumes(self._link, self._timeouts)

    @cached_property
    def docker(self) -> AsyncDocker:
        """The Docker-compatible API of the same service, for what is written for Docker."""
        from podlib.docker._async.docker import AsyncDocker
        from podlib.docker._async.link import AsyncDockerLink

        return AsyncDocker(self._link.beside("docker", AsyncDockerLink), self._timeouts)

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
        limits = self._timeouts.changed(**changed)
        view = type(self).__new__(type(self))
        view._adopt(self._link, limits)
        return view

    @property
    def server_version(self) -> str:
        """The service's version, such as ``"5.8.2"``; ``""`` before the first call."""
        return self._link.version

    @property
    def socket(self) -> str:
        """The path of the service's socket; ``""`` before the first call."""
        return self._link.socket

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
