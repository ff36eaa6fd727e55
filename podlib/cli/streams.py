"""The standard streams of the command, as they really are: closed, broken, or of some encoding."""

from __future__ import annotations

import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from .failures import CommandError

if TYPE_CHECKING:
    from typing import BinaryIO

STDIN, STDOUT, STDERR = 0, 1, 2


def keep_open() -> bool:
    """Let no socket become a standard stream; whether there is a standard output.

    A program that was started with one of them closed would otherwise get its number for the next
    file that it opens.
    """
    has_output = sys.stdout is not None  # pyright: ignore[reportUnnecessaryComparison] -- it is None if the stream was closed
    while (fd := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        os.set_inheritable(fd, True)
    os.close(fd)
    return has_output


def standard_input() -> BinaryIO:
    """What the command reads: nothing, if it was started without."""
    return open(STDIN, "rb", closefd=False)


def write(fd: int, data: bytes) -> None:
    """Write all of it. Raises CommandError if nobody reads it, or there is no room."""
    view = memoryview(data)
    try:
        while view:
            view = view[_some(fd, view[: 1 << 20]) :]
    except BrokenPipeError:
        raise CommandError("nobody reads the output any more") from None
    except OSError as error:
        raise CommandError(f"the output could not be written: {error.strerror}") from error


def _some(fd: int, view: memoryview) -> int:
    """Write as much as there is room for, when there is some; how much."""
    try:
        return os.write(fd, view)
    except BlockingIOError:  # whoever made the pipe does not let it wait by itself
        poll = select.poll()
        poll.register(fd, select.POLLOUT)
        poll.poll()
        return 0


def write_text(fd: int, text: str) -> None:
    """Write it in the stream's encoding; what that lacks is shown as an escape."""
    stream = sys.stderr if fd == STDERR else sys.stdout
    write(fd, text.encode(getattr(stream, "encoding", None) or "utf-8", "backslashreplace"))


def try_to_write(text: str) -> None:
    """To the standard error, where that is possible: there is nobody else to tell."""
    with suppress(CommandError):
        write_text(STDERR, text)


def is_terminal(fd: int) -> bool:
    """Whether a person sees what is written there."""
    return os.isatty(fd)


def coloured(text: str, code: str, fd: int) -> str:
    """With a colour, if ``fd`` is a terminal that has some."""
    plain = not is_terminal(fd) or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[{code}m{text}\x1b[0m"
