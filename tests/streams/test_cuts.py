"""A stream that is cut never looks like one that ends: see ``table.py`` for the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from podlib.errors import PodmanError, TruncatedError

from .scripts import END, HEAD, chunk, chunks, playing
from .table import CALLS, Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.http.conftest import Serve
    from tests.http.servers import Peer

    from .conftest import Connect
    from .flavours import Flavour

pytestmark = pytest.mark.timeout(120)

CUT = [call for call in CALLS if not call.resumes]
MARGIN = 8
STRIDE = 97
"""Within a block of mere bytes, one place is as good as another: these are tried, and all near its
ends."""


def received(client: Flavour, call: Call, kind: type[PodmanError]) -> list[Any]:
    """The items that come before the error."""
    found: list[Any] = []
    with pytest.raises(kind), client.open(call) as items:
        found.extend(call.shown(item) for item in items)  # keeps what came before the error
    return found


def check(call: Call, found: list[Any], bytes_before: int) -> None:
    """All items came whose blocks are before the cut, and no more."""
    body = b"".join(call.blocks)
    if call.bytewise:
        assert b"".join(found) == body[:bytes_before]
        return
    ends = [len(b"".join(call.blocks[: i + 1])) for i in range(len(call.blocks))]
    assert found == [*call.items[: sum(end <= bytes_before for end in ends)]]


def cuts(call: Call) -> Iterator[tuple[int, int]]:
    """Where to cut a body in chunks, and how many bytes of its blocks are before the cut."""
    at = before = 0
    for block in call.blocks:
        wire = chunk(block)
        line = wire.index(b"\r\n") + 2
        for place in range(len(wire)):
            inside = min(max(place - line, 0), len(block))
            far = call.bytewise and MARGIN < inside < len(block) - MARGIN
            if not far or not inside % STRIDE:
                yield at + place, before + inside
        at += len(wire)
        before += len(block)
    for place in range(len(END)):
        yield at + place, before


@pytest.mark.parametrize("call", CUT, ids=str)
def test_cut_at_every_byte_of_a_body_in_chunks(call: Call, serve: Serve, connect: Connect) -> None:
    wire = chunks(call.blocks) + END
    places = list(cuts(call))
    left = iter(places)

    def play(peer: Peer) -> None:
        at, _ = next(left)
        peer.send(HEAD + wire[:at])

    client = connect(serve(playing(call, play)))
    for _, before in places:
        check(call, received(client, call, TruncatedError), before)


@pytest.mark.parametrize("call", CUT, ids=str)
def test_cut_at_the_ends_of_items_of_a_body_with_a_length(
    call: Call, serve: Serve, connect: Connect
) -> None:
    body = b"".join(call.blocks)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    ends = [len(b"".join(call.blocks[:i])) for i in range(len(call.blocks) + 1)]
    places = sorted({at for end in ends for at in (end - 1, end, end + 1) if 0 <= at < len(body)})
    left = iter(places)
    client = connect(serve(playing(call, lambda peer: peer.send(head + body[: next(left)]))))
    for at in places:
        check(call, received(client, call, TruncatedError), at)


@pytest.mark.parametrize("call", [call for call in CUT if not call.bytewise], ids=str)
def test_an_answer_that_is_whole_with_an_item_that_is_not(
    call: Call, serve: Serve, connect: Connect
) -> None:
    half = call.blocks[1][: len(call.blocks[1]) // 2]
    server = serve(
        playing(call, lambda peer: peer.send(HEAD + chunks([call.blocks[0], half]) + END))
    )
    assert received(connect(server), call, PodmanError) == [call.items[0]]
