"""The Bus worker on real Podman: nothing runs twice, nothing is lost, nothing is left."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from podlib import AsyncPodman, BusError, NotFoundError
from podlib.bus import runs
from podlib.bus import worker as bus_worker
from tests.bus.workers import DELETE, PREFIX, RUN, STATUS, Process, wait_for, worker
from tests.events_api import EventsServer, make_token

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from podlib.models import ContainerInspect
    from tests.testbed import Host

NOTICE = 'trap "" TERM; for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.2; done; exit 7'
"""Takes its time, and shows each step once."""
FOREVER = ["sh", "-c", "while true; do sleep 0.1; done"]


@pytest.fixture
async def server() -> AsyncIterator[EventsServer]:
    """An Events API in memory. No worker outlives it."""
    async with EventsServer() as made:
        yield made
        await Process.kill_all()


def words(host: Host, image: str, *more: str) -> list[str]:
    """Arguments of a worker of a host, whose profile codex is the base image."""
    return ["--socket", str(host.socket), "--container-codex-image", image, *more]


async def containers(host: Host) -> list[str]:
    async with AsyncPodman(host.socket) as podman:
        found = await podman.containers.list(all=True)
    return [name for each in found for name in each.names]


async def container_of(host: Host, run_id: str) -> ContainerInspect:
    """The container of a run, once it runs."""
    end = time.monotonic() + 30
    async with AsyncPodman(host.socket) as podman:
        while True:
            with suppress(NotFoundError):
                found = await podman.containers.inspect(f"podlib-bus-{run_id}")
                if found.state.running:
                    return found
            assert time.monotonic() < end, run_id
            await asyncio.sleep(0.02)


def script(text: str, **more: object) -> dict[str, Any]:
    return {"profile": "codex", "command": ["sh", "-c", text], "timeout_seconds": 30, **more}


async def test_runs(server: EventsServer, host: Host, image: str, tmp_path: Path) -> None:
    async with worker(server, tmp_path, *words(host, image, "--consumer", "one")):
        asked = {
            "plain": script("printf OK; echo no >&2; exit 3", run_id="plain"),
            "image": {"image": image, "args": ["printf", "%s", "a b"], "timeout_seconds": 30},
            "large": script("head -c 5000000 /dev/zero | tr '\\0' x"),
            "lines": script("yes | head -c 5000000; echo no >&2"),
            "env": script('echo "$A"', env={"A": "é\n$HOME"}),
            "alone": script("touch /x; touch /tmp/y && ls /sys/class/net"),
            "missing": {"profile": "codex", "command": ["/no/such"], "timeout_seconds": 5},
            "unknown": {"image": "localhost/none:1", "timeout_seconds": 5},
            "bytes": script("printf 'a\\377b\\n'"),
        }
        ids = {name: server.send(RUN, payload) for name, payload in asked.items()}
        got = {name: await server.answer(each) for name, each in ids.items()}
        assert got["plain"].pop("duration_ms") < 10_000
        assert got["plain"] == {
            "run_id": "plain",
            "runner_name": "one",
            "image": image,
            "args": ["sh", "-c", "printf OK; echo no >&2; exit 3"],
            "exit_code": 3,
            "stdout": "OK",
            "stderr": "no\n",
            "runtime": "podman",
        }
        assert (got["image"]["stdout"], got["image"]["exit_code"]) == ("a b", 0)
        assert got["large"]["stdout"] == "x" * 5_000_000
        assert got["lines"]["stdout"] == "y\n" * 2_500_000  # whose log takes 120 MB
        assert (got["lines"]["stderr"], "truncated" in got["lines"]) == ("no\n", False)
        assert got["env"]["stdout"] == "é\n$HOME\n"
        assert got["alone"]["stdout"] == "lo\n"
        assert "Read-only file system" in got["alone"]["stderr"]
        assert got["missing"]["exit_code"] == 127
        assert got["unknown"]["error"]["type"] == "not_found"
        assert got["bytes"]["stdout"] == "a\ufffdb\n"
        again = await server.ask(RUN, asked["plain"])
        assert (again["exit_code"], again["stdout"]) == (3, "OK")  # it did not run again
        state = await server.ask(f"{PREFIX}.runner.status.request", {})
        assert state["status"]["state"] == "ready"
        assert state["status"]["details"]["version"] == host.version
        assert await containers(host) == []


async def test_runs_that_are_ended(
    server: EventsServer, host_b: Host, image: str, tmp_path: Path
) -> None:
    host = host_b
    more = ("--max-output", "1000", "--memory", "64m", "--pids-limit", "50", "--cpus", "0.5")
    async with worker(server, tmp_path, *words(host, image, *more)):
        late = server.send(RUN, {"profile": "codex", "args": FOREVER, "timeout_seconds": 1})
        ended = server.send(RUN, {"profile": "codex", "args": FOREVER, "run_id": "ended"})
        found = await container_of(host, "ended")
        assert found.host_config.memory == 64 << 20
        assert found.host_config.pids_limit == 50
        assert found.host_config.network_mode == "none"
        assert found.host_config.readonly_rootfs
        assert found.config.labels["podlib.bus.run-id"] == "ended"
        assert found.config.labels["podlib.bus.owner"] == "requester"
        status = await server.ask(STATUS, {})
        assert ("ended", "running") in [(each["id"], each["state"]) for each in status["items"]]
        deleted = await server.ask(DELETE, {"run_id": "ended"})
        assert deleted == {"deleted": True, "run_id": "ended"}
        assert "podlib-bus-ended" not in await containers(host)
        assert (await server.answer(ended))["error"]["type"] == "not_found"
        answer = await server.answer(late)
        assert answer["error"]["type"] == "timeout"
        assert await containers(host) == []
        unknown = await server.ask(DELETE, {"run_id": "unknown"})
        assert unknown["error"]["type"] == "not_found"
        cut = await server.ask(RUN, script("head -c 3000 /dev/zero | tr '\\0' x"))
        assert (len(cut["stdout"]), cut["truncated"]) == (1000, True)
        left = server.send(RUN, {"profile": "codex", "args": FOREVER, "run_id": "left"})
        await container_of(host, "left")
        assert await server.ask(f"{PREFIX}.runner.delete.request", {}) == {"deleted": True}
        assert (await server.answer(left))["error"]["type"] == "not_found"
        assert await containers(host) == []
    assert {len(each) for each in server.board.answers.values()} == {1}


async def test_a_worker_that_is_killed(
    server: EventsServer, host_a: Host, image: str, tmp_path: Path
) -> None:
    state, given = tmp_path / "state", words(host_a, image)
    first = await Process.start(server, state, *given, "--consumer", "one")
    asked = server.send(RUN, script(NOTICE, run_id="a"))
    orphan = server.send(RUN, script(NOTICE, run_id="b"))
    begun = [await container_of(host_a, run_id) for run_id in ("a", "b")]
    await first.kill()
    server.send(RUN, script(NOTICE, run_id="a"), asked)  # delivered once more
    # Another name, and nothing but labels is known of one of the two.
    (state / "open" / "run-b").unlink()
    second = await Process.start(server, state, *given, "--consumer", "two")
    for correlation_id in (asked, orphan):
        answer = await server.answer(correlation_id)
        assert answer["stdout"] == "1\n2\n3\n4\n5\n6\n7\n8\n"
        assert (answer["exit_code"], answer["runner_name"]) == (7, "two")
        assert len(server.board.answers[correlation_id]) == 1
    assert begun[0].id != begun[1].id
    assert await containers(host_a) == []
    assert await second.stop() == 0


async def test_an_answer_outlives_its_worker(
    server: EventsServer, host_a: Host, image: str, tmp_path: Path
) -> None:
    state, given = tmp_path / "state", words(host_a, image)
    first = await Process.start(server, state, *given)
    asked = server.send(RUN, script("sleep 0.3; echo done", run_id="a"))
    await container_of(host_a, "a")
    await server.down()
    await wait_for(
        "the answer is kept",
        lambda: b'"stdout":"done' in (state / "open" / "run-a").read_bytes(),
    )
    await first.kill()
    await server.up()
    second = await Process.start(server, state, *given)
    assert (await server.answer(asked))["stdout"] == "done\n"
    # Once more, by another worker: from what the first one kept.
    assert (await server.ask(RUN, script("echo other", run_id="a")))["stdout"] == "done\n"
    assert await second.stop() == 0
    assert list((state / "open").iterdir()) == []
    # Killed after it was published, before that was written down: not published again.
    (state / "done" / "run-a").rename(state / "open" / "run-a")
    third = await Process.start(server, state, *given)
    await wait_for("done", lambda: (state / "done" / "run-a").exists())
    assert len(server.board.answers[asked]) == 1
    assert await third.stop() == 0


async def test_a_token_that_runs_out_during_a_run(
    server: EventsServer, host_a: Host, image: str, tmp_path: Path
) -> None:
    token, state = tmp_path / "token", tmp_path / "state"
    token.write_text(make_token())
    given = words(host_a, image, "--token-file", str(token))

    async def run_out() -> None:
        async with worker(server, state, *given) as task:
            server.send(RUN, script(NOTICE, run_id="a"), "asked")
            await container_of(host_a, "a")
            token.write_text(make_token("another secret"))
            await server.cut()
            await asyncio.wait({task}, timeout=10)

    with pytest.raises(BusError, match="401"):
        await run_out()
    assert await containers(host_a) == ["podlib-bus-a"]  # it goes on
    token.write_text(make_token())
    async with worker(server, state, *given):
        assert (await server.answer("asked"))["stdout"].endswith("8\n")
    assert await containers(host_a) == []


async def test_two_workers_and_one_run(
    server: EventsServer, host_a: Host, image: str, tmp_path: Path
) -> None:
    given = words(host_a, image)
    one = worker(server, tmp_path / "a", *given, "--consumer", "one")
    two = worker(server, tmp_path / "b", *given, "--consumer", "two")
    async with one, two:  # without a common folder, the container's name decides
        asked = [server.send(RUN, script("sleep 0.5; echo x", run_id="r")) for _ in range(2)]
        answers = [await server.answer(each) for each in asked]
        kinds = sorted(str(each.get("error", {}).get("type")) for each in answers)
        assert kinds == ["None", "bad_request"]
        asked = [server.send(RUN, script("echo x")) for _ in range(12)]
        answers = [await server.answer(each) for each in asked]
        for each in answers:  # of runs that have ended, whichever worker is asked
            run_id = each["run_id"]
            deleted = await server.ask(DELETE, {"run_id": run_id})
            assert deleted == {"deleted": True, "run_id": run_id}
    assert {each["stdout"] for each in answers} == {"x\n"}
    assert Counter(each["runner_name"] for each in answers) == {"one": 6, "two": 6}
    assert {len(each) for each in server.board.answers.values()} == {1}
    assert await containers(host_a) == []


async def test_containers_of_strangers(
    server: EventsServer,
    host_a: Host,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of a worker that nobody knows are removed once they are long over, others never."""
    labels = {"podlib.bus.worker": "stranger", "podlib.bus.run-id": "s"}
    async with AsyncPodman(host_a.socket) as podman:
        for name in ("podlib-bus-s", "other"):
            made = await podman.containers.create(image, name=name, labels=labels, network="none")
            await podman.containers.start(made.id)
            await podman.containers.wait(made.id)
    given = words(host_a, image)
    async with worker(server, tmp_path, *given):
        taken = await server.ask(RUN, script("true", run_id="s"))
        assert taken["error"]["type"] == "bad_request"
        assert sorted(await containers(host_a)) == ["other", "podlib-bus-s"]
    monkeypatch.setattr(runs, "_ABANDONED", 0)
    async with worker(server, tmp_path, *given):
        for _ in range(500):
            if await containers(host_a) == ["other"]:
                break
            await asyncio.sleep(0.02)
    assert await containers(host_a) == ["other"]


