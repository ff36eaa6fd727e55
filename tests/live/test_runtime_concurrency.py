"""One runtime in the hands of many: 50 threads, 200 tasks, and two that want the same."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncRuntime, Runtime
from podlib.models import RunSpec

from .marks import checkpointing

if TYPE_CHECKING:
    from tests.testbed import Host

LABELS = {"com.example.project": "shop"}
FOREVER = ("sh", "-c", "while :; do sleep 1; done")
EXECS = 10
"""Of all that are there, so many run a command: it is Podman that takes the time for it."""


def web(image: str) -> RunSpec:
    return RunSpec(image=image, name="web", command=FOREVER, labels=LABELS, stop_timeout=0)


@checkpointing
def test_fifty_threads(host: Host, image: str) -> None:
    with Runtime(host.socket) as runtime:
        runtime.start_container(runtime.run_container(web(image)).id)

        def work(number: int) -> tuple[str, str, str, str]:
            network = runtime.create_network("lab", labels=LABELS)
            volume = runtime.create_volume("data", labels=LABELS)
            found = runtime.find_container_by_label(LABELS)
            assert found
            said = str(number)
            if number < EXECS:
                said = runtime.exec_container(found.id, ["echo", said]).text.strip()
            return network, volume, runtime.inspect_container("web").state, said

        with ThreadPoolExecutor(50) as threads:
            results = [*threads.map(work, range(50))]
        assert len({network for network, *_ in results}) == 1
        assert {volume for _, volume, *_ in results} == {"data"}
        assert {state for *_, state, _ in results} == {"running"}
        assert [said for *_, said in results] == [str(number) for number in range(50)]


@checkpointing
async def test_two_hundred_tasks(host: Host, image: str) -> None:
    async with AsyncRuntime(host.socket) as runtime:
        await runtime.start_container((await runtime.run_container(web(image))).id)

        async def work(number: int) -> tuple[str, str, str, str]:
            network = await runtime.create_network("lab", labels=LABELS)
            volume = await runtime.create_volume("data", labels=LABELS)
            found = await runtime.find_container_by_label(LABELS)
            assert found
            said = str(number)
            if number < EXECS:
                said = (await runtime.exec_container(found.id, ["echo", said])).text.strip()
            return network, volume, (await runtime.inspect_container("web")).state, said

        results = await asyncio.gather(*(work(number) for number in range(200)))
        assert len({network for network, *_ in results}) == 1
        assert {volume for _, volume, *_ in results} == {"data"}
        assert {state for *_, state, _ in results} == {"running"}
        assert [said for *_, said in results] == [str(number) for number in range(200)]


async def test_a_probe_runs_once_however_many_ask(host_a: Host) -> None:
    asked: list[int] = []

    async def probe() -> bool:
        asked.append(1)
        await asyncio.sleep(0.01)
        return True

    runtime = AsyncRuntime(host_a.socket, checkpoint_probe=probe)
    try:
        found = await asyncio.gather(*(runtime.capabilities() for _ in range(20)))
    finally:
        await runtime.close()
    assert all(each.checkpoint for each in found)
    assert len(asked) == 1


async def test_a_probe_that_fails_closes_the_runtime(host_a: Host) -> None:
    def probe() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with AsyncRuntime(host_a.socket, checkpoint_probe=probe):
            pass
