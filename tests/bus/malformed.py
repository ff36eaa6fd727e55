"""Events that no worker should be sent, in all ways."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from .workers import RUN, wait_for

if TYPE_CHECKING:
    import random

    from tests.events_api import EventsServer


async def throw_at(server: EventsServer, count: int, choice: random.Random) -> None:
    """Events that are malformed in all ways: each has one error for its answer."""
    answered = server.board.answered
    before = {key: len(each) for key, each in server.board.answers.items()}
    expected: Counter[str] = Counter()
    for number in range(count):
        line, correlation_id = malformed(choice, number)
        expected[correlation_id] += 1
        server.board.hand_on(RUN, line)
    answers = server.board.answers
    await wait_for("answers", lambda: server.board.answered - answered >= count, 240)
    await asyncio.sleep(0.1)
    for each, times in expected.items():
        found = answers[each][before.get(each, 0) :]
        assert len(found) == times
        assert {answer["payload"]["error"]["type"] for answer in found} == {"bad_request"}


def malformed(choice: random.Random, number: int) -> tuple[bytes, str]:
    """A line, and the correlation id that its answer must have."""
    kind = choice.randrange(4)
    if kind == 0:
        noise = bytes(choice.randrange(256) for _ in range(choice.randrange(1, 200)))
        return b"#" + noise.replace(b"\n", b"").rstrip() + b"#", ""
    correlation_id = f"bad-{number}"
    envelope: dict[str, Any] = {
        "id": f"e{number}",
        "name": RUN,
        "correlationId": correlation_id,
        "payload": {"image": "x", **wrong(choice)},
    }
    if kind == 1:
        payloads: list[Any] = [[], "text", 7, True, [{}]]
        envelope["payload"] = choice.choice(payloads)
    elif kind == 2:
        ids: list[Any] = [None, 7, "", [], {}]
        envelope["correlationId"] = choice.choice(ids)
        correlation_id = envelope["id"]
    return json.dumps(envelope).encode(), correlation_id


def wrong(choice: random.Random) -> dict[str, Any]:
    """What no run may have."""
    oddities: list[Any] = [[], {}, True, -1, 1e400, "\x00", [[]], "\ud800"]
    odd = choice.choice(oddities)
    name = choice.choice(["command", "env", "run_id", "timeout_seconds", "volumes", "é\x00" * 50])
    if (name, odd) in [("command", []), ("env", {})]:
        odd = 7
    return {name: odd}
