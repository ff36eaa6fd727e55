"""Answers as ordinary and odd servers give them."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from podlib.errors import ClosedError, ProtocolError, TruncatedError

from .servers import OK, Peer, answering, chunked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Connect, Serve
    from .flavours import Answer

pytestmark = pytest.mark.timeout(30)

LENGTH_5 = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


def test_a_connection_serves_call_after_call(serve: Serve, connect: Connect) -> None:
    server = serve(answering(OK, chunked(b"second"), b"HTTP/1.1 204 No Content\r\n\r\n", OK))
    client = connect(server)
    assert client.request("GET", "/1").body == b"ok"
    assert client.request("GET", "/2").body == b"second"
    assert client.request("DELETE", "/3").status == 204
    assert client.request("POST", "/4").body == b"ok"
    assert server.connections == 1
    assert server.requests == ["GET /1", "GET /2", "DELETE /3", "POST /4"]


@pytest.mark.parametrize("answer", [LENGTH_5 + b"hello", chunked(b"he", b"l", b"lo")])
def test_an_answer_may_come_byte_by_byte(serve: Serve, connect: Connect, answer: bytes) -> None:
    def script(peer: Peer) -> None:
        while True:
            peer.head()
            for i in range(len(answer)):
                peer.send(answer[i : i + 1])
                if i % 20 == 0:
                    time.sleep(0.001)

    server = serve(script)
    client = connect(server)
    for _ in range(2):
        reply = client.request("GET", "/")
        assert reply.body == b"hello"
    assert server.connections == 1


def test_fields_and_status_of_an_answer(serve: Serve, connect: Connect) -> None:
    answer = b"HTTP/1.1 404 Nothing here\r\nX-One:  1 \r\nx-one: 2\r\nContent-Length: 4\r\n\r\nnull"
    reply = connect(serve(answering(answer))).request("GET", "/")
    assert reply.status == 404
    assert reply.header("x-oNE") == "1"
    assert reply.headers["content-length"] == "4"
    assert reply.json() is None


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_json(serve: Serve, connect: Connect, body: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    reply = connect(serve(answering(answer))).request("GET", "/")
    with pytest.raises(ProtocolError, match="not JSON"):
        reply.json()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 13\r\n\r\nuntil the end",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 13\r\n\r\nuntil the end",
    ],
)
def test_answers_that_end_their_connection(serve: Serve, connect: Connect, answer: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(answer)

    server = serve(script)
    client = connect(server)
    assert client.request("POST", "/").body == b"until the end"
    assert client.request("POST", "/").body == b"until the end"
    assert server.connections == 2


def test_informational_heads_are_stepped_over(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        while True:
            peer.head()
            peer.send(
                b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early", b" Hints\r\nA: b\r\n\r\n" + OK
            )

    server = serve(script)
    client = connect(server)
    for _ in range(2):
        reply = client.request("GET", "/")
        assert (reply.status, reply.body) == (200, b"ok")
    assert server.connections == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 O",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        LENGTH_5 + b"hel",
        chunked(b"hello")[:-50],
        chunked(b"hello")[:-1],
    ],
    ids=["before the head", "in the head", "after 100", "in the body", "in a chunk", "in trailers"],
)
def test_an_answer_that_ends_early_is_an_error(serve: Serve, connect: Connect, sent: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(sent)

    server = serve(script)
    client = connect(server)
    with pytest.raises(TruncatedError):
        client.request("GET", "/")
    assert server.requests == ["GET /"], "a fresh connection that ends is no reason to try again"


def test_what_came_before_an_early_end_is_handed_on(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(chunked(b"first", b"second").partition(b"second")[0])

    got: list[bytes] = []
    with (
        connect(serve(script)).stream("GET", "/") as answer,
        pytest.raises(TruncatedError),
    ):
        got.extend(answer.iter_bytes())
    assert got == [b"first"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        b"\0\1\2\3" * 100,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnothing\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
    ],
    ids=["SSH", "binary", "two lengths", "no chunk", "a million fields", "a huge field"],
)
def test_garbage_is_an_error_at_once(serve: Serve, connect: Connect, garbage: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(garbage)
        peer.wait_for_end()  # the client must not wait for more

    server = serve(script)
    with pytest.raises(ProtocolError):
        connect(server).request("GET", "/")
    assert server.requests == ["GET /"], "what has begun to answer is not asked again"


def test_a_banner_before_any_request(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.send(b"220 ready\r\n")
        peer.wait_for_end()

    with pytest.raises(ProtocolError, match="220 ready"):
        connect(serve(script)).request("GET", "/")


# -- connections that are kept -------------------------------------------------------------------


def test_an_answer_nobody_asked_for_is_never_taken_for_the_next(
    serve: Serve, connect: Connect
) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        if peer.number == 0:
            peer.send(LENGTH_5 + b"wrong")
            idle_connection_spoke.set()
        peer.wait_for_end()

    idle_connection_spoke = threading.Event()
    server = serve(script)
    client = connect(server)
    assert client.request("GET", "/1").body == b"ok"
    assert idle_connection_spoke.wait(10)
    assert client.request("GET", "/2").body == b"ok"
    assert server.connections == 2


def test_more_bytes_than_the_answer_has_end_its_connection(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(OK + LENGTH_5 + b"wrong")
        peer.wait_for_end()

    server = serve(script)
    client = connect(server)
    assert client.request("GET", "/1").body == b"ok"
    assert client.request("GET", "/2").body == b"ok"
    assert server.connections == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_closed_while_idle_is_replaced(
    serve: Serve, connect: Connect, method: str
) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.sock.close()
        closed.set()

    closed = threading.Event()
    server = serve(script)
    client = connect(server)
    client.request("GET", "/1")
    assert closed.wait(10)
    assert client.request(method, "/2").body == b"ok"
    assert server.requests == ["GET /1", f"{method} /2"]


def closes_as_the_second_request_arrives(peer: Peer) -> None:
    peer.head()
    peer.send(OK)
    peer.head()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_an_idempotent_call_is_repeated_when_its_old_connection_dies(
    serve: Serve, connect: Connect, method: str
) -> None:
    server = serve(closes_as_the_second_request_arrives)
    client = connect(server)
    client.request("GET", "/1")
    assert client.request(method, "/2").status == 200
    assert server.requests == ["GET /1", f"{method} /2", f"{method} /2"]


def test_a_call_is_repeated_only_once(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        if peer.number < 3:
            peer.head()
            peer.send(OK)
        peer.head()

    server = serve(script)
    client = connect(server)
    for answer in [client.stream("GET", "/1") for _ in range(3)]:
        answer.read()
    with pytest.raises(TruncatedError, match="before the answer began"):
        client.request("GET", "/2")
    assert server.requests == ["GET /1"] * 3 + ["GET /2"] * 2


@pytest.mark.parametrize("body", [None, b"body", [b"blocks"]])
def test_a_post_is_never_repeated(
    serve: Serve, connect: Connect, body: bytes | list[bytes] | None
) -> None:
    server = serve(closes_as_the_second_request_arrives)
    client = connect(server)
    client.request("GET", "/1")
    with pytest.raises(TruncatedError, match="before the answer began"):
        client.request("POST", "/2", body=body)
    assert server.requests == ["GET /1", "POST /2"]


def test_a_call_whose_answer_has_begun_is_not_repeated(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.head()
        peer.send(b"HTTP/1.1 2")

    server = serve(script)
    client = connect(server)
    client.request("GET", "/1")
    with pytest.raises(TruncatedError, match="within the answer's head"):
        client.request("GET", "/2")
    assert server.requests == ["GET /1", "GET /2"]


def test_a_half_closed_connection_is_not_used_again(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(OK)
        peer.sock.shutdown(socket.SHUT_WR)
        closed.set()
        peer.wait_for_end()

    closed = threading.Event()
    server = serve(script)
    client = connect(server)
    client.request("POST", "/1")
    assert closed.wait(10)
    client.request("POST", "/2")
    assert server.connections == 2


def test_an_upgrade_nobody_asked_for_ends_its_connection(serve: Serve, connect: Connect) -> None:
    server = serve(answering(b"HTTP/1.1 101 Switching\r\nUpgrade: tcp\r\n\r\n", OK))
    client = connect(server)
    assert client.request("GET", "/1").status == 101
    assert client.request("GET", "/2").body == b"ok"
    assert server.connections == 2


# -- streams -------------------------------------------------------------------------------------


def by_blocks(answer: Answer) -> Iterator[bytes]:
    yield from answer.iter_bytes()


def by_pieces(answer: Answer) -> Iterator[bytes]:
    for pieces in answer.iter_pieces():
        yield b"".join(pieces)


def test_blocks_come_as_they_arrive(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        got_first.wait()
        peer.send(b"6\r\nsecond\r\n0\r\n\r\n")

    got_first = threading.Event()
    got: list[bytes] = []
    with connect(serve(script)).stream("GET", "/") as answer:
        for block in answer.iter_bytes():
            got.append(block)
            got_first.set()
    assert got == [b"first", b"second"]


@pytest.mark.parametrize("way", [by_blocks, by_pieces])
@pytest.mark.parametrize("framing", ["length", "chunks", "end"])
def test_a_long_body_comes_whole(
    serve: Serve, connect: Connect, way: Callable[[Answer], Iterator[bytes]], framing: str
) -> None:
    body = bytes(range(256)) * 3_000
    heads = {
        "length": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body,
        "chunks": chunked(body[:70_000], body[70_000:70_001], body[70_001:]),
        "end": b"HTTP/1.1 200 OK\r\n\r\n" + body,
    }

    def script(peer: Peer) -> None:
        peer.head()
        peer.send(heads[framing])

    with connect(serve(script)).stream("GET", "/") as answer:
        blocks = [*way(answer)]
    assert b"".join(blocks) == body
    assert all(blocks)


def test_leaving_a_stream_early_closes_its_connection_only(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 100_000)
        if peer.number == 0:
            peer.wait_for_end()
            left.set()
        else:
            left.wait(10)
            peer.send(b"y" * 100_000)
            peer.wait_for_end()

    left = threading.Event()
    client = connect(serve(script))
    with client.stream("GET", "/1") as first, client.stream("GET", "/2") as second:
        next(first.iter_bytes())
        first.close()
        assert len(second.read()) == 200_000
    assert left.wait(10)


def test_leaving_a_stream_whose_rest_is_here_keeps_the_connection(
    serve: Serve, connect: Connect
) -> None:
    server = serve(answering(chunked(b"hello"), OK))
    client = connect(server)
    with client.stream("GET", "/1"):
        pass
    assert client.request("GET", "/2").body == b"ok"
    assert server.connections == 1


def test_leaving_a_stream_whose_rest_is_garbage_is_no_error(serve: Serve, connect: Connect) -> None:
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    server = serve(answering(start + b"ZZ\r\n\r\n", OK))
    client = connect(server)
    with client.stream("GET", "/1"):
        pass
    assert client.request("GET", "/2").body == b"ok"
    assert server.connections == 2


def test_a_stream_cannot_be_read_after_its_end(serve: Serve, connect: Connect) -> None:
    """An empty body would look like an answer."""
    client = connect(serve(answering(OK)))
    with client.stream("GET", "/") as answer:
        assert answer.read() == b"ok"
        with pytest.raises(ClosedError):
            answer.read()
    with pytest.raises(ClosedError):
        next(answer.iter_pieces())


def test_a_stream_cannot_be_read_after_an_error(serve: Serve, connect: Connect) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(LENGTH_5 + b"hel")

    with connect(serve(script)).stream("GET", "/") as answer:
        with pytest.raises(TruncatedError):
            answer.read()
        with pytest.raises(ClosedError):
            answer.read()


def test_a_closed_client_refuses_calls(serve: Serve, connect: Connect) -> None:
    server = serve(answering(OK))
    client = connect(server)
    client.request("GET", "/")
    client.close()
    client.close()
    with pytest.raises(ClosedError):
        client.request("GET", "/")
    assert server.requests == ["GET /"]
