"""Receiver and h11 read the same bytes: they must agree, but for what is named here.

podlib is stricter on purpose: it says ProtocolError, or waits for more, where h11 reads on:

* a bare LF for a line end; obsolete line folding; control characters in fields and in the reason;
* versions other than HTTP/1.0 and 1.1; a Content-Length of more than 18 digits, a chunk's size of
  more than 15; CR in a chunk's extension;
* an answer with both a Content-Length and chunks, which is how answers are smuggled, is read as h11
  reads it, but its connection is not kept.

podlib is laxer in two things: framing fields of an answer that has no body anyway (204, 304) are
not looked at, and RFC 9112 allows a blank before a chunk's extension, which h11 refuses.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from podlib.http.wire import Receiver

from . import strategies
from .peers import h11_reads, podlib_reads

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

_LAX_EXTENSION = re.compile(rb"[0-9A-Fa-f][ \t]+;")


@settings(max_examples=200)
@given(strategies.arriving(strategies.answers()))
def test_valid_answers_are_read_as_h11_reads_them(pieces: list[bytes]) -> None:
    theirs = h11_reads(pieces)
    assert theirs.complete, "the generated answer is valid"
    assert podlib_reads(pieces) == theirs
    assert podlib_reads(pieces, in_pieces=True) == theirs


@settings(max_examples=60)
@given(strategies.arriving(strategies.answers(method="HEAD")))
def test_answers_to_head_are_read_as_h11_reads_them(pieces: list[bytes]) -> None:
    ours, theirs = podlib_reads(pieces, method="HEAD"), h11_reads(pieces, method="HEAD")
    assert theirs.complete
    assert ours == theirs


@settings(max_examples=100)
@given(st.data())
def test_a_cut_answer_is_an_error_where_h11_says_so(data: st.DataObject) -> None:
    whole = data.draw(strategies.answers())
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    pieces = data.draw(strategies.pieces(cut))
    ours, theirs = podlib_reads(pieces), h11_reads(pieces)
    assert ours.error == theirs.error
    assert (ours.status, ours.body) == (theirs.status, theirs.body)


@settings(max_examples=60)
@given(st.lists(strategies.answers(may_end=False), min_size=2, max_size=4))
def test_one_connection_reads_answer_after_answer(answers: list[bytes]) -> None:
    receiver = Receiver()
    for data in answers:
        ours = podlib_reads([data], receiver=receiver, ends=False)
        assert ours == h11_reads([data], ends=False)
        assert ours.complete
        assert receiver.reusable == ours.keep_alive


@settings(max_examples=250)
@given(strategies.arriving(strategies.damaged()))
@example([CHUNKED + b"0\r\n", b"bad trailer\r\n\r\n"])
@example([CHUNKED + b"5\r\nhelloX\r\n0\r\n\r\n"])
@example([HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"])
@example([HEAD + b"Content-Length: +5\r\n\r\nhello"])
@example([HEAD + b"Name : value\r\n\r\n"])
def test_podlib_accepts_nothing_that_h11_refuses(pieces: list[bytes]) -> None:
    ours, theirs = podlib_reads(pieces), h11_reads(pieces)
    assert podlib_reads(pieces, in_pieces=True).error == ours.error
    event(f"podlib refuses: {ours.error}, h11 refuses: {theirs.error}")
    if ours.error or ours.status in {204, 304} or _LAX_EXTENSION.search(b"".join(pieces)):
        return
    assert not theirs.error
    assert (ours.informed, ours.status, ours.body) == (theirs.informed, theirs.status, theirs.body)
    assert ours.fields == theirs.fields
    assert theirs.keep_alive or not ours.keep_alive


STRICTER = {
    "bare LF": b"HTTP/1.1 200 OK\n\n",
    "bare LF after a field": HEAD + b"A: b\nC: d\r\n\r\n",
    "obsolete folding": HEAD + b"A: b\r\n c\r\n\r\n",
    "a control character": HEAD + b"A: b\x01\r\n\r\n",
    "DEL": HEAD + b"A: b\x7f\r\n\r\n",
    "another version": b"HTTP/1.2 200 OK\r\n\r\n",
    "19 digits of length": HEAD + b"Content-Length: 0000000000000000005\r\n\r\nhello",
    "16 digits of a chunk's size": CHUNKED + b"0000000000000005\r\nhello\r\n0\r\n\r\n",
    "CR in an extension": CHUNKED + b"5;\rx\r\nhello\r\n0\r\n\r\n",
    "folding in a trailer": CHUNKED + b"0\r\nA: b\r\n c\r\n\r\n",
    "a bare LF in a trailer": CHUNKED + b"0\r\nA: b\n\r\n",
}


@pytest.mark.parametrize("data", STRICTER.values(), ids=STRICTER)
def test_podlib_is_stricter_than_h11(data: bytes) -> None:
    assert not h11_reads([data]).error
    assert podlib_reads([data]).error


def test_an_answer_with_two_framings_is_read_as_chunked_and_ends_its_connection() -> None:
    data = HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    ours, theirs = podlib_reads([data], ends=False), h11_reads([data], ends=False)
    assert ours.body == theirs.body == b"x"
    assert theirs.keep_alive
    assert not ours.keep_alive


REFUSED_BY_BOTH = {
    "two codings": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two fields of codings": HEAD + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "an unknown coding": HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
    "different lengths": HEAD + b"Content-Length: 1, 2\r\n\r\nab",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "an empty length": HEAD + b"Content-Length:\r\n\r\n",
    "an underscore in a length": HEAD + b"Content-Length: 1_0\r\n\r\n",
    "a chunk's size with 0x": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a negative chunk": CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    "a chunk without size": CHUNKED + b";a=b\r\nhello\r\n0\r\n\r\n",
    "a chunk that is too long": CHUNKED + b"4\r\nhello\r\n0\r\n\r\n",
    "an empty field name": HEAD + b": b\r\n\r\n",
    "no colon": HEAD + b"A\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "no version": b"200 OK\r\n\r\n",
    "an SSH banner": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "NUL": HEAD + b"A: \0\r\n\r\n",
}


@pytest.mark.parametrize("data", REFUSED_BY_BOTH.values(), ids=REFUSED_BY_BOTH)
def test_both_refuse(data: bytes) -> None:
    assert h11_reads([data]).error
    assert podlib_reads([data]).error
    assert podlib_reads([data[i : i + 1] for i in range(len(data))]).error
