"""Sessions over a connection that is none, and two things at once."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, cast

import pytest

from podlib import TruncatedError, terminal
from podlib._sync.sessions import Session
from podlib.http import flow_async, flow_sync
from podlib.http.frames import FrameSplitter
from podlib.models import Output

if TYPE_CHECKING:
    from podlib.http.unix_sync import RawConnection

OUT = b"\x01\0\0\0\0\0\0\x03"
ERR = b"\x02\0\0\0\0\0\0\x03"


class Raw:
    """A connection on which ``blocks`` arrive."""

    def __init__(self, *blocks: bytes) -> None:
        self._blocks = [*blocks]

    def receive(self) -> bytes:
        return self._blocks.pop(0) if self._blocks else b""


class Plain(Session):
    """A session that only reads."""

    def resize(self, *, height: int, width: int) -> None:
        raise NotImplementedError

    def exit_code(self) -> int:
        raise NotImplementedError

    def _ended(self) -> int | None:
        raise NotImplementedError


def session(*blocks: bytes, tty: bool = False, frames: FrameSplitter | None = None) -> Session:
    return Plain(cast("RawConnection", Raw(*blocks)), tty=tty, stdin=False, frames=frames)


def test_streams_apart() -> None:
    found = list(session(OUT + b"one" + ERR + b"t", b"wo" + OUT[:5], OUT[5:] + b"end").output())
    assert found == [
        Output("stdout", b"one"),
        Output("stderr", b"t"),
        Output("stderr", b"wo"),
        Output("stdout", b"end"),
    ]


def test_terminal() -> None:
    found = list(session(OUT, b"\xff", tty=True).output())
    assert found == [Output("stdout", OUT), Output("stdout", b"\xff")]


def test_the_end_stays_the_end() -> None:
    ended = session(OUT + b"one")
    assert ended.read() == Output("stdout", b"one")
    assert ended.read() is None
    assert ended.read() is None


@pytest.mark.parametrize("data", [OUT, OUT[:3], OUT + b"on"])
def test_an_end_within_a_frame(data: bytes) -> None:
    with pytest.raises(TruncatedError):
        list(session(data).output())


@pytest.mark.parametrize("size", [1, 5, 100])
def test_line_ends_that_are_not_counted(size: int) -> None:
    data = OUT + b"one\n" + ERR + b"two\n" + OUT + b"a\nb" + OUT + b"end\n"
    blocks = (data[start : start + size] for start in range(0, len(data), size))
    found = list(session(*blocks, frames=FrameSplitter(uncounted_line_ends=True)).output())
    written = {
        stream: b"".join(piece.data for piece in found if piece.stream == stream)
        for stream in ("stdout", "stderr")
    }
    assert written == {"stdout": b"one\na\nbend\n", "stderr": b"two\n"}


# -- alongside -----------------------------------------------------------------------------------


def test_alongside_in_threads() -> None:
    stop, begun = threading.Event(), threading.Event()

    def other() -> bool:
        begun.set()
        return stop.wait(10)

    assert flow_sync.alongside(lambda: begun.wait(10), other, stop.set)
    assert stop.is_set()

    def fails() -> None:
        raise ZeroDivisionError

    stop.clear()
    with pytest.raises(ZeroDivisionError):
        flow_sync.alongside(fails, other, stop.set)
    assert stop.is_set()
    assert not any(each.name == "podlib-alongside" for each in threading.enumerate())


async def test_alongside_in_tasks() -> None:
    stop, begun = asyncio.Event(), asyncio.Event()

    async def other() -> bool:
        begun.set()
        return await stop.wait()

    assert await flow_async.alongside(begun.wait, other, stop.set)
    assert stop.is_set()

    async def cancelled() -> None:
        raise asyncio.CancelledError

    stop.clear()
    with pytest.raises(asyncio.CancelledError):
        await flow_async.alongside(cancelled, other, stop.set)
    assert stop.is_set()
    assert len(asyncio.all_tasks()) == 1


# -- interact ------------------------------------------------------------------------------------


class Typed:
    """A connection whose output ends as soon as something was typed."""

    def __init__(self) -> None:
        self.sent = b""
        self._typed = threading.Event()

    def receive(self) -> bytes:
        assert self._typed.wait(10)
        return b""

    def send(self, data: bytes) -> None:
        self.sent += data
        self._typed.set()

    def close_write(self) -> None:
        raise AssertionError("the input has not ended")

    def abort(self) -> None:
        self._typed.set()


class Running(Plain):
    """A session whose process is seen to run ``often`` times, and then has ended with 5."""

    often = 3

    def _ended(self) -> int | None:
        self.often -= 1
        return None if self.often >= 0 else 5


@pytest.mark.parametrize(
    ("typed", "keys", "code"),
    [
        (b"\x10\x11", None, None),
        (b"x\x10\x11", None, None),
        (b"exit\r", None, 5),
        (b"\x10\x11x", None, 5),
        (b"ab", "a,b", None),
        (b"\x10\x11", "a,b", 5),
        (b"\x10\x11", "", 5),
    ],
)
def test_left_or_ended(
    monkeypatch: pytest.MonkeyPatch, typed: bytes, keys: str | None, code: int | None
) -> None:
    """After detach keys a process that runs was left; else its end takes a moment to be known."""
    monkeypatch.setattr("podlib._sync.sessions._SURELY_LEFT", 0)
    reader, writer = os.pipe()
    monkeypatch.setattr(terminal, "STDIN", reader)
    raw = Typed()
    try:
        os.write(writer, typed)
        ended = Running(cast("RawConnection", raw), tty=True, stdin=True, detach_keys=keys)
        assert ended.interact() == code
    finally:
        os.close(reader)
        os.close(writer)
    assert raw.sent == typed
