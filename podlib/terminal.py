"""The program's own standard streams, lent to a process in a container: a terminal, or pipes.

Both flavours use them as they are: what may wait here waits in a thread.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import sys
import termios
import threading
from contextlib import suppress
from tty import setraw
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from podlib.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

STDIN, STDOUT, STDERR = 0, 1, 2
BLOCK: Final = 65_536
DETACH_KEYS: Final = "ctrl-p,ctrl-q"
"""Those of a server that was told no others."""

_DEADLY = (
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGALRM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGTSTP,
)
"""What ends or stops a program that does not handle it."""


class Size(NamedTuple):
    """Of a terminal, in characters."""

    height: int
    width: int


def detach_bytes(keys: str) -> bytes:
    """What a terminal sends for ``ctrl-p,ctrl-q``; nothing for what is no such text."""
    found = bytearray()
    for key in keys.split(","):
        name = key.removeprefix("ctrl-")
        if len(name) != 1 or not name.isascii():
            return b""
        found.append(ord(name) if name == key else ord(name.upper()) & 0x1F)
    return bytes(found)


class Terminal:
    """The program's standard input and outputs, as long as its ``with`` block lasts.

    ``tty``: whether the process has a terminal of its own. Then that of the program, if its input
    is one, is raw: each key goes on at once and as it is, Ctrl-C too, and nothing shows but what
    is written; afterwards it is as it was, however the block ends. In the main thread that holds
    for signals that end or stop the program too, and changes of the size are seen. ``reads``:
    whether the input is read at all.
    """

    def __init__(self, *, tty: bool, reads: bool) -> None:
        self._raw = tty and reads and os.isatty(STDIN)
        self._reads = reads
        self._resized = tty
        self._before: list[Any] = []
        self._handlers: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
        self._stopped = False
        self._stop: tuple[int, int] = os.pipe()
        self._change: tuple[int, int] = os.pipe()
        os.set_blocking(self._change[1], False)

    def __enter__(self) -> Self:
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # none is there, or it is closed
                stream.flush()  # what the program wrote so far comes first
        try:
            self._handle_signals()
            if self._raw:
                self._before = termios.tcgetattr(STDIN)
                atexit.register(self._restore)
                self._make_raw()
        except BaseException as error:
            self.__exit__()
            if isinstance(error, termios.error):
                name = "the standard input"
                raise FileError(f"cannot use the terminal of {name}: {error}", path=name) from error
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()
        atexit.unregister(self._restore)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self.stop()
        for fd in (self._stop[0], *self._change):
            os.close(fd)

    # -- what comes, and what goes ---------------------------------------------------------------

    def next(self) -> bytes | Size | None:
        """What comes next: typed bytes (none at the end of the input), a size; None after a stop.

        The first is the size, if a terminal has one.
        """
        poll = self._poll()
        poll.register(self._change[0], select.POLLIN)
        if self._reads:
            poll.register(STDIN, select.POLLIN)
        while True:
            if self._resized:
                self._resized = False
                if size := _size():
                    return size
            ready = {fd for fd, _ in poll.poll()}
            if self._stopped:
                return None
            if self._change[0] in ready:
                os.read(self._change[0], BLOCK)
            elif (data := _read()) is not None:
                self._reads = bool(data)
                return data

    def write(self, stream: str, data: bytes) -> None:
        """Write all of ``data``, unless it is stopped. Raises FileError."""
        fd = STDERR if stream == "stderr" else STDOUT
        poll = self._poll()
        poll.register(fd, select.POLLOUT)
        view = memoryview(data)
        while view:
            poll.poll()
            if self._stopped:
                return
            try:  # as much as there is room for when poll says so
                view = view[os.write(fd, view[: select.PIPE_BUF]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                name = f"the standard {'error' if fd == STDERR else 'output'}"
                raise FileError(f"cannot write to {name}: {error.strerror}", path=name) from error

    def stop(self) -> None:
        """Let :meth:`next` and :meth:`write` end, in whatever thread they wait."""
        if not self._stopped:
            self._stopped = True
            os.close(self._stop[1])  # its other end says so to all who watch it

    def _poll(self) -> select.poll:
        poll = select.poll()
        poll.register(self._stop[0], select.POLLIN)
        return poll

    # -- the terminal's mode, and signals --------------------------------------------------------

    def _make_raw(self) -> None:
        setraw(STDIN, termios.TCSANOW)

    def _restore(self) -> None:
        if self._before:
            with suppress(termios.error):  # it was hung up: there is nothing to put in order
                termios.tcsetattr(STDIN, termios.TCSANOW, self._before)

    def _handle_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # Python runs handlers in the main thread only
        if self._resized:
            self._handle(signal.SIGWINCH, self._on_change)
        if self._raw:
            for number in _DEADLY:
                if signal.getsignal(number) is signal.SIG_DFL:
                    self._handle(number, self._on_deadly)

    def _handle(self, number: int, handler: Callable[[int, FrameType | None], object]) -> None:
        self._handlers[number] = signal.signal(number, handler)

    def _on_change(self, *_: object) -> None:
        self._resized = True
        try:
            os.write(self._change[1], b"\0")
        except BlockingIOError:  # full of changes that nobody has looked at yet
            return

    def _on_deadly(self, number: int, _: object) -> None:
        """Let the signal do what it does, to a program whose terminal is in order."""
        self._restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._on_deadly)  # it only stopped the program, which goes on
        self._make_raw()
        self._on_change()


def _size() -> Size | None:
    for fd in (STDOUT, STDIN):
        try:
            columns, lines = os.get_terminal_size(fd)
        except OSError:  # no terminal
            continue
        if columns and lines:
            return Size(lines, columns)
    return None


def _read() -> bytes | None:
    """What was typed: none at the end, None if there is nothing after all."""
    try:
        return os.read(STDIN, BLOCK)
    except BlockingIOError:
        return None
    except OSError:  # closed, or a terminal that was hung up: no more will come
        return b""
