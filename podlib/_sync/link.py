# Generated from podlib/_async/link.py: edit there.
"""The connection to one Podman service: found, asked for its version once, then spoken to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from podlib.connection.sockets import Candidate, nothing_answers
from podlib.errors import ClosedError, ConnectError, ProtocolError, TruncatedError
from podlib.http.flow_sync import in_thread
from podlib.http.unix_sync import Body, RawConnection, Response, UnixClient
from podlib.query import query as encode_query
from podlib.replies import api_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx

    from podlib.http.common import Reply, Timeouts
    from podlib.tunnels import Tunnel

_VERSION = re.compile(r"\d+\.\d+\.\d+[\w.+-]*", re.ASCII)  # it becomes part of every path

_PODMAN_3 = re.compile(r"manifests/[^/]+/(add|push)")
"""What the server routes for clients of Podman 3 only: to newer ones it is a manifest's name."""

Fields: TypeAlias = "Sequence[tuple[str, str]]"
L = TypeVar("L", bound="Link")


class Link:
    """What all nouns of a client share."""

    def __init__(
        self,
        candidates: list[Candidate],
        timeouts: Timeouts,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._candidates = candidates
        self._transport = transport
        self._tunnels = [_tunnel(each) for each in candidates]
        self._timeouts = timeouts
        self._http: UnixClient | None = None
        """None before the first call."""
        self._trying: list[UnixClient] = []
        self._closed = False
        self.prefix = ""
        """``/v5.4.2/libpod/`` once the service has told its version."""
        self.version = ""
        """The server's version; ``""`` before the first call."""
        self.socket = ""
        """The service's socket; ``""`` before the first call."""
        self._beside: dict[str, Link] = {}

    def beside(self, name: str, link: Callable[[Link], L]) -> L:
        """Another link to the same service, made once: it is closed with this one."""
        found = self._beside.get(name) or self._beside.setdefault(name, link(self))
        return cast("L", found)

    def connect(self, timeouts: Timeouts | None) -> UnixClient:
        """Find the service, and learn its version from its answer to a ping."""
        if self._closed:
            raise ClosedError("the client was closed")
        if self._http is not None:
            return self._http
        tried: list[tuple[Candidate, ConnectError]] = []
        for candidate, tunnel in zip(self._candidates, self._tunnels, strict=True):
            http = self._client(candidate, tunnel)
            self._trying.append(http)
            try:
                version = self._ping(http, candidate, timeouts)
            except ConnectError as error:
                tried.append((candidate, error))
                continue
            except BaseException:
                http.close()
                raise
            finally:
                self._trying.remove(http)
            return self._adopt(http, version)
        raise nothing_answers(tried)

    def _client(self, candidate: Candidate, tunnel: Tunnel | None) -> UnixClient:
        if self._transport is None:
            return UnixClient(candidate.path, self._timeouts, tunnel)
        from podlib.http.brought import TransportClient

        return TransportClient(self._transport, candidate.path, self._timeouts)

    def _ping(self, http: UnixClient, candidate: Candidate, timeouts: Timeouts | None) -> str:
        """The version of the service that answers."""
        try:
            reply = http.request("GET", "/libpod/_ping", timeouts=timeouts)
        except TruncatedError as error:
            if candidate.beyond is None:
                raise
            raise ConnectError(str(error)) from error  # nothing answers at the tunnel's other end
        return _version(reply, candidate)

    def _adopt(self, http: UnixClient, version: str) -> UnixClient:
        if self._http is not None or self._closed:  # another call was faster, or the client closed
            http.close()
            return self.connect(None)
        self._http = http
        self.version = version
        self.socket = "" if self._transport else http.path
        self.prefix = f"/v{version}/libpod/"
        return http

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        fields: Fields = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
        accept: int = 200,
    ) -> Reply:
        """Send a request, read the answer whole; an error status raises, but for ``accept``."""
        http = self._http or self.connect(timeouts)
        target = self._target(path) + (encode_query(query) if query else "")
        reply = http.request(method, target, fields, body, timeouts)
        if reply.status >= 400 and reply.status != accept:
            raise api_error(reply, method, target)
        return reply

    def stream(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        fields: Fields = (),
        body: Body | None = None,
        timeouts: Timeouts | None = None,
    ) -> Response:
        """Send a request; the caller reads the answer's body. An error status raises."""
        http = self._http or self.connect(timeouts)
        target = self._target(path) + encode_query(query)
        response = http.stream(method, target, fields, body, timeouts)
        return _checked(response, method, target)

    def upgrade(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> RawConnection:
        """Ask for the bare connection. An error status raises."""
        http = self._http or self.connect(timeouts)
        target = self._target(path) + encode_query(query)
        fields = (("Content-Type", "application/json"),) if body else ()
        answer = http.upgrade(method, target, fields, body, timeouts)
        if isinstance(answer, RawConnection):
            return answer
        with _checked(answer, method, target):
            raise ProtocolError(f"{method} {target} did not open a raw connection")

    def _target(self, path: str) -> str:
        if path.startswith("manifests/") and _PODMAN_3.fullmatch(path):
            return f"/v3.4.4/libpod/{path}"
        return self.prefix + path

    def close(self) -> None:
        """Close all connections, and end what they went through."""
        self._closed = True
        for http in [*self._trying, self._http]:
            if http is not None:
                http.close()
        for link in self._beside.values():
            link.close()
        for tunnel in self._tunnels:
            if tunnel is not None:
                in_thread(tunnel.close)
        if self._transport is not None:
            self._transport.close()


def _checked(response: Response, method: str, target: str) -> Response:
    if response.status < 400:
        return response
    from podlib.http.common import Reply

    with response:
        reply = Reply(response.head, response.read())
    raise api_error(reply, method, target)


def _tunnel(candidate: Candidate) -> Tunnel | None:
    if candidate.beyond is None:
        return None
    from podlib.tunnels import tunnel_to

    return tunnel_to(candidate.beyond)


def _version(reply: Reply, candidate: Candidate) -> str:
    version = reply.header("libpod-api-version")
    if not version or not _VERSION.fullmatch(version):
        server = reply.header("server") or "no Server header"
        message = f"{candidate.name} is not a Podman service: it answers {reply.status} ({server})"
        if b"HTTPS server" in reply.body:  # Go's words to who does not speak TLS
            message += "; it speaks TLS: name the authority of its certificate, tls_ca"
        raise ProtocolError(message)
    return version
