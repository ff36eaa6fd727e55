"""The worker: requests in, answers out, and an orderly end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from podlib.errors import BusError, PodmanError

from . import log, names
from .answers import Answers
from .listening import Place, listen
from .messages import RefusalError, correlation_of, envelope, request_of
from .performing import refusal_of
from .provider import OVERHEARD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from .events_api import Delivery, EventsAPI
    from .messages import Entry, Payload
    from .options import Settings
    from .provider import Provider
    from .readiness import Readiness
    from .store import Store

_AT_ONCE = 1000
"""Requests in hand, besides runs; the next ones wait in their streams."""
_LOOK_AFTER = 20.0
_KEEPING = 1.0
"""Seconds after a refused token for answers in hand to be kept."""
_GIVING_BACK = 5.0
"""Seconds at the end for all runs that are given back."""
_LAST_ANSWERS = 5.0
"""Seconds at the end for answers that are still to be published."""


class Worker:
    """One worker. It works until ``stop`` is set, or something ends it."""

    def __init__(
        self,
        settings: Settings,
        api: EventsAPI,
        store: Store,
        readiness: Readiness,
        stop: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._api = api
        self._store = store
        self.answers = Answers(api, store, settings.retry)
        self._readiness = readiness
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._handling: set[asyncio.Task[None]] = set()
        self._stop = stop
        self._limit: float | None = settings.stop_timeout

    async def run(self, provider: Provider) -> None:
        """Work. Raises BusError when the API refuses the token, or a stream is not taken up."""
        jobs: list[Coroutine[object, object, None]] = [
            *self._listening(provider),
            self.answers.run(),
            self._look_after(provider),
        ]
        tasks = {asyncio.create_task(job) for job in jobs}
        stop = asyncio.create_task(self._until_stopped())
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._end, provider)
            stack.push_async_callback(_cancel, {*tasks, stop})
            done, _ = await asyncio.wait({*tasks, stop}, return_when=asyncio.FIRST_COMPLETED)
            self._readiness.stopping = True
            if stop not in done:  # no answer could be published any more
                self._limit = None
            for task in done:
                task.result()

    async def _until_stopped(self) -> None:
        await self._stop.wait()

    # -- requests --------------------------------------------------------------------------------

    def _listening(self, provider: Provider) -> list[Coroutine[object, object, None]]:
        prefix = self._settings.prefix
        jobs = [
            self._listen(names.request(prefix, action), "unicast", partial(provider.handle, action))
            for action in names.ACTIONS
        ]
        for event in OVERHEARD:
            name = f"{prefix}.{event}"
            jobs.append(self._listen(name, "broadcast", partial(provider.overhear, event)))
        return jobs

    def _listen(
        self,
        name: str,
        delivery: Delivery,
        handle: Callable[..., Awaitable[Payload | None]],
    ) -> Coroutine[object, object, None]:
        settings = self._settings
        place = Place(settings.group, settings.consumer, settings.retry, settings.replay)

        async def receive(line: bytes) -> None:
            await self._room.acquire()
            task = asyncio.create_task(self._handle(name, delivery, line, handle))
            self._handling.add(task)
            task.add_done_callback(self._handled)

        return listen(self._api, place, self._readiness, name, delivery, receive)

    def _handled(self, task: asyncio.Task[None]) -> None:
        self._handling.discard(task)
        self._room.release()

    async def _handle(
        self,
        name: str,
        delivery: Delivery,
        line: bytes,
        handle: Callable[..., Awaitable[Payload | None]],
    ) -> None:
        """Answer one request, whatever it is. What all workers get, only one of them refuses."""
        correlation_id = ""
        try:
            event = envelope(line)
            correlation_id = event.correlation_id
            payload = await handle(event)
        except RefusalError as refusal:
            payload = None if delivery == "broadcast" else refusal.payload
        except PodmanError as error:
            log.warning("request failed", name=name, error=str(error))
            payload = refusal_of(error).payload
        except Exception as error:  # noqa: BLE001 -- whatever it is, the worker lives and answers
            log.failure("request failed", error, name=name)
            payload = RefusalError("internal", "the worker failed; its log says how").payload
        if payload is not None:
            await self._reply(name, correlation_id or correlation_of(line), payload)

    async def _reply(self, request: str, correlation_id: str, payload: Payload) -> None:
        if "error" in payload:
            log.info("refused", name=request, correlation_id=correlation_id, **payload["error"])
        name = request.removesuffix("request") + "response"
        try:
            await self.answers.reply(name, correlation_id, payload)
        except PodmanError as error:  # the state folder fails, while the API does too
            log.failure("answer lost", error, name=name, correlation_id=correlation_id)

    # -- beside them -----------------------------------------------------------------------------

    async def _look_after(self, provider: Provider) -> None:
        while True:
            try:
                await provider.look_after()
            except PodmanError as error:
                log.warning("cannot look after what was left", error=str(error))
            await asyncio.sleep(_LOOK_AFTER)

    async def _end(self, provider: Provider) -> None:
        """Give back what has not begun, end the rest in time, publish what can be published."""
        log.info("stopping")
        queued = await provider.stop(self._limit)
        if giving := {asyncio.create_task(self._give_back(entry)) for entry in queued}:
            _, left = await asyncio.wait(giving, timeout=_GIVING_BACK)
            await _cancel(left)
            if left:
                log.warning("runs not given back in time", runs=len(left))
        if self._handling:
            limit = _KEEPING if self._limit is None else _LAST_ANSWERS
            _, left = await asyncio.wait({*self._handling}, timeout=limit)
            await _cancel(left)
        if self._limit is None:
            return
        try:
            async with asyncio.timeout(_LAST_ANSWERS):
                await self.answers.flush()
        except (TimeoutError, PodmanError) as error:
            log.warning("answers are kept for the next worker", error=str(error))
        log.info("stopped", answers=self.answers.published)

    async def _give_back(self, entry: Entry) -> None:
        """Ask for the run again, so that another worker of the group has it.

        If that fails it stays in the store: the next worker of this machine begins it.
        """
        if entry.run is None:
            return
        name = names.request(self._settings.prefix, "run")
        try:
            await self._api.publish(name, entry.correlation_id, request_of(entry.run))
            await asyncio.to_thread(self._store.drop, entry.key)
        except PodmanError as error:
            log.warning("run not given back", run_id=entry.run.run_id, error=str(error))
        else:
            log.info("run given back", run_id=entry.run.run_id)


async def _cancel(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, BusError):
            log.warning("ended", error=str(result))
