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

    Where none answers and ``podman_bin`` is given, that program serves as long as the worker
    lives; ConnectError if it cannot. Without it the worker begins all the same, and refuses what
    needs the service until one answers.
    """
    async with AsyncPodman(socket) as podman:
        try:
            await podman.system.ping()
        except ConnectError as error:
            if podman_bin is None:
                log.warning("podman does not answer", error=str(error))
        else:
            podman_bin = None
        if podman_bin is None:
            yield podman
            return
    async with AsyncPodman.transient(podman=podman_bin) as podman:
        await podman.system.ping()
        log.info("podman serves the worker alone", podman_bin=podman_bin)
        yield podman
