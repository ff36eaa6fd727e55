"""What all models share: the base class, the wire's odd values, and decoding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
    model_serializer,
)
from pydantic.alias_generators import to_camel, to_pascal
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from podlib.errors import ResponseModelError

from ._switch import is_strict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "EMPTY_DICT",
    "EMPTY_LIST",
    "CamelModel",
    "Dicted",
    "IfAsked",
    "Listed",
    "Microseconds",
    "Model",
    "Nanoseconds",
    "Odd",
    "PascalModel",
    "SomeTime",
    "Texts",
    "Time",
    "TimeOrEmpty",
    "TimeOrNull",
    "UnixTime",
    "UnixTimeOrZero",
    "decode",
    "wire",
]

T = TypeVar("T")

Texts: TypeAlias = str | Sequence[str]
"""What most filters take: one value, or several."""

EXCERPT = 500
"""How many bytes of a body that fits no model its error carries."""
PROBLEMS = 5
"""How many of its problems the error's message names."""


class Model(BaseModel):
    """One object of the API: snake_case fields, the wire's names as aliases.

    Unknown fields are kept (``model_extra``). A value that Podman leaves out has the zero value
    of its type, or ``None`` where zero would mean something else. ``model_dump(by_alias=True)``
    gives the JSON as it came: with the wire's names and values, without what was left out.
    """

    # Values are mostly different from each other: to look each up costs more than it saves.
    model_config = ConfigDict(
        extra="allow", populate_by_name=True, cache_strings="keys", defer_build=True
    )

    @model_serializer(mode="wrap")
    def _as_it_came(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        document: dict[str, Any] = handler(self)
        if info.by_alias:
            given = self.model_fields_set
            for name, field in type(self).model_fields.items():
                if name not in given:
                    document.pop(field.alias or name, None)
        return document


class PascalModel(Model):
    """A model whose wire names are PascalCase, as most of libpod's."""

    model_config = ConfigDict(alias_generator=to_pascal)


class CamelModel(Model):
    """A model whose wire names are camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


def wire(name: str) -> Any:  # noqa: ANN401 -- it is metadata for Annotated, of pydantic's own type
    """The wire's name of one field, where the noun's general rule does not give it."""
    return Field(alias=name)


class _OddList(list[object]):
    wire: object


class _OddDict(dict[str, object]):
    wire: object


class _OddText(str):
    __slots__ = ("wire",)
    wire: object


_REMEMBERING: dict[type, Any] = {list: _OddList, dict: _OddDict, str: _OddText}


@dataclass(frozen=True)
class Odd:
    """Metadata for ``Annotated``: what to make of the values that do not fit the type itself.

    ``convert`` gets them, answers a list, a dictionary or a text, and raises ``ValueError`` for
    those that it does not know either. The usual values never meet it: it is the second branch of
    a union, tried when the first failed, and pydantic decodes them without a call of Python.
    """

    convert: Callable[[object], object]

    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], CoreSchema]
    ) -> CoreSchema:
        usual = handler(source)
        back = core_schema.wrap_serializer_function_ser_schema(
            self._back, schema=usual, info_arg=True
        )
        odd = core_schema.no_info_plain_validator_function(self._remembering)
        return _with_odd(usual, odd, back)

    def _remembering(self, value: object) -> object:
        converted = self.convert(value)
        remembering = _REMEMBERING[type(converted)](converted)
        remembering.wire = value
        return remembering

    def _back(
        self, value: object, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> object:
        if info.by_alias and isinstance(value, _OddList | _OddDict | _OddText):
            unchanged = value == self.convert(value.wire)
            return value.wire if unchanged else handler(value)
        return handler(value)


_USUAL, _ODD = "<usual>", "<odd>"


def _with_odd(usual: CoreSchema, odd: CoreSchema, back: core_schema.SerSchema) -> CoreSchema:
    return core_schema.union_schema(
        [(usual, _USUAL), (odd, _ODD)], mode="left_to_right", serialization=back
    )


class _Nothing:
    """No value is an instance."""


def _instead(of: CoreSchema, make: Callable[[], object] | None) -> CoreSchema:
    """What ``make`` gives, else None, for all that fits ``of``; pydantic's core does it alone."""
    nothing = core_schema.is_instance_schema(_Nothing)
    made = (
        core_schema.with_default_schema(nothing, default_factory=make, on_error="default")
        if make
        else core_schema.with_default_schema(nothing, default=None, on_error="default")
    )
    return core_schema.chain_schema([of, made])


class _NullList(list[object]):
    """Empty, since the wire had ``null``."""


class _NullDict(dict[str, object]):
    """Empty, since the wire had ``null``."""


@dataclass(frozen=True)
class _EmptyIsNone:
    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], CoreSchema]
    ) -> CoreSchema:
        usual = handler(source)
        empty = core_schema.nullable_schema(core_schema.dict_schema(max_length=0))
        back = core_schema.wrap_serializer_function_ser_schema(
            self._back, schema=usual, info_arg=True
        )
        return core_schema.union_schema(
            [(_instead(empty, None), _ODD), (usual, _USUAL)],
            mode="left_to_right",
            serialization=back,
        )

    @staticmethod
    def _back(
        value: object, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> object:
        return {} if info.by_alias and value is None else handler(value)


IfAsked = Annotated[T | None, _EmptyIsNone()]
"""A model that the wire sends as ``{}`` unless it was asked for; None then."""


@dataclass(frozen=True)
class _OrNull:
    null: type

    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], CoreSchema]
    ) -> CoreSchema:
        usual = handler(source)
        back = core_schema.wrap_serializer_function_ser_schema(
            self._back, schema=usual, info_arg=True
        )
        return _with_odd(usual, _instead(core_schema.none_schema(), self.null), back)

    def _back(
        self, value: object, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> object:
        null = info.by_alias and isinstance(value, self.null) and not value
        return None if null else handler(value)


Listed = Annotated[list[T], _OrNull(_NullList)]
"""A list that the wire may leave out or, as Go does, send as ``null``: both mean empty."""
Dicted = Annotated[dict[str, T], _OrNull(_NullDict)]
"""A mapping that the wire may leave out or send as ``null``: both mean empty."""


# pydantic would deep-copy a plain default, which costs more than all the rest.
EMPTY_LIST: Any = Field(default_factory=list)
"""The default of a ``Listed`` field."""
EMPTY_DICT: Any = Field(default_factory=dict)
"""The default of a ``Dicted`` field."""


class TimeStamp(datetime):
    """A time stamp that remembers the text that it was made from, with all its digits."""

    __slots__ = ("text",)
    text: str


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        if value is None or isinstance(value, datetime):
            return value
        raise ValueError("this is no time stamp")
    if value.startswith("0001-01-01T") or not value:
        return None
    time = TimeStamp.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("the time stamp has no time zone")
    time.text = value
    return time


def _some_time(value: object) -> datetime:
    time = _time(value)
    if time is None:
        raise ValueError("this is no time stamp")
    return time


@dataclass(frozen=True)
class _GoTime:
    zero: str | None
    convert: Callable[[object], datetime | None] = _time

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        back = core_schema.plain_serializer_function_ser_schema(self._back, info_arg=True)
        return core_schema.no_info_plain_validator_function(self.convert, serialization=back)

    def _back(self, value: datetime | None, info: SerializationInfo) -> object:
        if not info.by_alias:
            return value
        if value is None:
            return self.zero
        return value.text if isinstance(value, TimeStamp) else _in_go(value)


def _in_go(time: datetime) -> str:
    """RFC 3339 as Go writes it."""
    text = time.isoformat().replace("+00:00", "Z")
    return re.sub(r"\.?0+(?=Z|[+-]\d\d:)", "", text) if time.microsecond else text


@dataclass(frozen=True)
class _GoUnixTime:
    zero: int

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        # pydantic takes a number for a time in lax mode only (and one beyond 2e10 for
        # milliseconds: Go's zero then is 1968, which the bound turns away just as well).
        begin = datetime(1970, 1, 1, tzinfo=UTC)
        lax = core_schema.datetime_schema(gt=begin, tz_constraint="aware")
        strict = core_schema.no_info_after_validator_function(_aware, core_schema.int_schema(gt=0))
        usual = core_schema.lax_or_strict_schema(lax_schema=lax, strict_schema=strict)
        zero = core_schema.nullable_schema(core_schema.int_schema(le=0))
        back = core_schema.plain_serializer_function_ser_schema(self._back, info_arg=True)
        return _with_odd(usual, _instead(zero, None), back)

    def _back(self, value: datetime | None, info: SerializationInfo) -> object:
        if not info.by_alias:
            return value
        return self.zero if value is None else int(value.timestamp())


def _aware(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("this is no time stamp") from error


_YEAR_1 = -62135596800

SomeTime = Annotated[datetime, _GoTime(zero=None, convert=_some_time)]
"""An aware time stamp. It has microseconds; the digits below them come back in
``model_dump(by_alias=True)``."""
Time = Annotated[datetime | None, _GoTime(zero="0001-01-01T00:00:00Z")]
"""Likewise, ``None`` for Go's zero time, ``null`` and ``""``."""
TimeOrNull = Annotated[datetime | None, _GoTime(zero=None)]
"""Likewise, where the wire has ``null`` for none."""
TimeOrEmpty = Annotated[datetime | None, _GoTime(zero="")]
"""Likewise, where the wire has ``""`` for none."""
UnixTime = Annotated[datetime | None, _GoUnixTime(zero=_YEAR_1)]
"""Likewise, for what the wire sends in whole seconds since 1970, and in year 1 for none."""
UnixTimeOrZero = Annotated[datetime | None, _GoUnixTime(zero=0)]
"""Likewise, where the wire has 0 for none."""


class _Seconds(float):
    """A duration that remembers its ticks: a float has too few digits for long ones."""

    __slots__ = ("ticks",)
    ticks: int


@dataclass(frozen=True)
class _Span:
    per_second: float

    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], CoreSchema]
    ) -> CoreSchema:
        back = core_schema.plain_serializer_function_ser_schema(self._back, info_arg=True)
        ticks = core_schema.int_schema()
        return core_schema.no_info_after_validator_function(
            self._seconds, ticks, serialization=back
        )

    def _seconds(self, ticks: int) -> float:
        try:
            seconds = _Seconds(ticks / self.per_second)
        except OverflowError as error:
            raise ValueError("the duration is too long") from error
        seconds.ticks = ticks
        return seconds

    def _back(self, seconds: float, info: SerializationInfo) -> float:
        if not info.by_alias:
            return seconds
        if isinstance(seconds, _Seconds):
            return seconds.ticks
        return round(seconds * self.per_second)


