from __future__ import annotations

import pytest

from podlib.errors import ParameterError
from podlib.ignore import IgnoreRules


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("a", "a", True),
        ("a", "a/b/c", True),
        ("a", "b/a", False),
        ("a", "ab", False),
        ("a/", "a", True),
        ("/a", "a", True),
        ("./a", "a", True),
        ("a/../b", "b", True),
        ("  a  ", "a", True),
        ("*", "a", True),
        ("*", "a/b", True),
        ("*.md", "a.md", True),
        ("*.md", "docs/a.md", False),
        ("*/b", "a/b", True),
        ("*/b", "a/c/b", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("**", "a/b", True),
        ("**/b", "b", True),
        ("**/b", "a/b", True),
        ("**/b", "a/c/b", True),
        ("**/b", "ab", False),
        ("**/*.py", "a/b/c.py", True),
        ("a/**", "a/b", True),
        ("a/**", "a", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("[ab].c", "a.c", True),
        ("[ab].c", "c.c", False),
        ("[^ab].c", "c.c", True),
        ("[a-c]x", "bx", True),
        (r"\*", "*", True),
        (r"\*", "a", False),
        ("a.b", "axb", False),
        ("a(b", "a(b", True),
        ("$x", "$x", True),
        ("", "a", False),
        (".", "a", False),
        ("/", "a", False),
        ("é*", "éa", True),
    ],
)
def test_one_pattern(pattern: str, path: str, ignored: bool) -> None:
    assert IgnoreRules([pattern]).ignores(path) is ignored


@pytest.mark.parametrize(
    ("patterns", "path", "ignored"),
    [
        (["*", "!a"], "a", False),
        (["*", "!a"], "b", True),
        (["*", "!a"], "a/b", False),
        (["a", "!a/b"], "a/b", False),
        (["a", "!a/b"], "a/c", True),
        (["*.md", "!README*.md", "README-secret.md"], "README-secret.md", True),
        (["*.md", "README-secret.md", "!README*.md"], "README-secret.md", False),
        (["!a", "a"], "a", True),
        (["a", "! a"], "a", True),
    ],
)
def test_the_last_line_that_matches_counts(patterns: list[str], path: str, ignored: bool) -> None:
    assert IgnoreRules(patterns).ignores(path) is ignored


def test_a_file_with_comments_and_empty_lines() -> None:
    rules = IgnoreRules.parse("# all\n\n*.log\r\n  \n#*.txt\n!keep.log\n")
    assert rules.ignores("a.log")
    assert not rules.ignores("keep.log")
    assert not rules.ignores("a.txt")
    assert rules.takes_back
    assert rules


def test_no_rules() -> None:
    rules = IgnoreRules.parse("# nothing\n")
    assert not rules
    assert not rules.takes_back


def test_a_malformed_pattern_is_named() -> None:
    with pytest.raises(ParameterError, match=r"ignore pattern '\[z-a\]' is malformed"):
        IgnoreRules(["[z-a]"])
