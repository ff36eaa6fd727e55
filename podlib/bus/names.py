"""The names of events: which a worker listens to, which it sends. No I/O."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

PREFIX: Final = "bus.podman"
ACTIONS: Final = ("status", "run", "delete", "runner.status", "runner.start", "runner.delete")
"""What can be asked for. Each has a request and a response."""

_EVENT = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*", re.ASCII)
_SHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,62}", re.ASCII)


class Event(NamedTuple):
    """One event of a worker, and the scope that its token needs for it."""

    name: str
    direction: str
    scope: str


def is_event(text: str) -> bool:
    """Whether it is a name of an event: lower case, dots between its parts."""
    return _EVENT.fullmatch(text) is not None


def is_short(text: str) -> bool:
    """Whether it can name a group or a consumer: short, and safe in a URL."""
    return _SHORT.fullmatch(text) is not None


def request(prefix: str, action: str) -> str:
    """The event that asks for ``action``."""
    return f"{prefix}.{action}.request"


def response(prefix: str, action: str) -> str:
    """The event that answers it."""
    return f"{prefix}.{action}.response"


def events(prefix: str) -> list[Event]:
    """All events of a worker."""
    found: list[Event] = []
    for action in ACTIONS:
        found.append(Event(request(prefix, action), "listens", "events:listen"))
        found.append(Event(response(prefix, action), "sends", "events:send"))
    return found
