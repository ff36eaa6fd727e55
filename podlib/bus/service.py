"""The Podman service that a worker uses."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from podlib import AsyncPodman
from podlib.errors import ConnectError

from . import log

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@asynccontextmanager
async def podman_service(socket: str | None, podman_bin: str | None) -> AsyncGenerator[AsyncPodman]:
    """A client of the service at ``socket``, or where ``podman --remote`` finds one.

    Where none answers and ``podman_bin`` is given, that program is to serve. Without it the worker
    begins all the same, and refuses what needs the service until one answers.
    """
    async with AsyncPodman(socket) as podman:
        try:
            await podman.system.ping()
        except ConnectError as error:
            if podman_bin is not None:
                raise _cannot_serve(podman_bin, error) from error
            log.warning("podman does not answer", error=str(error))
        yield podman


def _cannot_serve(podman_bin: str, error: ConnectError) -> ConnectError:
    # Where a service of the worker's own begins, once podlib can start one.
    return ConnectError(
        f"{error}\nthe worker cannot start {podman_bin} by itself yet: run "
        f"`{podman_bin} system service --time=0` and give its socket by --socket"
    )
