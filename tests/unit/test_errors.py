from __future__ import annotations

import copy
import pickle
import re

import pytest

from podlib import errors
from podlib.errors import PodmanError

EXAMPLES: list[PodmanError] = [
    errors.PodmanError("text"),
    errors.ConnectError("text"),
    errors.TimedOutError("text", limit="head"),
    errors.ClosedError("text"),
    errors.ProtocolError("text"),
    errors.TruncatedError("text"),
    errors.APIError(500, "message", cause="cause", method="GET", path="/x"),
    errors.BadRequestError(400, "message", cause="", method="GET", path="/x"),
    errors.NotFoundError(404, "message", cause="", method="GET", path="/x"),
    errors.NotSupportedError("GET x", needs="5.6.0 or newer", server="4.3.1"),
    errors.ConflictError(409, "message", cause="", method="GET", path="/x"),
    errors.ResponseModelError("Model", "problems", b"body"),
    errors.StreamError("text"),
    errors.BuildError("message", [f"line {i}" for i in range(30)]),
    errors.PullError("text", ["Trying to pull", "Copying"]),
    errors.PushError("text"),
    errors.ParameterError("text"),
    errors.FileError("text", path="/x"),
    errors.MissingPackageError("docker-py", extra="docker"),
    errors.CheckpointArchiveError("text"),
    errors.CheckpointUnsupportedError("text"),
    errors.CheckpointFailedError("web", "stderr"),
    errors.RestoreFailedError("an archive", "stderr", archive_path="/x"),
    errors.MigrationError("text", phase="checkpoint", location="source"),
    errors.BusError("text", status=401),
]


def tree(kind: type[PodmanError]) -> set[type[PodmanError]]:
    return {kind}.union(*(tree(below) for below in kind.__subclasses__()))


def test_every_error_is_public_and_has_an_example_here() -> None:
    ours = {kind for kind in tree(PodmanError) if kind.__module__.startswith("podlib.")}
    assert {kind.__name__ for kind in ours} == set(errors.__all__)
    assert {type(example) for example in EXAMPLES} == ours


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_survive_pickling(error: PodmanError, protocol: int) -> None:
    for again in (
        pickle.loads(pickle.dumps(error, protocol)),  # noqa: S301 -- our own bytes
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
        assert again.args == error.args


def test_the_drawing_shows_the_tree() -> None:
    drawing = re.findall(r"^ {4}([│├└─ ]*)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    above: list[str] = []
    drawn: dict[str, str] = {}
    for lines, name in drawing:
        depth = len(lines) // 4
        above = [*above[:depth], name]
        drawn[name] = above[-2] if depth else "Exception"
    assert drawn == {
        kind.__name__: kind.__bases__[0].__name__
        for kind in (getattr(errors, name) for name in errors.__all__)
    }


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [(errors.TimedOutError, TimeoutError), (errors.ParameterError, ValueError)],
)
def test_errors_that_python_has_a_word_for(
    kind: type[PodmanError], builtin: type[Exception]
) -> None:
    assert issubclass(kind, builtin)


def test_errors_within_a_report_have_what_came_before() -> None:
    assert errors.PullError("text", ["Trying to pull", "Copying"]).log == [
        "Trying to pull",
        "Copying",
    ]
    assert errors.StreamError("text").log == errors.PushError("text").log == []
    assert str(errors.PushError("text", ["Copying"])) == "text"


def test_a_build_error_shows_the_end_of_its_log() -> None:
    error = errors.BuildError("no such file", [f"line {i}" for i in range(30)])
    assert "line 29" in str(error)
    assert "line 10" in str(error)
    assert "line 9\n" not in str(error)
    assert len(error.log) == 30
    assert str(errors.BuildError("no such file", [])) == "no such file"
