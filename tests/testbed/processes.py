"""Processes known by pid and start time: a pid that is used again is not taken for the old one."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process of this machine; ``started`` is in clock ticks since boot."""

    pid: int
    started: int

    @classmethod
    def find(cls, pid: int) -> Process:
        """The process that has ``pid`` now. Raises ``ProcessLookupError``."""
        return cls(pid, start_time(pid))

    def alive(self) -> bool:
        try:
            return start_time(self.pid) == self.started
        except ProcessLookupError:
            return False

    def kill(self, timeout: float = 10) -> None:
        """Send SIGKILL and wait until it is gone; nothing happens when it is already."""
        deadline = time.monotonic() + timeout
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.01)

    def children(self) -> list[Process]:
        """The processes it started that still run."""
        text = _read(Path(f"/proc/{self.pid}/task/{self.pid}/children"))
        found: list[Process] = []
        for pid in text.split():
            with suppress(ProcessLookupError):
                found.append(Process.find(int(pid)))
        return found


def start_time(pid: int) -> int:
    """When ``pid`` started, in clock ticks since boot. Raises ``ProcessLookupError``.

    A zombie counts as gone: it runs nothing and holds nothing.
    """
    # The command's name, in parentheses, may itself hold spaces and parentheses.
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    if not fields or fields[0] in "ZX":
        raise ProcessLookupError(pid)
    return int(fields[19])


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
