"""Signals that end a command let it put things in order first."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from .failures import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def held() -> Generator[Sequence[int]]:
    """Let them wait: an import, or a last message, is not to be cut. Those that came so far."""
    came: list[int] = []
    with _handled(lambda number, _: came.append(number)):
        yield came


@contextmanager
def stopping(came: Sequence[int] = ()) -> Generator[None]:
    """Raise Stopped when one of them comes, or is among those that ``came``.

    Only the first is heeded: what puts things in order afterwards is not to be cut.
    """
    with _handled(_stop):
        if came:
            _stop(came[0], None)
        yield


@contextmanager
def _handled(handler: Callable[[int, object], object]) -> Generator[None]:
    """One that is ignored, as by nohup, stays so."""
    before = {
        number: signal.getsignal(number)
        for number in _STOPPING
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _stop(number: int, _: object) -> NoReturn:
    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)
