# Generated from podlib/_async/event_following.py: edit there.
"""Events over one connection after the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import ClosedError, ConnectError, TimedOutError, TruncatedError
from podlib.http.flow_sync import sleep

from .verbs import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.event_places import EventPlace
    from podlib.http.flow_sync import Call
    from podlib.http.unix_sync import Response

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class EventFollow:
    """Goes on where it was when the service goes away and comes back."""

    def __init__(self, connect: Call[Response], place: EventPlace, give_up: float | None) -> None:
        self._connect = connect
        self._place = place
        self._give_up = give_up
        self._response: Response | None = None
        self._pause = _FIRST_PAUSE

    def open(self) -> None:
        """Make the first connection."""
        self._response = self._connect()

    def close(self) -> None:
        """Let go of the connection."""
        response, self._response = self._response, None
        if response is not None:
            response.close()

    def events(self) -> Iterator[models.Event]:
        """All events from now on."""
        while True:
            try:
                for event in documents(models.Event, self._current()):
                    self._pause = _FIRST_PAUSE
                    if self._place.is_new(event):
                        yield event
            except TruncatedError:
                pass  # killed; one that is stopped ends its answers as if they were complete
            self._current()
            self._reconnect()

    def _current(self) -> Response:
        if self._response is None:
            raise ClosedError("these events were left: iterate them within their `with` block")
        return self._response

    def _reconnect(self) -> None:
        lost = time.monotonic()
        while True:
            sleep(self._pause)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            try:
                self._response = self._connect()
            except (ConnectError, TruncatedError, TimedOutError) as error:
                if isinstance(error, TimedOutError) and error.limit != "connect":
                    raise
                if self._give_up is not None and time.monotonic() - lost >= self._give_up:
                    raise
            else:
                return
