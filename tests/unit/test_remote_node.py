"""The scripts for remote nodes: quoted, and clean for shellcheck. They run in tests/live."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podlib import ParameterError
from podlib.remote_node import bootstrap_script, run_script

SHELLCHECK = Path(sys.executable).with_name("shellcheck")
ODD = "a'b\"c`id`$(id)$HOME\\ ;|&<>*?[x] #\n-é"

SCRIPTS = {
    "bootstrap": bootstrap_script("podman"),
    "without-socket": bootstrap_script("podman", subids=200_000, socket=False),
    "run": run_script("podman", "alpine", ["echo", "hello"], name="hello"),
    "odd": run_script(
        "podman",
        ODD,
        [ODD, "", "--", "-x"],
        name="n",
        env={"A": ODD},
        network="lab",
        read_only=False,
        memory="64m",
        cpus=0.5,
        pids_limit=10,
        timeout=5,
        remove=True,
    ),
}


@pytest.mark.parametrize("name", list(SCRIPTS))
def test_shellcheck_finds_nothing(name: str) -> None:
    done = subprocess.run(
        [SHELLCHECK, "--shell=sh", "--severity=style", "-"],
        input=SCRIPTS[name],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


def words_of(script: str) -> list[str]:
    """What ``podman create`` would be given, by a real shell."""
    begin = script[: script.index("\nfail()")]
    done = subprocess.run(
        ["sh", "-c", f"{begin}\nprintf '%s\\0' \"$@\""], capture_output=True, check=True
    )
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]


def test_options() -> None:
    assert words_of(SCRIPTS["odd"]) == [
        *("--name", "n", "--pull", "missing", "--network", "lab"),
        *("--env", f"A={ODD}"),
        *("--memory", "64m", "--cpus", "0.5", "--pids-limit", "10", "--timeout", "5"),
        *("--", ODD, ODD, "", "--", "-x"),
    ]
    assert "--read-only" in words_of(SCRIPTS["run"])


WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=30, deadline=None)
@given(st.lists(WORDS, max_size=4), WORDS)
def test_whatever_is_filled_in_is_a_word(command: list[str], value: str) -> None:
    words = words_of(run_script("u", "image", command, name="n", env={"X": value}))
    assert words[words.index("--") + 1 :] == ["image", *command]
    assert f"X={value}" in words


@pytest.mark.parametrize("user", ["", "root", "A", "a b", "-x", "a;b", "a" * 33, "a\n"])
def test_users_that_cannot_be(user: str) -> None:
    with pytest.raises(ParameterError, match="user"):
        bootstrap_script(user)


def test_what_else_cannot_be() -> None:
    with pytest.raises(ParameterError, match="subids"):
        bootstrap_script("u", subids=10)
    with pytest.raises(ParameterError, match="name"):
        run_script("u", "i", name="$(id)")
    with pytest.raises(ParameterError, match="env"):
        run_script("u", "i", name="n", env={"A B": "c"})
    with pytest.raises(ParameterError, match="NUL"):
        run_script("u", "i", ["a\0b"], name="n")
    with pytest.raises(ParameterError, match="image"):
        run_script("u", "", name="n")
