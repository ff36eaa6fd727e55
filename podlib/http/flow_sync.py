"""Waiting, for threads. Its asyncio twin is ``flow_async``."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from types import FrameType

S = TypeVar("S")
T = TypeVar("T")
Call: TypeAlias = "Callable[[], T]"
"""What can be run once more."""
Asked: TypeAlias = "Callable[[], T]"
"""A function of the caller's."""

sleep = time.sleep
Event = threading.Event
Lock = threading.Lock


def in_thread(call: Call[T]) -> T:
    """Just call it: a thread of the caller's may wait."""
    return call()


_DEFERRABLE = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGALRM,
    signal.SIGUSR1,
    signal.SIGUSR2,
)


def uninterrupted(call: Call[T], interrupt: Callable[[], object] | None = None) -> T:
    """Run ``call`` to its end, even if the caller is interrupted (Ctrl-C) meanwhile.

    An interruption calls ``interrupt`` once, so that ``call`` may end early in its own way, and is
    raised when ``call`` has ended. Signals without a handler in Python act as ever.
    """
    if threading.current_thread() is not threading.main_thread():
        return call()  # Python runs handlers in the main thread only
    with _signals_deferred(interrupt):
        return call()


def alongside(call: Call[T], other: Call[object], interrupt: Callable[[], object]) -> T:
    """What ``call`` gives, while ``other`` runs beside it, whose failures are its own business.

    When ``call`` has ended, ``interrupt`` makes ``other`` end too.
    """
    with beside(other, interrupt):
        return call()


@contextmanager
def beside(other: Call[object], interrupt: Callable[[], object]) -> Generator[None]:
    """Run ``other`` beside the ``with`` block, at whose end ``interrupt`` makes it end too.

    Its failures are its own business.
    """
    thread = threading.Thread(target=other, name="podlib-alongside", daemon=True)
    try:
        uninterrupted(thread.start)  # half started, it could not be waited for
        yield
    finally:
        interrupt()
        if thread.ident is not None:  # it was started
            thread.join()


def happens(event: Event, seconds: float) -> bool:
    """Whether it happens within so many seconds."""
    return event.wait(seconds)


def outcome(asked: Asked[T]) -> T:
    """What a function of the caller's gives."""
    return asked()


def tell(listener: Callable[[S], object], what: S) -> None:
    """Call a function of the caller's."""
    listener(what)


def gathered(calls: Sequence[Call[T]], at_once: int) -> list[T]:
    """What all calls give, of which at most ``at_once`` are under way at a time.

    Each runs to its end, whatever becomes of the others; then the first failure is raised.
    """
    if len(calls) < 2:
        return [call() for call in calls]
    from concurrent.futures import ThreadPoolExecutor  # which few programs need

    with ThreadPoolExecutor(at_once, thread_name_prefix="podlib-gathered") as threads:
        futures = [threads.submit(call) for call in calls]
    return [future.result() for future in futures]


@contextmanager
def _signals_deferred(interrupt: Callable[[], object] | None) -> Generator[None]:
    """Call the handlers of signals that come meanwhile at the end: they may raise."""
    came: list[tuple[int, FrameType | None]] = []

    def defer(number: int, frame: FrameType | None) -> None:
        came.append((number, frame))
        if interrupt is not None and len(came) == 1:
            interrupt()

    handlers = {
        number: handler for number in _DEFERRABLE if callable(handler := signal.getsignal(number))
    }
    with _signals_blocked():
        for number in handlers:
            signal.signal(number, defer)
    try:
        yield
    finally:
        with _signals_blocked():
            for number, handler in handlers.items():
                signal.signal(number, handler)
        for arrived, frame in came:
            handlers[signal.Signals(arrived)](arrived, frame)


@contextmanager
def _signals_blocked() -> Generator[None]:
    """While handlers change: none may raise in between."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _DEFERRABLE)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
