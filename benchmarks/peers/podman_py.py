"""podman-py: its ordinary calls for the same documents and streams."""

from __future__ import annotations

import json
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks.documents import MANY

from .common import CONTAINER, check, check_context

if TYPE_CHECKING:
    from collections.abc import Generator

    from .common import Run

podman: Any = import_module("podman")  # an untyped package


@contextmanager
def small(path: str) -> Generator[Run]:
    with podman.PodmanClient(base_url=f"unix://{path}") as client:

        def run(count: int) -> None:
            for _ in range(count):
                client.version()

        yield run


@contextmanager
def listed(path: str, sparse: int) -> Generator[Run]:
    with podman.PodmanClient(base_url=f"unix://{path}") as client:

        def run(count: int) -> None:
            for _ in range(count):
                check(len(client.containers.list(all=True, sparse=bool(sparse))), MANY)

        yield run


@contextmanager
def exec_output(path: str) -> Generator[Run]:
    """The second half of its ``exec_run(stream=True, demux=True)``: the first makes the session."""
    with podman.PodmanClient(base_url=f"unix://{path}") as client:

        def run(size: int) -> None:
            start = client.api.post(f"/exec/{size}/start", data="{}", stream=True)
            pieces = podman.api.stream_frames(start, demux=True)
            check(sum(len(stdout or b"") for stdout, _ in pieces), size)

        yield run


@contextmanager
def logs(path: str) -> Generator[Run]:
    with podman.PodmanClient(base_url=f"unix://{path}") as client:
        container = client.containers.get(CONTAINER)

        def run(count: int) -> None:
            lines = container.logs(stream=True, follow=True, tail=count)
            check(sum(1 for _ in lines), count)

        yield run


@contextmanager
def build(path: str, folder: str) -> Generator[Run]:
    with podman.PodmanClient(base_url=f"unix://{path}") as client:

        def run(size: int) -> None:
            _, log = client.images.build(path=folder, dockerfile="Containerfile")
            check_context(json.loads(next(log))["stream"], size)

        yield run
