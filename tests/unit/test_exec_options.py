"""What is sent for a further process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from podlib import ParameterError, models

if TYPE_CHECKING:
    from podlib.models import ExecOptions


def test_nothing_but_the_command() -> None:
    assert models.exec_spec(("ls", "-l"), {}) == {"Cmd": ["ls", "-l"]}


def test_all_options() -> None:
    options: ExecOptions = {
        "env": {"A": "b=c", "EMPTY": ""},
        "user": "1:2",
        "workdir": "/",
        "privileged": True,
        "tty": True,
        "detach_keys": "",
    }
    assert models.exec_spec(["sh"], options) == {
        "Cmd": ["sh"],
        "Env": ["A=b=c", "EMPTY="],
        "User": "1:2",
        "WorkingDir": "/",
        "Privileged": True,
        "Tty": True,
        "DetachKeys": "",
    }


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        ("ls", {}, "command"),
        ([], {}, "the command is empty"),
        ([b"ls"], {}, "command"),
        (["ls"], {"usr": "root"}, "no 'usr'; did you mean 'user'"),
        (["ls"], {"tty": "yes"}, "tty"),
        (["ls"], {"env": ["A=b"]}, "env"),
        (["ls"], {"env": {"A=B": "c"}}, "'A=B' is no variable's name"),
        (["ls"], {"env": {"": "c"}}, "'' is no variable's name"),
    ],
)
def test_mistakes(command: Any, options: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        models.exec_spec(command, cast("ExecOptions", options))
