# Generated from podlib/_async/exec.py: edit there.
"""Sessions of further processes in running containers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from podlib import models
from podlib.errors import ParameterError
from podlib.http.flow_sync import sleep

from .sessions import Session
from .verbs import Verbs, as_json

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Unpack

    from podlib.http.unix_sync import RawConnection

_PAUSE = 0.02


class Exec(Verbs):
    """``podman.exec``. A session is created, started once, and forgotten minutes after its end."""

    __slots__ = ()

    def run(
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
        with self._session(container, command, stdin=stdin, **options) as session:
            return session.communicate(input)

    def create(
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
        return self._post(
            models.ExecCreated, "containers/{}/exec", container, send=as_json(document)
        )

    @contextmanager
    def start(
        self, id: str, *, height: int | None = None, width: int | None = None
    ) -> Generator[Session]:
        """Start a session's command, and be connected to it.

        ``POST /libpod/exec/{id}/start``. ``height`` and ``width`` are the size of its terminal, if
        it has one, in characters. Leaving early ends the command's input, not the command. Raises
        NotFoundError, ConflictError for one that was started already.
        """
        found = self.inspect(id)
        tty = found.process_config is not None and found.process_config.tty
        document = {"Detach": False, "Tty": tty, "h": height or 0, "w": width or 0}
        with self._raw("POST", "exec/{}/start", id, document=document) as raw:
            yield ExecSession(self, found, raw, tty=tty)

    @contextmanager
    def _session(
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
    ) -> Generator[Session]:
        """A new session, started."""
        created = self.create(
            container, command, stdin=stdin, stdout=stdout, stderr=stderr, **options
        )
        with self.start(created.id, height=height, width=width) as session:
            yield session

    def start_detached(self, id: str) -> None:
        """Start a session's command, and leave it to itself.

        ``POST /libpod/exec/{id}/start``. Raises NotFoundError, ConflictError for one that was
        started already, APIError for a command that cannot be run.
        """
        self._unit("POST", "exec/{}/start", id, send=as_json({"Detach": True}))

    def inspect(self, id: str) -> models.ExecInspect:
        """Everything Podman knows about one session. Raises NotFoundError.

        ``GET /libpod/exec/{id}/json``.
        """
        return self._get(models.ExecInspect, "exec/{}/json", id)

    def resize(self, id: str, *, height: int, width: int, running: bool = False) -> None:
        """Tell a session's terminal its size, in characters.

        ``POST /libpod/exec/{id}/resize``. With ``running``, one that does not run any more is no
        error.
        """
        self._unit("POST", "exec/{}/resize", id, h=height, w=width, running=running or None)

    def remove(self, id: str, *, force: bool = False) -> None:
        """Forget a session, which the server else does minutes after its end.

        ``POST /libpod/exec/{id}/remove``. Podman 4.8 or newer. ``force`` ends one that runs. Raises
        NotFoundError, ConflictError while it runs.
        """
        self._unit("POST", "exec/{}/remove", id, send=as_json({"Force": force}))


class Sessions(Protocol):
    """Where sessions are kept: this noun, or its twin of Docker's API."""

    def inspect(self, id: str) -> models.ExecInspect:
        """What is known of one."""
        ...

    def resize(self, id: str, *, height: int, width: int) -> None:
        """Tell the size of its terminal."""
        ...


class ExecSession(Session):
    """A session with a further process."""

    __slots__ = ("_exec", "_id")

    def __init__(
        self,
        exec: Sessions,
        found: models.ExecInspect,
        raw: RawConnection,
        *,
        tty: bool,
    ) -> None:
        super().__init__(
            raw, tty=tty, stdin=found.open_stdin, detach_keys=found.detach_keys or None
        )
        self._exec = exec
        self._id = found.id

    def resize(self, *, height: int, width: int) -> None:
        self._exec.resize(self._id, height=height, width=width)

    def exit_code(self) -> int:
        while (code := self._asked()) is None:
            sleep(_PAUSE)
        return code

    def _ended(self) -> int | None:
        found = self._exec.inspect(self._id)
        return None if found.running else found.exit_code
