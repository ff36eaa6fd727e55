"""Which files of a context are left out: ``.containerignore`` by Podman's own rules.

The server applies the same patterns once more. So what is in doubt here is sent: it is the server
that decides, and nothing is lost but a little time.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from podlib.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTHING = "."
"""A pattern that no file has: to say that nothing is left out."""

_LITERAL = re.compile(r"[^*?\[\\]*")
_SPECIAL = frozenset("(){}|+^")
"""What Podman hands on to its regular expressions as it is."""


def patterns_of(text: str) -> list[str]:
    """The patterns of an ignore file: a line each, but for empty ones and comments."""
    lines = [line.strip("/") for line in text.split("\n") if not line.startswith("#")]
    return [line for line in lines if line]


def literally(name: str) -> str:
    """The pattern for exactly this name."""
    return re.sub(r"([*?\[\]\\(){}|+^])", r"\\\1", name)


class Ignore:
    """The patterns of a context. The last one that fits a file decides.

    A pattern fits what it matches and all below it; one that begins with ``!`` brings files back.
    Raises ParameterError for a pattern that cannot be.
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        given = (each.strip() for each in patterns)
        self._patterns = [_Pattern(each) for each in given if each]

    def leaves_out(self, name: str) -> bool:
        """Whether a file or folder stays here. Names are relative to the context, with ``/``."""
        left_out = False
        for pattern in self._patterns:
            if pattern.brings_back is left_out and pattern.fits(name):
                left_out = not pattern.brings_back
        return left_out

    def passes_over(self, folder: str) -> bool:
        """Whether a folder stays here with all that it has."""
        return self.leaves_out(folder) and not any(
            each.brings_back and each.reaches_into(folder) for each in self._patterns
        )


class _Pattern:
    """One pattern."""

    def __init__(self, text: str) -> None:
        clean = posixpath.normpath(text)
        self.brings_back = clean.startswith("!")
        if self.brings_back:
            clean = posixpath.normpath(clean[1:]).removeprefix("/") if clean != "!" else ""
        try:
            self._regex = re.compile(_regex(clean))
        except (re.error, OverflowError, RecursionError) as error:
            raise ParameterError(f"{text!r} is no pattern of files: {error}") from error
        self._literal = "" if _SPECIAL.intersection(clean) else _prefix(clean)
        self._is_literal = self._literal == clean

    def fits(self, name: str) -> bool:
        """Whether it matches a name, or a folder above it."""
        return self._regex.search(name) is not None

    def reaches_into(self, folder: str) -> bool:
        """Whether it may match something in a folder."""
        inside = f"{folder}/"
        if self._literal.startswith(inside):
            return True
        return not self._is_literal and inside.startswith(self._literal)


def _prefix(pattern: str) -> str:
    match = _LITERAL.match(pattern)
    return match[0] if match else ""


def _regex(pattern: str) -> str:
    """``*`` and ``?`` stop at ``/``, ``**`` does not; ``[…]`` and backslashes as in a shell."""
    if not pattern:
        raise re.error("there is nothing after the !")
    pieces: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            at += 3 if pattern.startswith("**/", at) else 2
            pieces.append("(.*/)?" if at < len(pattern) else ".*")
            continue
        char = pattern[at]
        if char == "[":
            piece, at = _class(pattern, at)
            pieces.append(piece)
            continue
        if char == "\\":
            at += 1
            if at == len(pattern):
                raise re.error("there is nothing after the \\")
            char = pattern[at]
            pieces.append(re.escape(char))
        else:
            pieces.append(_ONE.get(char, char))
        at += 1
    return f"^{''.join(pieces)}(/.*)?\\Z"


_ONE = {"*": "[^/]*", "?": "[^/]", ".": r"\.", "$": r"\$", "#": r"\#"}


def _class(pattern: str, begin: int) -> tuple[str, int]:
    """The class that begins there, and where the pattern goes on."""
    at = begin + 1
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[str] = []
    while not (ranges and pattern.startswith("]", at)):
        low, at = _member(pattern, at)
        if pattern.startswith("-", at):
            high, at = _member(pattern, at + 1)
            ranges.append(f"{low}-{high}")
        else:
            ranges.append(low)
    return f"[{'^' if negated else ''}{''.join(ranges)}]", at + 1


def _member(pattern: str, at: int) -> tuple[str, int]:
    """A character of a class, and where the pattern goes on."""
    char = pattern[at : at + 1]
    if char == "\\":
        at += 1
        char = pattern[at : at + 1]
    elif char in ("-", "]"):
        raise re.error(f"{char} cannot stand there in [...]")
    if not char:
        raise re.error("a [ is not closed")
    return re.escape(char), at + 1
