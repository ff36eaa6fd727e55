"""Several calls at a time, in both flavours: each runs to its end."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial

import pytest

from podlib.http import flow_async, flow_sync


class Busy:
    """Counts how many calls are under way."""

    def __init__(self) -> None:
        self.now = self.most = self.ended = 0
        self._lock = threading.Lock()

    def enter(self) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def leave(self, number: int) -> int:
        with self._lock:
            self.now -= 1
            self.ended += 1
        if number < 0:
            raise ValueError(number)
        return number

    def call(self, number: int) -> int:
        self.enter()
        time.sleep(0.01)
        return self.leave(number)

    async def call_async(self, number: int) -> int:
        self.enter()
        await asyncio.sleep(0.01)
        return self.leave(number)


def test_threads() -> None:
    busy = Busy()
    assert flow_sync.gathered([partial(busy.call, each) for each in range(9)], 3) == [*range(9)]
    assert busy.most == 3
    with pytest.raises(ValueError, match="-1"):
        flow_sync.gathered([partial(busy.call, each) for each in (1, -1, -2, 2)], 2)
    assert busy.ended == 13
    here = flow_sync.gathered([threading.current_thread], 4)
    assert here == [threading.main_thread()]
    assert flow_sync.gathered([], 4) == []


async def test_tasks() -> None:
    busy = Busy()
    calls = [partial(busy.call_async, each) for each in range(9)]
    assert await flow_async.gathered(calls, 3) == [*range(9)]
    assert busy.most == 3
    with pytest.raises(ValueError, match="-1"):
        await flow_async.gathered([partial(busy.call_async, each) for each in (1, -1, -2, 2)], 2)
    assert busy.ended == 13


async def test_a_cancellation_waits_for_all() -> None:
    busy = Busy()
    calls = [partial(busy.call_async, each) for each in (1, -1, 2)]
    task = asyncio.ensure_future(flow_async.gathered(calls, 2))
    await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert busy.ended == 3
    assert isinstance(caught.value.__cause__, ValueError)
