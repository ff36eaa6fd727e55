"""podman-py: its ordinary call for the same document."""

from __future__ import annotations

import json
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks.documents import MANY

from .common import check, check_context

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
def build(path: str, folder: str) -> Generator[Run]:
    with podman.PodmanClient(base_url=f"unix://{path}") as client:

        def run(size: int) -> None:
            _, log = client.images.build(path=folder, dockerfile="Containerfile")
            check_context(json.loads(next(log))["stream"], size)

        yield run
