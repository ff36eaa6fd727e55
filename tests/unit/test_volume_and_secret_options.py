from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podlib import models
from podlib.errors import ParameterError, ResponseModelError
from podlib.models import SecretInfo, secret_spec, volume_spec

TIME = "2026-01-02T03:04:05.123456789Z"

some_text = st.text(max_size=5)
mappings = st.dictionaries(some_text, some_text, max_size=3)
volume_options = st.fixed_dictionaries(
    {},
    optional={
        "driver": some_text,
        "options": mappings,
        "labels": mappings,
        "uid": st.integers(0, 2**31),
        "gid": st.integers(0, 2**31),
        "ignore_if_exists": st.booleans(),
    },
)
secret_options = st.fixed_dictionaries(
    {},
    optional={
        "driver": some_text,
        "driver_options": mappings,
        "labels": mappings,
        "replace": st.booleans(),
        "ignore": st.booleans(),
    },
)
VOLUME = ("Driver", "Options", "Labels", "UID", "GID", "IgnoreIfExists")
SECRET = ("driver", "driveropts", "labels", "replace", "ignore")


@settings(deadline=None)
@given(some_text, volume_options)
def test_a_volumes_specification(name: str, options: Any) -> None:
    spec = volume_spec(name, options)
    assert spec.pop("Name") == name
    assert spec.keys() <= set(VOLUME)
    assert list(json.loads(json.dumps(spec)).values()) == [
        options[option] for option in models.VolumeOptions.__annotations__ if option in options
    ]


@settings(deadline=None)
@given(some_text, secret_options)
def test_a_secrets_query(name: str, options: Any) -> None:
    asked = secret_spec(name, options)
    assert asked.pop("name") == name
    assert asked.keys() <= set(SECRET)
    assert list(asked.values()) == [
        options[option] for option in models.SecretOptions.__annotations__ if option in options
    ]


def test_the_servers_names() -> None:
    names = models.VolumeOptions.__annotations__
    given: Any = dict(zip(names, ("local", {"a": "b"}, {}, 0, 5, True), strict=True))
    wanted = dict(zip(VOLUME, given.values(), strict=True))
    assert volume_spec("data", given) == {"Name": "data", **wanted}
    names = models.SecretOptions.__annotations__
    given = dict(zip(names, ("file", {"path": "/x"}, {}, True, False), strict=True))
    wanted = dict(zip(SECRET, given.values(), strict=True))
    assert secret_spec("mine", given) == {"name": "mine", **wanted}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lables": {}}, "volume options: there is no 'lables'; did you mean 'labels'"),
        ({"labels": {"a": 1}}, "volume options: labels: "),
        ({"options": "type=tmpfs"}, "volume options: options: "),
        ({"uid": -1}, "volume options: uid: "),
        ({"gid": "5"}, "volume options: gid: "),
        ({"ignore_if_exists": 1}, "volume options: ignore_if_exists: "),
    ],
)
def test_volumes_that_cannot_be_right(options: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        volume_spec("data", options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lables": {}}, "secret options: there is no 'lables'; did you mean 'labels'"),
        ({"driver_options": {"a": None}}, "secret options: driver_options: "),
        ({"replace": "yes"}, "secret options: replace: "),
    ],
)
def test_secrets_that_cannot_be_right(options: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        secret_spec("mine", options)


# -- what is secret ----------------------------------------------------------------------------


def answer(**fields: object) -> bytes:
    document = {"ID": "7e20", "CreatedAt": TIME, "UpdatedAt": TIME, "Spec": {"Name": "mine"}}
    return json.dumps({**document, **fields}).encode()


def test_a_secrets_value_is_in_no_text() -> None:
    found = models.decode(SecretInfo, answer(SecretData="horse"))
    assert found.secret_data.split() == ["horse"]
    for text in (repr(found), str(found), f"{found!r:>9}", repr([found]), repr({"a": found})):
        assert "mine" in text
        assert "horse" not in text
    assert found.model_dump(by_alias=True)["SecretData"] == "horse"


def test_errors_name_fields_and_no_values() -> None:
    with pytest.raises(ResponseModelError) as caught:
        models.decode(SecretInfo, answer(ID=5, SecretData="horse"))
    assert "horse" not in str(caught.value)
