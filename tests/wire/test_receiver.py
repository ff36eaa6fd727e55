"""What Receiver does beyond what h11 can be asked about: garbage, limits, its buffer."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from podlib.errors import ProtocolError, TruncatedError
from podlib.http.wire import BLOCK, Receiver

from . import strategies
from .peers import Source, Starved, fill, podlib_reads

MAX_HEAD = 65_536
MAX_CHUNK_LINE = 4_096
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def receiver_with(data: bytes, method: str = "GET") -> Receiver:
    receiver = Receiver()
    receiver.expect(method)
    source = Source([data], ends=False)
    fill(receiver, source)
    return receiver


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(b"HTTP/1.1 200 ".__add__)))
@example(b"HTTP/1.1 200 OK\r\n\r\n" * 5)
@example(CHUNKED + b"f" * 5_000)
@example(CHUNKED + b"ffffffffffffffff\r\n")
def test_garbage_raises_nothing_but_protocol_errors(data: bytes) -> None:
    podlib_reads([data])
    podlib_reads([data[i : i + 1] for i in range(len(data))])
    podlib_reads([CHUNKED, data])


@settings(max_examples=100)
@given(strategies.arriving(strategies.damaged()))
def test_an_answer_that_never_ends_starves_its_reader_and_never_spins(pieces: list[bytes]) -> None:
    answer = podlib_reads(pieces, ends=False)  # returns: nothing is read twice
    assert not (answer.complete and answer.error)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_head_may_have_64_kib_and_no_more(method: str) -> None:
    start, end = b"HTTP/1.1 204 OK\r\nX: ", b"\r\n\r\n"
    room = MAX_HEAD - len(start) - len(end)
    fits = podlib_reads([start + b"x" * room + end], method=method)
    assert fits.complete
    assert fits.fields == [(b"x", b"x" * room)]
    receiver = Receiver()
    receiver.expect(method)
    source = Source([start + b"x" * (room + 1) + end], ends=False)
    fill(receiver, source)
    assert receiver.head() is None
    with pytest.raises(ProtocolError, match="more than 65536 bytes"):
        receiver.space()


def test_a_head_of_many_small_fields_is_limited_too() -> None:
    assert podlib_reads([b"HTTP/1.1 200 OK\r\n", *[b"A: b\r\n" * 500] * 40], ends=False).error


def test_the_line_before_a_chunk_is_limited() -> None:
    fits = CHUNKED + b"1;" + b"e" * (MAX_CHUNK_LINE - 3) + b"\r\nx\r\n0\r\n\r\n"
    assert podlib_reads([fits]).body == b"x"
    endless = [CHUNKED, *[b"0" * 15 + b";" + b"e" * 1_000] * 6]
    assert podlib_reads(endless, ends=False).error


def test_trailers_are_limited() -> None:
    endless = [CHUNKED, b"0\r\n", *[b"A: b\r\n" * 500] * 40]
    assert podlib_reads(endless, ends=False).error


def test_trailers_of_half_a_buffer_are_stepped_over() -> None:
    trailers = b"A: b\r\n" * 5_000
    answer = podlib_reads([CHUNKED, b"5\r\nhello\r\n0\r\n", trailers, b"\r\n"], ends=False)
    assert answer.complete
    assert answer.body == b"hello"


@pytest.mark.parametrize("before", [CHUNKED + b"0\r\n", CHUNKED + b"0\r"])
def test_bad_trailers_are_an_error_at_once(before: bytes) -> None:
    """Wherever packets end: who waits for more waits for ever."""
    assert podlib_reads(
        [before, b"\n" * before.endswith(b"\r") + b"no trailer\r\n\r\n"], ends=False
    ).error


def test_a_blank_before_a_chunk_extension_is_allowed() -> None:
    answer = podlib_reads([CHUNKED + b"5 \t; a=b\r\nhello\r\n0\r\n\r\n"], ends=False)
    assert answer.complete
    assert answer.body == b"hello"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "before the answer began"),
        (b"HTTP/1.1 2", "within the answer's head"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "within the answer's head"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "4 bytes before the end"),
        (CHUNKED + b"5\r\nhel", "before the last chunk"),
        (CHUNKED + b"5\r\nhello\r\n", "before the last chunk"),
        (CHUNKED + b"0\r\n", "before the last chunk"),
    ],
)
def test_a_truncated_answer_says_where_it_ended(data: bytes, says: str) -> None:
    receiver = Receiver()
    receiver.expect("GET")
    if data:
        fill(receiver, Source([data], ends=False))
        if (head := receiver.head()) and head.status == 200:
            receiver.skip_buffered()
    with pytest.raises(TruncatedError, match=says):
        receiver.received(0)


def test_untouched_until_the_first_byte() -> None:
    receiver = Receiver()
    receiver.expect("GET")
    assert receiver.untouched
    fill(receiver, Source([b"H"], ends=False))
    assert not receiver.untouched


def test_bytes_after_the_answer_spoil_the_connection() -> None:
    receiver = receiver_with(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!")
    receiver.head()
    assert receiver.block() == b"hi"
    assert receiver.block() == b""
    assert not receiver.reusable


def test_an_answer_that_was_not_read_to_its_end_spoils_the_connection() -> None:
    receiver = receiver_with(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi")
    receiver.head()
    receiver.skip_buffered()
    assert not receiver.reusable


def test_the_rest_of_a_short_answer_is_stepped_over() -> None:
    receiver = receiver_with(CHUNKED + b"5\r\nhello\r\n0\r\n\r\n")
    receiver.head()
    assert not receiver.reusable
    receiver.skip_buffered()
    assert receiver.reusable


def test_leftover_bytes_of_an_upgrade() -> None:
    receiver = receiver_with(b"HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nfirst bytes")
    head = receiver.head()
    assert head is not None
    assert head.status == 101
    assert receiver.leftover() == b"first bytes"
    assert receiver.leftover() == b""


def test_a_body_past_the_buffer_never_crosses_its_end() -> None:
    receiver = receiver_with(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    assert receiver.direct == 0, "the head is still in the buffer"
    receiver.head()
    assert receiver.direct == BLOCK
    receiver.took(BLOCK)
    assert receiver.direct == 100_000 - BLOCK
    receiver.took(100_000 - BLOCK)
    assert receiver.direct == 0
    assert receiver.block() == b""
    assert receiver.reusable


def test_a_short_body_is_taken_at_once() -> None:
    receiver = receiver_with(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    receiver.head()
    assert receiver.whole() == b"hello"
    assert receiver.reusable


@pytest.mark.parametrize("rest", [b"hell", b"hello!", b""])
def test_a_body_that_is_not_just_here_is_not_taken_at_once(rest: bytes) -> None:
    receiver = receiver_with(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + rest)
    receiver.head()
    assert receiver.whole() is None
    assert (receiver.block() or b"") == rest[:5]


def test_the_enlarged_buffer_keeps_what_is_in_it() -> None:
    receiver = receiver_with(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nfirst")
    receiver.head()
    receiver.enlarge()
    receiver.enlarge()
    source = Source([b"x" * 299_995], ends=False)
    got = b""
    while not receiver.finished:
        pieces = receiver.pieces()
        got += b"".join(pieces)
        if not pieces:
            fill(receiver, source)
    assert got == b"first" + b"x" * 299_995
    assert receiver.reusable


def test_fields_are_found_whatever_their_case() -> None:
    receiver = receiver_with(
        b"HTTP/1.1 204 OK\r\nX-a:  one \r\nx-A:two\r\nX-AB: no\r\nB: X-A: no\r\n\r\n"
    )
    head = receiver.head()
    assert head is not None
    assert head.get("X-A") == "one"
    assert head.values(b"x-a") == [b"one", b"two"]
    assert head.get("missing") is None
    assert head.items()[0] == ("X-a", "one")


def test_blocks_are_copies() -> None:
    """The buffer is used again while the caller still holds the block."""
    receiver = receiver_with(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
    receiver.head()
    first = receiver.block()
    fill(receiver, Source([b"other"], ends=False))
    assert receiver.block() == b"other"
    assert first == b"first"


def test_a_starved_reader_is_no_error() -> None:
    with pytest.raises(Starved):
        fill(Receiver(), Source([], ends=False))
