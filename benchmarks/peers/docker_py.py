"""docker-py: its ordinary call for the same document."""

from __future__ import annotations

from contextlib import closing, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from .common import Run

docker: Any = import_module("docker")  # an untyped package


@contextmanager
def small(path: str) -> Generator[Run]:
    with closing(docker.DockerClient(base_url=f"unix://{path}")) as client:

        def run(count: int) -> None:
            for _ in range(count):
                client.version()

        yield run
