from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from podlib.conditions import apart, in_all

values = st.lists(st.text(max_size=3), min_size=1, max_size=3)


def test_nothing_asked_is_one_question() -> None:
    assert apart(None) == apart({}) == [None]


@given(st.dictionaries(st.sampled_from(["name", "label", "until", "label!"]), values, min_size=1))
def test_conditions_by_themselves(filters: dict[str, list[str]]) -> None:
    conditions = [dict(each or {}) for each in apart(filters)]
    assert all(len(each) == 1 for each in conditions)
    together: dict[str, list[str]] = {}
    for each in conditions:
        for name, part in each.items():
            assert name != "label" or len(part) == 1
            together.setdefault(name, []).extend(part)
    assert together == filters


@given(st.lists(st.lists(st.integers(0, 9), unique=True, max_size=9), min_size=1, max_size=4))
def test_what_is_in_all_answers(answers: list[list[int]]) -> None:
    found = in_all(answers, str)
    assert found == [each for each in answers[0] if all(each in answer for answer in answers)]