Nanoseconds = Annotated[float, _Span(1e9)]
"""A duration that the wire sends in nanoseconds; in seconds here."""
Microseconds = Annotated[float, _Span(1e6)]
"""A duration that the wire sends in microseconds; in seconds here."""


def decode(model: type[T], data: bytes) -> T:
    """The answer's body as ``model``: a model, or a list of one.

    Raises ``ResponseModelError`` when it does not fit. In strict mode (``set_strict``) a field
    that the model lacks does not fit either.
    """
    strict = is_strict()
    try:
        value: object = _adapter(model).validate_json(data, strict=strict or None, by_name=False)
    except ValidationError as error:
        raise ResponseModelError(_name(model), _problems(error), data[:EXCERPT]) from error
    if strict and (unknown := list(_unknown_fields(value, ""))):
        problems = f"unknown fields: {', '.join(unknown)}"
        raise ResponseModelError(_name(model), problems, data[:EXCERPT])
    return cast("T", value)


_adapters: dict[object, TypeAdapter[Any]] = {}


def _adapter(model: Any) -> TypeAdapter[Any]:  # noqa: ANN401 -- pydantic takes any type form
    if model not in _adapters:
        _adapters[model] = TypeAdapter(model)
    return _adapters[model]


def _name(model: object) -> str:
    """``list[ImageSummary]``, where Python says ``list[podlib.models.images.ImageSummary]``."""
    return re.sub(r"<class '|'>|[a-z_]+\.", "", repr(model))


def _problems(error: ValidationError) -> str:
    found = [_problem(each) for each in error.errors(include_url=False) if _ODD not in each["loc"]]
    more = [f"and {len(found) - PROBLEMS} more"] if len(found) > PROBLEMS else []
    return "; ".join(found[:PROBLEMS] + more)


def _problem(error: ErrorDetails) -> str:
    where = ".".join(str(step) for step in error["loc"] if step != _USUAL)
    return f"{where}: {error['msg']}" if where else error["msg"]


def _unknown_fields(value: object, path: str) -> Iterator[str]:
    """The paths of all fields, anywhere below ``value``, that its models do not have."""
    if isinstance(value, Model):
        for name in value.model_extra or {}:
            yield f"{path}.{name}".lstrip(".")
        for name, info in type(value).model_fields.items():
            yield from _unknown_fields(getattr(value, name), f"{path}.{info.alias or name}")
    elif isinstance(value, list):
        for index, each in enumerate(cast("list[object]", value)):
            yield from _unknown_fields(each, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, each in cast("dict[str, object]", value).items():
            yield from _unknown_fields(each, f"{path}[{key!r}]")
