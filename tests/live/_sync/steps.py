# Generated from tests/live/_async/steps.py: edit there.
"""Steps that several tests take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NoReturn, TypeVar

import pytest

from podlib import NotSupportedError, versions
from podlib.http.flow_sync import sleep
from tests.live.counter import COMMAND, Count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Unpack

    from podlib import Podman
    from podlib.http.flow_sync import Call
    from podlib.models import ContainerOptions

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds until something that was to happen counts as failed."""


def run(podman: Podman, image: str, **options: Unpack[ContainerOptions]) -> str:
    """Create a container and start it; its id."""
    created = podman.containers.create(image, **options)
    podman.containers.start(created.id)
    return created.id


def run_ready(
    podman: Podman, image: str, command: Sequence[str], mounts: Sequence[str] = ()
) -> str:
    """A container that says ``ready`` when it has its traps; its id.

    Before that, a signal ends the OCI runtime in it.
    """
    container = run(podman, image, command=command, network="none", mounts=mounts)

    def ready() -> bool:
        return said(podman, container) == ["ready"]

    until(ready)
    return container


def run_counter(
    podman: Podman, image: str, network: str = "none", mounts: Sequence[str] = ()
) -> str:
    """A container called ``counter``, which has counted at least to two; its id."""
    container = run(podman, image, name="counter", command=COMMAND, network=network, mounts=mounts)
    counted(podman, container, 2)
    return container


def counts(podman: Podman, container: str) -> list[Count]:
    """What a counter has counted so far."""
    return [Count.parse(text) for text in said(podman, container)]


def said(podman: Podman, container: str) -> list[str]:
    """The lines that a container wrote so far."""
    return [line.text for line in read(podman.containers.logs(container))]


def read(stream: AbstractContextManager[Iterator[T]]) -> list[T]:
    """All that a stream has, until its end."""
    found: list[T] = []
    with stream as items:
        for item in items:
            found += [item]
    return found


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


def listing(folder: Path) -> list[str]:
    """The names of all that a folder has."""
    return sorted(each.name for each in folder.iterdir())


def lacks(podman: Podman, since: str, call: Call[object]) -> bool:
    """Whether the server is older than ``since``; then ``call`` must say so, and send nothing.

    ::

        if lacks(podman, "5.6.0", podman.artifacts.list):
            return
    """
    podman._link.connect(None)
    if versions._number(podman.server_version) >= versions._number(since):
        return False
    with pytest.MonkeyPatch.context() as patch:
        for way in ("request", "stream", "upgrade"):
            patch.setattr(podman._link, way, _sent)
        with pytest.raises(NotSupportedError) as caught:
            call()
    assert (caught.value.needs, caught.value.server) == (f"{since} or newer", podman.server_version)
    return True


def _sent(*what: object, **more: object) -> NoReturn:
    raise AssertionError(f"it was sent: {what} {more}")


def until(holds: Call[bool]) -> None:
    """Ask again and again until the answer is yes."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        sleep(0.05)
