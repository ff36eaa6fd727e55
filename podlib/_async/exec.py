"""Sessions of further processes in running containers."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from podlib import models
from podlib.errors import ParameterError
from podlib.http.flow_async import sleep

from .sessions import AsyncSession
from .verbs import AsyncVerbs, as_json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from typing import Unpack

    from podlib.http.unix_async import AsyncRawConnection

_PAUSE = 0.02


class AsyncExec(AsyncVerbs):
    """``podman.exec``. A session is created, started once, and forgotten minutes after its end."""

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

        ``POST /libpod/containers/{name}/exec`` and ``POST /libpod/exec/{id}/start``. ``input`` is
        what the command reads (default: nothing); if it leaves some of it unread, Podman may
        lose its output, and adds to ``stderr`` that a connection was reset. The options are those
        of :class:`podlib.models.ExecOptions`. Raises NotFoundError, ConflictError for a container
        that does not run; that the command fails is no error.
        """
        if input is not None and options.get("tty"):
            raise ParameterError("input: that of a terminal has no end; use a session")
        stdin = input is not None
        async with self._session(container, command, stdin=stdin, **options) as session:
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

        ``POST /libpod/containers/{name}/exec``. ``stdin``, ``stdout`` and ``stderr`` say what
        who starts it is connected to. The options are those of :class:`podlib.models.ExecOptions`.
        Raises NotFoundError, ConflictError for a container that does not run, ParameterError.
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

        ``POST /libpod/exec/{id}/start``. ``height`` and ``width`` are the size of its terminal, if
        it has one, in characters. Leaving early ends the command's input, not the command. Raises
        NotFoundError, ConflictError for one that was started already.
        """
        found = await self.inspect(id)
        tty = found.process_config is not None and found.process_config.tty
        document = {"Detach": False, "Tty": tty, "h": height or 0, "w": width or 0}
        async with await self._raw("POST", "exec/{}/start", id, document=document) as raw:
            yield AsyncExecSession(self, found, raw, tty=tty)

    @asynccontextmanager
    async def _session(
        self,
        container: str,
        command: Sequence[str],
        *,
        stdin: bool = True,
        stdout: bool = True,
        stderr: bool = True,
        height: int | None = None,
        width: int | None = None,
        **options: Unpack[models.ExecOptions],
    ) -> AsyncGenerator[AsyncSession]:
        """A new session, started."""
        created = await self.create(
            container, command, stdin=stdin, stdout=stdout, stderr=stderr, **options
        )
        async with self.start(created.id, height=height, width=width) as session:
            yield session

    async def start_detached(self, id: str) -> None:
        """Start a session's command, and leave it to itself.

        ``POST /libpod/exec/{id}/start``. Raises NotFoundError, ConflictError for one that was
        started already, APIError for a command that cannot be run.
        """
        await self._unit("POST", "exec/{}/start", id, send=as_json({"Detach": True}))

    async def inspect(self, id: str) -> models.ExecInspect:
        """Everything Podman knows about one session. Raises NotFoundError.

        ``GET /libpod/exec/{id}/json``.
        """
        return await self._get(models.ExecInspect, "exec/{}/json", id)

    async def resize(self, id: str, *, height: int, width: int, running: bool = False) -> None:
        """Tell a session's terminal its size, in characters.

        ``POST /libpod/exec/{id}/resize``. With ``running``, one that does not run any more is no
        error.
        """
        await self._unit("POST", "exec/{}/resize", id, h=height, w=width, running=running or None)

    async def remove(self, id: str, *, force: bool = False) -> None:
        """Forget a session, which the server else does minutes after its end.

        ``POST /libpod/exec/{id}/remove``. Podman 4.8 or newer. ``force`` ends one that runs. Raises
        NotFoundError, ConflictError while it runs.
        """
        await self._unit("POST", "exec/{}/remove", id, send=as_json({"Force": force}))


class Sessions(Protocol):
    """Where sessions are kept: this noun, or its twin of Docker's API."""

    async def inspect(self, id: str) -> models.ExecInspect:
        """What is known of one."""
        ...

    async def resize(self, id: str, *, height: int, width: int) -> None:
        """Tell the size of its terminal."""
        ...


class AsyncExecSession(AsyncSession):
    """A session with a further process."""

    __slots__ = ("_exec", "_id")

    def __init__(
        self,
        exec: Sessions,
        found: models.ExecInspect,
        raw: AsyncRawConnection,
        *,
        tty: bool,
    ) -> None:
        super().__init__(
            raw, tty=tty, stdin=found.open_stdin, detach_keys=found.detach_keys or None
        )
        self._exec = exec
        self._id = found.id

    async def resize(self, *, height: int, width: int) -> None:
        await self._exec.resize(self._id, height=height, width=width)

    async def exit_code(self) -> int:
        while (code := await self._asked()) is None:
            await sleep(_PAUSE)
        return code

    async def _ended(self) -> int | None:
        found = await self._exec.inspect(self._id)
        return None if found.running else found.exit_code
