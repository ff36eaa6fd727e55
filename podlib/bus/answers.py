"""Answers: published at once, or kept until they are."""

from __future__ import annotations

import asyncio
import hashlib
import random
from typing import TYPE_CHECKING

from podlib.errors import BusError, FileError

from . import log
from .messages import Entry, Payload, RefusalError, correlation_of

if TYPE_CHECKING:
    from .events_api import EventsAPI
    from .options import Retry
    from .store import Store


_HISTORY = 30.0
"""Seconds in which the API must tell what was published."""


class Answers:
    """Publishes answers. What cannot be published is kept in the store, and tried again."""

    def __init__(self, api: EventsAPI, store: Store, retry: Retry) -> None:
        self._api = api
        self._store = store
        self._retry = retry
        self._unsent: dict[str, bool] = {}
        self._wake = asyncio.Event()
        self._denied: BusError | None = None
        self.published = 0

    async def reply(self, name: str, correlation_id: str, payload: Payload) -> None:
        """Answer a request that is no run, or a run once more."""
        text = f"{name} {correlation_id}".encode("utf-8", "replace")
        key = f"answer-{hashlib.sha256(text).hexdigest()[:32]}"
        entry = Entry(
            key=key,
            worker=self._store.worker,
            name=name,
            correlation_id=correlation_id,
            answer=payload,
        )
        if not await self._try(entry):
            await asyncio.to_thread(self._store.write, entry)
            self.later(key)

    async def settle(self, entry: Entry) -> None:
        """Publish the answer of an entry that is in the store, and has one."""
        if await self._try(entry):
            self._store.finish(entry)
        else:
            self.later(entry.key)

    async def run(self) -> None:
        """Try again what could not be published, for ever. Raises BusError if that is denied."""
        pause = self._retry.least
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._denied:
                raise self._denied
            await asyncio.sleep(min(pause * random.uniform(1.0, 1.25), self._retry.most))
            try:
                settled = await self.flush()
            except FileError as error:
                log.warning("answers not read", error=str(error))
                settled = False
            if settled:
                pause = self._retry.least
            else:
                pause = min(2 * pause, self._retry.most)
                self._wake.set()

    async def flush(self) -> bool:
        """Try all that is unsent, once; whether nothing is left of it."""
        for key in [*self._unsent]:
            entry, is_open = await asyncio.to_thread(self._store.look, key)
            if is_open and entry is not None and entry.answer is not None:
                published = self._unsent[key] and await self._is_published(entry)
                if not published and not await self._try(entry):
                    # It may be this one only that the API does not take: others go before it.
                    self._unsent[key] = self._unsent.pop(key)
                    return False
                self._store.finish(entry)
            self._unsent.pop(key, None)
        return not self._unsent

    def later(self, key: str, *, perhaps: bool = False) -> None:
        """Publish an answer that is in the store, as soon as that can be.

        ``perhaps``: a worker that died may have done so, which the API is asked before.
        """
        self._unsent.setdefault(key, perhaps)
        self._wake.set()

    async def _is_published(self, entry: Entry) -> bool:
        """Whether the API remembers the answer."""
        past = self._api.listen(entry.name, delivery="broadcast", replay=True, follow=False)
        try:
            async with asyncio.timeout(_HISTORY), past as lines:
                async for line in lines:
                    if correlation_of(line) == entry.correlation_id:
                        log.info("published before", correlation_id=entry.correlation_id)
                        return True
        except (BusError, TimeoutError) as error:
            log.warning("history not read", name=entry.name, error=str(error))
        return False

    async def _try(self, entry: Entry) -> bool:
        """Whether it is settled: published, or refused for good."""
        payload = entry.answer or {}
        try:
            try:
                await self._api.publish(entry.name, entry.correlation_id, payload)
            except BusError as error:
                if error.denied or error.passes:
                    raise
                log.warning("answer refused", name=entry.name, error=str(error))
                refusal = RefusalError(
                    "internal", f"the answer could not be published: {error.status}"
                )
                await self._api.publish(entry.name, entry.correlation_id, refusal.payload)
        except BusError as error:
            log.warning("answer not published", name=entry.name, error=str(error))
            if error.denied:  # the worker ends by it, but not before the answer is kept
                self._denied = error
            return not (error.denied or error.passes)
        self.published += 1
        return True
