"""Containers: attached to, and further processes in them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import NotFoundError
from podlib.http.frames import FrameSplitter

from .container_watching import AsyncContainerWatching
from .exec import AsyncExec
from .sessions import AsyncSession

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from typing import Unpack

    from podlib.http.unix_async import AsyncRawConnection


class AsyncContainerAttach(AsyncContainerWatching):
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

        ``POST /libpod/containers/{name}/attach``. Of a container that does not run it gives what
        comes after the next start: so nothing is missed. ``logs`` begins with what was written so
        far, and without ``stream`` that is all. With ``stdin``, which it must have been created
        with, what you write goes to the process. Leaving ends the process's input: at once, or
        without ``stdin`` as soon as it writes again. ``detach_keys``, such as ``ctrl-p,ctrl-q``
        (the default): who types them, one by one, leaves. Raises NotFoundError.
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
            yield _AttachSession(
                self,
                found.id,
                raw,
                tty=found.config.tty,
                stdin=stdin,
                detach_keys=detach_keys,
                frames=FrameSplitter(uncounted_line_ends=logs),
            )

    @asynccontextmanager
    async def exec(
        self,
        name: str,
        command: Sequence[str],
        *,
        stdin: bool = True,
        stdout: bool = True,
        stderr: bool = True,
        height: int | None = None,
        width: int | None = None,
        **options: Unpack[models.ExecOptions],
    ) -> AsyncGenerator[AsyncSession]:
        """Run a further process in a running container, and be connected to it.

        ``POST /libpod/containers/{name}/exec`` and ``POST /libpod/exec/{id}/start``: both steps of
        ``podman.exec`` at once; ``podman.exec.run`` does all to the end of the command. ``stdin``,
        ``stdout`` and ``stderr`` say what you are connected to. ``height`` and ``width`` are the
        size of its terminal, if ``tty`` gives it one, in characters. The options are those of
        :class:`podlib.models.ExecOptions`. Leaving early ends the command's input, not the command.
        Raises NotFoundError, ConflictError for a container that does not run, ParameterError.
        """
        further = AsyncExec(self._link, self._timeouts)
        async with further._session(
            name,
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            height=height,
            width=width,
            **options,
        ) as session:
            yield session

    async def resize(self, name: str, *, height: int, width: int) -> None:
        """Tell a container's terminal its size, in characters.

        ``POST /libpod/containers/{name}/resize``. Raises ConflictError if it does not run.
        """
        await self._unit("POST", "containers/{}/resize", name, h=height, w=width)


class _AttachSession(AsyncSession):
    """A session with a container's first process."""

    __slots__ = ("_containers", "_id")

    def __init__(
        self,
        containers: AsyncContainerAttach,
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
        reply = await self._containers._call("POST", "containers/{}/wait", self._id)
        return models.decode(int, reply.body)

    async def _ended(self) -> int | None:
        try:
            running = (await self._containers.inspect(self._id)).state.running
        except NotFoundError:  # removed at its end: newer servers still know the code
            running = False
        return None if running else await self.exit_code()
