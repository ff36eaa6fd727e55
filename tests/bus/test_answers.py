"""Answers that could not be published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from podlib.bus.answers import Answers
from podlib.bus.options import Retry
from podlib.bus.store import Store
from podlib.errors import BusError

if TYPE_CHECKING:
    from pathlib import Path


class Full:
    """An Events API that is away, and when it is back still fails with one event."""

    def __init__(self) -> None:
        self.away = True
        self.published: list[str] = []

    async def publish(self, _: str, correlation_id: str, __: object) -> None:
        if self.away or correlation_id == "odd":
            raise BusError("its own trouble", status=500)
        self.published.append(correlation_id)


async def test_one_that_is_never_taken_does_not_hold_up_the_others(tmp_path: Path) -> None:
    store, api = Store(tmp_path, "one"), Full()
    store.enter()
    answers = Answers(cast("Any", api), store, Retry())
    for correlation_id in ("odd", "a", "b"):
        await answers.reply("n", correlation_id, {})
    api.away = False
    assert await answers.flush() is False
    assert await answers.flush() is False
    assert api.published == ["a", "b"]
    assert len(list((tmp_path / "open").iterdir())) == 1
    store.leave()
