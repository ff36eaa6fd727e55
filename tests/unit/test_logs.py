from __future__ import annotations

import struct
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podlib.errors import ProtocolError, StreamError, TruncatedError
from podlib.logs import LogAssembler

if TYPE_CHECKING:
    from podlib.models.logs import LogLine

STAMP = b"2026-01-02T03:04:05.678901234Z "
TIME = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)


def frame(stream: str, data: bytes) -> bytes:
    return struct.pack(">BxxxI", ["stdin", "stdout", "stderr"].index(stream), len(data)) + data


def assembled(*blocks: bytes, timestamps: bool = False) -> list[LogLine]:
    assembler = LogAssembler(timestamps=timestamps)
    lines = [line for block in blocks for line in assembler.feed(block)]
    return lines + assembler.end()


def texts(lines: list[LogLine]) -> list[tuple[str, str]]:
    return [(line.stream, line.text) for line in lines]


def test_lines_of_both_streams_apart() -> None:
    lines = assembled(frame("stdout", b"out\n") + frame("stderr", b"err\n"))
    assert texts(lines) == [("stdout", "out"), ("stderr", "err")]
    assert lines[0].data == b"out"
    assert lines[0].time is None


def test_a_line_over_several_frames() -> None:
    blocks = frame("stdout", b"one "), frame("stderr", b"err\n"), frame("stdout", b"line\nnext\n")
    lines = assembled(*blocks)
    assert texts(lines) == [("stderr", "err"), ("stdout", "one line"), ("stdout", "next")]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(max_size=12)), max_size=8),
    st.lists(st.integers(0, 200), max_size=6),
    st.booleans(),
)
def test_lines_are_the_same_wherever_blocks_end(
    written: list[tuple[str, bytes]], at: list[int], timestamps: bool
) -> None:
    stamp = STAMP if timestamps else b""
    data = b"".join(frame(stream, stamp + text) for stream, text in written)
    marks = sorted({0, len(data), *(mark % (len(data) + 1) for mark in at)})
    blocks = [data[a:b] for a, b in pairwise(marks)]
    lines = assembled(*blocks, timestamps=timestamps)
    for stream in ("stdout", "stderr"):
        text = b"".join(data for name, data in written if name == stream)
        wanted = text.split(b"\n")
        if not wanted[-1]:
            wanted.pop()
        assert [line.data for line in lines if line.stream == stream] == wanted
    assert all(line.time == (TIME if timestamps else None) for line in lines)


def test_a_last_line_without_its_end() -> None:
    assembler = LogAssembler(timestamps=False)
    assert assembler.feed(frame("stdout", b"no end")) == []
    assert texts(assembler.end()) == [("stdout", "no end")]


def test_empty_lines_are_lines() -> None:
    assert texts(assembled(frame("stdout", b"\n\na\n"))) == [
        ("stdout", ""),
        ("stdout", ""),
        ("stdout", "a"),
    ]


def test_only_lf_ends_a_line() -> None:
    odd = "a\rb\x85c\u2028d\x0be"
    assert texts(assembled(frame("stdout", odd.encode() + b"\n"))) == [("stdout", odd)]


def test_a_terminals_line_ends_stay_in_the_data() -> None:
    (line,) = assembled(frame("stdout", b"from a tty\r\n"))
    assert line.data == b"from a tty\r"


def test_bytes_that_are_no_utf_8() -> None:
    (line,) = assembled(frame("stdout", b"\xff\xfe caf\xe9\n"))
    assert line.data == b"\xff\xfe caf\xe9"
    assert line.text == "\ufffd\ufffd caf\ufffd"


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        (b"2026-01-02T03:04:05.678901234Z", TIME),
        (b"2026-01-02T05:34:05.678901+02:30", TIME),
        (b"2026-01-02T03:04:05.6Z", TIME.replace(microsecond=600_000)),
        (b"2026-01-02T03:04:05Z", TIME.replace(microsecond=0)),
        (b"2026-01-01T22:04:05-05:00", TIME.replace(microsecond=0)),
    ],
)
def test_time_stamps(stamp: bytes, time: datetime) -> None:
    (line,) = assembled(frame("stdout", stamp + b" text\n"), timestamps=True)
    assert line.time == time
    assert line.time is not None
    assert line.time.tzinfo is UTC
    assert line.data == b"text"


