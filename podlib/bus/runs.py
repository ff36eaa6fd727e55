"""Runs: each begun once, ended in time, and answered."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from podlib.errors import PodmanError

from . import log
from .containers import RUN_ID, WORKER, entry_of, key_of
from .messages import Entry, Payload, RefusalError, Run
from .performing import Active, Performer

if TYPE_CHECKING:
    from podlib.models import ContainerSummary

    from .answers import Answers
    from .containers import Box
    from .store import Store

_RECENT = 100
"""Ended runs that a status shows."""
_ABANDONED = 600.0
"""Seconds after its end when the container of a worker that nobody knows is removed."""
_POLL = 0.25
_ENDING = 10.0
"""Seconds at a stop for the containers that are ended to be gone."""
_STOPPED = "the worker was stopped before the run ended"
_DELETED = "the run {} was deleted before it ended"


class Known(NamedTuple):
    """A run that is asked for again. ``settled``: its answer was published."""

    entry: Entry
    settled: bool


class Runs:
    """The runs of one worker; ``podman`` is the socket that their containers are behind."""

    def __init__(self, box: Box, store: Store, answers: Answers, *, most: int, podman: str) -> None:
        self._box = box
        self._store = store
        self._answers = answers
        self._performer = Performer(box, store)
        self._podman = podman
        self._most = most
        self._active: dict[str, Active] = {}
        self._queue: deque[Active] = deque()
        self._running = 0
        self._stopping = False
        self._adopting = asyncio.Lock()
        self._recent: deque[Payload] = deque(maxlen=_RECENT)

    # -- asked for -------------------------------------------------------------------------------

    async def begin(self, entry: Entry, run: Run) -> Known | None:
        """Take a run on, once; None, or what is known of it already."""
        if active := self._active.get(entry.key):
            return Known(active.entry, settled=False)
        if await self._claim(self._take(entry, run, adopted=False)):
            return None
        known, is_open = await asyncio.to_thread(self._store.look, entry.key)
        if is_open:
            await self._adopt()
        return Known(known or entry, settled=not is_open)

    async def answer_of(self, entry: Entry) -> Payload:
        """The answer of a run that is known, when it has one."""
        end = time.monotonic() + (entry.run.timeout if entry.run else 0) + 2 * _ABANDONED
        while time.monotonic() < end:
            if active := self._active.get(entry.key):
                await active.done.wait()
            found, is_open = await asyncio.to_thread(self._store.look, entry.key)
            if found is not None and found.answer is not None:
                return found.answer
            if not is_open:  # it was published, but could not be kept
                break
            await asyncio.sleep(_POLL)
        raise RefusalError("internal", "the run is known, but its answer is lost")

    async def has(self, run_id: str) -> bool:
        """Whether a run is this worker's: in hand, or answered by it."""
        key = key_of(run_id)
        if key in self._active:
            return True
        entry = await asyncio.to_thread(self._store.read, key)
        return entry is not None and entry.worker == self._store.worker

    async def delete(self, run_id: str) -> bool:
        """End or forget a run; False if nothing is known of it."""
        key = key_of(run_id)
        reason = RefusalError("not_found", _DELETED.format(run_id))
        if active := self._active.get(key):
            self._end(active, reason)
            await active.done.wait()
            return True
        entry = await asyncio.to_thread(self._store.read, key)
        if entry is None or entry.answer is None:
            return False
        await self._box.remove_own(run_id)
        entry.answer = reason.payload
        await asyncio.to_thread(self._store.replace_answer, entry)
        return True

    async def delete_all(self) -> None:
        """End all runs of this worker, and remove their containers."""
        for active in [*self._active.values()]:
            self._end(active, RefusalError("not_found", _DELETED.format(active.run.run_id)))
        for active in [*self._active.values()]:
            await active.done.wait()
        for found in await self._box.all():
            if found.labels.get(WORKER) == self._store.worker:
                await self._box.remove(found.id)

    def items(self) -> list[Payload]:
        """What a status shows: the runs in hand, and those that ended last."""
        active = [_item(each.run, each.state) for each in self._active.values()]
        return [*active, *self._recent]

    @property
    def count(self) -> int:
        """How many are in hand."""
        return len(self._active)

    # -- left by dead workers --------------------------------------------------------------------

    async def sweep(self) -> None:
        """Take over what nobody cares for: entries, and containers without one."""
        await self._adopt()
        for found in await self._box.all():
            await self._look_after(found)
        await asyncio.to_thread(self._store.forget)

    async def _adopt(self) -> None:
        async with self._adopting:  # what is adopted is in hand before the next one looks
            adopted = await asyncio.to_thread(self._store.adopt, self._active, self._podman)
            for entry in adopted:
                if entry.run is None or entry.answer is not None:
                    self._answers.later(entry.key, perhaps=True)
                else:
                    log.info("run adopted", run_id=entry.run.run_id)
                    self._go(self._take(entry, entry.run, adopted=True))

    async def _look_after(self, found: ContainerSummary) -> None:
        run_id, worker = found.labels.get(RUN_ID, ""), found.labels.get(WORKER, "")
        key = key_of(run_id)
        if key in self._active:
            return
        alive = await asyncio.to_thread(self._store.lives, worker)
        if worker != self._store.worker and (alive or (alive is None and not _abandoned(found))):
            return
        known = await asyncio.to_thread(self._store.read, key)
        if key in self._active or (known is not None and known.answer is None):
            return  # a worker that lives has it in hand
        entry = None if known else entry_of(found, self._store.worker, self._podman)
        if entry is not None and entry.run is not None:
            if await self._claim(self._take(entry, entry.run, adopted=True)):
                log.info("container adopted", run_id=run_id)
        else:
            log.info("orphan removed", run_id=run_id, worker=worker)
            await self._box.remove(found.id)

    # -- at the end ------------------------------------------------------------------------------

    async def stop(self, limit: float | None) -> list[Entry]:
        """Wait ``limit`` seconds for what runs, and end what is left. What had not begun is told.

        None: leave all as it is, for the next worker.
        """
        self._stopping = True
        if limit is None:
            begun = [each.task for each in self._active.values() if each.task]
            for task in begun:
                task.cancel()
            await asyncio.gather(*begun, return_exceptions=True)
            return []
        queued = [each.entry for each in self._queue]
        tasks = [each.task for each in self._active.values() if each.task]
        if tasks:
            await asyncio.wait(tasks, timeout=limit)
        for each in self._active.values():
            each.end(RefusalError("backend_unavailable", _STOPPED))
        if tasks:
            await asyncio.wait(tasks, timeout=_ENDING)
        return queued

    # -- one run ---------------------------------------------------------------------------------

    def _take(self, entry: Entry, run: Run, *, adopted: bool) -> Active:
        active = self._active[entry.key] = Active(entry, run, adopted)
        return active

    async def _claim(self, active: Active) -> bool:
        """Begin a run, unless somebody has it, or had it."""
        claimed = False
        try:
            claimed = await asyncio.to_thread(self._store.claim, active.entry)
        finally:
            if claimed:
                self._go(active)
            else:
                self._let_go(active)
        return claimed

    def _let_go(self, active: Active) -> None:
        active.done.set()
        if self._active.get(active.entry.key) is active:
            del self._active[active.entry.key]

    def _go(self, active: Active) -> None:
        self._queue.append(active)
        self._next()

    def _next(self) -> None:
        """Begin what there is room for."""
        while self._queue and self._running < self._most and not self._stopping:
            self._running += 1
            active = self._queue.popleft()
            active.task = asyncio.create_task(self._whole(active))

    def _end(self, active: Active, reason: RefusalError) -> None:
        """Let a run end early, also one that has not begun."""
        active.end(reason)
        if active in self._queue:
            self._queue.remove(active)
            active.task = asyncio.create_task(self._conclude(active, reason.payload))

    async def _whole(self, active: Active) -> None:
        run = active.run
        log.info("run begins", run_id=run.run_id, image=run.image, adopted=active.adopted)
        try:
            await self._note(active, await self._performer.answer(active))
            await self._remove(active)
        finally:
            self._running -= 1
            self._next()
        await self._publish(active)

    async def _remove(self, active: Active) -> None:
        if active.container:
            await self._box.remove(active.container)
        else:
            await self._box.remove_own(active.run.run_id)

    async def _conclude(self, active: Active, answer: Payload) -> None:
        await self._note(active, answer)
        await self._publish(active)

    async def _note(self, active: Active, answer: Payload) -> None:
        """Keep the answer, before anything of the run is removed or published."""
        active.entry.answer = answer
        active.run.env = {}
        try:
            await asyncio.to_thread(self._store.write, active.entry)
        except PodmanError as error:
            log.failure("answer not kept", error, run_id=active.run.run_id)

    async def _publish(self, active: Active) -> None:
        self._tell(active)
        try:
            await self._answers.settle(active.entry)
        except PodmanError as error:
            log.failure("answer not kept", error, run_id=active.run.run_id)
        finally:
            self._let_go(active)

    def _tell(self, active: Active) -> None:
        answer: dict[str, Any] = active.entry.answer or {}
        code, error = answer.get("exit_code"), answer.get("error", {}).get("type")
        self._recent.append(_item(active.run, "ended", exit_code=code, error=error))
        log.info("run ends", run_id=active.run.run_id, exit_code=code, error=error)


def _abandoned(found: ContainerSummary) -> bool:
    if not found.exited or found.exited_at is None:
        return False
    return time.time() - found.exited_at.timestamp() > _ABANDONED


def _item(run: Run, state: str, **details: object) -> Payload:
    shown = {"image": run.image, "owner": run.owner, "timeout_seconds": run.timeout, **details}
    if run.started:
        shown["started_at"] = run.started
    return {"id": run.run_id, "state": state, "details": shown}
