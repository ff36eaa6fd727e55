"""What containers wrote, read from real services."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, BadRequestError, NotFoundError, ParameterError, TruncatedError
from tests.live.counter import COMMAND, Count

from .steps import read, run, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from podlib import AsyncPodman
    from podlib.models import LogLine
    from tests.testbed import Host

TWO_STREAMS = ("sh", "-c", "for n in 1 2 3; do echo out $n; echo err $n >&2; done; printf end")


async def texts(stream: AbstractAsyncContextManager[AsyncIterator[LogLine]]) -> list[str]:
    """The lines of a log, as text."""
    return [line.text for line in await read(stream)]


async def test_streams_are_apart(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=TWO_STREAMS, network="none")
    await podman.containers.wait(container)
    found: dict[str, list[str]] = {"stdout": [], "stderr": []}
    async with podman.containers.logs(container) as lines:
        async for line in lines:
            assert line.time is None
            found[line.stream].append(line.text)
    out, err = ["out 1", "out 2", "out 3", "end"], ["err 1", "err 2", "err 3"]
    assert found == {"stdout": out, "stderr": err}
    assert await texts(podman.containers.logs(container, stderr=False)) == out
    assert await texts(podman.containers.logs(container, stdout=False)) == err


async def test_tail_since_until_and_timestamps(podman: AsyncPodman, image: str) -> None:
    began = datetime.now(UTC)
    command = ["sh", "-c", "for n in 1 2 3; do echo $EPOCHREALTIME; sleep 0.2; done"]
    container = await run(podman, image, command=command, network="none")
    await podman.containers.wait(container)
    found = await read(podman.containers.logs(container, timestamps=True))
    lines = [line.text for line in found]
    times = [line.time for line in found if line.time]
    assert len(times) == 3
    assert all(each.utcoffset() == timedelta(0) for each in times)
    second = timedelta(seconds=1)  # Podman 5.4 drops the fractions
    assert began - second < times[0] <= times[1] <= times[2] < datetime.now(UTC)
    fractions = [line.time_nano % 10**9 for line in found if line.time_nano]
    assert any(fractions) == (podman.server_version >= "5.8")

    middle = datetime.fromtimestamp(float(lines[1]) - 0.1, UTC)
    assert await texts(podman.containers.logs(container, since=middle)) == lines[1:]
    assert await texts(podman.containers.logs(container, until=middle)) == lines[:1]
    assert await texts(podman.containers.logs(container, tail=2)) == lines[1:]
    assert await texts(podman.containers.logs(container, tail=0)) == []
    with pytest.raises(ParameterError, match="no time zone"):
        await read(podman.containers.logs(container, since=datetime(2026, 1, 1)))


async def test_follow_ends_with_the_container(podman: AsyncPodman, image: str) -> None:
    command = ["sh", "-c", "echo 1; sleep 0.4; echo 2"]
    container = await run(podman, image, command=command, network="none")
    arrived: list[tuple[str, float]] = []
    async with podman.containers.logs(container, follow=True) as lines:
        async for line in lines:
            arrived.append((line.text, time.monotonic()))  # noqa: PERF401 -- when each came matters
    assert [text for text, _ in arrived] == ["1", "2"]
    assert arrived[1][1] - arrived[0][1] > 0.2
    assert not await running(podman, container)


async def test_follow_can_be_left(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=COMMAND, network="none")
    numbers: list[int] = []
    async with podman.containers.logs(container, follow=True) as lines:
        async for line in lines:
            numbers.append(Count.parse(line.text).number)
            if len(numbers) == 3:
                break
    assert numbers == [1, 2, 3]
    assert await running(podman, container)
    [line] = await read(podman.containers.logs(container, tail=1))
    assert Count.parse(line.text).number >= 3


async def test_lines_as_they_were_written(podman: AsyncPodman, image: str) -> None:
    script = r"""printf 'bad \377 utf-8\n\n  spaces \rreturn\n'
head -c 1000000 /dev/zero | tr '\0' x; echo; echo after"""
    container = await run(podman, image, command=["sh", "-c", script], network="none")
    await podman.containers.wait(container)
    found = await read(podman.containers.logs(container, timestamps=True))
    assert found[0].data == b"bad \xff utf-8"
    assert found[0].text == "bad � utf-8"
    assert [line.data for line in found[1:3]] == [b"", b"  spaces \rreturn"]
    assert found[3].data == 1_000_000 * b"x"
    assert found[4].data == b"after"
    assert all(line.time for line in found)
    plain = await read(podman.containers.logs(container))
    assert [line.data for line in plain] == [line.data for line in found]


async def test_terminal(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=TWO_STREAMS, tty=True, network="none")
    await podman.containers.wait(container)
    found = await read(podman.containers.logs(container))
    assert {line.stream for line in found} == {"stdout"}
    assert [line.data for line in found][:2] == [b"out 1\r", b"err 1\r"]
    assert found[-1].text == "end"


async def test_container_that_wrote_nothing(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(image, name="silent")
    assert await texts(podman.containers.logs(created.id)) == []
    with pytest.raises(NotFoundError, match="unknown"):
        await read(podman.containers.logs("unknown"))


async def test_container_without_a_log(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(image, log_driver="none")
    with pytest.raises(APIError, match="using the 'none' log driver, cannot read logs"):
        await texts(podman.containers.logs(created.id))
    with pytest.raises(BadRequestError, match="at least one stream"):
        await texts(podman.containers.logs(created.id, stdout=False, stderr=False))


async def follow_after(podman: AsyncPodman, container: str, fault: Callable[[], None]) -> None:
    """Read a log's first line, let ``fault`` happen, read on."""
    async with podman.containers.logs(container, follow=True) as lines:
        await anext(lines)
        fault()
        async for _ in lines:
            pass


async def test_service_that_dies_ends_a_follow(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(podman, image, command=COMMAND, network="none")
    with pytest.raises(TruncatedError):
        await follow_after(podman, container, host.kill_service)
    host.start_service()
    assert await running(podman, container)
