"""Clients of the live hosts, one for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import AsyncPodman

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.testbed import Host


@pytest.fixture
async def podman(host: Host) -> AsyncIterator[AsyncPodman]:
    """A client of each host in turn."""
    async with AsyncPodman(host.socket) as client:
        yield client


@pytest.fixture
async def podman_a(host_a: Host) -> AsyncIterator[AsyncPodman]:
    """A client of the older of the hosts that checkpoint."""
    async with AsyncPodman(host_a.socket) as client:
        yield client


@pytest.fixture
async def podman_b(host_b: Host) -> AsyncIterator[AsyncPodman]:
    """A client of the newer of the hosts that checkpoint."""
    async with AsyncPodman(host_b.socket) as client:
        yield client


@pytest.fixture
async def podman_c(host_c: Host) -> AsyncIterator[AsyncPodman]:
    """A client of the oldest host, which cannot checkpoint."""
    async with AsyncPodman(host_c.socket) as client:
        yield client
