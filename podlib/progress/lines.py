"""A report as plain lines: for files, pipes, and terminals that can do no more."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from .state import printable

if TYPE_CHECKING:
    from .state import Blob, Line


class Lines:
    """Writes what the server says, and when a blob is done."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def start(self) -> None:
        """Nothing is to be done."""

    def stop(self) -> None:
        """Likewise."""

    def show(self, line: Line, changed: Blob | None) -> None:
        """Write a line, if there is something to say."""
        if changed is not None:
            size = changed.size() if changed.status == "done" else ""
            text = f"{changed.name}: {changed.status}" + (f", {size}" if size else "")
        elif isinstance(line, str):
            text = line
        else:
            text = "" if getattr(line, "pull_progress", None) else line.stream.rstrip("\n")
            if not text:
                return
        text = printable(text, getattr(self._file, "encoding", None) or "utf-8")
        with suppress(OSError):  # who reads it has gone; the pull goes on
            self._file.write(f"{text}\n")
            self._file.flush()
