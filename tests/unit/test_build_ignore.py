from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlib.build.contexts import sending
from podlib.build.ignore import Ignore, literally, patterns_of
from podlib.errors import ParameterError
from podlib.http.common import Readable
from tests.ignore_files import LEFT_OUT, SENT_ALL_THE_SAME, TREE, make

if TYPE_CHECKING:
    from pathlib import Path

READ_BY_THE_SERVER = {"Containerfile", ".containerignore"}
"""They are sent whatever the patterns say."""


@pytest.mark.parametrize("ignore_file", LEFT_OUT)
def test_what_podman_leaves_out(tmp_path: Path, ignore_file: str) -> None:
    make(tmp_path, ignore_file)
    body = sending("5.8.6", tmp_path, {}, {}).body
    assert not isinstance(body, Readable)
    with tarfile.open(fileobj=io.BytesIO(b"".join(body))) as archive:
        found = {each.name for each in archive if not each.isdir()}
    more = SENT_ALL_THE_SAME.get(ignore_file, set())
    assert found == TREE - LEFT_OUT[ignore_file] | more | READ_BY_THE_SERVER


def test_lines_of_an_ignore_file() -> None:
    assert patterns_of("") == []
    assert patterns_of("# a\n\n/a/\n//\nb \n !c") == ["a", "b ", " !c"]


def test_folders_that_need_not_be_looked_into() -> None:
    ignore = Ignore(["*", "!a/b/c", "!d*/x", "!e", "e/f"])
    assert [each for each in ("a", "a/b", "d", "e", "e/f", "g") if ignore.passes_over(each)] == [
        *("e/f", "g")
    ]
    assert not Ignore(["a", "!(a|b)/c"]).passes_over("a")
    assert not Ignore().passes_over("a")


def test_what_is_below_what_is_left_out() -> None:
    ignore = Ignore(["a"])
    assert ignore.leaves_out("a/b/c")
    assert not ignore.leaves_out("ab")
    assert not ignore.leaves_out("b/a")


@pytest.mark.parametrize("name", ["a*", "[a]", "a?", "a\\", "{a}", "a.b", "#", "!", "ä^"])
def test_a_name_literally(name: str) -> None:
    ignore = Ignore(["*", f"!x/{literally(name)}"])
    assert not ignore.leaves_out(f"x/{name}")
    assert ignore.leaves_out("x/ax")


@pytest.mark.parametrize(
    "pattern",
    ["!", "!/", "a[", "a[]", "a[]b]", "[-a]", "[a-]", "[^]", "[a\\", "a\\", "(", "a)", "[b-a]"],
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ParameterError, match="is no pattern of files"):
        Ignore([pattern])


def test_a_class_is_a_set_of_characters() -> None:
    assert Ignore(["[[&~a]"]).leaves_out("[")
    assert Ignore(["[a-c]"]).leaves_out("b")
    assert not Ignore(["[^a-c]"]).leaves_out("b")


patterns = st.text("ab/.*?![]^-\\(|+ é", max_size=12)


@given(st.lists(patterns, max_size=5), st.text("ab/é", min_size=1, max_size=8))
def test_any_patterns(given: list[str], name: str) -> None:
    try:
        ignore = Ignore(given)
    except ParameterError:
        return
    assert isinstance(ignore.leaves_out(name), bool)
    if ignore.passes_over(name):
        assert ignore.leaves_out(name)


@given(
    st.lists(st.sampled_from(["a", "*", "!a/b", "b*", "!**/b", "?", "!b", "[ab]/b"]), max_size=5)
)
def test_nothing_is_lost_below_a_folder_that_is_passed_over(given: list[str]) -> None:
    ignore = Ignore(given)
    for folder in ("a", "b", "a/b"):
        if ignore.passes_over(folder):
            assert all(ignore.leaves_out(f"{folder}/{name}") for name in ("a", "b", "b/b", "c"))
