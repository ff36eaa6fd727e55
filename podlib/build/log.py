"""The log of a build: from the server's pieces of text to lines that know their step."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from podlib.errors import BuildError, ProtocolError
from podlib.models import BuildLogLine, BuildStep, BuiltImage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.models import BuildLine

_STEP = re.compile(
    r"(?:\[(?P<stage>\d+)/(?P<stages>\d+)\] )?"
    r"STEP (?P<number>\d+)(?:/(?P<total>\d+))?: (?P<instruction>.*)"
)
_OWN_LINE = re.compile(r"(?:\[\d+/\d+\] )?(?:STEP \d+(?:/\d+)?: |COMMIT\b|--> )")
"""How the builder's own lines begin: each comes by itself."""
_ID = re.compile(r"[0-9a-f]{64}")
_TAGGED = "Successfully tagged "
_FAILED_STEP = re.compile(r"building at STEP \"(?P<instruction>.*?)\": ", re.DOTALL)
_EXIT = re.compile(r"exit status (\d+)$")


class BuildLog:
    """What a build has said so far."""

    def __init__(self, most: int | None = None) -> None:
        """``most`` is how many of its last lines are kept; None: all."""
        self.lines: deque[str] = deque(maxlen=most)
        """Without their line ends."""
        self._step: BuildStep | None = None
        self._steps: dict[str, BuildStep] = {}
        """By their instructions."""
        self._rest = ""

    def feed(self, piece: BuildLine) -> Iterator[BuildLogLine]:
        """The lines that are complete with this piece. Raises BuildError."""
        if piece.error:
            yield from self._end_line()
            raise self._failure(piece.error.strip())
        if self._rest and _OWN_LINE.match(piece.stream):
            yield from self._end_line()  # a command's output may lack its line end
        *whole, self._rest = (self._rest + piece.stream).split("\n")
        for text in whole:
            yield self._line(text)

    def image(self) -> BuiltImage:
        """The image, at the end of the log. Raises ProtocolError if it does not tell one."""
        if self._rest or not self.lines or not _ID.fullmatch(self.lines[-1]):
            raise ProtocolError("the build ended without telling an image")
        tags = [each.removeprefix(_TAGGED) for each in self.lines if each.startswith(_TAGGED)]
        return BuiltImage(id=self.lines[-1], tags=tags, log=[*self.lines])

    def _end_line(self) -> Iterator[BuildLogLine]:
        if self._rest:
            yield self._line(self._rest)
            self._rest = ""

    def _line(self, text: str) -> BuildLogLine:
        self.lines.append(text)
        if match := _STEP.fullmatch(text):
            self._step = BuildStep(
                number=int(match["number"]),
                total=_number(match["total"]),
                instruction=match["instruction"],
                stage=_number(match["stage"]) or 1,
                stages=_number(match["stages"]) or 1,
            )
            self._steps[match["instruction"]] = self._step
        return BuildLogLine(text=text, step=self._step)

    def _failure(self, message: str) -> BuildError:
        failed = _FAILED_STEP.search(message)
        step = self._steps.get(failed["instruction"], self._step) if failed else self._step
        status = _EXIT.search(message)
        code = int(status[1]) if status else None
        return BuildError(f"the build failed: {message}", [*self.lines], step=step, exit_code=code)


def _number(text: str | None) -> int:
    return int(text or 0)
