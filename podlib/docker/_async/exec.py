"""Sessions of further processes in running containers, through Docker's API."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from podlib import models
from podlib._async.exec import AsyncExecSession
from podlib._async.verbs import as_json
from podlib.errors import ParameterError

from .verbs import AsyncDockerVerbs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from typing import Unpack

    from podlib._async.sessions import AsyncSession


class AsyncDockerExec(AsyncDockerVerbs):
    """``podman.docker.exec``. A session is created, started once, and forgotten after its end."""

    __slots__ = ()

    async def run(
        self,
        container: str,
        command: Sequence[str],
        *,
        input: bytes | None = None,
        **options: Unpack[models.ExecOptions],
    ) -> models.ExecResult:
        """Run a command in a running container, to its end: what it wrote, and its exit code.

        ``POST /containers/{name}/exec`` and ``POST /exec/{id}/start``. ``input`` is what the
        command reads (default: nothing). The options are those of
        :class:`podlib.models.ExecOptions`. Raises NotFoundError, ConflictError for a container that
        does not run; that the command fails is no error.
        """
        if input is not None and options.get("tty"):
            raise ParameterError("input: that of a terminal has no end; use a session")
        created = await self.create(container, command, stdin=input is not None, **options)
        async with self.start(created.id) as session:
            return await session.communicate(input)

    async def create(
        self,
        container: str,
        command: Sequence[str],
        *,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        **options: Unpack[models.ExecOptions],
    ) -> models.ExecCreated:
        """Create a session for a command; it does not run yet.

        ``POST /containers/{name}/exec``. ``stdin``, ``stdout`` and ``stderr`` say what who starts
        it is connected to. The options are those of :class:`podlib.models.ExecOptions`. Raises
        NotFoundError, ConflictError for a container that does not run, ParameterError.
        """
        streams = {"AttachStdin": stdin, "AttachStdout": stdout, "AttachStderr": stderr}
        document = {**models.exec_spec(command, options), **streams}
        return await self._post(
            models.ExecCreated, "containers/{}/exec", container, send=as_json(document)
        )

    @asynccontextmanager
    async def start(
        self, id: str, *, height: int | None = None, width: int | None = None
    ) -> AsyncGenerator[AsyncSession]:
        """Start a session's command, and be connected to it.

        ``POST /exec/{id}/start``. ``height`` and ``width`` are the size of its terminal, if it has
        one, in characters. Leaving early ends the command's input, not the command. Raises
        NotFoundError, ConflictError for one that was started already.
        """
        found = await self.inspect(id)
        tty = found.process_config is not None and found.process_config.tty
        document = {"Detach": False, "Tty": tty, "h": height or 0, "w": width or 0}
        async with await self._raw("POST", "exec/{}/start", id, document=document) as raw:
            yield AsyncExecSession(self, found, raw, tty=tty)

    async def start_detached(self, id: str) -> None:
        """Start a session's command, and leave it to itself.

        ``POST /exec/{id}/start``. Raises NotFoundError, ConflictError for one that was started
        already.
        """
        await self._unit("POST", "exec/{}/start", id, send=as_json({"Detach": True}))

    async def inspect(self, id: str) -> models.ExecInspect:
        """Everything that Docker's API tells of one session. Raises NotFoundError.

        ``GET /exec/{id}/json``.
        """
        return await self._get(models.ExecInspect, "exec/{}/json", id)

    async def resize(self, id: str, *, height: int, width: int, running: bool = False) -> None:
        """Tell a session's terminal its size, in characters.

        ``POST /exec/{id}/resize``. With ``running``, one that does not run any more is no error.
        """
        await self._unit("POST", "exec/{}/resize", id, h=height, w=width, running=running or None)
