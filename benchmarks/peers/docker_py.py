"""docker-py: its ordinary call for the same document."""

from __future__ import annotations

from contextlib import closing, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .common import check_context

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


@contextmanager
def build(path: str, folder: str) -> Generator[Run]:
    with closing(docker.APIClient(base_url=f"unix://{path}", timeout=600)) as client:

        def run(size: int) -> None:
            log = [*client.build(path=folder, decode=True)]
            check_context(log[0]["stream"], size)

        yield run
