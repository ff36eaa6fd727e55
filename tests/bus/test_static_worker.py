"""The worker against an Events API, with the provider that needs no Podman."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import urllib.error
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from podlib.bus import names
from podlib.bus.log import JsonFormatter
from podlib.errors import BusError, FileError
from tests.events_api import make_token

from .malformed import throw_at
from .workers import DELETE, PREFIX, RUN, STATUS, all_listen, wait_for, worker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.events_api import EventsServer

STATIC = ("--provider", "static")


async def test_every_request_has_its_answer(server: EventsServer, tmp_path: Path) -> None:
    async with worker(server, tmp_path, *STATIC, "--consumer", "one"):
        run = await server.ask(RUN, {"profile": "codex", "args": ["printf", "OK"], "run_id": "r1"})
        assert run == {
            "run_id": "r1",
            "runner_name": "one",
            "image": "docker.io/library/alpine:3.20",
            "args": ["printf", "OK"],
            "exit_code": 0,
            "stdout": "printf OK\n",
            "stderr": "",
            "duration_ms": 0,
            "runtime": "static",
        }
        assert await server.ask(STATUS, {}) == {"items": []}
        assert await server.ask(DELETE, {"run_id": "r1"}) == {"deleted": True, "run_id": "r1"}
        state = await server.ask(f"{PREFIX}.runner.status.request", None)
        assert state == {"status": {"state": "ready", "provider": "static", "details": {}}}
        start = await server.ask(f"{PREFIX}.runner.start.request", {})
        assert start == {"accepted": True, "action": "start"}
        assert await server.ask(f"{PREFIX}.runner.delete.request", {}) == {"deleted": True}
    assert {len(each) for each in server.board.answers.values()} == {1}
    sent = {each["name"] for each in server.board.log if each["name"].endswith("response")}
    assert sent == {event.name for event in names.events(PREFIX) if event.direction == "sends"}


async def test_a_group_shares_requests_and_answers_each_once(
    server: EventsServer, tmp_path: Path
) -> None:
    one, two = ("--consumer", "one"), ("--consumer", "two")
    async with worker(server, tmp_path, *STATIC, *one), worker(server, tmp_path, *STATIC, *two):
        asked = [server.send(RUN, {"image": "x", "args": [str(i)]}) for i in range(50)]
        answers = [await server.answer(each) for each in asked]
    assert [answer["args"] for answer in answers] == [[str(i)] for i in range(50)]
    assert Counter(answer["runner_name"] for answer in answers) == {"one": 25, "two": 25}
    assert {len(server.board.answers[each]) for each in asked} == {1}


# -- what is malformed ----------------------------------------------------------------------------

REFUSED: list[dict[str, Any]] = [
    {},
    {"image": "x", "profile": "codex"},
    {"profile": "unknown"},
    {"image": "x", "mounts": ["/:/host"]},
    {"image": "x", "privileged": True},
    {"image": "x", "network": "host"},
    {"image": "dir:/etc"},
    {"image": "oci-archive:/etc/passwd"},
    {"image": "docker-daemon:x:y"},
    {"image": "../x"},
    {"image": "x", "command": "sh -c true"},
    {"image": "x", "command": ["a\x00b"]},
    {"image": "x", "timeout_seconds": -1},
    {"image": "x", "timeout_seconds": "5"},
    {"image": "x", "env": {"A=B": "c"}},
    {"image": "x", "env": {"A": 1}},
    {"image": "x", "run_id": "../../etc"},
    {"image": "x", "run_id": "a" * 65},
]


async def test_what_a_payload_may_not_ask_for(server: EventsServer, tmp_path: Path) -> None:
    async with worker(server, tmp_path, *STATIC):
        for payload in REFUSED:
            answer = await server.ask(RUN, payload)
            assert answer["error"]["type"] == "bad_request", payload
        secret = await server.ask(RUN, {"image": "x", "env": {"TOKEN": ["hush"]}})
        assert "hush" not in json.dumps(secret)
        zero = {"image": "", "profile": "codex", "command": None, "env": None, "timeout_seconds": 0}
        assert (await server.ask(RUN, zero))["exit_code"] == 0


async def test_an_allow_list_is_for_images_not_for_profiles(
    server: EventsServer, tmp_path: Path
) -> None:
    allowed = ("--allow-image", "docker.io/library/*")
    async with worker(server, tmp_path, *STATIC, *allowed, "--container-codex-image", "quay.io/c"):
        assert (await server.ask(RUN, {"image": "docker.io/library/alpine"}))["exit_code"] == 0
        for image in ("alpine", "quay.io/c", "evil.io/docker.io/library/alpine"):
            assert (await server.ask(RUN, {"image": image}))["error"]["type"] == "bad_request"
        assert (await server.ask(RUN, {"profile": "codex"}))["image"] == "quay.io/c"


async def test_malformed_events_have_one_error_each(server: EventsServer, tmp_path: Path) -> None:
    async with worker(server, tmp_path, *STATIC):
        await throw_at(server, 300, random.Random(8))
        assert (await server.ask(RUN, {"image": "x", "profile": ""}))["exit_code"] == 0


async def test_an_event_that_is_too_long_has_an_error_and_the_next_one_its_answer(
    server: EventsServer, tmp_path: Path
) -> None:
    async with worker(server, tmp_path, *STATIC):
        long = server.send(RUN, {"image": "x", "args": ["y" * (17 << 20)]})
        assert (await server.ask(RUN, {"image": "x"}))["exit_code"] == 0
        assert (await server.answer(long))["error"]["type"] == "bad_request"


# -- the Events API goes away, and refuses --------------------------------------------------------


async def test_answers_come_after_the_api_was_away(server: EventsServer, tmp_path: Path) -> None:
    async with worker(server, tmp_path, *STATIC):
        await server.down()
        await asyncio.sleep(0.3)
        await server.up()
        await all_listen(server)
        assert (await server.ask(RUN, {"image": "x"}))["exit_code"] == 0


async def test_without_retries_the_end_of_a_stream_ends_the_worker(
    server: EventsServer, tmp_path: Path
) -> None:
    away = worker(server, tmp_path, *STATIC, BUS_EVENTS_LISTENER_RETRY="0")
    with pytest.raises(BusError, match=r"stream of bus|not answer"):
        await until_it_ends(away, server.cut)


async def until_it_ends(
    begun: AbstractAsyncContextManager[asyncio.Task[None]], act: Callable[[], Awaitable[object]]
) -> None:
    async with begun as task:
        await act()
        await asyncio.wait({task}, timeout=5)


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("nonsense", "401"),
        (make_token("another secret"), "401"),
        (make_token(ttl=-5), "401"),
        (make_token(scope="events:send"), "403"),
        ("two words", "one word"),
    ],
    ids=["nonsense", "forged", "old", "scope", "words"],
)
async def test_a_token_that_is_refused_ends_the_worker(
    server: EventsServer, tmp_path: Path, token: str, problem: str
) -> None:
    with pytest.raises(BusError, match=problem) as caught:
        async with worker(server, tmp_path, *STATIC, BUS_API_TOKEN=token) as task:
            await asyncio.wait({task}, timeout=5)
    assert caught.value.denied
    assert token not in str(caught.value)


async def test_an_answer_that_may_not_be_sent_ends_the_worker_and_is_kept(
    server: EventsServer, tmp_path: Path
) -> None:
    deaf = make_token(scope="events:listen")
    asked = "deaf"

    async def ask() -> None:
        server.send(RUN, {"image": "x"}, asked)

    with pytest.raises(BusError, match="403"):
        await until_it_ends(worker(server, tmp_path, *STATIC, BUS_API_TOKEN=deaf), ask)
    assert asked not in server.board.answers
    [kept] = (tmp_path / "open").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


async def test_an_answer_that_is_too_large_is_an_error(
    server: EventsServer, tmp_path: Path
) -> None:
    server.most = 2000
    async with worker(server, tmp_path, *STATIC):
        answer = await server.ask(RUN, {"image": "x", "args": ["y" * 5000]})
        assert "413" in answer["error"]["message"]


async def test_a_token_file_is_read_anew(server: EventsServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(make_token(subject="first"))
    async with worker(server, tmp_path, *STATIC, "--token-file", str(file)):
        first = server.send(RUN, {"image": "x"})
        await server.answer(first)
        file.write_text(f"{make_token(subject='second')}\n")
        second = server.send(RUN, {"image": "x"})
        await server.answer(second)
        file.write_text("")
        waiting = server.send(RUN, {"image": "x"})
        await wait_for("kept", lambda: [*(tmp_path / "open").iterdir()])
        await server.cut()
        assert waiting not in server.board.answers
        file.unlink()
        await asyncio.sleep(0.1)
        file.write_text(make_token(subject="third"))
        await server.answer(waiting)
    asked = (first, second, waiting)
    owners = [server.board.answers[each][0]["identity_id"] for each in asked]
    assert owners == ["first", "second", "third"]


# -- life -----------------------------------------------------------------------------------------


async def test_two_workers_of_one_name(server: EventsServer, tmp_path: Path) -> None:
    async with worker(server, tmp_path, *STATIC):
        with pytest.raises(FileError, match="runs already: give another --consumer"):
            async with worker(server, tmp_path, *STATIC):
                pass


async def test_readiness(server: EventsServer, tmp_path: Path, unused_tcp_port: int) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"

    def get(path: str) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"http://{address}{path}") as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    async def status(path: str) -> int:
        return (await asyncio.to_thread(get, path))[0]

    async with worker(server, tmp_path, *STATIC, "--health-addr", address):
        assert await status("/healthz") == 200
        assert await status("/readyz") == 200
        assert await status("/other") == 404
        await server.down()
        await asyncio.sleep(0.1)
        assert await status("/healthz") == 200
        assert await status("/readyz") == 503
        await server.up()
        await all_listen(server)
        await asyncio.sleep(0.1)
        code, document = await asyncio.to_thread(get, "/readyz")
        assert code == 200
        assert set(document["streams"].values()) == {True}
        assert len(document["streams"]) == 8


async def test_odd_requests_for_readiness(
    server: EventsServer, tmp_path: Path, unused_tcp_port: int
) -> None:
    async with worker(server, tmp_path, *STATIC, "--health-addr", f"127.0.0.1:{unused_tcp_port}"):
        for data in (b"\r\n\r\n", b"\xff" * 100, b"GET\r\n\r\n", b"x" * 20_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
            writer.write(data)
            writer.write_eof()
            await reader.read()
            writer.close()
        assert (await server.ask(STATUS, {})) == {"items": []}


async def test_no_secret_is_in_the_log(
    server: EventsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "podlib.bus")
    token = make_token(subject="secret-subject")
    async with worker(server, tmp_path, *STATIC, BUS_API_TOKEN=token):
        await server.ask(RUN, {"image": "x", "env": {"A": "hush-1"}, "args": ["hush-2"]})
        await server.ask(RUN, {"image": "hush-3 ", "env": {"hush-4 ": "x"}})
        await server.cut()
        await all_listen(server)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert {"listening", "refused", "stream lost", "stopped"} <= {
        json.loads(line)["event"] for line in lines
    }
    assert "hush" not in "".join(lines).replace("env.hush-4 ", "")
    assert token not in "".join(lines)


def test_a_failure_has_its_traceback_in_one_line() -> None:
    error = ValueError("odd\nthing")
    info = (ValueError, error, None)
    record = logging.LogRecord("podlib.bus", logging.ERROR, "", 0, "failed", (), info)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "ValueError: odd\nthing" in json.loads(line)["traceback"]


async def test_lines_end_at_line_feeds_only(server: EventsServer, tmp_path: Path) -> None:
    text = "a\u0085b\u2028c\rd"
    payload = {"image": "x", "args": [text]}
    envelope = {"id": "e", "name": RUN, "correlationId": "odd", "payload": payload}
    async with worker(server, tmp_path, *STATIC):
        server.board.hand_on(RUN, json.dumps(envelope, ensure_ascii=False).encode())
        assert (await server.answer("odd"))["args"] == [text]


def test_which_errors_pass() -> None:
    errors = {status: BusError("text", status=status) for status in (0, 400, 401, 403, 404, 413)}
    errors |= {status: BusError("text", status=status) for status in (408, 425, 429, 500, 503)}
    assert [status for status, each in errors.items() if each.denied] == [401, 403]
    assert [status for status, each in errors.items() if each.passes] == [
        0,
        408,
        425,
        429,
        500,
        503,
    ]
