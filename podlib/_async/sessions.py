"""Sessions: the standard streams of a process, both ways over one connection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Literal

from podlib import models
from podlib.http.frames import FrameSplitter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from podlib.http.unix_async import AsyncRawConnection


class AsyncSession(ABC):
    """A process's input and output, as long as the ``with`` block that it comes from lasts.

    One task or thread may read while another one writes: who does both in turn can wait for ever,
    for a process that nobody reads from stops reading too. The end of the block closes the
    connection; the process goes on, if it does not mind the end of its input.
    """

    __slots__ = ("_frames", "_pieces", "_raw", "tty")

    def __init__(
        self, raw: AsyncRawConnection, *, tty: bool, frames: FrameSplitter | None = None
    ) -> None:
        self._raw = raw
        self._frames = frames or FrameSplitter()
        self._pieces: deque[models.Output] = deque()
        self.tty = tty
        """Whether it has a terminal. Then all output is stdout, and :meth:`close_write` does not
        end the input: writing ``b"\\x04"`` at the beginning of a line may."""

    async def read(self) -> models.Output | None:
        """The next piece of output, as soon as there is one; None at the end."""
        while not self._pieces:
            block = await self._raw.receive()
            if not block:
                self._frames.end()
                return None
            if self.tty:
                return models.Output("stdout", block)
            for stream, data in self._frames.feed(block):
                kind: Literal["stdout", "stderr"] = "stderr" if stream == "stderr" else "stdout"
                self._pieces.append(models.Output(kind, data))
        return self._pieces.popleft()

    async def output(self) -> AsyncIterator[models.Output]:
        """All output from now on, in pieces as they come, until the process ends."""
        while (piece := await self.read()) is not None:
            yield piece

    async def write(self, data: bytes) -> None:
        """Send all of ``data`` to the process's input. Raises ClosedError if it has ended."""
        await self._raw.send(data)

    async def close_write(self) -> None:
        """End the process's input; its output is still to be read."""
        await self._raw.close_write()

    @abstractmethod
    async def resize(self, *, height: int, width: int) -> None:
        """Tell the process's terminal its size, in characters."""

    @abstractmethod
    async def exit_code(self) -> int:
        """Wait until the process has ended; its exit code."""

    def abort(self) -> None:
        """Let who reads or writes now, in another task or thread, end."""
        self._raw.abort()
