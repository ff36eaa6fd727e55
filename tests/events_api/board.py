"""The events and who listens to them. No I/O."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)+")
_SHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,62}")


class WrongError(Exception):
    """A request that cannot be: 400."""


@dataclass(eq=False)
class Listener:
    """One stream. ``waiting`` are the lines that it still gets; None ends it."""

    name: str
    consumer: str = ""
    waiting: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue[bytes | None])


@dataclass
class Group:
    """Consumers that share the events of one name. What nobody took waits for the next."""

    consumers: deque[Listener] = field(default_factory=deque[Listener])
    backlog: deque[bytes] = field(default_factory=deque[bytes])

    def give(self, line: bytes) -> None:
        """To the consumer whose turn it is."""
        if not self.consumers:
            self.backlog.append(line)
            return
        self.consumers[0].waiting.put_nowait(line)
        self.consumers.rotate(-1)


class Board:
    """All of it."""

    def __init__(self) -> None:
        self.log: list[dict[str, Any]] = []
        self.answers: dict[str, list[dict[str, Any]]] = {}
        """The responses, by correlation id."""
        self.answered = 0
        """How many there are."""
        self.given: dict[str, int] = {}
        """How many lines each consumer was written."""
        self._groups: dict[tuple[str, str], Group] = {}
        self._broadcast: set[Listener] = set()

    def publish(self, document: object, owner: str) -> dict[str, Any]:
        """Take an event in, and hand it on; its envelope."""
        if not isinstance(document, dict):
            raise WrongError("an event is a JSON object")
        name = check_name(document.get("name"))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] -- any JSON
        envelope: dict[str, Any] = {
            "id": secrets.token_hex(12),
            "name": name,
            "correlationId": document.get("correlationId") or "",  # pyright: ignore[reportUnknownMemberType] -- any JSON
            "payload": document.get("payload"),  # pyright: ignore[reportUnknownMemberType] -- any JSON
            "identity_id": owner,
        }
        self.log.append(envelope)
        if name.endswith(".response"):
            self.answers.setdefault(envelope["correlationId"], []).append(envelope)
            self.answered += 1
        self.hand_on(name, json.dumps(envelope).encode())
        return envelope

    def hand_on(self, name: str, line: bytes) -> None:
        """To all who listen to ``name``; of each group, to one."""
        for listener in self._broadcast:
            if listener.name == name:
                listener.waiting.put_nowait(line)
        for (group_name, _), group in self._groups.items():
            if group_name == name:
                group.give(line)

    def broadcast(self, name: str, *, replay: bool, follow: bool) -> Listener:
        """Listen to all events of a name."""
        listener = Listener(name)
        for envelope in self._history(name) if replay else []:
            listener.waiting.put_nowait(json.dumps(envelope).encode())
        return self._followed(listener, None, follow=follow)

    def unicast(
        self, name: str, group: str, consumer: str, *, replay: bool, follow: bool
    ) -> Listener:
        """Be a consumer of a group. ``replay``: also what there was before the group."""
        found = self._groups.get((name, group))
        if found is None:
            found = self._groups[name, group] = Group()
            for envelope in self._history(name) if replay else []:
                found.backlog.append(json.dumps(envelope).encode())
        listener = Listener(name, consumer)
        while found.backlog:
            listener.waiting.put_nowait(found.backlog.popleft())
        return self._followed(listener, found, follow=follow)

    def leave(self, listener: Listener, unwritten: bytes | None) -> None:
        """It listens no more; what it was not given goes to others."""
        self._broadcast.discard(listener)
        for group in self._groups.values():
            if listener in group.consumers:
                group.consumers.remove(listener)
                left = [] if unwritten is None else [unwritten]
                while not listener.waiting.empty():
                    if line := listener.waiting.get_nowait():
                        left.append(line)
                for line in left:
                    group.give(line)

    def listening(self, name: str) -> int:
        """How many streams of a name there are."""
        groups = [group for (each, _), group in self._groups.items() if each == name]
        alone = [each for each in self._broadcast if each.name == name]
        return len(alone) + sum(len(each.consumers) for each in groups)

    def _followed(self, listener: Listener, group: Group | None, *, follow: bool) -> Listener:
        if not follow:
            listener.waiting.put_nowait(None)
        elif group is None:
            self._broadcast.add(listener)
        else:
            group.consumers.append(listener)
        return listener

    def _history(self, name: str) -> list[dict[str, Any]]:
        return [each for each in self.log if each["name"] == name]


def check_name(name: object) -> str:
    """A name of an event, without wildcards."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise WrongError(f"{name!r} is no name of an event: lower case, dots, no wildcards")
    return name


def check_short(what: str, text: str) -> str:
    """A group or a consumer."""
    if not _SHORT.fullmatch(text):
        raise WrongError(f"{what}: {text!r} is not short and safe in a URL")
    return text