def test_nanoseconds_are_kept() -> None:
    data = frame("stdout", STAMP + b"a\n") + frame(
        "stderr", STAMP.replace(b"901234", b"9") + b"b\n"
    )
    first, second = assembled(data, timestamps=True)
    assert first.time_nano == int(TIME.timestamp()) * 10**9 + 678_901_234
    assert second.time_nano == int(TIME.timestamp()) * 10**9 + 678_900_000
    assert assembled(frame("stdout", b"a\n"))[0].time_nano is None


def test_times_of_other_seconds_and_zones() -> None:
    stamps = ("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", "2026-01-02T03:04:06+01:00")
    data = b"".join(frame("stdout", f"{stamp} a\n".encode()) for stamp in (*stamps, *stamps))
    times = [line.time for line in assembled(data, timestamps=True)]
    assert times == 2 * [datetime.fromisoformat(stamp) for stamp in stamps]


def test_a_line_has_the_time_of_its_first_frame() -> None:
    later = b"2026-01-02T03:04:09Z "
    data = frame("stdout", STAMP + b"one ") + frame("stdout", later + b"line\n")
    (line,) = assembled(data, timestamps=True)
    assert (line.data, line.time) == (b"one line", TIME)


@pytest.mark.parametrize(
    "start", [b"no stamp", b"2026-13-45T99:99:99Z x", b"0001-01-01T00:00:00+23:00 x"]
)
def test_what_is_no_time_stamp_stays_in_the_line(start: bytes) -> None:
    (line,) = assembled(frame("stdout", start + b"\n"), timestamps=True)
    assert (line.data, line.time) == (start, None)


def test_a_stamp_that_nobody_asked_for_stays_in_the_line() -> None:
    (line,) = assembled(frame("stdout", STAMP + b"text\n"))
    assert (line.data, line.time) == (STAMP + b"text", None)


def test_output_that_ends_within_a_frame_is_an_error() -> None:
    assembler = LogAssembler(timestamps=False)
    assembler.feed(frame("stdout", b"whole\npart")[:-1])
    with pytest.raises(TruncatedError):
        assembler.end()


@pytest.mark.parametrize("timestamps", [True, False])
def test_a_frame_that_is_longer_than_a_block(timestamps: bool) -> None:
    text = 100_000 * b"x" + b"\n" + 50_000 * b"y"
    data = frame("stdout", (STAMP if timestamps else b"") + text) + frame("stderr", b"e\n")
    lines = assembled(*(data[i : i + 999] for i in range(0, len(data), 999)), timestamps=timestamps)
    assert [line.data for line in lines] == [100_000 * b"x", b"e", 50_000 * b"y"]
    time = TIME if timestamps else None
    assert [line.time for line in lines] == [time, None, time]


def test_pieces_of_a_line_that_is_very_long() -> None:
    assembler = LogAssembler(timestamps=False, max_line=9)
    found = assembler.feed(frame("stdout", b"0123456789") + frame("stderr", b"e\n"))
    found += assembler.feed(frame("stdout", b"abcdefghij") + frame("stdout", b"k\nnext\n"))
    found += assembler.feed(frame("stdout", b"9876543210"))
    found += assembler.end()
    assert [(line.text, line.partial) for line in found] == [
        ("0123456789", True),
        ("e", False),
        ("abcdefghij", True),
        ("k", False),
        ("next", False),
        ("9876543210", True),
        ("", False),
    ]


def test_a_log_in_which_the_server_reports_an_error() -> None:
    assembler = LogAssembler(timestamps=False)
    error = b'{"cause":"no space","message":"cannot read the log: no space","response":500}\n'
    assert texts(assembler.feed(frame("stdout", b"a\n") + error)) == [("stdout", "a")]
    with pytest.raises(StreamError, match="cannot read the log: no space"):
        assembler.end()
    with pytest.raises(StreamError, match="cannot read the log: no space"):
        assembler.feed(b"")
    with pytest.raises(ProtocolError, match="not a frame"):
        assembled(frame("stdout", b"a\n"), b"\x03\0\0\0\0\0\0\1a")
