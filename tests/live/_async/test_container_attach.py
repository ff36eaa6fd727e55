"""Attached to containers: their standard streams, both ways."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    ParameterError,
    TimedOutError,
)
from podlib.http.flow_async import sleep

from .steps import run, running, said, until

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from podlib import AsyncPodman
    from podlib._async.sessions import AsyncSession

CAT = ("cat",)
APART = ("sh", "-c", "echo out; sleep 0.2; echo err >&2; sleep 0.2; echo out again; exit 3")

AT_ONCE = ("sh", "-c", "echo out; echo err >&2; exit 3")


async def written(session: AsyncSession, *, size: int | None = None) -> dict[str, bytes]:
    """What comes on each stream, until the end or until there are ``size`` bytes."""
    found = {"stdout": b"", "stderr": b""}
    async for stream, data in session.output():
        found[stream] += data
        if size is not None and sum(map(len, found.values())) >= size:
            break
    return found


async def left(stream: AbstractAsyncContextManager[object]) -> None:
    """Open a stream, and leave it."""
    async with stream:
        pass


def connections(podman: AsyncPodman) -> int:
    """How many are in use."""
    http = podman._link._http
    assert http
    return len(http._active)


async def test_output_apart_from_the_start(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(image, command=APART, network="none")
    async with podman.containers.attach(created.id) as session:
        assert not session.tty
        await podman.containers.start(created.id)
        assert await written(session) == {"stdout": b"out\nout again\n", "stderr": b"err\n"}
        assert await session.read() is None
        assert await session.exit_code() == 3


async def test_one_stream_only(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(image, command=APART, network="none")
    async with podman.containers.attach(created.id, stdout=False) as session:
        await podman.containers.start(created.id)
        assert await written(session) == {"stdout": b"", "stderr": b"err\n"}


async def test_input(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=CAT, stdin=True, network="none")
    async with podman.containers.attach(container, stdin=True) as session:
        await session.write(b"hello\n")
        assert (await written(session, size=6))["stdout"] == b"hello\n"
        await session.write(b"end")
        await session.close_write()
        assert (await written(session))["stdout"] == b"end"
        assert await session.exit_code() == 0


async def test_communicate(podman: AsyncPodman, image: str) -> None:
    command = ["sh", "-c", "cat; echo err >&2; exit 9"]
    created = await podman.containers.create(image, command=command, stdin=True, network="none")
    async with podman.containers.attach(created.id, stdin=True) as session:
        await podman.containers.start(created.id)
        result = await session.communicate(b"to and fro")
        assert (result.exit_code, result.stdout, result.stderr) == (9, b"to and fro", b"err\n")
    again = await podman.containers.create(image, command=AT_ONCE, network="none")
    async with podman.containers.attach(again.id) as session:
        await podman.containers.start(again.id)
        result = await session.communicate()
        assert (result.exit_code, result.text) == (3, "out\n")


async def test_interact(podman: AsyncPodman, image: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a terminal; ``test_terminal.py`` has what a person types."""
    created = await podman.containers.create(image, command=AT_ONCE, network="none")
    async with podman.containers.attach(created.id) as session:
        await podman.containers.start(created.id)
        assert await session.interact() == 3
    assert capfd.readouterr() == ("out\n", "err\n")
    assert connections(podman) == 0


