"""Events that are followed over several connections; see ``podlib/event_places.py``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from podlib import BadRequestError, ConnectError, Podman, TimedOutError
from podlib._sync.event_following import EventFollow
from podlib.event_places import EventPlace
from tests.http.servers import ScriptedServer

from .scripts import END, HEAD, chunks, plain, playing
from .table import CALLS, lines

if TYPE_CHECKING:
    from pathlib import Path

    from podlib.http.unix_sync import Response
    from tests.http.conftest import Serve
    from tests.http.servers import Peer, Script

    from .conftest import Connect
    from .flavours import Flavour

pytestmark = pytest.mark.timeout(60)

[FOLLOW] = [call for call in CALLS if call.resumes]
BEGIN = 1_767_323_045
"""The second of the scripts' Date."""


def event(seconds: int, action: str) -> bytes:
    """A line that tells what happened so many seconds after the beginning."""
    [line] = lines({"Action": action, "timeNano": (BEGIN + seconds) * 10**9})
    return line


def told(*answers: bytes) -> Script:
    """An answer for each connection; the last one goes on for ever."""
    left = list(answers)

    def play(peer: Peer) -> None:
        peer.send(left.pop(0))
        if not left:
            peer.wait_for_end()

    return playing(FOLLOW, play)


def followed(client: Flavour, last: str) -> list[str]:
    """The actions of events, until one is ``last``."""
    found: list[str] = []
    with client.open(FOLLOW) as events:
        for each in events:
            found.append(each.action)
            if each.action == last:
                break
    return found


@pytest.mark.parametrize("end", [b"", b"5\r\n{", END], ids=["cut", "cut within", "ended"])
def test_each_event_comes_once(end: bytes, serve: Serve, connect: Connect) -> None:
    one, two, three, four = (event(20 + i, f"{i}") for i in range(4))
    server = serve(
        told(
            HEAD + chunks([one, two, one]) + end,
            HEAD + end,
            HEAD + chunks([two, one, three]) + end,
            HEAD + chunks([one, three, four]),
        )
    )
    assert followed(connect(server), "3") == ["0", "1", "2", "3"]
    asked = [target.partition("since=")[2].partition("&")[0] for target in server.requests]
    assert [each for each in asked if each] == [
        f"{BEGIN + seconds}.0" for seconds in (0, 11, 11, 12)
    ]


def test_without_an_event_it_begins_again_where_it_was(serve: Serve, connect: Connect) -> None:
    server = serve(told(HEAD + END, HEAD + chunks([event(1, "start")])))
    assert followed(connect(server), "start") == ["start"]
    assert [target for target in server.requests if "events" in target] == 2 * [
        f"GET /v5.8.6/libpod/events?since={BEGIN}.0&stream=true"
    ]


def test_when_nothing_answers_any_more(tmp_path: Path, connect: Connect) -> None:
    path = tmp_path / "own.sock"

    def open(podman: Any) -> Any:  # noqa: A001 -- the field's name
        return podman.system.follow_events(give_up=0.3)

    patient = replace(FOLLOW, open=open)
    with ScriptedServer(path, told(HEAD + chunks([event(1, "start")]), b"")) as server:
        client = connect(server)
        client.ping()
        manager = client.open(patient)
        events = manager.__enter__()
        assert next(events).action == "start"
    path.unlink()
    with pytest.raises(ConnectError):
        next(events)
    manager.__exit__(None, None, None)
    with pytest.raises(ConnectError), client.open(FOLLOW):
        pass


def test_what_the_server_refuses_is_not_asked_again(serve: Serve, connect: Connect) -> None:
    refused = plain(b'{"cause":"no","message":"bad filter","response":400}', b"400 Bad Request")
    server = serve(told(HEAD + chunks([event(1, "start")]) + END, refused))
    with connect(server).open(FOLLOW) as events:
        assert next(events).action == "start"
        with pytest.raises(BadRequestError, match="bad filter"):
            next(events)


def test_a_limit_of_the_caller_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """But that of connecting, which is there unless the caller says otherwise."""
    pauses: list[float] = []
    monkeypatch.setattr("podlib._sync.event_following.sleep", pauses.append)
    errors = iter([TimedOutError("one", limit="connect"), TimedOutError("two", limit="head")])

    def connect() -> Response:
        raise next(errors)

    follow = EventFollow(connect, EventPlace(datetime.now(UTC)), None)
    with pytest.raises(TimedOutError, match="two"):
        follow._reconnect()
    assert pauses == [0.1, 0.2]


def test_pauses_become_longer(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("podlib._sync.event_following.sleep", pauses.append)
    end, some = HEAD + END, HEAD + chunks([event(1, "some")]) + END
    server = serve(told(*8 * [end], some, end, HEAD + chunks([event(2, "last")])))
    with Podman(server.path) as podman, podman.system.follow_events() as events:
        assert [next(events).action for _ in range(2)] == ["some", "last"]
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 0.1, 0.2]
