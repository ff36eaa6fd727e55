"""How the words of ``migrate`` become ways and options of a move, and how its data looks."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from podlib import models
from podlib.cli.call import Call
from podlib.cli.failures import UsageError
from podlib.cli.moving import COMMANDS, _calls, _move_options, _way
from podlib.cli.parser import Parser

MIGRATE = COMMANDS["migrate"]


def call(*words: str) -> Call:
    parser = Parser("podlib migrate", "")
    assert MIGRATE.options is not None
    MIGRATE.options(parser)
    options = argparse.Namespace(
        socket=None, connection=None, transient=False, output=None, debug=False
    )
    return Call(parser.parse_args(["web", "there", *words], options), json=True)


def test_ways() -> None:
    assert _way(call()) is None
    words = ["--through-file", "web.tar", "--compress", "zstd", "--keep"]
    assert _way(call(*words)) == models.ThroughFile("web.tar", "zstd", keep=True)
    words = ["--through-registry", "reg.example/a:1", "--no-tls-verify"]
    assert _way(call(*words)) == models.ThroughRegistry("reg.example/a:1", tls_verify=False)


@pytest.mark.parametrize(
    "words",
    [
        "--through-file a --through-registry reg.example/a:1",
        "--keep",
        "--compress gzip",
        "--no-tls-verify",
    ],
)
def test_ways_that_are_none(words: str) -> None:
    with pytest.raises(UsageError):
        _way(call(*words.split()))


def test_all_options_of_a_move() -> None:
    names = [*models.MoveOptions.__annotations__]
    flags = [each for each in names if each not in ("name", "pod", "publish")]
    words = [f"--{each.replace('_', '-')}" for each in flags]
    words += ["--name", "new", "--pod", "p", "-p", "1:2", "--publish", "3:4"]
    options = _move_options(call(*words))
    assert options == {
        **dict.fromkeys(flags, True),
        "name": "new",
        "pod": "p",
        "publish": ["1:2", "3:4"],
    }
    assert _move_options(call()) == {}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"text": "the plan", "can_move": True}, "the plan"),
        (
            {"name": "web", "location": "source", "did": []},
            "web is on the source: there was nothing to do",
        ),
        (
            {"name": "web", "location": "target", "did": ["a", "b"]},
            "web is on the target: a; b",
        ),
        (
            {"name": "web", "frozen": 0.51},
            "web runs on the target; it stood still for 0.51 s",
        ),
    ],
    ids=["plan", "nothing", "recovered", "moved"],
)
def test_what_people_see(data: dict[str, Any], text: str) -> None:
    assert MIGRATE.show(data) == text


@pytest.mark.parametrize("words", ["--name x", "--pod x", "--publish 1:2", "--leave-running"])
def test_what_is_of_a_single_container(words: str) -> None:
    with pytest.raises(UsageError, match="are of a single container"):
        _calls(call("--as", "project", *words.split()))


def test_a_recovery_is_never_taken_for_a_dry_run() -> None:
    with pytest.raises(UsageError, match="--recover would do is not told"):
        MIGRATE.run(call("--recover", "--dry-run"))
