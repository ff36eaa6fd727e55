"""docker-py: its ordinary calls for the same documents and streams."""

from __future__ import annotations

from contextlib import closing, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .common import CONTAINER, check, check_context

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
def exec_output(path: str) -> Generator[Run]:
    """Both outputs apart, piece by piece. It loses what comes together with the answer's head."""
    with closing(docker.DockerClient(base_url=f"unix://{path}")) as client:

        def run(size: int) -> None:
            pieces = client.api.exec_start(f"{size}-late", stream=True, demux=True)
            check(sum(len(stdout or b"") for stdout, _ in pieces), size)

        yield run


@contextmanager
def logs(path: str) -> Generator[Run]:
    with closing(docker.DockerClient(base_url=f"unix://{path}")) as client:

        def run(count: int) -> None:
            lines = client.api.logs(CONTAINER, stream=True, follow=True, tail=count)
            check(sum(1 for _ in lines), count)

        yield run


@contextmanager
def build(path: str, folder: str) -> Generator[Run]:
    with closing(docker.APIClient(base_url=f"unix://{path}", timeout=600)) as client:

        def run(size: int) -> None:
            log = [*client.build(path=folder, decode=True)]
            check_context(log[0]["stream"], size)

        yield run
