# Generated from podlib/docker/_async/container_attach.py: edit there.
"""Containers through Docker's API: attached to, and further processes in them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib._sync.sessions import Session
from podlib.errors import NotFoundError
from podlib.http.frames import FrameSplitter

from .container_life import DockerContainerLife
from .container_watching import DockerContainerWatching

if TYPE_CHECKING:
    from collections.abc import Generator

    from podlib.http.unix_sync import RawConnection


class DockerContainerAttach(DockerContainerLife, DockerContainerWatching):
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

        ``POST /containers/{name}/attach``. All as for ``attach`` of the libpod side: of a container
        that does not run it gives what comes after the next start; ``logs`` begins with what was
        written so far, and without ``stream`` that is all; with ``stdin``, which it must have been
        created with, what you write goes to the process. Raises NotFoundError.
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
            yield _DockerAttachSession(
                self,
                found.id,
                raw,
                tty=found.config.tty,
                stdin=stdin,
                detach_keys=detach_keys,
                frames=FrameSplitter(uncounted_line_ends=logs),
            )


class _DockerAttachSession(Session):
    """A session with a container's first process."""

    __slots__ = ("_containers", "_id")

    def __init__(
        self,
        containers: DockerContainerAttach,
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
        return (self._containers.wait(self._id)).status_code

    def _ended(self) -> int | None:
        try:
            running = (self._containers.inspect(self._id)).state.running
        except NotFoundError:  # removed at its end: newer servers still know the code
            running = False
        return None if running else self.exit_code()
