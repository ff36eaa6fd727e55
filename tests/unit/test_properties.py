"""Whatever a server sends: a value that is written again as it came, or podlib's own error."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from podlib import models
from podlib.errors import ResponseModelError
from tests.recorded import on_the_wire

from .strategies import answers, mutants, values

if TYPE_CHECKING:
    from collections.abc import Generator

MODELS = [
    model
    for name in models.__all__
    if isinstance(model := getattr(models, name), type) and issubclass(model, models.Model)
]
ODD = [
    *("null", "true", "[]", "{}", "[null]", '{"": null}', '""', '"\\u0000"', '"\\ud800"', '"\xff"'),
    *("0", "-1", "0.5", "1e308", "1e400", "-1e400", "NaN", "Infinity", "20000000000"),
    *("9223372036854775808", "-9223372036854775809", "9" * 40, "-" + "9" * 400, "9" * 5000),
    *('"0001-01-01T00:00:00Z"', '"0001-01-01T00:00:01+23:59"', '"9999-12-31T23:59:59-14:00"'),
    *('"2026-01-01T00:00:00"', '"2026-13-01T00:00:00Z"', '"2026-01-01T00:00:00+99:00"'),
    *("[" * 190 + "]" * 190, "[" * 5000 + "]" * 5000, '{"a":' * 150 + "1" + "}" * 150),
]
"""Values that some field, somewhere, may stumble over."""

some = settings(
    deadline=None,
    database=None,
    print_blob=True,
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@contextmanager
def mode(strict: bool) -> Generator[None]:
    models.set_strict(strict)
    try:
        yield
    finally:
        models.set_strict(True)


def decodes_or_says_so(model: Any, data: bytes, strict: bool) -> None:
    with mode(strict):
        try:
            value: object = models.decode(model, data)
        except ResponseModelError:
            return
        assert json.dumps(on_the_wire(value))
        assert to_json(value)


@pytest.mark.parametrize("model", MODELS)
def test_an_answer_survives_a_round_trip(model: type[models.Model]) -> None:
    @some
    @given(answers(model))
    def holds(document: dict[str, Any]) -> None:
        value = models.decode(model, json.dumps(document).encode())
        again = value.model_dump(by_alias=True)
        assert again == document
        assert models.decode(model, json.dumps(again).encode()) == value

    holds()


@pytest.mark.parametrize("model", MODELS)
def test_a_broken_answer_is_podlib_s_error(model: type[models.Model]) -> None:
    @some
    @given(answers(model).flatmap(mutants), st.booleans())
    def holds(data: bytes, strict: bool) -> None:
        decodes_or_says_so(model, data, strict)

    holds()


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("model", MODELS)
def test_an_odd_value_is_podlib_s_error(model: type[models.Model], strict: bool) -> None:
    for name, field in model.model_fields.items():
        for odd in ODD:
            data = f'{{"{field.alias or name}": {odd}}}'.encode("latin-1")
            decodes_or_says_so(model, data, strict)


@settings(some, max_examples=300)
@given(st.sampled_from(MODELS), st.binary() | values.map(json.dumps).map(str.encode), st.booleans())
def test_any_bytes_are_podlib_s_error(model: type[models.Model], data: bytes, strict: bool) -> None:
    decodes_or_says_so(model, data, strict)
