"""The client: one object for one Podman service."""

from __future__ import annotations

from functools import cached_property
from types import EllipsisType
from typing import TYPE_CHECKING, Self

from podlib import query as queries
from podlib.connection.sockets import brought, candidates, service
from podlib.http.common import Reply, Timeouts

from .link import AsyncLink

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import httpx

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

    ``url`` is a socket's path, or ``unix://PATH``, ``ssh://USER@HOST:PORT/PATH`` (by the user's
    own OpenSSH; without a path the socket is asked for) or ``tcp://HOST:PORT``. ``connection`` is
    the name of a connection that Podman knows. Default of both: what ``podman --remote`` would
    take. That is the connection of ``CONTAINER_CONNECTION``, then the URI of ``CONTAINER_HOST``,
    then the default connection of ``podman-connections.json`` or ``containers.conf``, then the
    socket of ``PODMAN_SOCKET_PATH``, then the usual sockets. ``transient``: if none of the usual
    sockets answers, a service is started that ends with the client, as by :meth:`transient`.

    ``identity`` is a key for ssh; ``tls_ca`` the authority of a TCP service's certificate,
    ``tls_cert`` and ``tls_key`` the client's own certificate: files, which count more than those
    of a connection. A TCP service is spoken to by TLS if one of these three is known.
    ``transport`` is a transport of httpx that all calls go through, but attach and exec, which
    need a bare connection: ``httpx.MockTransport`` in tests. Then ``url`` is the beginning of all
    URLs, ``http://HOST:PORT``, and may be left out. It is closed with the client.
    ``connect_timeout`` is how many seconds the service has to accept a connection; all other
    limits are off, unless :meth:`with_timeouts` sets them.

    Nothing is connected before the first call; that raises ConnectError if no service answers,
    with the reason. A connection that is unknown raises it at once; FileError: a file of Podman
    is needed and cannot be read or understood.
    """

    def __init__(
        self,
        url: str | os.PathLike[str] | None = None,
        *,
        connection: str | None = None,
        identity: str | os.PathLike[str] | None = None,
        tls_ca: str | os.PathLike[str] | None = None,
        tls_cert: str | os.PathLike[str] | None = None,
        tls_key: str | os.PathLike[str] | None = None,
        transient: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        connect_timeout: float | None = 10.0,
    ) -> None:
        timeouts = Timeouts(connect=connect_timeout)
        files = {
            "identity": identity,
            "tls_ca": tls_ca,
            "tls_cert": tls_cert,
            "tls_key": tls_key,
        }
        if transport is None:
            tried = candidates(url, connection, transient=transient, files=files)
        else:
            tried = [brought(url, [connection, transient, *files.values()])]
        self._adopt(AsyncLink(tried, timeouts, transport), timeouts)

    @classmethod
    def transient(
        cls,
        *,
        root: str | os.PathLike[str] | None = None,
        runroot: str | os.PathLike[str] | None = None,
        auth_file: str | os.PathLike[str] | None = None,
        tmpdir: str | os.PathLike[str] | None = None,
        podman: str | os.PathLike[str] = "podman",
        options: Sequence[str] = (),
        connect_timeout: float | None = 10.0,
    ) -> Self:
        """A client with a Podman service of its own, which begins and ends with it.

        ``root`` and ``runroot`` are the folders of its store, by default the user's usual ones;
        ``auth_file`` holds its credentials for registries; ``tmpdir`` is for its temporary files,
        such as the archives of checkpoints. ``podman`` is the program, and ``options`` its further
        global options, such as ``["--storage-driver=vfs"]``.

        The service starts with the first call, which raises ConnectError with what it said if it
        ends at once. It ends when the client is closed, and when this process ends, be it killed.
        Containers go on.
        """
        timeouts = Timeouts(connect=connect_timeout)
        own = service(podman, root, runroot, auth_file, tmpdir, options)
        client = cls.__new__(cls)
        client._adopt(AsyncLink([own], timeouts), timeouts)
        return client

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
        """The path of the service's socket; ``""`` before the first call, or if there is none.

        For ssh and TCP it is a socket of this machine that leads there, until the client closes.
        """
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
