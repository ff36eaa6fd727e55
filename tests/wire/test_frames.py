from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlib.errors import ProtocolError, TruncatedError
from podlib.http import frames
from podlib.http.frames import FrameSplitter, LineSplitter

if TYPE_CHECKING:
    from podlib.http.frames import Stream

STREAMS: list[Stream] = ["stdin", "stdout", "stderr"]


def cut(data: bytes, at: list[int]) -> list[bytes]:
    marks = sorted({0, len(data), *(mark % (len(data) + 1) for mark in at)})
    return [data[a:b] for a, b in pairwise(marks)]


def lines_of(blocks: list[bytes]) -> list[bytes]:
    splitter = LineSplitter()
    found = [line for block in blocks for line in splitter.feed(block)]
    return found + splitter.end()


def frame(stream: Stream, data: bytes) -> bytes:
    return struct.pack(">BxxxI", STREAMS.index(stream), len(data)) + data


# -- JSON lines ----------------------------------------------------------------------------------

records = st.text('a\x85\u2028\u2029\r\v\f\x1c\x1d {}"', min_size=1, max_size=8).filter(str.strip)
cuts = st.lists(st.integers(0, 200), max_size=6)


@given(st.lists(records.map(lambda text: f"<{text}>".encode()), max_size=6), cuts, st.booleans())
def test_lines_end_at_lf_only_wherever_blocks_end(
    lines: list[bytes], at: list[int], last: bool
) -> None:
    data = b"\n".join(lines) + (b"\n" if last else b"")
    assert lines_of(cut(data, at)) == lines


def test_empty_lines_are_left_out() -> None:
    assert lines_of([b"\n\r\n", b"a\n \n\t", b"\nb"]) == [b"a", b"b"]


def test_a_line_comes_as_soon_as_it_ends() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b'{"a":') == []
    assert splitter.feed(b'1}\n{"b"') == [b'{"a":1}']


def test_an_endless_line_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_LINE", 1_000)
    splitter = LineSplitter()
    splitter.feed(b"x" * 1_000)
    with pytest.raises(ProtocolError, match="1000 bytes"):
        splitter.feed(b"x")


def test_many_long_lines_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_LINE", 1_000)
    assert lines_of([b"x" * 600, b"x\n" + b"y" * 600, b"\n"] * 3) == [b"x" * 601, b"y" * 600] * 3


# -- frames --------------------------------------------------------------------------------------

framed = st.lists(st.tuples(st.sampled_from(STREAMS), st.binary(max_size=20)), max_size=8)


@given(framed, cuts)
def test_frames_are_put_together_wherever_blocks_end(
    sent: list[tuple[Stream, bytes]], at: list[int]
) -> None:
    data = b"".join(frame(stream, payload) for stream, payload in sent)
    splitter = FrameSplitter()
    pieces = [piece for block in cut(data, at) for piece in splitter.feed(block)]
    splitter.end()
    for stream in STREAMS:
        wanted = b"".join(payload for name, payload in sent if name == stream)
        assert b"".join(payload for name, payload in pieces if name == stream) == wanted
    order: list[Stream] = [stream for stream, payload in sent if payload]
    assert _runs([stream for stream, _ in pieces]) == _runs(order)


def _runs(streams: list[Stream]) -> list[Stream]:
    return [stream for i, stream in enumerate(streams) if i == 0 or streams[i - 1] != stream]


def test_a_long_frame_is_handed_on_before_its_end() -> None:
    splitter = FrameSplitter()
    assert splitter.feed(frame("stderr", b"x" * 100)[:50]) == [("stderr", b"x" * 42)]
    assert splitter.feed(b"y") == [("stderr", b"y")]


@given(framed.filter(len), st.integers(1, 100))
def test_an_end_within_a_frame_is_an_error(sent: list[tuple[Stream, bytes]], missing: int) -> None:
    data = b"".join(frame(stream, payload) for stream, payload in sent)
    last = len(frame(*sent[-1]))
    splitter = FrameSplitter()
    splitter.feed(data[: len(data) - 1 - missing % (last - 1)])
    with pytest.raises(TruncatedError, match="within a frame"):
        splitter.end()


@pytest.mark.parametrize("begin", [b"\x03", b"\x7f", b"{"])
def test_what_is_no_frame_is_an_error(begin: bytes) -> None:
    with pytest.raises(ProtocolError, match=f"stream {begin[0]}"):
        FrameSplitter().feed(begin + b"\0\0\0\0\0\0\1x")
