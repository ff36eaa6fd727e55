"""What real servers answered, decoded without them; see tests/recorded."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlib import models
from tests.recorded import (
    Recorded,
    Recording,
    features,
    is_private,
    kind_of,
    on_the_wire,
    recordings,
)

from .strategies import mutants
from .test_properties import MODELS, decodes_or_says_so, mode, some

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORDINGS = recordings()

NOT_RECORDED = {
    "BuildLogLine": "made by podlib",
    "BuildStep": "made by podlib",
    "BuiltImage": "made by podlib",
    "CommittedImage": "made by podlib",
    "DockerBlkioEntry": "no block device is accounted for on the hosts of the tests",
    "DockerWaitError": "a wait that fails has an error status",
    "IdMap": "of rootless services only",
    "NetworkAddress": "of a container with several addresses in one network",
    "Ping": "read from header fields",
    "PulledImage": "made by podlib",
    "PushedImage": "made by podlib",
    "WeightDevice": "the kernels of today have no such weights",
}
"""The models that no recording has, and why."""


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda each: each.name)
@pytest.mark.parametrize("strict", [True, False])
def test_a_recording_fits_its_model_and_is_written_again_as_it_came(
    recording: Recording, strict: bool
) -> None:
    with mode(strict):
        assert on_the_wire(recording.decoded()) == json.loads(recording.path.read_bytes())


def inside(value: object) -> Iterator[type[models.Model]]:
    """The models of a value, and of all that it holds; also those that these are made of."""
    if isinstance(value, models.Model):
        yield from (each for each in type(value).__mro__ if issubclass(each, models.Model))
        for name in type(value).model_fields:
            yield from inside(getattr(value, name))
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from inside(each)
    elif isinstance(value, dict):
        for each in cast("dict[str, object]", value).values():
            yield from inside(each)


def test_every_model_is_in_some_recording() -> None:
    found = {model.__name__ for each in RECORDINGS for model in inside(each.decoded())}
    missing = {model.__name__ for model in MODELS} - found
    assert sorted(missing) == sorted(NOT_RECORDED)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda each: each.name)
def test_a_recording_tells_nothing_of_the_machine_that_it_was_made_on(recording: Recording) -> None:
    assert not is_private(recording.path.read_bytes())


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda each: each.name)
def test_a_broken_recording_is_podlib_s_error(recording: Recording) -> None:
    @some
    @given(mutants(json.loads(recording.path.read_bytes())), st.booleans())
    def holds(data: bytes, strict: bool) -> None:
        decodes_or_says_so(recording.model, data, strict)

    holds()


# -- the recorder ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (models.Info, "Info"),
        (list[models.Info], "Info.list"),
        (dict[str, list[models.Info]], "Info.list.dict"),
        (list[str], ""),
        (int, ""),
    ],
)
def test_the_name_of_what_is_decoded(model: Any, kind: str, tmp_path: Path) -> None:
    assert kind_of(model) == kind
    if kind:
        assert Recording(tmp_path / f"{kind}.2.json").kind == kind
        assert Recording(tmp_path / f"{kind}.json").model == model


def test_features_are_paths_and_types() -> None:
    removed = models.ImageRemoved(deleted=["a"], exit_code=0)
    assert features([removed]) == {
        ": list",
        "[]: ImageRemoved",
        "[].deleted: list",
        "[].deleted[]: str",
        "[].exit_code: int",
    }


def record(folder: Path, *documents: dict[str, Any]) -> list[dict[str, Any]]:
    """What is in the folder once these were answered."""
    recorded = Recorded()
    for document in documents:
        data = json.dumps(document).encode()
        value = models.decode(models.ImageRemoved, data)
        recorded.add("5.8.6", models.ImageRemoved, value, data)
    recorded.add("5.8.6", list[str], ["a"], b'["a"]')
    recorded.write(folder)
    files = sorted(folder.glob("*/*"), reverse=True)
    assert {str(file.relative_to(folder)) for file in files} <= {
        "5.8.6/ImageRemoved.json",
        "5.8.6/ImageRemoved.2.json",
    }
    return [json.loads(file.read_text()) for file in files]


def test_the_shortest_answer_that_shows_most_is_recorded(tmp_path: Path) -> None:
    found = record(tmp_path, {}, {"ExitCode": 123456}, {"ExitCode": 1}, {"ExitCode": 12})
    assert found == [{"ExitCode": 1}]


def test_a_second_answer_is_recorded_if_it_shows_something_else(tmp_path: Path) -> None:
    some_of_it = {"ExitCode": 1, "Untagged": ["c"]}
    assert record(tmp_path, some_of_it, {"Deleted": None}, {"ExitCode": 2}) == [
        some_of_it,
        {"Deleted": None},
    ]


def test_a_recording_stays_until_another_answer_shows_more(tmp_path: Path) -> None:
    first: dict[str, Any] = {"ExitCode": 1, "Untagged": ["c"]}
    assert record(tmp_path, first) == [first]
    assert record(tmp_path, {"ExitCode": 2, "Untagged": ["dd"]}, {}) == [first]
    both = [first, {"Deleted": ["x"]}]
    assert record(tmp_path, both[1]) == both
    more = {**first, "Deleted": ["y"], "Errors": None}
    assert record(tmp_path, more)[0] == more


def test_further_answers_are_recorded_if_they_have_further_models(tmp_path: Path) -> None:
    inner = models.VersionComponent(name="x")
    answers = [
        models.Version(version="1", os="a", arch="b", kernel_version="c", components=[]),
        models.Version(version="1", git_commit="a", go_version="b", experimental=True),
        models.Version(version="1", build_time=None),
        models.Version(version="1", components=[inner]),
    ]
    recorded = Recorded()
    for value in answers:
        data = json.dumps(value.model_dump(by_alias=True)).encode()
        recorded.add("5.8.6", models.Version, models.decode(models.Version, data), data)
    recorded.write(tmp_path)
    found = {each.path.name: each.decoded() for each in recordings(tmp_path)}
    assert found == {
        "Version.json": answers[0],
        "Version.2.json": answers[1],
        "Version.3.json": answers[3],
    }


def test_a_recording_that_no_model_fits_any_more_is_removed(tmp_path: Path) -> None:
    assert record(tmp_path, {"ExitCode": 1}) == [{"ExitCode": 1}]
    file = tmp_path / "5.8.6" / "ImageRemoved.json"
    file.write_text('{"ExitCode": "one"}')
    file.with_name("Imagined.json").write_text("{}")
    assert record(tmp_path, {}) == [{}]
    assert record(tmp_path, {"Errors": None}) == [{"Errors": None}]


def test_a_long_answer_gives_way_to_a_short_one(tmp_path: Path) -> None:
    long = {"ExitCode": 1, "Untagged": ["c" * 50_000]}
    assert record(tmp_path / "a", long) == [long]
    assert record(tmp_path / "b", long, {"ExitCode": 1}) == [{"ExitCode": 1}]


def test_an_answer_that_tells_of_the_machine_is_not_recorded(tmp_path: Path) -> None:
    private = {"Untagged": [str(tmp_path / "pytest-of-me" / "x")]}
    assert record(tmp_path / "a", private, {"ExitCode": 1}) == [{"ExitCode": 1}]
    assert record(tmp_path / "b", {"Untagged": [socket.gethostname()]}) == []
