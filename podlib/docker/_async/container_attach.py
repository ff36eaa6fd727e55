"""Containers through Docker's API: attached to, and further processes in them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from podlib._async.sessions import AsyncSession
from podlib.errors import NotFoundError
from podlib.http.frames import FrameSplitter

from .container_life import AsyncDockerContainerLife
from .container_watching import AsyncDockerContainerWatching

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from podlib.http.unix_async import AsyncRawConnection


class AsyncDockerContainerAttach(AsyncDockerContainerLife, AsyncDockerContainerWatching):
    """What speaks with the processes of a container."""

    __slots__ = ()

    @asynccontextmanager
    async def attach(
        self,
        name: str,
        *,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        stream: bool = True,
        logs: bool = False,
        detach_keys: str | None = None,
    ) -> AsyncGenerator[AsyncSession]:
        """The standard streams of a container's first process, from now on.

        ``POST /containers/{name}/attach``. All as for ``attach`` of the libpod side: of a container
        that does not run it gives what comes after the next start; ``logs`` begins with what was
        written so far, and without ``stream`` that is all; with ``stdin``, which it must have been
        created with, what you write goes to the process. Raises NotFoundError.
        """
        found = await self.inspect(name)
        async with await self._raw(
            "POST",
            "containers/{}/attach",
            name,
            stream=stream,
            logs=logs,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            detachKeys=detach_keys,
        ) as raw:
            yield _DockerAttachSession(
                self,
                found.id,
                raw,
                tty=found.config.tty,
                stdin=stdin,
                detach_keys=detach_keys,
                frames=FrameSplitter(uncounted_line_ends=logs),
            )


class _DockerAttachSession(AsyncSession):
    """A session with a container's first process."""

    __slots__ = ("_containers", "_id")

    def __init__(
        self,
        containers: AsyncDockerContainerAttach,
        id: str,
        raw: AsyncRawConnection,
        *,
        tty: bool,
        stdin: bool,
        detach_keys: str | None,
        frames: FrameSplitter,
    ) -> None:
        super().__init__(raw, tty=tty, stdin=stdin, detach_keys=detach_keys, frames=frames)
        self._containers = containers
        self._id = id

    async def resize(self, *, height: int, width: int) -> None:
        await self._containers.resize(self._id, height=height, width=width)

    async def exit_code(self) -> int:
        return (await self._containers.wait(self._id)).status_code

    async def _ended(self) -> int | None:
        try:
            running = (await self._containers.inspect(self._id)).state.running
        except NotFoundError:  # removed at its end: newer servers still know the code
            running = False
        return None if running else await self.exit_code()
