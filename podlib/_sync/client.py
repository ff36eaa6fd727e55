# Generated from podlib/_async/client.py: edit there.
"""The client: one object for one Podman service."""

from __future__ import annotations

from functools import cached_property
from types import EllipsisType
from typing import TYPE_CHECKING, Self

from podlib import query as queries
from podlib.connection.sockets import candidates
from podlib.http.common import Reply, Timeouts

from .link import Link

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from podlib.docker._sync.docker import Docker
    from podlib.http.unix_sync import Body

    from .artifacts import Artifacts
    from .containers import Containers
    from .exec import Exec
    from .generate import Generate
    from .images import Images
    from .kube import Kube
    from .manifests import Manifests
    from .networks import Networks
    from .pods import Pods
    from .quadlets import Quadlets
    from .secrets import Secrets
    from .system import System
    from .volumes import Volumes


class Podman:
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
        self._adopt(Link(candidates(url, connection), timeouts), timeouts)

    def _adopt(self, link: Link, timeouts: Timeouts) -> None:
        self._link = link
        self._timeouts = timeouts

    # Each noun is imported when it is first used: a program needs few of them.

    @cached_property
    def artifacts(self) -> Artifacts:
        """OCI artifacts."""
        from .artifacts import Artifacts

        return Artifacts(self._link, self._timeouts)

    @cached_property
    def containers(self) -> Containers:
        """Containers."""
        from .containers import Containers

        return Containers(self._link, self._timeouts)

    @cached_property
    def exec(self) -> Exec:
        """Sessions of further processes in containers."""
        from .exec import Exec

        return Exec(self._link, self._timeouts)

    @cached_property
    def generate(self) -> Generate:
        """Unit files for systemd."""
        from .generate import Generate

        return Generate(self._link, self._timeouts)

    @cached_property
    def images(self) -> Images:
        """Images."""
        from .images import Images

        return Images(self._link, self._timeouts)

    @cached_property
    def kube(self) -> Kube:
        """Kubernetes YAML."""
        from .kube import Kube

        return Kube(self._link, self._timeouts)

    @cached_property
    def manifests(self) -> Manifests:
        """Manifest lists."""
        from .manifests import Manifests

        return Manifests(self._link, self._timeouts)

    @cached_property
    def networks(self) -> Networks:
        """Networks."""
        from .networks import Networks

        return Networks(self._link, self._timeouts)

    @cached_property
    def pods(self) -> Pods:
        """Pods."""
        from .pods import Pods

        return Pods(self._link, self._timeouts)

    @cached_property
    def quadlets(self) -> Quadlets:
        """Quadlets."""
        from .quadlets import Quadlets

        return Quadlets(self._link, self._timeouts)

    @cached_property
    def secrets(self) -> Secrets:
        """Secrets."""
        from .secrets import Secrets

        return Secrets(self._link, self._timeouts)

    @cached_property
    def system(self) -> System:
        """The service and its host."""
        from .system import System

        return System(self._link, self._timeouts)

    @cached_property
    def volumes(self) -> Volumes:
        """Volumes."""
        from .volumes import Volumes

        return Volumes(self._link, self._timeouts)

    @cached_property
    def docker(self) -> Docker:
        """The Docker-compatible API of the same service, for what is written for Docker."""
        from podlib.docker._sync.docker import Docker
        from podlib.docker._sync.link import DockerLink

        return Docker(self._link.beside("docker", DockerLink), self._timeouts)

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

    def request(
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
        return self._link.request(method, path, query or {}, fields, body, self._timeouts)

    def close(self) -> None:
        """Close all connections; calls that are under way end with ClosedError."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
