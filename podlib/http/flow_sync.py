"""Waiting, for threads. Its asyncio twin is ``flow_async``."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Call: TypeAlias = "Callable[[], T]"
"""What can be run once more."""

sleep = time.sleep


def uninterrupted(call: Call[T], interrupt: Callable[[], object] | None = None) -> T:
    """Run ``call`` to its end, even if the caller is interrupted (Ctrl-C) meanwhile.

    An interruption calls ``interrupt`` once, so that ``call`` may end early in its own way, and is
    raised when ``call`` has ended. Python interrupts the main thread only: there, ``call`` runs in
    a thread of its own.
    """
    if threading.current_thread() is not threading.main_thread():
        return call()
    outcome: Future[T] = Future()
    thread = threading.Thread(target=_run, args=(call, outcome), name="podlib")
    thread.start()
    interruption: BaseException | None = None
    while thread.is_alive():
        try:
            thread.join()
        except BaseException as error:  # noqa: BLE001 -- KeyboardInterrupt, or what a signal handler raises
            if interruption is None and interrupt is not None:
                interrupt()
            interruption = interruption or error
    if interruption is not None:
        raise interruption from outcome.exception()
    return outcome.result()


def _run(call: Call[T], outcome: Future[T]) -> None:
    try:
        outcome.set_result(call())
    except BaseException as error:  # noqa: BLE001 -- raised again where the result is wanted
        outcome.set_exception(error)
