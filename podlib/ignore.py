"""Which files of a build context an ignore file leaves out, by Podman's rules. No I/O.

A line is a pattern: ``*`` and ``?`` do not cross ``/``, ``**`` does, ``[a-z]`` is a set of
characters, ``\\`` takes the next character as it is. A pattern names a path from the context's
top, with all that is below it; a leading or trailing ``/`` changes nothing. ``!`` takes back what
earlier lines left out: of all lines that match, the last one counts. ``#`` begins a comment.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from .errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable


class IgnoreRules:
    """The rules of one ignore file, or of a list of patterns."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._rules = [rule for pattern in patterns if (rule := _rule(pattern))]

    @classmethod
    def parse(cls, text: str) -> IgnoreRules:
        """From the text of a ``.containerignore``."""
        return cls(line for line in text.split("\n") if not line.startswith("#"))

    def __bool__(self) -> bool:
        return bool(self._rules)

    @property
    def takes_back(self) -> bool:
        """Whether a file below an ignored folder may be in the context after all."""
        return any(back for back, _ in self._rules)

    def ignores(self, path: str) -> bool:
        """Whether ``path``, from the context's top and with ``/`` between its parts, is left out."""
        ignored = False
        for back, pattern in self._rules:
            if back == ignored and _matches(pattern, path):
                ignored = not back
        return ignored


def _matches(pattern: re.Pattern[str], path: str) -> bool:
    """Whether the pattern names the path, or a folder that it is in."""
    while path:
        if pattern.fullmatch(path):
            return True
        path = path.rpartition("/")[0]
    return False


def _rule(line: str) -> tuple[bool, re.Pattern[str]] | None:
    text = line.strip()
    if not text:
        return None
    back = text.startswith("!")
    text = posixpath.normpath(text[1:] if back else text).lstrip("/")
    if not text or text == ".":
        return None
    try:
        return back, re.compile(_expression(text))
    except re.error as error:
        raise ParameterError(f"the ignore pattern {line!r} is malformed: {error}") from error


_TOKEN = re.compile(r"\*\*/?|\*|\?|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)


def _expression(pattern: str) -> str:
    return "".join(
        _translated(token[0], last=token.end() == len(pattern))
        for token in _TOKEN.finditer(pattern)
    )


def _translated(token: str, *, last: bool) -> str:
    if token.startswith("**"):
        return ".*" if last else "(?:.*/)?"
    if token == "*":
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if len(token) > 1 and token[0] == "[":
        return f"(?!/){token}"
    return re.escape(token[1:] if len(token) > 1 else token)
