"""The one thing that callers need: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol, Self, TextIO, cast

from .lines import Lines
from .state import State

if TYPE_CHECKING:
    from podlib import models

    from .state import Blob, Line


class _View(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def show(self, line: Line, changed: Blob | None, /) -> None: ...


class ProgressDisplay:
    """Shows a pull, a push or a build while it goes on. Pass it as ``progress``.

    ::

        with podlib.ProgressDisplay() as display:
            podman.images.pull("alpine", progress=display)

    On a terminal there is a row for each blob: how much of it has come and how fast, or whether it
    is done or was there already. Servers before Podman 6 tell no bytes; there it is a spinner.
    Drawing needs ``rich``, which ``pip install 'podlib[cli]'`` brings. Without it, on a terminal
    that cannot move its cursor, in a file or a pipe, and outside of ``with``, what the server says
    is written as plain lines.

    It is the same for both flavours of the client, and takes the lines of several calls, also of
    such as run at the same time. ``file`` is where it goes (default: stderr). Leaving the block
    brings the cursor back, whatever happened.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stderr
        self._state = State()
        self._lock = threading.RLock()
        self._view: _View = Lines(self._file)

    def __call__(self, line: Line | models.BuildLogLine) -> None:
        """Show one line of a report, or of a log."""
        # Of a build's log, the text is all.
        report = cast("Line", line) if hasattr(line, "stream") else str(line)
        with self._lock:
            changed = self._state.tell(report, time.monotonic())
        self._view.show(report, changed)

    def __enter__(self) -> Self:
        if _can_draw(self._file):
            try:
                from .bars import Bars
            except ImportError:  # rich is not there
                return self
            self._view = Bars(self._file, self._state, self._lock)
        self._view.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            with self._lock:
                self._state.end("incomplete")
        view, self._view = self._view, Lines(self._file)
        view.stop()


def _can_draw(file: TextIO) -> bool:
    return file.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
