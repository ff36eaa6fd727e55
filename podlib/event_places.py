"""Where a follower of events is: what to ask for next, and what it has been told. No I/O."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .http.common import Reply
    from .models import Event

OVERLAP: Final = 10
"""How many seconds before the newest event the next connection begins. Each process of Podman
writes its own events, and one that was held up writes what is older than the last."""
_SECOND: Final = 1_000_000_000


class EventPlace:
    """What a follower was told, as far as it may be told again."""

    def __init__(self, begin: datetime) -> None:
        self._begin = begin
        self._newest = 0
        self._told: set[str] = set()
        self._order: deque[tuple[int, str]] = deque()

    @property
    def since(self) -> datetime:
        """Where the next connection is to begin."""
        if not self._newest:
            return self._begin
        newest = datetime.fromtimestamp(self._newest // _SECOND, UTC)
        return max(self._begin, newest - timedelta(seconds=OVERLAP))

    def is_new(self, event: Event) -> bool:
        """Whether an event has not been told before; from now on it has."""
        key = repr(event)
        if key in self._told:
            return False
        self._told.add(key)
        self._order.append((event.time_nano, key))
        self._newest = max(self._newest, event.time_nano)
        self._forget()
        return True

    def _forget(self) -> None:
        oldest = self._newest - (OVERLAP + 2) * _SECOND  # what is asked for is rounded
        while self._order[0][0] < oldest:
            self._told.discard(self._order.popleft()[1])


def date_of(reply: Reply) -> datetime:
    """When a service answered, by its own clock: a whole second."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(reply.header("Date") or "").astimezone(UTC)
    except ValueError:
        return datetime.now(UTC).replace(microsecond=0)
