"""From HTTP to the bare connection, as attach and exec need it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from podlib.errors import ClosedError
from podlib.http.unix_sync import RawConnection, Response

from .flavours import DrivenAnswer, DrivenRaw
from .servers import OK, Peer, answering

if TYPE_CHECKING:
    from .conftest import Connect, Serve
    from .flavours import Client, Raw

pytestmark = pytest.mark.timeout(30)

HEADS = {
    "101": b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
    "200": b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n",
}


def upgraded(client: Client) -> Raw:
    raw = client.upgrade("POST", "/attach")
    assert isinstance(raw, RawConnection | DrivenRaw)
    return raw


def received(raw: Raw) -> bytes:
    return b"".join(iter(raw.receive, b""))


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_bytes_both_ways(serve: Serve, connect: Connect, head: bytes) -> None:
    def script(peer: Peer) -> None:
        fields = peer.head().lower()
        assert b"\r\nconnection: upgrade" in fields
        assert b"\r\nupgrade: tcp" in fields
        peer.send(head)
        assert peer.exactly(4) == b"ping"
        peer.send(b"\0\r\n\r\npong")

    with upgraded(connect(serve(script))) as raw:
        raw.send(b"ping")
        assert received(raw) == b"\0\r\n\r\npong"
        assert raw.receive() == b""


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_bytes_in_the_packet_of_the_head_come_first(
    serve: Serve, connect: Connect, head: bytes
) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(head + b"leftover", b" and more")

    with upgraded(connect(serve(script))) as raw:
        assert raw.receive(4) == b"left"
        assert received(raw) == b"over and more"


def test_one_side_closes_and_the_other_goes_on(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(HEADS["101"])
        peer.wait_for_end()
        peer.send(b"all is read")

    with upgraded(connect(serve(script))) as raw:
        raw.send(b"some input")
        raw.close_write()
        assert received(raw) == b"all is read"


def test_a_refusal_comes_as_an_answer(serve: Serve, connect: Connect) -> None:
    refusal = b"HTTP/1.1 409 Conflict\r\nContent-Length: 11\r\n\r\nnot running"
    server = serve(answering(refusal, OK))
    client = connect(server)
    answer = client.upgrade("POST", "/attach")
    assert isinstance(answer, Response | DrivenAnswer)
    with answer:
        assert answer.status == 409
        assert answer.read() == b"not running"
    assert client.request("GET", "/").body == b"ok"
    assert server.connections == 1


def test_an_upgraded_connection_is_not_used_again(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(HEADS["101"] if peer.number == 0 else OK)
        peer.wait_for_end()

    server = serve(script)
    client = connect(server)
    with upgraded(client):
        pass
    assert client.request("GET", "/").body == b"ok"
    assert server.connections == 2


def test_what_is_sent_may_wait_for_a_slow_reader(serve: Serve, connect: Connect) -> None:
    """Longer than it takes to connect, and than any limit of a call's head."""
    data = bytes(range(256)) * 8_000
    got: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.head()
        peer.send(HEADS["101"])
        time.sleep(0.5)
        got.append(peer.exactly(len(data)))

    with upgraded(connect(serve(script), connect=0.2, head=0.2)) as raw:
        raw.send(data)
        assert received(raw) == b""
    assert got == [data]


def test_sending_to_who_has_left(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(HEADS["101"])

    with upgraded(connect(serve(script))) as raw:
        assert received(raw) == b""
        with pytest.raises(ClosedError):
            raw.send(b"is there anybody?")


def test_closing_the_client_ends_bare_connections(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(HEADS["101"])
        peer.wait_for_end()
        ended.set()

    ended = threading.Event()
    client = connect(serve(script))
    with upgraded(client) as raw:
        client.close()
        assert ended.wait(10)
        with pytest.raises(ClosedError):
            raw.receive()
