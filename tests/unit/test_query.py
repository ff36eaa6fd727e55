from __future__ import annotations

import json
import math
import string
from datetime import UTC, datetime, timedelta, timezone
from pathlib import PurePosixPath
from typing import Any, TypedDict
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from podlib.errors import ParameterError, PodmanError
from podlib.http.wire import request_head
from podlib.query import duration, filters, flag, path, query

ROUTES = ["images/{}", "images/{}/json", "volumes/{}/json", "networks/{}", "exec/{}/start"]
LITERALS = ["json", "remove", "prune", "load", "import", "export", "pull", "search", "stats"]

names = st.one_of(
    st.text(min_size=1),
    st.text("./%?#{} \\\r\n\0;&+:@~", min_size=1, max_size=10),
    st.sampled_from([*LITERALS, ".", "..", "...", "a/../b", "%2e%2e", "%2F", "localhost/a:b"]),
)


# -- paths ---------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ROUTES), names)
@example("images/{}", "../containers/x")
@example("images/{}", "a?force=true")
@example("images/{}", "a#b")
@example("images/{}", "{}")
@example("images/{}/json", "a/../../..")
def test_no_name_leads_to_another_route(route: str, name: str) -> None:
    try:
        made = path(route, name)
    except ParameterError:
        return
    assert made.isascii()
    assert set(made) <= set(string.ascii_letters + string.digits + "%/_.-~")
    segments, template = made.split("/"), route.split("/")
    assert len(segments) == len(template)
    at = template.index("{}")
    assert [s for i, s in enumerate(segments) if i != at] == [s for s in template if s != "{}"]
    assert unquote(segments[at]) == name
    assert segments[at] not in {*LITERALS, ".", ".."}
    request_head("GET", "/v5.4.2/libpod/" + made)  # fits into a request


@pytest.mark.parametrize("name", [*LITERALS, ".", ".."])
def test_a_name_is_never_taken_for_a_word_of_a_route(name: str) -> None:
    made = path("images/{}", name).partition("/")[2]
    assert made != name
    assert "." not in made
    assert unquote(made) == name


@pytest.mark.parametrize("name", ["web", "Web_1.2-x", "0f" * 32, "json", "remove"])
def test_a_containers_name(name: str) -> None:
    assert unquote(path("containers/{}/start", name)) == f"containers/{name}/start"


@pytest.mark.parametrize(
    "name",
    ["", "%", "_", "_web", "-web", ".", "..", "a/b", "a b", "a%2fb", "a?b", "ü", "web\n", "*"],
)
def test_what_can_be_no_containers_name_is_refused(name: str) -> None:
    """The server would take some of them for a pattern that fits any container."""
    with pytest.raises(ParameterError):
        path("containers/{}", name)


@pytest.mark.parametrize("name", ["", "\ud800"])
def test_what_can_be_no_name_is_refused(name: str) -> None:
    with pytest.raises(ParameterError):
        path("images/{}/json", name)


def test_two_names() -> None:
    assert path("a/{}/b/{}", "x/{}", "y") == "a/x%2F%7B%7D/b/y"


@pytest.mark.parametrize("given", [(), ("a", "b")])
def test_names_and_places_must_agree(given: tuple[str, ...]) -> None:
    with pytest.raises(ParameterError):
        path("images/{}", *given)


# -- queries -------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=4))
def test_a_query_decodes_to_what_was_given(parameters: dict[str, str]) -> None:
    try:
        made = query(parameters)
    except PodmanError:
        assert not (str(parameters).isascii()), "only what is no text is refused"
        return
    split = urlsplit("/" + made)
    assert split.fragment == ""
    assert parse_qsl(split.query, keep_blank_values=True) == [*parameters.items()]
    request_head("GET", "/" + made)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("a b&c=d", "?x=a+b%26c%3Dd"),
        (True, "?x=true"),
        (False, "?x=false"),
        (0, "?x=0"),
        (-1, "?x=-1"),
        (1.5, "?x=1.5"),
        ("", "?x="),
        (None, ""),
        ([], ""),
        (["a", "b&"], "?x=a&x=b%26"),
        (("a",), "?x=a"),
        ([True, 2], "?x=true&x=2"),
        (PurePosixPath("/a b"), "?x=%2Fa+b"),
        (timedelta(minutes=1.5), "?x=90.0"),
        (datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC), "?x=1767323045.5"),
        (datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "?x=0.0"),
    ],
)
def test_values_of_a_query(value: object, wanted: str) -> None:
    assert query({"x": value}) == wanted


def test_mappings_are_sent_as_json() -> None:
    made = query({"filters": {"label": ["a=b", "c"], "status": ["running"]}, "all": True})
    pairs = dict(parse_qsl(made[1:]))
    assert json.loads(pairs["filters"]) == {"label": ["a=b", "c"], "status": ["running"]}
    assert pairs["all"] == "true"


@pytest.mark.parametrize(
    "value",
    [
        b"bytes",
        object(),
        {1, 2},
        datetime(2026, 1, 1),
        {"a": {1}},
        "\ud800",
        [b"x"],
    ],
)
def test_what_cannot_be_sent_is_a_parameter_error(value: object) -> None:
    with pytest.raises(ParameterError):
        query({"x": value})


class Known(TypedDict, total=False):
    label: str
    left: None
    dangling: bool
    pod: int


def test_a_filter_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ParameterError, match="no 'lable'; did you mean 'label'"):
        filters({"lable": "a"}, Known)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (None, None),
        ({}, None),
        ({"label": "a=b"}, {"label": ["a=b"]}),
        ({"label": ["a=b", "c=d"]}, {"label": ["a=b", "c=d"]}),
        ({"label": ("a", "b"), "left": None}, {"label": ["a", "b"]}),
        ({"dangling": True, "pod": 3}, {"dangling": ["true"], "pod": ["3"]}),
    ],
)
def test_filters_are_lists_of_texts(given: dict[str, Any] | None, wanted: object) -> None:
    assert filters(given, Known) == wanted


def test_durations() -> None:
    assert duration(None) is None
    assert duration(0.5) == "500ms"
    assert duration(timedelta(minutes=1)) == "60000ms"
    for wrong in (-1, math.inf, math.nan, timedelta(seconds=-1)):
        with pytest.raises(ParameterError):
            duration(wrong)


def test_flags() -> None:
    assert [flag(value) for value in (None, True, False)] == [None, "true", "false"]
