"""Steps that several tests take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NoReturn, TypeVar

import pytest

from podlib import NotSupportedError, versions
from podlib.http.flow_async import sleep
from tests.live.counter import COMMAND, Count

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Unpack

    from podlib import AsyncPodman
    from podlib.http.flow_async import Call
    from podlib.models import ContainerOptions

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds until something that was to happen counts as failed."""


async def run(podman: AsyncPodman, image: str, **options: Unpack[ContainerOptions]) -> str:
    """Create a container and start it; its id."""
    created = await podman.containers.create(image, **options)
    await podman.containers.start(created.id)
    return created.id


async def run_ready(
    podman: AsyncPodman, image: str, command: Sequence[str], mounts: Sequence[str] = ()
) -> str:
    """A container that says ``ready`` when it has its traps; its id.

    Before that, a signal ends the OCI runtime in it.
    """
    container = await run(podman, image, command=command, network="none", mounts=mounts)

    async def ready() -> bool:
        return await said(podman, container) == ["ready"]

    await until(ready)
    return container


async def run_counter(
    podman: AsyncPodman, image: str, network: str = "none", mounts: Sequence[str] = ()
) -> str:
    """A container called ``counter``, which has counted at least to two; its id."""
    container = await run(
        podman, image, name="counter", command=COMMAND, network=network, mounts=mounts
    )
    await counted(podman, container, 2)
    return container


async def counts(podman: AsyncPodman, container: str) -> list[Count]:
    """What a counter has counted so far."""
    return [Count.parse(text) for text in await said(podman, container)]


async def said(podman: AsyncPodman, container: str) -> list[str]:
    """The lines that a container wrote so far."""
    return [line.text for line in await read(podman.containers.logs(container))]


async def read(stream: AbstractAsyncContextManager[AsyncIterator[T]]) -> list[T]:
    """All that a stream has, until its end."""
    found: list[T] = []
    async with stream as items:
        async for item in items:
            found += [item]
    return found


async def counted(podman: AsyncPodman, container: str, number: int) -> list[Count]:
    """Wait until a counter has come to ``number``: what it has counted."""

    async def far_enough() -> bool:
        found = await counts(podman, container)
        return bool(found) and found[-1].number >= number

    await until(far_enough)
    return await counts(podman, container)


async def running(podman: AsyncPodman, container: str) -> bool:
    """Whether a container runs now."""
    return (await podman.containers.inspect(container)).state.running


async def names(podman: AsyncPodman) -> set[str]:
    """The names of all containers."""
    return {name for each in await podman.containers.list(all=True) for name in each.names}


def listing(folder: Path) -> list[str]:
    """The names of all that a folder has."""
    return sorted(each.name for each in folder.iterdir())


async def lacks(podman: AsyncPodman, since: str, call: Call[object]) -> bool:
    """Whether the server is older than ``since``; then ``call`` must say so, and send nothing.

    ::

        if await lacks(podman, "5.6.0", podman.artifacts.list):
            return
    """
    await podman._link.connect(None)
    if versions._number(podman.server_version) >= versions._number(since):
        return False
    with pytest.MonkeyPatch.context() as patch:
        for way in ("request", "stream", "upgrade"):
            patch.setattr(podman._link, way, _sent)
        with pytest.raises(NotSupportedError) as caught:
            await call()
    assert (caught.value.needs, caught.value.server) == (f"{since} or newer", podman.server_version)
    return True


def _sent(*what: object, **more: object) -> NoReturn:
    raise AssertionError(f"it was sent: {what} {more}")


async def until(holds: Call[bool]) -> None:
    """Ask again and again until the answer is yes."""
    end = time.monotonic() + PATIENCE
    while not await holds():
        assert time.monotonic() < end, "it did not happen"
        await sleep(0.05)
