"""Pulls and pushes whose task is cancelled: the server ends them, and nothing is left of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncPodman
from tests.testbed import Relay

from ._async.test_container_attach import connections
from ._async.test_pull import LIMIT, large

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.testbed import Host

__all__ = ["large"]  # a fixture


@pytest.fixture
async def podman(host: Host) -> AsyncIterator[AsyncPodman]:
    """A client of each host in turn."""
    async with AsyncPodman(host.socket) as client:
        yield client


async def carry(podman: AsyncPodman, verb: str, image: str, name: str) -> None:
    if verb == "pull":
        await podman.images.pull(name, tls_verify=False)
    else:
        await podman.images.push(image, name, tls_verify=False)


@pytest.mark.parametrize("verb", ["pull", "push"])
async def test_cancelled(podman: AsyncPodman, host: Host, large: str, verb: str) -> None:
    port = 5000 if verb == "pull" else 5001
    host.registry(port=5001)
    with Relay(host, port, limit=LIMIT) as relay:
        name = f"{relay.address}/large:1"
        if verb == "pull":
            await podman.images.remove(large, force=True)
        task = asyncio.ensure_future(carry(podman, verb, large, name))
        assert await asyncio.to_thread(relay.held.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert connections(podman) == 0
        assert len(asyncio.all_tasks()) == 1
        assert await asyncio.to_thread(relay.wait_until_left)
