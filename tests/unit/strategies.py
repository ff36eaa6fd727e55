"""Generated answers: what a server might send for a model, and what it should not."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, cast, get_args, get_origin

from hypothesis import strategies as st

from podlib.models import Model
from podlib.models._base import Odd, _EmptyIsNone, _GoTime, _GoUnixTime, _OrNull, _Span

Strategy: TypeAlias = st.SearchStrategy[Any]

MOST_FIELDS = 8
"""Optional fields of one generated object; more are only slow."""
DEEPEST = 3
"""Below this, objects have only the fields that they must have."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
counts = st.one_of(st.integers(-(2**63), 2**64 - 1), st.integers(-1, 1000))
values: Strategy = st.recursive(
    st.one_of(st.none(), st.booleans(), counts, st.floats(allow_nan=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=4,
)
"""Any JSON."""


@st.composite
def times(draw: st.DrawFn) -> str:
    """A time as Go writes it: up to nine digits of a second, ``Z`` or an offset."""
    zone = timezone(timedelta(minutes=draw(st.integers(-14 * 60, 14 * 60))))
    time = draw(st.datetimes(datetime(2, 1, 1), timezones=st.just(zone))).isoformat("T", "seconds")
    digits = str(draw(st.integers(0, 999_999_999))).rjust(9, "0").rstrip("0")
    stamp = f"{time[:19]}.{digits}{time[19:]}" if digits else time
    return stamp.replace("+00:00", "Z")


def answers(kind: Any, depth: int = 0) -> Strategy:
    """JSON that ``kind``, the annotation of a field or a model, is made for."""
    if get_origin(kind) is Annotated:
        inner, *metadata = get_args(kind)
        return _annotated(inner, metadata, depth)
    shape, arguments = get_origin(kind), get_args(kind)
    if shape in (Union, UnionType):
        return st.one_of([answers(each, depth) for each in arguments])
    if shape is Literal:
        return st.sampled_from(arguments)
    if shape is list:
        return st.lists(answers(arguments[0], depth + 1), max_size=2)
    if shape is dict:
        return st.dictionaries(texts, answers(arguments[1], depth + 1), max_size=2)
    if issubclass(kind, Model):
        return documents(kind, depth + 1)
    return _PLAIN[kind]


_PLAIN: dict[type, Strategy] = {
    str: texts,
    int: counts,
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    object: values,
    NoneType: st.none(),
}


def _annotated(kind: Any, metadata: list[Any], depth: int) -> Strategy:
    """JSON for an annotation with podlib's own metadata."""
    for each in metadata:
        if isinstance(each, _GoTime):
            return st.one_of(times(), *_taken(each, each.zero))
        if isinstance(each, _GoUnixTime):
            return st.one_of(st.just(each.zero), st.integers(1, 10**10))
        if isinstance(each, _Span):
            return counts
        if isinstance(each, _OrNull):
            return st.one_of(answers(kind, depth), st.none())
        if isinstance(each, Odd):
            return st.one_of(answers(kind, depth), *_taken(each, None))
        if isinstance(each, _EmptyIsNone):
            return st.one_of(answers(get_args(kind)[0], depth), st.just({}))
    return answers(kind, depth)


def _taken(metadata: Odd | _GoTime, value: object) -> list[Strategy]:
    """The value, if it is one that the annotation takes."""
    try:
        metadata.convert(value)
    except ValueError:
        return []
    return [st.just(value)]


@st.composite
def documents(draw: st.DrawFn, model: type[Model], depth: int = 0) -> dict[str, Any]:
    """An object that ``model`` is made for, with some of its optional fields."""
    fields = model.model_fields
    chosen = [name for name, field in fields.items() if field.is_required()]
    if depth < DEEPEST and (optional := sorted(fields.keys() - set(chosen))):
        chosen += draw(st.lists(st.sampled_from(optional), max_size=MOST_FIELDS, unique=True))
    return {
        fields[name].alias or name: draw(
            _annotated(fields[name].annotation, fields[name].metadata, depth)
        )
        for name in chosen
    }


# -- what a server should not send ---------------------------------------------------------------

_ODD: Strategy = st.one_of(
    values,
    st.sampled_from(
        [
            *(0, -1, 2**63, 2**64, 10**40, 1e308, 0.5, "", "0001-01-01T00:00:00Z", "\0", "\ud800"),
            *("9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z"),
            *([], {}, [None], {"": None}, None, True),
        ]
    ),
)


@st.composite
def mutants(draw: st.DrawFn, document: Any) -> bytes:
    """``document`` with some wrong values, members too few and too many; or broken as a text."""
    changed: Any = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(0, 3))):
        changed = _mutated(draw, changed)
    data = json.dumps(changed).encode()
    broken = draw(st.sampled_from(["", "", "cut", "byte", "deep"]))
    at = draw(st.integers(0, len(data)))
    if broken == "cut":
        return data[:at]
    if broken == "byte":
        return data[:at] + draw(st.binary(min_size=1, max_size=3)) + data[at:]
    if broken == "deep":
        depth = draw(st.sampled_from([100, 300, 5_000]))
        return data[:at] + b"[" * depth + b"]" * depth + data[at:]
    return data


def _mutated(draw: st.DrawFn, value: Any) -> Any:
    """The value with one thing changed, somewhere in it."""
    places = _places(value)
    if not places or draw(st.integers(0, 4)) == 0:
        return deepcopy(draw(_ODD))
    where: Any = draw(st.sampled_from(places))
    if draw(st.integers(0, 4)) == 0:
        del value[where]
    else:
        value[where] = _mutated(draw, value[where])
    return value


def _places(value: Any) -> list[Any]:
    """The keys of an object, or the indices of a list."""
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value))
    return list(range(len(cast("list[object]", value)))) if isinstance(value, list) else []
