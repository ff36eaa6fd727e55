# Generated from tests/live/_async/steps.py: edit there.
"""Steps that several tests take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from podlib.http.flow_sync import sleep
from tests.live.counter import COMMAND, Count

if TYPE_CHECKING:
    from typing import Unpack

    from podlib import Podman
    from podlib.http.flow_sync import Call
    from podlib.models import ContainerOptions

PATIENCE = 20.0
"""Seconds until something that was to happen counts as failed."""


def run(podman: Podman, image: str, **options: Unpack[ContainerOptions]) -> str:
    """Create a container and start it; its id."""
    created = podman.containers.create(image, **options)
    podman.containers.start(created.id)
    return created.id


def run_counter(podman: Podman, image: str, name: str = "counter") -> str:
    """A container that counts, and has counted at least to two; its id."""
    container = run(podman, image, name=name, command=COMMAND)
    counted(podman, container, 2)
    return container


def counts(podman: Podman, container: str) -> list[Count]:
    """What a counter has counted so far."""
    with podman.containers.logs(container) as lines:
        return [Count.parse(line.text) for line in lines]


def counted(podman: Podman, container: str, number: int) -> list[Count]:
    """Wait until a counter has come to ``number``: what it has counted."""

    def far_enough() -> bool:
        found = counts(podman, container)
        return bool(found) and found[-1].number >= number

    until(far_enough)
    return counts(podman, container)


def running(podman: Podman, container: str) -> bool:
    """Whether a container runs now."""
    return (podman.containers.inspect(container)).state.running


def names(podman: Podman) -> set[str]:
    """The names of all containers."""
    return {name for each in podman.containers.list(all=True) for name in each.names}


def until(holds: Call[bool]) -> None:
    """Ask again and again until the answer is yes."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        sleep(0.05)
