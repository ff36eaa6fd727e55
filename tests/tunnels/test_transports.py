"""Transports of httpx that callers bring."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import podlib
from podlib.errors import (
    ClosedError,
    ConnectError,
    NotFoundError,
    ParameterError,
    ProtocolError,
    TimedOutError,
    TruncatedError,
)
from podlib.http import UnixTransport
from tests.http.servers import ScriptedServer, answering

from .flavours import NO_CONTENT, PING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

VERSION = {"Libpod-API-Version": "5.8.2"}
EVENT = b'{"Type":"image","Action":"pull","Actor":{"ID":"x","Attributes":{}},"time":1}\n'


class Blocks(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in blocks, an error among them raised."""

    def __init__(self, *blocks: bytes | Exception) -> None:
        self._blocks = blocks
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            if isinstance(block, Exception):
                raise block
            yield block

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for block in self:
            yield block

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


class Service(httpx.MockTransport):
    """Answers to pings, and as it was told to all else."""

    def __init__(self, answer: httpx.Response | Exception) -> None:
        super().__init__(self._answer)
        self._answered = answer
        self.requests: list[httpx.Request] = []
        self.closed = False

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self._answered, Exception):
            raise self._answered
        if request.url.path == "/libpod/_ping":
            return httpx.Response(200, headers=VERSION, text="OK")
        self.requests.append(request)
        return self._answered

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def test_calls_go_through_it() -> None:
    service = Service(httpx.Response(200, json={"Id": "sha256:1", "RepoTags": ["a:1"]}))
    with podlib.Podman(transport=service) as podman:
        reply = podman.request("GET", "images/{}/json", "a/b:1", query={"x": "y z"})
        assert reply.json() == {"Id": "sha256:1", "RepoTags": ["a:1"]}
        assert podman.server_version == "5.8.2"
        assert podman.socket == ""
        assert not service.closed
    assert service.closed
    [request] = service.requests
    assert str(request.url) == "http://podman/v5.8.2/libpod/images/a%2Fb%3A1/json?x=y+z"


async def test_calls_of_asyncio_go_through_it() -> None:
    service = Service(httpx.Response(204))
    async with podlib.AsyncPodman("https://vm:8080/", transport=service) as podman:
        assert all(await asyncio.gather(*(podman.containers.exists("web") for _ in range(8))))
    assert service.closed
    assert str(service.requests[0].url) == "https://vm:8080/v5.8.2/libpod/containers/web/exists"


def test_errors_are_those_of_the_service() -> None:
    body = {"cause": "no such image", "message": "a: image not known", "response": 404}
    with podlib.Podman(transport=Service(httpx.Response(404, json=body))) as podman:
        with pytest.raises(NotFoundError, match="a: image not known"):
            podman.images.inspect("a")
        with pytest.raises(NotFoundError), podman.system.events():
            pytest.fail("there is no stream")


def test_a_stream_comes_in_pieces() -> None:
    body = Blocks(EVENT[:20], EVENT[20:] + EVENT, EVENT)
    service = Service(httpx.Response(200, stream=body))
    with podlib.Podman(transport=service) as podman:
        with podman.system.events() as events:
            first = next(iter(events))
            assert first.action == "pull"
        assert body.closed


async def test_a_stream_of_asyncio_comes_in_pieces() -> None:
    service = Service(httpx.Response(200, stream=Blocks(EVENT[:20], EVENT[20:] + EVENT, EVENT)))
    async with podlib.AsyncPodman(transport=service) as podman, podman.system.events() as events:
        assert len([event async for event in events]) == 3


@pytest.mark.parametrize(
    ("body", "length"),
    [(b"tar", "3"), (io.BytesIO(b"tar"), None), ([b"t", [memoryview(b"ar")]], None)],
)
def test_bodies_arrive(body: Any, length: str | None) -> None:
    service = Service(httpx.Response(200, json={}))
    with podlib.Podman(transport=service) as podman:
        podman.request("POST", "images/load", body=body)
    [request] = service.requests
    assert request.content == b"tar"
    assert request.headers.get("content-length") == length


