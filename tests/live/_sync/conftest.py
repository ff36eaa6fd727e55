# Generated from tests/live/_async/conftest.py: edit there.
"""Clients of the live hosts, one for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import Podman

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed import Host


@pytest.fixture
def podman(host: Host) -> Iterator[Podman]:
    """A client of each host in turn."""
    with Podman(host.socket) as client:
        yield client


@pytest.fixture
def podman_a(host_a: Host) -> Iterator[Podman]:
    """A client of the older of the hosts that checkpoint."""
    with Podman(host_a.socket) as client:
        yield client


@pytest.fixture
def podman_b(host_b: Host) -> Iterator[Podman]:
    """A client of the newer of the hosts that checkpoint."""
    with Podman(host_b.socket) as client:
        yield client


@pytest.fixture
def podman_c(host_c: Host) -> Iterator[Podman]:
    """A client of the oldest host, which cannot checkpoint."""
    with Podman(host_c.socket) as client:
        yield client
