"""Sessions: the standard streams of a process, both ways over one connection."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import APIError, ClosedError, ParameterError, PodmanError, TruncatedError
from podlib.http.flow_async import alongside, in_thread, sleep
from podlib.http.frames import FrameSplitter
from podlib.terminal import DETACH_KEYS, Size, Terminal, detach_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from podlib.http.unix_async import AsyncRawConnection

_PAUSE = 0.02
_LONGEST_KEYS = 64
"""Typed bytes to remember: more than any detach keys have."""
_RESIZES = 10
"""Tries to tell a terminal its size: of a process that only begins, the server may refuse it."""
_SURELY_LEFT, _PERHAPS_LEFT = 1.0, 10.0
"""Seconds after the end of the output in which the server learns that a process has ended. If it
still runs then, the session was left: by keys that were seen, or by others."""


class AsyncSession(ABC):
    """A process's input and output, as long as the ``with`` block that it comes from lasts.

    For programs: :meth:`communicate` does all at once; :meth:`write` and :meth:`read` go step by
    step. For a person at a terminal: :meth:`interact`. One task or thread may read while another
    one writes: who does both in turn can wait for ever, for a process that nobody reads from stops
    reading too. The end of the block closes the connection; the process goes on, if it does not
    mind the end of its input.
    """

    __slots__ = ("_detach_keys", "_frames", "_pieces", "_raw", "_stdin", "tty")

    def __init__(
        self,
        raw: AsyncRawConnection,
        *,
        tty: bool,
        stdin: bool,
        detach_keys: str | None = None,
        frames: FrameSplitter | None = None,
    ) -> None:
        self._raw = raw
        self._stdin = stdin
        self._detach_keys = detach_bytes(DETACH_KEYS if detach_keys is None else detach_keys)
        self._frames = frames or FrameSplitter()
        self._pieces: deque[models.Output] = deque()
        self.tty = tty
        """Whether it has a terminal. Then all output is stdout, and :meth:`close_write` does not
        end the input: writing ``b"\\x04"`` at the beginning of a line may."""

    async def read(self) -> models.Output | None:
        """The next piece of output, as soon as there is one; None at the end.

        Raises TruncatedError for an end within a piece. An end between two looks like that of the
        process, also if the service was killed: then :meth:`exit_code` raises ConnectError.
        """
        while not self._pieces:
            if not await self._receive():
                return None
        return self._pieces.popleft()

    async def output(self) -> AsyncIterator[models.Output]:
        """All output from now on, in pieces as they come, until the process ends."""
        pieces = self._pieces
        while pieces or await self._receive():
            while pieces:
                yield pieces.popleft()

    async def _receive(self) -> bool:
        """Wait for more pieces; whether there may be any."""
        block = await self._raw.receive()
        if not block:
            self._frames.end()
        elif self.tty:
            self._pieces.append(models.Output("stdout", block))
        else:
            self._pieces += [
                models.Output("stderr" if stream == "stderr" else "stdout", data)
                for stream, data in self._frames.feed(block)
            ]
        return bool(block)

    async def write(self, data: bytes) -> None:
        """Send all of ``data`` to the process's input. Raises ClosedError if it has ended."""
        await self._raw.send(data)

    async def close_write(self) -> None:
        """End the process's input; its output is still to be read."""
        await self._raw.close_write()

    async def communicate(self, input: bytes | None = None) -> models.ExecResult:
        """Write all of ``input``, and read all output meanwhile: that, and the exit code.

        The input ends with ``input``; None leaves it alone. Amounts of any size go both ways at
        once, as far as memory reaches. If the process leaves some of ``input`` unread, Podman may
        lose its output, and adds to ``stderr`` that a connection was reset. Raises ParameterError
        for the input of a terminal, which has no end.
        """
        if input is not None and self.tty:
            raise ParameterError("input: that of a terminal has no end; use write")

        async def collect() -> models.ExecResult:
            written: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
            async for stream, data in self.output():
                written[stream].append(data)
            stdout, stderr = (b"".join(pieces) for pieces in written.values())
            return models.ExecResult(await self.exit_code(), stdout, stderr)

        async def feed() -> None:
            try:
                await self.write(input or b"")
                await self.close_write()
            except ClosedError:  # it ended without reading all of it
                return

        if input is None:
            return await collect()
        return await alongside(collect, feed, self.abort)

    async def interact(self) -> int | None:
        """Give the process this program's own standard streams, until it ends: its exit code.

        None if it was left by its detach keys, and runs on. If the session and the standard input
        are terminals, all keys go to the process, Ctrl-C too, and it learns the size of the
        terminal, and its changes. Afterwards the terminal is as it was, also after an error, a
        cancellation, or a signal that ends the program (not SIGKILL); in another thread than the
        main one, no signals are handled, and no changes seen. Else the input is passed on to its
        end, which ends the process's. Whatever comes of it, nothing can be read or written here
        afterwards. Raises FileError for an output that cannot be written.
        """
        with Terminal(tty=self.tty, reads=self._stdin) as terminal:
            typed = bytearray()

            async def show() -> None:
                async for stream, data in self.output():
                    await in_thread(partial(terminal.write, stream, data))

            async def feed() -> None:
                while (what := await in_thread(terminal.next)) is not None:
                    if isinstance(what, Size):
                        await self._fit(what)
                        continue
                    typed[:] = (typed + what)[-_LONGEST_KEYS:]
                    if not await self._pass_on(what):
                        return

            def stop() -> None:
                terminal.stop()
                self.abort()

            await alongside(show, feed, stop)
        left = bool(self._detach_keys) and typed.endswith(self._detach_keys)
        return await self._exit_code_within(_SURELY_LEFT if left else _PERHAPS_LEFT)

    async def _pass_on(self, typed: bytes) -> bool:
        """To the process; whether it still listens."""
        try:
            await (self.write(typed) if typed else self.close_write())
        except ClosedError:
            return False
        return True

    async def _fit(self, size: Size) -> None:
        for _ in range(_RESIZES):
            try:
                await self.resize(height=size.height, width=size.width)
            except APIError:  # it does not run yet, or any more
                await sleep(_PAUSE)
            except PodmanError:  # what ails the service, the output's end will tell
                return
            else:
                return

    async def _exit_code_within(self, seconds: float) -> int | None:
        end = time.monotonic() + seconds
        while (code := await self._asked()) is None and time.monotonic() < end:
            await sleep(_PAUSE)
        return code

    async def _asked(self) -> int | None:
        """The exit code of the process, if the service is there; ConnectError if it is not."""
        try:
            return await self._ended()
        except TruncatedError:  # it ended with this question still open
            return await self._ended()

    @abstractmethod
    async def resize(self, *, height: int, width: int) -> None:
        """Tell the process's terminal its size, in characters."""

    @abstractmethod
    async def exit_code(self) -> int:
        """Wait until the process has ended; its exit code.

        Raises NotFoundError for a container that was removed at its end, by Podman 4.3 only, and
        ConnectError if the service has ended.
        """

    @abstractmethod
    async def _ended(self) -> int | None:
        """The exit code of the process; None while it runs."""

    def abort(self) -> None:
        """Let who reads or writes now, in another task or thread, end."""
        self._raw.abort()