async def test_a_file_arrives_with_its_length(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"tar")
    service = Service(httpx.Response(200, json={}))
    async with podlib.AsyncPodman(transport=service) as podman:
        with (tmp_path / "file").open("rb") as file:
            await podman.request("POST", "images/load", body=file)
    [request] = service.requests
    assert request.content == b"tar"
    assert request.headers["content-length"] == "3"
    assert "transfer-encoding" not in request.headers


def test_there_is_no_bare_connection() -> None:
    with (
        podlib.Podman(transport=Service(httpx.Response(101))) as podman,
        pytest.raises(ProtocolError, match="did not open a raw connection"),
    ):
        podman._link.upgrade("POST", "exec/1/start", {})


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (httpx.ConnectError("refused"), ConnectError),
        (httpx.UnsupportedProtocol("what"), ConnectError),
        (httpx.ConnectTimeout("late"), TimedOutError),
        (httpx.ReadTimeout("late"), TimedOutError),
        (httpx.ReadError("reset"), TruncatedError),
        (httpx.RemoteProtocolError("odd"), TruncatedError),
    ],
)
def test_errors_of_httpx_become_podlibs(raised: Exception, told: type[Exception]) -> None:
    with podlib.Podman(transport=Service(raised)) as podman, pytest.raises(told) as caught:
        podman.containers.exists("web")
    if told is not TimedOutError:
        assert str(raised) in str(caught.value)


def test_an_error_within_a_stream() -> None:
    body = Blocks(EVENT, httpx.ReadError("reset"))
    with (
        podlib.Podman(transport=Service(httpx.Response(200, stream=body))) as podman,
        podman.system.events() as events,
    ):
        assert next(iter(events)).action == "pull"
        with pytest.raises(TruncatedError, match="reset"):
            next(iter(events))


def test_limits_reach_the_transport() -> None:
    service = Service(httpx.Response(200, json={}))
    with podlib.Podman(transport=service, connect_timeout=3) as podman:
        podman.with_timeouts(head=4, idle=5).request("GET", "info")
        with pytest.raises(TimedOutError, match="total"):
            podman.with_timeouts(total=1e-9).request("GET", "info")
    limits = {"connect": 3, "read": 5, "write": 5, "pool": None}  # idle, now that the head is there
    assert service.requests[0].extensions["timeout"] == limits


def test_a_closed_client() -> None:
    podman = podlib.Podman(transport=Service(httpx.Response(204)))
    podman.close()
    with pytest.raises(ClosedError):
        podman.containers.exists("web")


def test_podlibs_own_transport_can_be_brought(tmp_path: Path) -> None:
    with (
        ScriptedServer(tmp_path / "s", answering(PING, NO_CONTENT)) as server,
        podlib.Podman(transport=UnixTransport(server.path)) as podman,
    ):
        assert podman.containers.exists("web")


def test_a_server_that_is_none(tmp_path: Path) -> None:
    with (
        podlib.Podman(transport=UnixTransport(str(tmp_path / "none"))) as podman,
        pytest.raises(ConnectError, match=r"^the transport: .* no such socket"),
    ):
        podman.containers.exists("web")


def test_what_does_not_go_together() -> None:
    service = Service(httpx.Response(204))
    with pytest.raises(ParameterError, match="knows where its service is"):
        podlib.Podman(connection="vm", transport=service)
    with pytest.raises(ParameterError, match="http://HOST:PORT, not '/run"):
        podlib.Podman("/run/podman.sock", transport=service)


def test_the_docker_side_needs_a_socket() -> None:
    service = Service(httpx.Response(200, json=[]))
    with (
        podlib.Podman(transport=service) as podman,
        pytest.raises(ConnectError, match="needs a socket"),
    ):
        podman.docker.containers.list()
