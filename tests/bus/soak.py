"""``make bus-soak``: two workers on a real host, and what befalls them; figures at the end."""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podlib import AsyncPodman, models
from tests.events_api import EventsServer
from tests.testbed import session
from tests.testbed.image import install

from .malformed import throw_at
from .workers import RUN, Process

if TYPE_CHECKING:
    from tests.testbed import Host

HOST = "host-a"
AWAY = 20.0
KILLS = 5
STEPS = "i=0; while [ $i -lt 10 ]; do i=$((i + 1)); echo $i; sleep 0.1; done; echo {}"
SHOWN = "".join(f"{step}\n" for step in range(1, 11))


@dataclass
class Count:
    """What went wrong, and what was asked."""

    requests: int = 0
    lost: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])


class Soak:
    """Two workers of one group, on one host, with a common folder."""

    def __init__(self, host: Host, image: str, server: EventsServer, folder: Path) -> None:
        self._server = server
        self._host = host
        self._state = folder / "state"
        self._more = ["--socket", str(host.socket), "--container-codex-image", image]
        self._more += ["--max-runs", "6"]
        self._workers: dict[str, Process] = {}
        self._runs: dict[str, str] = {}
        self.count = Count()

    async def start(self, name: str) -> None:
        self._workers[name] = await Process.start(
            self._server, self._state, *self._more, "--consumer", name
        )

    async def stop(self) -> None:
        for worker in self._workers.values():
            if status := await worker.stop():
                self.count.lost.append(f"a worker ended with {status}")

    def ask(self, script: str, expected: str) -> str:
        """Ask for a run, of which the end of the output is known."""
        payload = {"profile": "codex", "command": ["sh", "-c", script], "timeout_seconds": 120}
        asked = self._server.send(RUN, payload)
        self._runs[asked] = expected
        self.count.requests += 1
        return asked

    async def answers(self, asked: list[str]) -> list[dict[str, Any]]:
        """Their answers, and what is wrong with them."""
        found: list[dict[str, Any]] = []
        for each in asked:
            try:
                answer = await self._server.answer(each, 180)
            except TimeoutError:
                self.count.lost.append(f"{each}: no answer")
                continue
            if answer.get("stdout") != self._runs[each]:
                self.count.lost.append(f"{each}: {answer}")
            found.append(answer)
        return found

    async def malformed(self, number: int) -> None:
        began = time.monotonic()
        await throw_at(self._server, number, random.Random(number))
        seconds = time.monotonic() - began
        print(f"{number} malformed events: one error each, {number / seconds:.0f} a second")
        peaks = [worker.peak() / (1 << 20) for worker in self._workers.values()]
        print(f"the workers had at most {max(peaks):.0f} MiB")

    async def load(self, number: int) -> None:
        """As many requests as fast as can be."""
        began = time.monotonic()
        latencies: list[float] = []

        async def one(number: int) -> dict[str, Any]:
            asked = self.ask(f"echo {number}", f"{number}\n")
            [answer] = await self.answers([asked])
            latencies.append(time.monotonic() - began)
            return answer

        answers = await asyncio.gather(*(one(each) for each in range(number)))
        seconds = time.monotonic() - began
        shares = Counter(each["runner_name"] for each in answers)
        times = [each["duration_ms"] for each in answers if "duration_ms" in each]
        print(
            f"{number} requests in {seconds:.1f} s ({number / seconds:.1f} a second), shared "
            f"{dict(sorted(shares.items()))}; a container took {statistics.median(times):.0f} ms"
        )

    async def away(self) -> None:
        """The Events API is not there while runs end."""
        asked = [self.ask(STEPS.format(each), f"{SHOWN}{each}\n") for each in range(8)]
        await asyncio.sleep(0.5)
        await self._server.down()
        await asyncio.sleep(AWAY)
        await self._server.up()
        began = time.monotonic()
        await self.answers(asked)
        print(
            f"Events API away for {AWAY:.0f} s: all answered {time.monotonic() - began:.1f} s later"
        )

    async def kills(self) -> None:
        """Workers die in the midst of runs, one after the other."""
        began = time.monotonic()
        asked: list[str] = []
        for number in range(KILLS):
            name = ("one", "two")[number % 2]
            new = [self.ask(STEPS.format(each), f"{SHOWN}{each}\n") for each in range(6)]
            await asyncio.sleep(0.2 + 0.2 * number)
            await self._workers[name].kill()
            await self.start(name)
            asked += new
        await self.answers(asked)
        print(f"{KILLS} workers killed in {len(asked)} runs: {time.monotonic() - began:.1f} s")

    async def judge(self, since: datetime) -> None:
        """Each answered once, each container made once, nothing left."""
        await asyncio.sleep(1)
        for each in self._runs:
            if (times := len(self._server.board.answers.get(each, []))) > 1:
                self.count.doubled.append(f"{each}: answered {times} times")
        async with AsyncPodman(self._host.socket) as podman:
            wanted: models.EventFilters = {"type": "container", "event": "create"}
            made: Counter[str] = Counter()
            async with podman.system.events(since=since, stream=False, filters=wanted) as events:
                async for event in events:
                    made[event.actor.attributes.get("podlib.bus.run-id", "")] += 1
            self.count.doubled += [f"{each}: made {n} times" for each, n in made.items() if n > 1]
            left = await podman.containers.list(all=True)
            self.count.left += [name for each in left for name in each.names]
        self.count.left += [str(each) for each in (self._state / "open").iterdir()]
        print(f"{sum(made.values())} containers made for {self.count.requests} requests")


async def soak(host: Host, image: str, folder: Path, malformed: int, requests: int) -> Count:
    """All of it."""
    since = datetime.now(UTC)
    async with EventsServer() as server:
        all_of_it = Soak(host, image, server, folder)
        try:
            for name in ("one", "two"):
                await all_of_it.start(name)
            await all_of_it.malformed(malformed)
            await all_of_it.load(requests)
            await all_of_it.away()
            await all_of_it.kills()
            await all_of_it.judge(since)
            await all_of_it.stop()
        finally:
            await Process.kill_all()
    return all_of_it.count


def main() -> int:
    """The exit status: 0 if nothing went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.bus.soak", description=__doc__)
    parser.add_argument("--malformed", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=200)
    given = parser.parse_args()
    with session([HOST]) as hosts, tempfile.TemporaryDirectory(prefix="podlib-bus-") as folder:
        host = hosts[HOST]
        image = install([host]).name
        print(f"Podman {host.version}, two workers")
        count = asyncio.run(soak(host, image, Path(folder), given.malformed, given.requests))
    for problem in (*count.lost, *count.doubled, *count.left):
        print(problem)
    wrong = [f"{len(count.lost)} lost", f"{len(count.doubled)} doubled", f"{len(count.left)} left"]
    print(f"{count.requests} runs, {', '.join(wrong)}")
    return 1 if count.lost or count.doubled or count.left else 0


if __name__ == "__main__":
    sys.exit(main())
