"""What processes write to their sessions. No pydantic: it is bytes, not JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Output(NamedTuple):
    """A piece of what a process wrote. It may end in the midst of a line, or of a character."""

    stream: Literal["stdout", "stderr"]
    data: bytes


@dataclass(frozen=True, slots=True)
class ExecResult:
    """What became of a command. A terminal's output is all stdout."""

    exit_code: int
    """126 and 127: the command could not be run, or was not found; why is in ``stderr``."""
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """The standard output as text; what is not UTF-8 shows as U+FFFD."""
        return self.stdout.decode("utf-8", "replace")
