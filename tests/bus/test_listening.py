"""How a stream is taken up again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from podlib.bus import listening
from podlib.bus.listening import Place, listen
from podlib.bus.options import Retry
from podlib.bus.readiness import Readiness
from podlib.errors import BusError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator


class Away:
    """An Events API whose streams do not stand, or end at once; then one refuses."""

    def __init__(self, *ends: BusError | None) -> None:
        self._ends = [*ends]

    @asynccontextmanager
    async def listen(self, *_: object, **__: object) -> AsyncGenerator[AsyncIterator[bytes]]:
        if end := self._ends.pop(0):
            raise end
        yield self._lines()

    async def _lines(self) -> AsyncIterator[bytes]:
        for line in list[bytes]():
            yield line


async def pauses_of(
    away: Away, retry: Retry, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[float], BusError]:
    """The pauses between tries, and what ended them."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def receive(_: bytes) -> None:
        raise AssertionError

    monkeypatch.setattr(listening, "asyncio", SimpleNamespace(sleep=sleep))
    readiness = Readiness(required=True)
    place = Place("group", "consumer", retry)
    with pytest.raises(BusError) as caught:
        await listen(cast("Any", away), place, readiness, "a.b", "unicast", receive)
    assert readiness.streams == {"a.b unicast": False}
    return pauses, caught.value


GONE = BusError("no answer", status=0)
DENIED = BusError("denied", status=401)


async def test_pauses_grow_to_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, end = await pauses_of(Away(*[GONE] * 9, DENIED), Retry(), monkeypatch)
    assert end is DENIED
    for pause, least in zip(pauses, (1, 2, 4, 8, 16, 30, 30, 30, 30), strict=True):
        assert least <= pause <= min(1.25 * least, 30)


async def test_pauses_begin_anew_once_a_stream_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    away = Away(GONE, GONE, GONE, None, GONE, DENIED)
    pauses, _ = await pauses_of(away, Retry(), monkeypatch)
    assert [round(pause / 1.13) for pause in pauses] == [1, 2, 4, 1, 2]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_what_does_not_pass_ends_it(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, end = await pauses_of(Away(BusError("", status=status)), Retry(), monkeypatch)
    assert (pauses, end.status) == ([], status)


async def test_without_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, end = await pauses_of(Away(None), Retry(enabled=False), monkeypatch)
    assert (pauses, str(end)) == ([], "the stream of a.b ended")