async def test_the_exit_code_of_what_is_gone(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(
        image, name="short", command=AT_ONCE, network="none", remove=True
    )
    async with podman.containers.attach("short") as session:
        await podman.containers.start(created.id)
        await written(session)

        async def is_gone() -> bool:
            return not await podman.containers.exists(created.id)

        await until(is_gone)
        if podman.server_version.startswith("4."):
            with pytest.raises(NotFoundError):
                await session.exit_code()
        else:
            assert await session.exit_code() == 3
            assert await session._ended() == 3


async def test_a_hundred_megabytes_both_ways_at_once(podman_a: AsyncPodman, image: str) -> None:
    data = os.urandom(100_000_000)
    container = await run(
        podman_a, image, command=CAT, stdin=True, network="none", log_driver="none"
    )
    async with podman_a.containers.attach(container, stdin=True) as session:
        result = await session.communicate(data)
    same = result.stdout == data  # a difference of this size is no reading
    assert same
    assert (result.exit_code, result.stderr) == (0, b"")


async def test_leaving_ends_the_input(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=CAT, stdin=True, network="none")
    async with podman.containers.attach(container, stdin=True) as session:
        await session.write(b"still\n")
        assert (await written(session, size=6))["stdout"] == b"still\n"
        assert await running(podman, container)
    assert await podman.containers.wait(container, timeout=10) == 0


async def test_logs_first(podman: AsyncPodman, image: str) -> None:
    command = ["sh", "-c", "echo before; cat"]
    container = await run(podman, image, command=command, stdin=True, network="none")

    async def has_written() -> bool:
        return await said(podman, container) == ["before"]

    await until(has_written)
    async with podman.containers.attach(container, logs=True, stream=False) as session:
        assert (await written(session))["stdout"] == b"before\n"
    async with podman.containers.attach(container, stdin=True, logs=True) as session:
        await session.write(b"after\n")
        assert (await written(session, size=13))["stdout"] == b"before\nafter\n"


async def test_terminal(podman: AsyncPodman, image: str) -> None:
    command = [
        "sh",
        "-c",
        "trap 'stty size; exit 4' WINCH; echo ready; while :; do sleep 0.05; done",
    ]
    created = await podman.containers.create(
        image, command=command, tty=True, stdin=True, network="none"
    )
    async with podman.containers.attach(created.id, stdin=True) as session:
        assert session.tty
        await podman.containers.start(created.id)
        assert (await written(session, size=7))["stdout"] == b"ready\r\n"
        await session.resize(height=33, width=44)
        assert await written(session) == {"stdout": b"33 44\r\n", "stderr": b""}
        assert await session.exit_code() == 4
    with pytest.raises(ConflictError):
        await podman.containers.resize(created.id, height=1, width=1)


async def test_resize(podman: AsyncPodman, image: str) -> None:
    container = await run(
        podman, image, command=["sleep", "60"], tty=True, stdin=True, network="none"
    )
    await podman.containers.resize(container, height=12, width=34)
    result = await podman.exec.run(container, ["sh", "-c", "stty size < /dev/console"])
    assert result.stdout == b"12 34\n"
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.containers.resize("nobody", height=1, width=1)


async def test_detach_keys(podman: AsyncPodman, image: str) -> None:
    container = await run(
        podman, image, command=["sleep", "60"], tty=True, stdin=True, network="none"
    )
    async with podman.containers.attach(container, stdin=True, detach_keys="ctrl-a,b") as session:
        for key in (b"\x01", b"b"):
            await sleep(0.1)  # as one read each, or the server takes them for text
            await session.write(key)
        await written(session)
    assert await running(podman, container)
    with pytest.raises(APIError, match="detach keys"):
        await left(podman.containers.attach(container, detach_keys="nonsense"))


async def test_what_is_refused(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(image)
    with pytest.raises(NotFoundError, match="nobody"):
        await left(podman.containers.attach("nobody"))
    with pytest.raises(ParameterError, match="'%'"):
        await left(podman.containers.attach("%"))
    with pytest.raises(BadRequestError, match="at least one"):
        await left(podman.containers.attach(created.id, stdout=False, stderr=False))
    with pytest.raises(BadRequestError, match=r"(?i)logs or stream"):
        await left(podman.containers.attach(created.id, stream=False))


async def test_limits_and_what_is_left_open(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=["sleep", "60"], network="none")
    limited = podman.with_timeouts(idle=0.2)
    with pytest.raises(TimedOutError):
        async with limited.containers.attach(container) as session:
            await session.read()
    with pytest.raises(ZeroDivisionError):
        async with podman.containers.attach(container):
            raise ZeroDivisionError
    assert connections(podman) == 0
    assert await running(podman, container)
