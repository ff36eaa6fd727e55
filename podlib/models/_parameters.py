"""Checking what callers pass in: one clear ``ParameterError``, before anything is sent."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from signal import SIGRTMAX, SIGRTMIN, Signals
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from podlib.errors import ParameterError

from ._spelling import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

__all__ = ["Part", "nanoseconds", "parameter_error", "signal_number", "size_in_bytes"]

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?", re.IGNORECASE | re.ASCII)
_LARGEST = 2**63 - 1
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


class Part(BaseModel):
    """A part of a specification. A misspelt field or a wrong value is a ``ParameterError``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def __init__(self, **data: Any) -> None:  # noqa: ANN401 -- pydantic checks each by its field
        try:
            super().__init__(**data)
        except ValidationError as error:
            name = type(self).__name__
            raise parameter_error(name, error, type(self).model_fields) from error


def parameter_error(where: str, error: ValidationError, known: Iterable[str]) -> ParameterError:
    """The caller's view of pydantic's error. ``known`` are the names that there are."""
    names = list(known)
    # One wrong value of a union's type is one problem for each of the union's members.
    problems = {_problem(each, names) for each in error.errors(include_url=False)}
    return ParameterError(f"{where}: {'; '.join(sorted(problems))}")


def _problem(error: ErrorDetails, known: list[str]) -> str:
    loc = error["loc"]
    name = str(loc[0]) if loc else ""
    if error["type"] == "extra_forbidden" and len(loc) == 1:
        return unknown(name, known)
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}: {message}, not {error['input']!r}" if name else message


def size_in_bytes(name: str, value: int | str) -> int:
    """A size in bytes from bytes or Podman's notation: ``"64m"``, ``"1.5GiB"``, ``"512 kb"``.

    The units b, k, m, g, t, p are powers of 1024, whether written ``k``, ``kb`` or ``kib``.
    """
    if isinstance(value, str):
        if not (match := _SIZE.fullmatch(value)):
            raise ParameterError(f"{name}: {value!r} is no size, such as 67108864 or '64m'")
        value = int(float(match[1]) * 1024 ** _POWERS[match[2].lower()])
    if not 0 <= value <= _LARGEST:
        raise ParameterError(f"{name}: {value} is no size in bytes")
    return value


def nanoseconds(name: str, value: float | timedelta) -> int:
    """The wire's durations."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if seconds < 0 or not math.isfinite(seconds):
        raise ParameterError(f"{name}: {value} is no duration")
    return round(seconds * 1e9)


def signal_number(name: str, value: int | str) -> int:
    """A signal's number on Linux, from ``"SIGTERM"``, ``"term"``, ``"RTMIN+3"`` or itself."""
    number = (
        _number_of_signal(value.upper().removeprefix("SIG")) if isinstance(value, str) else value
    )
    if not 1 <= number <= SIGRTMAX:
        raise ParameterError(f"{name}: {value!r} is no signal")
    return number


def _number_of_signal(word: str) -> int:
    if match := re.fullmatch(r"RTMIN\+(\d+)", word, re.ASCII):
        return SIGRTMIN + int(match[1])
    if match := re.fullmatch(r"RTMAX-(\d+)", word, re.ASCII):
        return SIGRTMAX - int(match[1])
    return int(word) if word.isdecimal() else int(Signals.__members__.get(f"SIG{word}", 0))
