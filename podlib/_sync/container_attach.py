# Generated from podlib/_async/container_attach.py: edit there.
"""Containers: attached to, and further processes in them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import NotFoundError
from podlib.http.frames import FrameSplitter

from .container_watching import ContainerWatching
from .exec import Exec
from .sessions import Session

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Unpack

    from podlib.http.unix_sync import RawConnection


class ContainerAttach(ContainerWatching):
    """What speaks with the processes of a container."""

    __slots__ = ()

    @contextmanager
    def attach(
        self,
        name: str,
        *,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        stream: bool = True,
        logs: bool = False,
        detach_keys: str | None = None,
    ) -> Generator[Session]:
        """The standard streams of a container's first process, from now on.

        ``POST /libpod/containers/{name}/attach``. Of a container that does not run it gives what
        comes after the next start: so nothing is missed. ``logs`` begins with what was written so
        far, and without ``stream`` that is all. With ``stdin``, which it must have been created
        with, what you write goes to the process. Leaving ends the process's input: at once, or
        without ``stdin`` as soon as it writes again. ``detach_keys``, such as ``ctrl-p,ctrl-q``
        (the default): who types them, one by one, leaves. Raises NotFoundError.
        """
        found = self.inspect(name)
        with self._raw(
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

    @contextmanager
    def exec(
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
    ) -> Generator[Session]:
        """Run a further process in a running container, and be connected to it.

        ``POST /libpod/containers/{name}/exec`` and ``POST /libpod/exec/{id}/start``: both steps of
        ``podman.exec`` at once; ``podman.exec.run`` does all to the end of the command. ``stdin``,
        ``stdout`` and ``stderr`` say what you are connected to. ``height`` and ``width`` are the
        size of its terminal, if ``tty`` gives it one, in characters. The options are those of
        :class:`podlib.models.ExecOptions`. Leaving early ends the command's input, not the command.
        Raises NotFoundError, ConflictError for a container that does not run, ParameterError.
        """
        further = Exec(self._link, self._timeouts)
        with further._session(
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

    def resize(self, name: str, *, height: int, width: int) -> None:
        """Tell a container's terminal its size, in characters.

        ``POST /libpod/containers/{name}/resize``. Raises ConflictError if it does not run.
        """
        self._unit("POST", "containers/{}/resize", name, h=height, w=width)


class _AttachSession(Session):
    """A session with a container's first process."""

    __slots__ = ("_containers", "_id")

    def __init__(
        self,
        containers: ContainerAttach,
        id: str,
        raw: RawConnection,
        *,
        tty: bool,
        stdin: bool,
        detach_keys: str | None,
        frames: FrameSplitter,
    ) -> None:
        super().__init__(raw, tty=tty, stdin=stdin, detach_keys=detach_keys, frames=frames)
        self._containers = containers
        self._id = id

    def resize(self, *, height: int, width: int) -> None:
        self._containers.resize(self._id, height=height, width=width)

    def exit_code(self) -> int:
        reply = self._containers._call("POST", "containers/{}/wait", self._id)
        return models.decode(int, reply.body)

    def _ended(self) -> int | None:
        try:
            running = (self._containers.inspect(self._id)).state.running
        except NotFoundError:  # removed at its end: newer servers still know the code
            running = False
        return None if running else self.exit_code()
