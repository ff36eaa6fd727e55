"""Many logs that are followed at once, by one program."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from podlib import AsyncPodman

if TYPE_CHECKING:
    from tests.testbed import Host

FOLLOWERS = 200
LINES = [f"line {number}" for number in range(1, 21)]


async def test_each_of_many_followers_gets_every_line(host_b: Host, image: str) -> None:
    """The container writes when all are there, and goes on: its end is another matter."""
    wait = "while ! test -e /go; do sleep 0.05; done"
    script = f"{wait}; for n in $(seq {len(LINES)}); do echo line $n; done; sleep 60"
    ready = asyncio.Barrier(FOLLOWERS + 1)

    async with AsyncPodman(host_b.socket) as podman:
        created = await podman.containers.create(image, command=["sh", "-c", script])
        await podman.containers.start(created.id)

        async def follow() -> list[str]:
            async with podman.containers.logs(created.id, follow=True) as lines:
                await ready.wait()
                return [(await anext(lines)).text for _ in LINES]

        async def begin() -> None:
            await ready.wait()
            await podman.exec.run(created.id, ["touch", "/go"])

        *found, _ = await asyncio.gather(*(follow() for _ in range(FOLLOWERS)), begin())
    assert found == FOLLOWERS * [LINES]
