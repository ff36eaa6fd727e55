"""A report as a row for each blob, which change in their place: for terminals, with rich."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from .state import printable

if TYPE_CHECKING:
    from threading import RLock

    from rich.console import RenderableType

    from .state import Blob, Line, State

_NAME = 12
_DETAIL = len("100.0/100.0 MB 100.0 MB/s")
_LEAST_BAR, _MOST_BAR = 8, 40
_STYLES = {"done": "green", "already exists": "dim", "incomplete": "red"}


class Bars:
    """The rows of ``state``, drawn several times a second. What changes it holds ``lock``."""

    def __init__(
        self, file: TextIO, state: State, lock: RLock, *, width: int | None = None
    ) -> None:
        self._state = state
        self._lock = lock
        self._console = Console(file=file, highlight=False, width=width)
        # They go on from frame to frame. This kind is made of plain ASCII.
        self._spinner = Spinner("line")
        self._copying = Spinner("line", "copying")
        self._live = Live(
            console=self._console,
            get_renderable=self.rows,
            refresh_per_second=10,
            # What goes to a file or a pipe must not turn up here.
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=sys.stderr.isatty(),
        )

    def start(self) -> None:
        """Hide the cursor and draw."""
        self._live.start()

    def stop(self) -> None:
        """Leave the rows as they are, and the cursor as it was."""
        self._state.text = ""
        self._live.stop()

    def show(self, line: Line, _: Blob | None) -> None:
        """Write a text above the rows; they show all else by themselves."""
        if isinstance(line, str):
            self._console.print(Text(printable(line, self._console.encoding)))

    def rows(self) -> RenderableType:
        """All that is to be seen now."""
        with self._lock:
            table = Table.grid(padding=(0, 1, 0, 0))
            blobs = self._state.blobs.values()
            room = self._console.width - _NAME - _DETAIL - 3
            with_bars = room >= _LEAST_BAR and any(blob.size() for blob in blobs)
            for blob in blobs:
                cells: list[RenderableType] = [Text(blob.name, "bold")]
                if with_bars:
                    cells.append(_bar(blob, min(room, _MOST_BAR)))
                table.add_row(*cells, self._detail(blob))
            text = printable(self._state.text, self._console.encoding)
            status = Text(text, no_wrap=True, overflow="crop")
        if not status:
            return table
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_row(self._spinner, status)
        return Group(table, line)

    def _detail(self, blob: Blob) -> RenderableType:
        size = blob.size()
        if blob.status == "copying":
            text = f"{size} {blob.rate(time.monotonic())}".strip()
            return Text(text, no_wrap=True) if text else self._copying
        size += " " if size else ""
        return Text.assemble(size, (blob.status, _STYLES[blob.status]), no_wrap=True)


def _bar(blob: Blob, width: int) -> RenderableType:
    if not blob.size():
        return ""
    if blob.status == "copying" and not blob.total:
        return ProgressBar(total=None, width=width, pulse=True)
    whole = max(blob.total, blob.current)
    return ProgressBar(total=whole, completed=blob.current, width=width)
