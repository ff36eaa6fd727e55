"""Deadlines: connect, head, idle, total. The error names the limit and the request."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import podlib
from podlib.errors import ParameterError, PodmanError, TimedOutError
from podlib.http import UnixTransport
from podlib.http.common import Timeouts

from .servers import OK, Peer, answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Connect, Serve
    from .flavours import Body

pytestmark = pytest.mark.timeout(30)

SHORT = 0.15
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def silent(peer: Peer) -> None:
    peer.head()
    peer.wait_for_end()


def dripping(*parts: bytes) -> Callable[[Peer], None]:
    """Sends the parts, the last one over and over, with pauses well below the limit."""

    def script(peer: Peer) -> None:
        peer.head()
        peer.send(*parts[:-1])
        while True:
            peer.send(parts[-1])
            time.sleep(SHORT / 10)

    return script


def says(caught: pytest.ExceptionInfo[TimedOutError], limit: str, request: str) -> None:
    assert isinstance(caught.value, PodmanError)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.limit == limit
    assert request in str(caught.value)
    assert limit in str(caught.value)


# -- connect -------------------------------------------------------------------------------------


class Full:
    """A socket that listens, accepts nobody, and has no room for another in its queue."""

    def __init__(self, path: str, stack: contextlib.ExitStack) -> None:
        self.path = path
        self.listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        self.listener.bind(path)
        self.listener.listen(0)
        self.waiting: list[socket.socket] = []
        with contextlib.suppress(BlockingIOError):
            while True:
                sock = stack.enter_context(socket.socket(socket.AF_UNIX))
                self.waiting.append(sock)
                sock.setblocking(False)
                sock.connect(path)

    def answer_one(self) -> None:
        """Accept at last, and answer the first who asks."""
        for sock in self.waiting:
            sock.close()
        while True:
            sock, _ = self.listener.accept()
            with sock:
                if sock.recv(65_536):
                    sock.sendall(OK)
                    return


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Full]:
    """One of them."""
    with contextlib.ExitStack() as stack:
        yield Full(str(tmp_path / "full.sock"), stack)


def test_a_service_that_does_not_accept(full: Full, connect: Connect) -> None:
    with pytest.raises(
        TimedOutError, match=r"did not accept a connection within 0\.15 s"
    ) as caught:
        connect(full.path, connect=SHORT).request("GET", "/")
    assert caught.value.limit == "connect"
    assert full.path in str(caught.value)


def test_the_connect_limit_of_one_call(full: Full, connect: Connect) -> None:
    with pytest.raises(TimedOutError, match=r"within 0\.15 s"):
        connect(full.path).request("GET", "/", timeouts=Timeouts(connect=SHORT))


def test_the_connect_limit_of_httpx(full: Full) -> None:
    with (
        httpx.Client(transport=UnixTransport(full.path)) as client,
        pytest.raises(httpx.ConnectTimeout),
    ):
        client.get("http://podman/", timeout=httpx.Timeout(20, connect=SHORT))


def test_a_service_that_accepts_late(full: Full, connect: Connect) -> None:
    timer = threading.Timer(SHORT, full.answer_one)
    timer.start()
    assert connect(full.path).request("GET", "/").body == b"ok"
    timer.join()


# -- head ----------------------------------------------------------------------------------------


def test_a_silent_server(serve: Serve, connect: Connect) -> None:
    server = serve(silent)
    client = connect(server, head=SHORT)
    with pytest.raises(TimedOutError) as caught:
        client.request("GET", "/some/where")
    says(caught, "head", "GET /some/where")
    with pytest.raises(TimedOutError):
        client.request("GET", "/")
    assert server.connections == 2, "a late answer must not meet the next request"


@pytest.mark.parametrize(
    "script",
    [
        dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        dripping(b"HTTP/1.1 102 Processing\r\n\r\n"),
    ],
    ids=["fields", "informational heads"],
)
def test_a_head_that_drips(serve: Serve, connect: Connect, script: Callable[[Peer], None]) -> None:
    with pytest.raises(TimedOutError) as caught:
        connect(serve(script), head=SHORT).request("GET", "/drip")
    says(caught, "head", "GET /drip")


def test_the_time_of_an_upload_is_not_the_heads(serve: Serve, connect: Connect) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(10):
            time.sleep(SHORT / 4)
            yield b"x"

    client = connect(serve(answering(OK)), head=SHORT)
    assert client.request("POST", "/", body=slowly()).body == b"ok"


def test_a_limit_ends_with_its_call(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.head()
        time.sleep(2 * SHORT)
        peer.send(OK)

    server = serve(script)
    client = connect(server)
    client.request("GET", "/", timeouts=Timeouts(head=SHORT))
    assert client.request("GET", "/").body == b"ok"
    assert server.connections == 1


# -- idle ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "begin",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
        CHUNKED + b"5\r\nhel",
        OK[:15] + b"\r\n\r\n",
    ],
    ids=["length", "chunk", "until close"],
)
def test_a_body_that_stands_still(serve: Serve, connect: Connect, begin: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(begin)
        peer.wait_for_end()

    client = connect(serve(script), idle=SHORT)
    with pytest.raises(TimedOutError) as caught:
        client.request("GET", "/still")
    says(caught, "idle", "GET /still")


def test_a_slow_body_is_not_idle(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(CHUNKED)
        for _ in range(20):
            peer.send(b"1\r\nx\r\n")
            time.sleep(0.05)
        peer.send(b"0\r\n\r\n")

    assert connect(serve(script), idle=0.8).request("GET", "/").body == b"x" * 20


def test_the_head_may_take_longer_than_a_body_may_stand_still(
    serve: Serve, connect: Connect
) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        time.sleep(2 * SHORT)
        peer.send(OK)

    assert connect(serve(script), idle=SHORT).request("GET", "/").body == b"ok"


@pytest.mark.parametrize("source", ["bytes", "a file", "a generator"])
def test_an_upload_that_stands_still(
    serve: Serve, connect: Connect, tmp_path: Path, source: str
) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        ended.wait(20)

    ended = threading.Event()
    path = tmp_path / "body"
    path.write_bytes(bytes(5_000_000))
    with path.open("rb") as file:
        bodies: dict[str, Body] = {
            "bytes": bytes(5_000_000),
            "a file": file,
            "a generator": (bytes(65_536) for _ in range(80)),
        }
        with pytest.raises(TimedOutError) as caught:
            connect(serve(script), idle=SHORT).request("POST", "/up", body=bodies[source])
    ended.set()
    says(caught, "idle", "POST /up")


# -- total ---------------------------------------------------------------------------------------


def flowing(peer: Peer) -> None:
    peer.head()
    peer.send(CHUNKED)
    while True:
        peer.send(b"8000\r\n" + bytes(0x8000) + b"\r\n")


@pytest.mark.parametrize(
    "script",
    [
        silent,
        dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        dripping(CHUNKED, b"1\r\nx\r\n"),
        flowing,
    ],
    ids=["silent", "head", "body", "flowing"],
)
def test_the_whole_call_takes_too_long(
    serve: Serve, connect: Connect, script: Callable[[Peer], None]
) -> None:
    with (
        pytest.raises(TimedOutError) as caught,
        connect(serve(script), total=SHORT, head=20.0, idle=20.0).stream("GET", "/long") as answer,
    ):
        for _ in answer.iter_bytes():  # what flows without an end is not kept
            pass
    says(caught, "total", "GET /long")


def test_an_upload_that_flows_for_ever(serve: Serve, connect: Connect) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(65_536)

    def script(peer: Peer) -> None:
        peer.head()
        peer.discard_chunks()

    with pytest.raises(TimedOutError) as caught:
        connect(serve(script), total=SHORT).request("POST", "/up", body=endless())
    says(caught, "total", "POST /up")


def test_a_call_within_its_limits(serve: Serve, connect: Connect) -> None:
    client = connect(serve(answering(OK)), connect=20.0, head=20.0, idle=20.0, total=20.0)
    for _ in range(3):
        assert client.request("POST", "/", body=b"x" * 100_000).body == b"ok"


@pytest.mark.parametrize("name", ["connect", "head", "idle", "total"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_a_limit_that_is_none(name: str, value: float) -> None:
    limits: dict[str, Any] = {name: value}
    with pytest.raises(ParameterError, match=name):
        Timeouts(**limits)


# -- limits of a Podman client -------------------------------------------------------------------

PING = b"HTTP/1.1 200 OK\r\nLibpod-API-Version: 5.4.2\r\nContent-Length: 0\r\n\r\n"


def test_a_view_with_limits_shares_the_connections(serve: Serve) -> None:
    server = serve(answering(PING, OK))
    with podlib.Podman(server.path) as podman:
        podman.containers.start("web")
        podman.with_timeouts(head=20, total=20).containers.start("web")
        podman.containers.start("web")
    assert server.connections == 1


def test_limits_that_are_not_named_stay(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(PING)
        while True:
            peer.head()
            time.sleep(2 * SHORT)
            peer.send(OK)

    with podlib.Podman(serve(script).path) as podman:
        podman.request("GET", "_ping")
        limited = podman.with_timeouts(head=SHORT).with_timeouts(idle=20)
        with pytest.raises(TimedOutError):
            limited.containers.start("web")
        limited.with_timeouts(head=None).containers.start("web")
