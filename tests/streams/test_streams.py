"""What holds for every call that streams; see ``table.py``."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from podlib.errors import ClosedError, TimedOutError

from .flavours import PATIENCE
from .scripts import END, HEAD, chunk, chunks, playing
from .table import CALLS, Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.errors import StreamError
    from tests.http.conftest import Serve
    from tests.http.servers import Peer

    from .conftest import Connect

pytestmark = pytest.mark.timeout(60)

IDLE = 0.05
MOST_IN_FLIGHT = 2 << 20
"""Bytes: more than the buffers of two sockets and of the client."""

every_call = pytest.mark.parametrize("call", CALLS, ids=str)


def taken(call: Call, items: Iterator[Any], count: int | None = None) -> list[object]:
    """The next items, by default all of the entry's, as it shows them."""
    return [call.shown(item) for item in islice(items, count or len(call.items))]


@every_call
def test_all_items_come(call: Call, serve: Serve, connect: Connect) -> None:
    server = serve(playing(call, lambda peer: peer.send(HEAD + chunks(call.blocks) + END)))
    client = connect(server)
    with client.open(call) as items:
        if call.resumes:
            assert taken(call, items) == [*call.items]
        elif call.bytewise:
            assert b"".join(items) == b"".join(call.blocks)
        else:
            assert [call.shown(item) for item in items] == [*call.items]


@every_call
def test_all_items_come_byte_by_byte(call: Call, serve: Serve, connect: Connect) -> None:
    wire = HEAD + chunks(call.blocks) + END
    server = serve(playing(call, lambda peer: peer.send(*(bytes([each]) for each in wire))))
    with connect(server).open(call) as items:
        if call.bytewise:
            assert b"".join(items) == b"".join(call.blocks)
        else:
            assert taken(call, items) == [*call.items]


@every_call
def test_leaving_early_closes_that_connection_and_no_other(
    call: Call, serve: Serve, connect: Connect
) -> None:
    begun: list[Peer] = []
    closed, go_on = threading.Event(), threading.Event()

    def play(peer: Peer) -> None:
        begun.append(peer)
        peer.send(HEAD + chunk(call.blocks[0]))
        if peer is begun[0]:
            peer.wait_for_end()
            closed.set()
        else:
            go_on.wait(PATIENCE)
            peer.send(chunks(call.blocks[1:]) + END)

    client = connect(serve(playing(call, play)))
    with ExitStack() as stack:
        first = stack.enter_context(client.open(call))
        assert call.shown(next(first)) == call.items[0]
        with client.open(call) as second:
            assert call.shown(next(second)) == call.items[0]
            stack.close()
            assert closed.wait(PATIENCE)
            go_on.set()
            assert taken(call, second, len(call.items) - 1) == [*call.items[1:]]
    assert client.ping()


@every_call
def test_what_was_left_gives_no_more(call: Call, serve: Serve, connect: Connect) -> None:
    server = serve(playing(call, lambda peer: peer.send(HEAD + chunks(call.blocks) + END)))
    with connect(server).open(call) as items:
        assert next(items) is not None
    with pytest.raises(ClosedError):
        list(items)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        pytest.param(call, error, id=f"{call}-{error[1].__name__}-{number}")
        for call in CALLS
        for number, error in enumerate(call.errors)
    ],
)
def test_an_error_within_the_stream(
    call: Call, error: tuple[bytes, type[StreamError], str], serve: Serve, connect: Connect
) -> None:
    line, kind, message = error
    body = HEAD + chunks([call.blocks[0], line]) + END
    server = serve(playing(call, lambda peer: peer.send(body)))
    with connect(server).open(call) as items:
        assert call.shown(next(items)) == call.items[0]
        with pytest.raises(kind, match=message):
            next(items)


@every_call
def test_a_silent_stream_may_stay_silent(call: Call, serve: Serve, connect: Connect) -> None:
    def play(peer: Peer) -> None:
        peer.send(HEAD + chunk(call.blocks[0]))
        time.sleep(2 * IDLE)  # longer than the limit of the next test: the silence itself
        peer.send(chunks(call.blocks[1:]) + END)

    with connect(serve(playing(call, play))).open(call) as items:
        assert taken(call, items) == [*call.items]


@every_call
def test_a_silent_stream_with_a_limit(call: Call, serve: Serve, connect: Connect) -> None:
    def play(peer: Peer) -> None:
        peer.send(HEAD + chunks(call.blocks))
        peer.wait_for_end()

    client = connect(serve(playing(call, play)))
    client.ping()
    with client.open(call, idle=IDLE) as items:
        found = taken(call, items, 1 if call.bytewise else None)
        with pytest.raises(TimedOutError) as caught:
            list(items)
    assert caught.value.limit == "idle"
    assert len(found) == (1 if call.bytewise else len(call.items))


@every_call
def test_a_slow_reader_makes_the_server_wait(call: Call, serve: Serve, connect: Connect) -> None:
    """Nobody reads while the server fills what room there is: then it has no more."""
    sent = 0
    go_on, full = threading.Event(), threading.Event()

    def play(peer: Peer) -> None:
        nonlocal sent
        peer.send(HEAD + chunk(call.blocks[0]))
        go_on.wait(PATIENCE)
        data = chunks([call.blocks[0]] * (50_000 // len(call.blocks[0])))
        peer.sock.setblocking(False)
        try:
            while sent <= MOST_IN_FLIGHT:
                sent += peer.sock.send(data)
        except BlockingIOError:
            full.set()
        peer.sock.setblocking(True)
        peer.wait_for_end()

    client = connect(serve(playing(call, play)))
    with client.open(call) as items:
        assert next(items) is not None
        go_on.set()
        assert client.pause(until=full)
    assert 0 < sent <= MOST_IN_FLIGHT