async def test_an_orderly_end(
    server: EventsServer, host_a: Host, image: str, tmp_path: Path
) -> None:
    given = words(host_a, image, "--max-runs", "2", "--stop-timeout", "1.5")
    first = await Process.start(server, tmp_path / "a", *given, "--consumer", "one")
    short = server.send(RUN, script("sleep 0.5; echo short", run_id="short"))
    endless = server.send(RUN, {"profile": "codex", "args": FOREVER, "run_id": "endless"})
    for run_id in ("short", "endless"):
        await container_of(host_a, run_id)
    queued = server.send(RUN, script("echo queued", run_id="queued"))
    await wait_for("queued", lambda: (tmp_path / "a" / "open" / "run-queued").exists())
    assert await first.stop() == 0
    assert (await server.answer(short))["stdout"] == "short\n"
    stopped = await server.answer(endless)
    assert stopped["error"]["type"] == "backend_unavailable"
    assert queued not in server.board.answers
    assert await containers(host_a) == []
    assert "queued" not in str([line for line in first.log() if line["level"] == "error"])
    async with worker(server, tmp_path / "b", *words(host_a, image), "--consumer", "two"):
        answer = await server.answer(queued)
        assert (answer["stdout"], answer["runner_name"]) == ("queued\n", "two")


async def test_an_end_while_the_api_does_not_answer(
    server: EventsServer,
    host_a: Host,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its limit holds, however many runs are to be given back; the next worker begins them."""
    monkeypatch.setattr(runs, "_ENDING", 1.0)
    for name in ("_GIVING_BACK", "_LAST_ANSWERS"):
        monkeypatch.setattr(bus_worker, name, 0.2)

    async def never(*_: object) -> None:
        await asyncio.sleep(60)

    given = words(host_a, image, "--max-runs", "1", "--stop-timeout", "0.2")
    with monkeypatch.context() as silent:
        async with worker(server, tmp_path, *given):
            server.send(RUN, {"profile": "codex", "args": FOREVER, "run_id": "endless"})
            await container_of(host_a, "endless")
            queued = [server.send(RUN, script("echo x", run_id=f"q{i}")) for i in range(10)]
            await wait_for("queued", lambda: len(list((tmp_path / "open").iterdir())) == 11)
            silent.setattr(EventsServer, "_one", never)
            await server.cut()
            began = time.monotonic()
        assert time.monotonic() - began < 10  # a request has 15 seconds
    await server.cut()
    async with worker(server, tmp_path, *words(host_a, image)):
        answers = [await server.answer(each) for each in queued]
    assert {each["stdout"] for each in answers} == {"x\n"}


async def test_the_service_goes_away(
    server: EventsServer, host_a: Host, image: str, tmp_path: Path
) -> None:
    async with worker(server, tmp_path, *words(host_a, image)):
        asked = server.send(RUN, script(NOTICE, run_id="a"))
        await container_of(host_a, "a")
        await asyncio.to_thread(host_a.kill_service)
        refused = await server.ask(RUN, script("true"))
        assert refused["error"]["type"] == "backend_unavailable"
        state = await server.ask(f"{PREFIX}.runner.status.request", {})
        assert state["status"]["state"] == "unavailable"
        await asyncio.to_thread(host_a.start_service)
        assert (await server.answer(asked))["stdout"].endswith("8\n")
        ready = await server.ask(f"{PREFIX}.runner.start.request", {})
        assert ready == {"accepted": True, "action": "start"}
