"""One run: from the request to what came of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podlib.errors import (
    APIError,
    BadRequestError,
    NotFoundError,
    ParameterError,
    PodmanError,
)
from podlib.http.flow_async import uninterrupted

from . import log
from .containers import UNAVAILABLE, Ended, not_started
from .messages import Entry, Payload, RefusalError, Run

if TYPE_CHECKING:
    from .containers import Box, Written
    from .store import Store

_LATE = 1.0
"""Seconds by which a run may overstep its limit before that counts."""


@dataclass(eq=False)
class Active:
    """A run that this worker has in hand."""

    entry: Entry
    run: Run
    adopted: bool
    container: str = ""
    """Its id, once it is known to be this worker's."""
    reason: RefusalError | None = None
    """Why it is to end early."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def state(self) -> str:
        """What a status shows."""
        return "running" if self.task else "queued"

    def end(self, reason: RefusalError) -> None:
        """Let it end early."""
        self.reason = self.reason or reason
        self.stop.set()


class Performer:
    """Has runs performed in containers."""

    def __init__(self, box: Box, store: Store) -> None:
        self._box = box
        self._store = store

    async def answer(self, active: Active) -> Payload:
        """What comes of it. Whoever wants it to end early is obeyed at any moment."""
        work = asyncio.create_task(self._perform(active))
        stop = asyncio.create_task(active.stop.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if active.reason is not None:
                return active.reason.payload
            return _result(active.run, await work, self._store.worker)
        except RefusalError as refusal:
            return refusal.payload
        except PodmanError as error:
            return refusal_of(error).payload
        except Exception as error:  # noqa: BLE001 -- whatever it is, the run is answered
            log.failure("run failed", error, run_id=active.run.run_id)
            return RefusalError("internal", "the worker failed; its log says how").payload
        finally:
            for task in (work, stop):
                task.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)

    async def _perform(self, active: Active) -> Ended:
        run = active.run
        found = await self._box.find(run.run_id) if active.adopted else None
        if found is None:
            if run.started:
                raise RefusalError("internal", "the run was lost when its worker ended")
            await self._box.have(run.image)
            active.container = await self._box.create(active.entry, run)
        else:
            active.container = found.id
            if found.state.started_at and not run.started:
                run.started = found.state.started_at.timestamp()
        if found is None or found.state.status in ("created", "configured", "initialized"):
            run.started = time.time()
            # To its end, so that nothing is written later than the answer.
            await uninterrupted(lambda: asyncio.to_thread(self._store.write, active.entry))
            try:
                async with self._box.started(active.container) as reading:
                    return await self._until_end(run, reading)
            except APIError as error:
                if ended := not_started(error):
                    return ended
                raise
        return await self._until_end(run)

    async def _until_end(self, run: Run, reading: asyncio.Task[Written] | None = None) -> Ended:
        left = max(0.0, run.started + run.timeout - time.time())
        limit = asyncio.timeout(left)
        try:
            async with limit:
                steady = await self._box.until_end(run)
        except TimeoutError:
            if not limit.expired():
                raise
            ended = await self._ended_in_time(run)
        else:
            ended = await self._box.collect(run, reading if steady else None)
        if ended is None or ended.seconds > run.timeout + _LATE:
            message = f"the run {run.run_id} took longer than {run.timeout:g} s"
            raise RefusalError("timeout", message)
        return ended

    async def _ended_in_time(self, run: Run) -> Ended | None:
        """Of a run whose worker came back late: what it did, if it had ended before its limit."""
        found = await self._box.find(run.run_id)
        if found is None or found.state.running or not found.state.finished_at:
            return None
        ended = await self._box.collect(run)
        return ended if ended.seconds <= run.timeout else None


def refusal_of(error: PodmanError) -> RefusalError:
    """What to answer where Podman fails."""
    if isinstance(error, UNAVAILABLE):
        return RefusalError("backend_unavailable", str(error))
    if isinstance(error, ParameterError | BadRequestError):
        return RefusalError("bad_request", str(error))
    if isinstance(error, NotFoundError):
        return RefusalError("not_found", error.message)
    if isinstance(error, APIError) and error.status >= 500:
        return RefusalError("internal", error.message)
    return RefusalError("internal", str(error))


def _result(run: Run, ended: Ended, worker: str) -> Payload:
    result: Payload = {
        "run_id": run.run_id,
        "runner_name": worker,
        "image": run.image,
        "args": run.args,
        "exit_code": ended.exit_code,
        "stdout": ended.stdout,
        "stderr": ended.stderr,
        "duration_ms": round(ended.seconds * 1000),
        "runtime": "podman",
    }
    return {**result, "truncated": True} if ended.truncated else result
