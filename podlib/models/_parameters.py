"""Checking what callers pass in: one clear ``ParameterError``, before anything is sent."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_address
from signal import SIGRTMAX, SIGRTMIN, Signals
from typing import Annotated, Any, TypeAlias, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from podlib import query
from podlib.errors import ParameterError
from podlib.spelling import unknown

__all__ = [
    "AbsolutePath",
    "Address",
    "ContainerName",
    "Count",
    "Duration",
    "Part",
    "PodName",
    "Spec",
    "Whole",
    "address",
    "at_least",
    "check_options",
    "microseconds",
    "nanoseconds",
    "parameter_error",
    "parts",
    "renamed",
    "shown",
    "signal_number",
    "size_in_bytes",
]

P = TypeVar("P")

Spec: TypeAlias = dict[str, object]
"""A part of a specification, with the server's names."""
Duration: TypeAlias = float | timedelta | str
"""Seconds, a timedelta, or as in ``"1m30s"``."""
Count = Annotated[int, Field(ge=0, le=2**32 - 1)]
"""What Go has 32 bits for."""
Whole = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
"""What Go has 64 bits for."""


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("this must be an absolute path")
    return path


def address(text: str) -> str:
    """An IP address in its shortest form."""
    return str(ip_address(text))


AbsolutePath = Annotated[str, AfterValidator(_absolute)]
Address = Annotated[str, AfterValidator(address)]
ContainerName = Annotated[str, AfterValidator(query.container)]
PodName = Annotated[str, AfterValidator(query.pod)]


class Part(BaseModel):
    """A part of a specification. A misspelt field or a wrong value is a ``ParameterError``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def __init__(self, **data: Any) -> None:  # noqa: ANN401 -- pydantic checks each by its field
        name = type(self).__name__
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise parameter_error(name, error, type(self).model_fields) from error
        except TypeError as error:  # of a mapping for another part: its keys are no names
            raise ParameterError(f"{name}: {error}") from error


def check_options(where: str, adapter: TypeAdapter[P], options: P, known: type) -> P:
    """``options`` as their TypedDict ``known`` has them. Raises ``ParameterError``.

    Use what is returned: pydantic has made parts of dictionaries that were given for them.
    """
    try:
        return adapter.validate_python(options)
    except ValidationError as error:
        raise parameter_error(where, error, known.__annotations__) from error
    except TypeError as error:  # of a mapping for a part: its keys are no names
        raise ParameterError(f"{where}: {error}") from error


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
    given = shown(error["input"])
    named = f"{name}: {message}" if name else message
    return named if not name or given in message else f"{named}, not {given}"


def shown(value: object) -> str:
    """``value`` in the message of an error."""
    try:
        return reprlib.repr(value) if isinstance(value, int) else repr(value)
    except ValueError:  # of an int with more digits than Python writes
        return "such a number"


def renamed(options: Mapping[str, Any], names: Mapping[str, str]) -> Spec:
    """The options that the server takes as they are, by its own ``names`` for them."""
    return {wire: _copy(options[name]) for name, wire in names.items() if name in options}


def _copy(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, str]", value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(cast("Sequence[str]", value))
    return value


def parts(given: Iterable[P | str], parse: Callable[[str], P]) -> list[P]:
    """The parts that were given, as such or as texts."""
    return [parse(each) if isinstance(each, str) else each for each in given]


def at_least(name: str, value: int, least: int) -> int:
    """``value``, unless it is too small."""
    if value < least:
        raise ParameterError(f"{name}: {shown(value)} is less than {least}")
    return value


_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?", re.IGNORECASE | re.ASCII)
_LARGEST = 2**63 - 1
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


def size_in_bytes(name: str, value: int | str) -> int:
    """A size in bytes from bytes or Podman's notation: ``"64m"``, ``"1.5GiB"``, ``"512 kb"``.

    The units b, k, m, g, t, p are powers of 1024, whether written ``k``, ``kb`` or ``kib``.
    """
    if isinstance(value, str):
        if not (match := _SIZE.fullmatch(value)):
            raise ParameterError(f"{name}: {value!r} is no size, such as 67108864 or '64m'")
        size = float(match[1]) * 1024 ** _POWERS[match[2].lower()]
        value = int(min(size, _LARGEST + 1))
    if not 0 <= value <= _LARGEST:
        raise ParameterError(f"{name}: {shown(value)} is no size in bytes")
    return value


_SPAN = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)", re.ASCII)
_SPANS = re.compile(rf"(?:{_SPAN.pattern})+", re.ASCII)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


_LONGEST = 9e9  # seconds: as many nanoseconds as Go can count


def nanoseconds(name: str, value: Duration) -> int:
    """A duration as the wire mostly has it."""
    return round(_seconds(name, value) * 1e9)


def microseconds(name: str, value: Duration) -> int:
    """A duration as the scheduler of the kernel has it."""
    return round(_seconds(name, value) * 1e6)


def _seconds(name: str, value: Duration) -> float:
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, str):
        if not _SPANS.fullmatch(value):
            raise ParameterError(f"{name}: {value!r} is no duration, such as 90 or '1m30s'")
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _SPAN.findall(value))
    else:
        seconds = value
    if not 0 <= seconds <= _LONGEST:
        raise ParameterError(f"{name}: {shown(value)} is no duration")
    return seconds


def signal_number(name: str, value: int | str) -> int:
    """A signal's number on Linux, from ``"SIGTERM"``, ``"term"``, ``"RTMIN+3"`` or itself."""
    number = (
        _number_of_signal(value.upper().removeprefix("SIG")) if isinstance(value, str) else value
    )
    if not 1 <= number <= SIGRTMAX:
        raise ParameterError(f"{name}: {shown(value)} is no signal")
    return number


def _number_of_signal(word: str) -> int:
    if match := re.fullmatch(r"RTMIN\+(\d\d?)", word, re.ASCII):
        return SIGRTMIN + int(match[1])
    if match := re.fullmatch(r"RTMAX-(\d\d?)", word, re.ASCII):
        return SIGRTMAX - int(match[1])
    if re.fullmatch(r"\d\d?", word, re.ASCII):
        return int(word)
    return int(Signals.__members__.get(f"SIG{word}", 0))
