"""Sessions over a connection that is none, and two things at once."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, cast

import pytest

from podlib import TruncatedError
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
