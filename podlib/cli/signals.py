"""Signals that end a command let it put things in order first."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from .failures import Stopped

if TYPE_CHECKING:
    from collections.abc import Generator

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopping() -> Generator[None]:
    """Raise Stopped when one of them comes. One that is ignored, as by nohup, stays so.

    Only the first is heeded: what puts things in order afterwards is not to be cut.
    """
    before = {
        number: signal.getsignal(number)
        for number in _STOPPING
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: object) -> NoReturn:
    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)
