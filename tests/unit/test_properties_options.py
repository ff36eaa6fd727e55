"""Whatever a caller passes as options: a specification that can be sent, or ParameterError."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from inspect import signature
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podlib import models, query
from podlib.errors import ParameterError
from podlib.models._parameters import Part

from .strategies import Strategy, counts, texts, values
from .test_properties import some

Specification: TypeAlias = "Callable[..., Any]"


def as_document(specification: Any) -> object:
    return json.dumps(specification, allow_nan=False)


def as_query(specification: Any) -> object:
    return query.query(specification)


def as_both(specification: Any) -> object:
    asked, document = specification
    return as_query(asked), as_document(document)


SPECIFICATIONS: dict[Specification, tuple[list[object], Callable[[Any], object]]] = {
    models.build_spec: (["5.8.6"], as_query),
    models.container_spec: (["image"], as_document),
    models.container_update_spec: ([], as_both),
    models.docker_container_spec: (["image"], as_document),
    models.docker_network_spec: (["name"], as_document),
    models.docker_update_spec: ([], as_document),
    models.docker_volume_spec: (["name"], as_document),
    models.exec_spec: ([["sh"]], as_document),
    models.manifest_spec: ([], as_document),
    models.network_spec: (["name"], as_document),
    models.pod_spec: ([], as_document),
    models.secret_spec: (["name"], as_query),
    models.volume_spec: (["name"], as_document),
}
"""The functions that make one; what they take before the options; how it is sent."""


def options_of(specification: Specification) -> type:
    *_, name = (each for each in specification.__annotations__ if each != "return")
    kind: type = getattr(models, specification.__annotations__[name])
    return kind


PARTS: list[type[Part]] = sorted(
    {
        part
        for name in models.__all__
        if isinstance(part := getattr(models, name), type) and issubclass(part, Part)
    },
    key=lambda part: part.__name__,
)

notations = st.text("0123456789abcmnst:/=,.-[]@ \n", max_size=12) | st.sampled_from(
    [
        *("8080:80/tcp", "[::1]:1-2:3-4/udp", "data:/var/lib/data:ro,Z", "64m", "1.5GiB", "-1"),
        *(
            "/dev/fuse:/dev/x:rwm",
            "nofile=1:2",
            "9" * 400,
            "container:x",
            "ns:",
            "0:0:0",
            "RTMIN+3",
        ),
        *("host-gateway", "10.0.0.0/8", "fd00::/64", "a=b", "linux/arm64/v8", "1h30m", "\ud800"),
    ]
)
spans = st.floats() | st.integers() | st.sampled_from([10**400, -(10**400)])
ODD: list[Any] = [
    *(None, True, 0, -1, 1, 2**63, 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf")),
    *("", "\0", "\ud800", ":", "::", "/", "=", "a:b", "9" * 5000, "ns:", "container:", "1:2:3:4"),
    *(b"x", object(), timedelta.max, timedelta.min, datetime(2026, 1, 1), [], {}, [None], [""]),
    *(
        ["\ud800"],
        [[]],
        ["9" * 5000],
        [10**400],
        {"": ""},
        {"a": None},
        {None: "a"},
        {"a": "\ud800"},
    ),
]
"""Values that some option, somewhere, may stumble over."""
junk: Strategy = st.one_of(
    values, notations, spans, st.sampled_from([b"x", object(), {1}, 1j, ...])
)

_PLAIN: dict[object, Strategy] = {
    str: notations | texts,
    int: counts | st.integers(),
    float: spans,
    bool: st.booleans(),
    timedelta: st.timedeltas(),
    datetime: st.datetimes(),
    NoneType: st.none(),
}


def passed(kind: Any) -> Strategy:
    """Python values for an annotation: mostly of its type, not always right."""
    shape, arguments = get_origin(kind), get_args(kind)
    if shape is Annotated:
        return passed(arguments[0])
    if shape in (Union, UnionType):
        return st.one_of([passed(each) for each in arguments])
    if shape is Literal:
        return st.sampled_from(arguments)
    if shape in (Sequence, list):
        return st.lists(passed(arguments[0]), max_size=2)
    if shape in (Mapping, dict):
        return st.dictionaries(passed(arguments[0]), passed(arguments[1]), max_size=2)
    if kind in PARTS:
        return fields(kind).map(lambda given: made(kind, given)) | fields(kind)
    return _PLAIN.get(kind, junk)


def fields(kind: type) -> Strategy:
    """Some of the fields of a part, or of a TypedDict, and now and then one that it lacks."""
    hints = get_type_hints(kind, include_extras=True)
    if issubclass(kind, Part):
        hints = {name: hint for name, hint in hints.items() if name in kind.model_fields}
    known = {name: passed(hint) | junk for name, hint in hints.items()}
    names = st.lists(st.sampled_from([*known, "misspelt"]), max_size=4, unique=True)
    return names.flatmap(
        lambda chosen: st.fixed_dictionaries({name: known.get(name, junk) for name in chosen})
    )


def made(kind: type[Part], given: dict[str, Any]) -> object:
    """The part, or nothing."""
    try:
        return kind(**given)
    except ParameterError:
        return None


def can_be_sent(specification: Specification, options: dict[str, Any]) -> None:
    first, sent = SPECIFICATIONS[specification]
    try:
        made = specification(*first, options)
    except ParameterError:
        return
    try:
        sent(made)
    except ParameterError:
        assert sent is not as_document


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=lambda each: each.__name__)
def test_any_options(specification: Specification) -> None:
    @settings(some, max_examples=100)
    @given(fields(options_of(specification)))
    def holds(given: dict[str, Any]) -> None:
        can_be_sent(specification, given)

    holds()


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=lambda each: each.__name__)
def test_an_odd_option(specification: Specification) -> None:
    for name in get_type_hints(options_of(specification)):
        for odd in ODD:
            can_be_sent(specification, {name: odd})


DICTIONARIES = [
    *({}, {"name": "nofile", "soft": 1}, {"subnet": "10.99.0.0/24"}, {"command": ["true"]}),
    *({"target": "/x"}, {"container": 80}, {"container": 0, "host": 1, "size": 1}, {"name": "x"}),
    *({"host": "/dev/fuse"}, {"type": "c"}, {"destination": "10.9.0.0/16"}, {"hca_handles": 1}),
]
"""What pydantic might make some part of. Callers are to make it themselves."""


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=lambda each: each.__name__)
def test_a_dictionary_instead_of_a_part(specification: Specification) -> None:
    for name in get_type_hints(options_of(specification)):
        for each in DICTIONARIES:
            for value in (each, [each], {"a": each}):
                can_be_sent(specification, {name: value})


@pytest.mark.parametrize("kind", PARTS)
def test_an_odd_field(kind: type[Part]) -> None:
    for name in kind.model_fields:
        for odd in ODD:
            made(kind, {name: odd})


@pytest.mark.parametrize("kind", PARTS)
def test_any_part(kind: type[Part]) -> None:
    @settings(some, max_examples=100)
    @given(fields(kind))
    def holds(given: dict[str, Any]) -> None:
        made(kind, given)

    holds()


@pytest.mark.parametrize("kind", [kind for kind in PARTS if hasattr(kind, "parse")])
def test_any_notation(kind: Any) -> None:
    count = len(signature(kind.parse).parameters)

    @settings(some, max_examples=100)
    @given(st.tuples(*[notations | texts] * count))
    def holds(given: tuple[str, ...]) -> None:
        try:
            part = kind.parse(*given)
        except ParameterError:
            return
        assert isinstance(part, kind)

    holds()


def test_all_specifications_are_tried() -> None:
    named = {getattr(models, name) for name in models.__all__ if name.endswith("_spec")}
    assert named == set(SPECIFICATIONS)
