"""Events over one connection after the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import ClosedError, ConnectError, TimedOutError, TruncatedError
from podlib.http.flow_async import sleep

from .verbs import documents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from podlib.event_places import EventPlace
    from podlib.http.flow_async import Call
    from podlib.http.unix_async import AsyncResponse

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class EventFollow:
    """Goes on where it was when the service goes away and comes back."""

    def __init__(
        self, connect: Call[AsyncResponse], place: EventPlace, give_up: float | None
    ) -> None:
        self._connect = connect
        self._place = place
        self._give_up = give_up
        self._response: AsyncResponse | None = None
        self._pause = _FIRST_PAUSE

    async def open(self) -> None:
        """Make the first connection."""
        self._response = await self._connect()

    async def close(self) -> None:
        """Let go of the connection."""
        response, self._response = self._response, None
        if response is not None:
            await response.close()

    async def events(self) -> AsyncIterator[models.Event]:
        """All events from now on."""
        while True:
            try:
                async for event in documents(models.Event, self._current()):
                    self._pause = _FIRST_PAUSE
                    if self._place.is_new(event):
                        yield event
            except TruncatedError:
                pass  # killed; one that is stopped ends its answers as if they were complete
            self._current()
            await self._reconnect()

    def _current(self) -> AsyncResponse:
        if self._response is None:
            raise ClosedError("these events were left: iterate them within their `with` block")
        return self._response

    async def _reconnect(self) -> None:
        lost = time.monotonic()
        while True:
            await sleep(self._pause)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            try:
                self._response = await self._connect()
            except (ConnectError, TruncatedError, TimedOutError) as error:
                if isinstance(error, TimedOutError) and error.limit != "connect":
                    raise
                if self._give_up is not None and time.monotonic() - lost >= self._give_up:
                    raise
            else:
                return
