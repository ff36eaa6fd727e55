"""Waiting, for asyncio. Its blocking twin is ``flow_sync``."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

S = TypeVar("S")
T = TypeVar("T")
Call: TypeAlias = "Callable[[], Awaitable[T]]"
"""What can be run once more."""
Asked: TypeAlias = "Callable[[], Awaitable[T] | T]"
"""A function of the caller's, which may be a coroutine's."""

sleep = asyncio.sleep
in_thread = asyncio.to_thread
"""For what may keep the event loop waiting."""
Event = asyncio.Event
Lock = asyncio.Lock


async def uninterrupted(call: Call[T], interrupt: Callable[[], object] | None = None) -> T:
    """Run ``call`` to its end, even if the caller is cancelled meanwhile.

    A cancellation calls ``interrupt`` once, so that ``call`` may end early in its own way, and is
    raised when ``call`` has ended.
    """
    task = asyncio.ensure_future(call())
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            if cancelled is None and interrupt is not None:
                interrupt()
            cancelled = cancelled or error
    if cancelled is not None:
        raise cancelled from task.exception()
    return task.result()


async def alongside(call: Call[T], other: Call[object], interrupt: Callable[[], object]) -> T:
    """What ``call`` gives, while ``other`` runs beside it, whose failures are its own business.

    When ``call`` has ended, ``interrupt`` makes ``other`` end too.
    """
    async with beside(other, interrupt):
        return await call()


@asynccontextmanager
async def beside(other: Call[object], interrupt: Callable[[], object]) -> AsyncGenerator[None]:
    """Run ``other`` beside the ``with`` block, at whose end ``interrupt`` makes it end too.

    Its failures are its own business.
    """
    task = asyncio.ensure_future(other())
    try:
        yield
    finally:
        interrupt()
        await asyncio.wait([task])


async def happens(event: Event, seconds: float) -> bool:
    """Whether it happens within so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def outcome(asked: Asked[T]) -> T:
    """What a function of the caller's gives. One that is no coroutine's may take its time."""
    found = await in_thread(asked)
    if inspect.isawaitable(found):
        return await cast("Awaitable[T]", found)
    return found


async def tell(listener: Callable[[S], object], what: S) -> None:
    """Call a function of the caller's; if it is a coroutine's, wait for it."""
    answer = listener(what)
    if inspect.isawaitable(answer):
        await answer


async def gathered(calls: Sequence[Call[T]], at_once: int) -> list[T]:
    """What all calls give, of which at most ``at_once`` are under way at a time.

    Each runs to its end, whatever becomes of the others; then the first failure is raised.
    """
    turn = asyncio.Semaphore(at_once)

    async def in_turn(call: Call[T]) -> T:
        async with turn:
            return await call()

    tasks = [asyncio.ensure_future(in_turn(call)) for call in calls]
    cancelled: asyncio.CancelledError | None = None
    while left := [task for task in tasks if not task.done()]:
        try:
            await asyncio.wait(left)
        except asyncio.CancelledError as error:
            cancelled = cancelled or error
    failures = [task.exception() for task in tasks if not task.cancelled()]  # all are looked at
    if cancelled is not None:
        raise cancelled from next(filter(None, failures), None)
    return [task.result() for task in tasks]
