"""Runs, as far as they need no Podman."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from podlib.bus.messages import Entry, RefusalError, Run
from podlib.bus.runs import Runs
from podlib.bus.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from podlib.bus.containers import Box


async def test_an_answer_that_could_not_be_kept_is_not_waited_for(tmp_path: Path) -> None:
    """As of a run that ended while the disk was full."""
    store, nobody = Store(tmp_path, "one"), cast("Any", None)
    runs = Runs(cast("Box", nobody), store, nobody, most=1, podman="")
    run = Run(run_id="r", image="x", args=[], env={}, timeout=5, owner="")
    entry = Entry(key="run-r", worker="one", name="n", correlation_id="c", run=run)
    store.enter()
    assert store.claim(entry)
    store.finish(entry)
    with pytest.raises(RefusalError, match="its answer is lost"):
        async with asyncio.timeout(2):
            await runs.answer_of(entry)
    store.leave()
