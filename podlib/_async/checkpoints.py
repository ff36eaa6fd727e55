"""What every checkpoint and restore shares: errors, exports, and the way back from a failure."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

from podlib.errors import (
    APIError,
    CheckpointFailedError,
    ConnectError,
    PodmanError,
    ProtocolError,
    RestoreFailedError,
    TimedOutError,
)
from podlib.http.flow_async import sleep, uninterrupted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator

    from podlib import models
    from podlib.http.flow_async import Call
    from podlib.http.unix_async import AsyncResponse

    from .container_checkpoints import AsyncContainerCheckpoints

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a service which went away has to come back, before its container is left frozen."""
_PAUSE = 0.2
MISTAKES = (400, 404)
"""The caller's: a container that is not there is no checkpoint that failed. An image that is not
there, which restoring finds, has status 500."""


@contextmanager
def failing(container: str) -> Generator[None]:
    """Turn the server's "no" to a checkpoint into CheckpointFailedError."""
    try:
        yield
    except APIError as error:
        if error.status in MISTAKES:
            raise
        raise CheckpointFailedError(container, error.message) from error


@contextmanager
def restoring(source: str, archive_path: str | None = None) -> Generator[None]:
    """Turn the server's "no" to a restore into RestoreFailedError."""
    try:
        yield
    except APIError as error:
        if error.status in MISTAKES:
            raise
        raise RestoreFailedError(source, error.message, archive_path=archive_path) from error


class AsyncExport:
    """A checkpoint of one container, whose copy stays on the server.

    It is exported as an archive, or with ``image`` put into an image of that name on the server.
    """

    def __init__(
        self,
        containers: AsyncContainerCheckpoints,
        name: str,
        *,
        leave_running: bool = False,
        tcp_established: bool = False,
        ignore_root_fs: bool = False,
        file_locks: bool = False,
        image: str | None = None,
    ) -> None:
        self._containers = containers
        self.name = name
        self._leave_running = leave_running
        self._tcp_established = tcp_established
        self._ignore_root_fs = ignore_root_fs
        self._file_locks = file_locks
        self._image = image
        self._response: AsyncResponse | None = None
        self.interrupted = False
        self.size = 0
        """Bytes of the archive that were read."""
        self.complete = False
        """Whether the archive was read to its end."""
        self.refused = False
        """Whether it did not run when it was to be frozen: who stopped or froze it, decides."""

    async def open(self) -> None:
        """Freeze the container. If that fails, it runs on. Raises CheckpointFailedError."""
        try:
            with failing(self.name):
                self._response = await self._containers._open_export(
                    self.name,
                    leave_running=self._leave_running,
                    tcp_established=self._tcp_established,
                    ignore_root_fs=self._ignore_root_fs,
                    file_locks=self._file_locks,
                    image=self._image,
                )
        except CheckpointFailedError as error:
            self.refused = "is not running, cannot checkpoint" in error.stderr
            raise
        except APIError:
            raise
        except PodmanError as error:  # no answer: it may be frozen, or about to be
            await self.undo(error)
            raise
        if self.interrupted:
            await self.undo(None)

    @property
    def opened(self) -> bool:
        """Whether the server said that the container is frozen."""
        return self._response is not None

    async def pieces(self) -> AsyncIterator[list[memoryview]]:
        """The archive, as it comes; the views are valid until the next only."""
        if self._response is None:
            return
        async for pieces in self._response.iter_pieces():
            self.size += sum(map(len, pieces))
            yield pieces
        self.complete = True

    async def blocks(self) -> AsyncIterator[bytes]:
        """The archive, as it comes."""
        async for pieces in self.pieces():
            yield b"".join(pieces)

    def interrupt(self) -> None:
        """Wake who waits for the archive: it ends with TruncatedError."""
        self.interrupted = True
        if self._response is not None:
            self._response.abort()

    async def close(self) -> None:
        """Let go of the connection."""
        if self._response is not None:
            await self._response.close()

    async def undo(self, error: BaseException | None) -> None:
        """The export has failed: let the container run on, and tell so in ``error``."""
        await self.close()
        if self._leave_running:
            return
        try:
            await self.thaw()
        except PodmanError as problem:
            message = f"{problem}. It is frozen, and its checkpoint is kept on the server: "
            message += f"podman.containers.restore({self.name!r}) brings it back"
            raise RestoreFailedError(f"container {self.name!r}", message) from error
        if error is not None:
            error.add_note(f"container {self.name!r} was not lost: it runs on")

    async def thaw(self) -> models.ContainerInspect:
        """Bring the container back from the kept checkpoint, unless it runs; what it is then.

        Not if that checkpoint is another's, who may have let it run elsewhere. A service that
        went away has :data:`PATIENCE` seconds to come back. Raises RestoreFailedError,
        ConnectError: then the container stays frozen.
        """
        facts = await at_rest(lambda: self._containers.inspect(self.name))
        if facts.state.running or self.refused:
            return facts
        await self._containers.restore(
            self.name, tcp_established=self._tcp_established, file_locks=self._file_locks
        )
        return await patiently(lambda: self._containers.inspect(self.name))


async def patiently(call: Call[T]) -> T:
    """Repeat ``call`` while nothing answers, for :data:`PATIENCE` seconds."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return await call()
        except (ConnectError, ProtocolError, TimedOutError):
            if time.monotonic() >= end:
                raise
        await sleep(_PAUSE)


async def at_rest(look: Call[models.ContainerInspect]) -> models.ContainerInspect:
    """What a container is once Podman has cleared up behind its processes.

    Until then it is ``stopped``, and is not restored. Podman clears up by itself, in a moment.
    """
    end = time.monotonic() + PATIENCE
    while True:
        facts = await patiently(look)
        if facts.state.status != "stopped" or time.monotonic() >= end:
            return facts
        await sleep(_PAUSE)


@asynccontextmanager
async def exported(export: AsyncExport) -> AsyncGenerator[AsyncExport]:
    """Freeze a container, to read its archive; if that is not read to its end, undo it."""
    await uninterrupted(export.open, export.interrupt)
    try:
        yield export
    except BaseException as error:
        failure = error  # Python forgets `error` at the end of this block
        await uninterrupted(lambda: export.undo(failure))
        raise
    if export.complete:
        await export.close()
    else:
        await uninterrupted(lambda: export.undo(None))
