"""The system's calls against servers that play a script: what no real server can be made to do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncPodman, NotSupportedError, Podman, StreamError

from .servers import answering

if TYPE_CHECKING:
    from podlib.models import Event

    from .conftest import Serve

LINES = (
    b'{"status":"start","Type":"container","Action":"start","Actor":{"ID":"","Attributes":{}},'
    b'"scope":"local","time":1795343533,"timeNano":1795343533266191619}\n'
    b'{"cause":"bogus is an invalid filter","message":"failed to parse: bogus","response":500}\n'
)


def answer(body: bytes, version: str = "4.3.1") -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\nLibpod-API-Version: {version}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@pytest.mark.parametrize("flavour", ["blocking", "asyncio"])
def test_an_error_within_the_events(serve: Serve, flavour: str) -> None:
    """Podman 4.3 reports it in the stream, after status 200."""
    server = serve(answering(answer(b"OK"), answer(LINES)))
    found: list[Event] = []

    def blocking() -> None:
        with Podman(server.path) as podman, podman.system.events() as events:
            found.extend(events)

    async def in_asyncio() -> None:
        async with AsyncPodman(server.path) as podman, podman.system.events() as events:
            async for event in events:
                found.append(event)  # noqa: PERF401 -- what came before the error is wanted

    with pytest.raises(StreamError, match="failed to parse: bogus"):
        blocking() if flavour == "blocking" else asyncio.run(in_asyncio())
    assert [event.action for event in found] == ["start"]


def test_an_end_that_has_passed_is_not_sent(serve: Serve) -> None:
    server = serve(answering(answer(b"OK"), answer(LINES.splitlines(keepends=True)[0])))
    with Podman(server.path) as podman:
        for second, expected in ((1795343533, 0), (1795343534, 1)):
            end = datetime.fromtimestamp(second, UTC)
            with podman.system.events(until=end) as events:
                assert len(list(events)) == expected
    assert server.requests[1:] == 2 * ["GET /v4.3.1/libpod/events?stream=false"]


def test_what_the_server_lacks_is_not_sent(serve: Serve) -> None:
    server = serve(answering(answer(b"OK"), answer(b"{}")))
    with Podman(server.path) as podman:
        with pytest.raises(NotSupportedError, match="POST system/check") as caught:
            podman.system.check()
        assert (caught.value.needs, caught.value.server) == ("5.2.0 or newer", "4.3.1")
        with pytest.raises(NotSupportedError, match="the parameter 'build' of") as caught:
            podman.system.prune(build=True)
        assert (caught.value.needs, caught.value.server) == ("5.4.0 or newer", "4.3.1")
        assert server.requests == ["GET /libpod/_ping"]
        podman.system.prune()
    assert len(server.requests) == 2
