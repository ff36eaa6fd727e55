# Generated from tests/live/_async/test_secrets.py: edit there.
"""Secrets on real services: made, read, given to containers, removed."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

import podlib.models
from podlib import (
    APIError,
    ConflictError,
    FileError,
    NotFoundError,
    ParameterError,
    ResponseModelError,
)

from .steps import lacks, run, said

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import Podman
    from podlib.models import SecretFilters
    from tests.testbed import Host

VALUE = "correct horse\nbattery ünïcode\n"


def names(podman: Podman) -> set[str]:
    """The names of all secrets."""
    return {each.spec.name for each in podman.secrets.list()}


def value(podman: Podman, image: str, secret: str) -> list[str]:
    """What a container reads in a secret."""
    command = ["od", "-An", "-v", "-tx1", f"/run/secrets/{secret}"]
    container = run(podman, image, command=command, secrets=[secret], network="none")
    assert podman.containers.wait(container) == 0
    lines = said(podman, container)
    podman.containers.remove(container)
    return [byte for line in lines for byte in line.split()]


def in_hex(data: bytes) -> list[str]:
    """As ``od`` writes it."""
    return [f"{byte:02x}" for byte in data]


# -- create ----------------------------------------------------------------------------------


def test_create(podman: Podman, image: str, tmp_path: Path) -> None:
    odd = bytes(range(256))
    path = tmp_path / "value"
    path.write_bytes(odd)
    texts: dict[str, tuple[Any, bytes]] = {
        "text": (VALUE, VALUE.encode()),
        "bytes": (odd, odd),
        "path": (path, odd),
        "open": (io.BytesIO(odd), odd),
        "form": ("a=b&c=d", b"a=b&c=d"),
    }
    for name, (data, wanted) in texts.items():
        made = podman.secrets.create(name, data)
        assert (podman.secrets.inspect(name)).id == made.id
        assert value(podman, image, name) == in_hex(wanted)
    with path.open("rb") as file:
        podman.secrets.create("file", file)
    assert value(podman, image, "file") == in_hex(odd)
    with pytest.raises(ConflictError, match="name in use"):
        podman.secrets.create("text", "another")


def test_create_with_options(podman: Podman, host: Host) -> None:
    folder = "/var/tmp/secrets-of-mine"
    podman.secrets.create(
        "mine",
        VALUE,
        driver="file",
        driver_options={"path": folder},
        labels={"a": "b", "empty": ""},
    )
    found = podman.secrets.inspect("mine")
    assert (found.spec.driver.name, found.spec.driver.options) == ("file", {"path": folder})
    assert found.spec.labels == {"a": "b", "empty": ""}
    assert "secretsdata.json" in host.run("ls", folder).stdout
    podman.secrets.remove("mine")


def test_create_where_one_is_already(podman: Podman, image: str) -> None:
    first = podman.secrets.create("mine", "first")

    def replace() -> object:
        return podman.secrets.create("mine", "second", replace=True)

    def ignore() -> object:
        return podman.secrets.create("mine", "third", ignore=True)

    if not lacks(podman, "4.7.0", replace):
        replace()
        assert value(podman, image, "mine") == in_hex(b"second")
        found = podman.secrets.inspect("mine")
        assert found.id != first.id
        assert found.updated_at > found.created_at
    if not lacks(podman, "5.6.0", ignore):
        ignore()
        assert value(podman, image, "mine") == in_hex(b"second")


def test_secrets_that_cannot_be_made(podman: Podman, tmp_path: Path) -> None:
    create: Any = podman.secrets.create  # as a caller without a type checker has it
    for wrong in (b"", 512_000 * b"x"):
        with pytest.raises(APIError, match="larger than 0"):
            create("mine", wrong)
    create("large", 511_999 * b"x")
    podman.secrets.remove("large")
    for name in ("a/b", "a,b", "a=b", "", 254 * "x"):
        with pytest.raises(APIError, match="secret name"):
            create(name, VALUE)
    for driver in ("nonsense", "shell"):
        with pytest.raises(APIError, match=r"driver|config value"):
            create("mine", VALUE, driver=driver)
    with pytest.raises(FileError, match="No such file"):
        create("mine", tmp_path / "nothing")
    for data in (None, 5, ["a"], bytearray(b"secret")):
        with pytest.raises(ParameterError, match="data: this must be a text, bytes, a path") as no:
            create("mine", data)
        assert "secret" not in str(no.value)
    with pytest.raises(ParameterError, match="data: this text cannot be sent") as caught:
        create("mine", "secret \ud800")
    assert "secret" not in str(caught.value)
    with pytest.raises(ParameterError, match="no 'lables'; did you mean 'labels'"):
        create("mine", VALUE, lables={})
    with pytest.raises(ParameterError, match="secret options: replace: "):
        create("mine", VALUE, replace="yes")
    assert names(podman) == set()


# -- list, inspect, exists, remove -----------------------------------------------------------


def test_list(podman: Podman) -> None:
    one = podman.secrets.create("s-one", VALUE, labels={"a": "b"})
    podman.secrets.create("s-two", VALUE)

    def found(**filters: Any) -> set[str]:
        secrets = podman.secrets.list(filters=cast("SecretFilters", filters))
        return {each.spec.name for each in secrets}

    assert found() == {"s-one", "s-two"}
    assert found(name="one") == {"s-one"}
    assert found(name=["^s-one$", "two"]) == {"s-one", "s-two"}
    assert found(id=one.id) == {"s-one"}
    assert found(id=one.id, name="two") == set()
    with pytest.raises(ParameterError, match="filters: there is no 'label'"):
        found(label="a")
    assert not any(each.secret_data for each in podman.secrets.list())


def test_inspect(podman: Podman) -> None:
    made = podman.secrets.create("mine", VALUE)
    found = podman.secrets.inspect("mine")
    assert (found.id, found.spec.name, found.spec.driver.name) == (made.id, "mine", "file")
    assert found.spec.labels == {}
    assert not found.secret_data
    assert abs(datetime.now(UTC) - found.created_at) < timedelta(minutes=5)
    assert found.updated_at == found.created_at
    assert (podman.secrets.inspect(made.id)).id == made.id
    assert (podman.secrets.inspect(made.id[:12])).id == made.id
    with pytest.raises(NotFoundError, match="no such secret"):
        podman.secrets.inspect("nobody")


def test_inspect_with_the_value(podman: Podman) -> None:
    podman.secrets.create("mine", VALUE)
    podman.secrets.create("odd", b"a\xff\x00b")

    def show() -> object:
        return podman.secrets.inspect("mine", showsecret=True)

    if lacks(podman, "4.7.0", show):
        return
    found = podman.secrets.inspect("mine", showsecret=True)
    assert found.secret_data == VALUE
    for text in (repr(found), str(found), f"{[found]}"):
        assert "mine" in text
        assert "horse" not in text
    odd = podman.secrets.inspect("odd", showsecret=True)
    assert list(odd.secret_data) == ["a", "\ufffd", "\0", "b"]


def test_an_answer_that_fits_no_model_is_kept_secret(
    podman: Podman, monkeypatch: pytest.MonkeyPatch
) -> None:
    podman.secrets.create("mine", "horse")
    decode = podlib.models.decode

    def decode_broken(model: Any, _: bytes) -> Any:
        return decode(model, json.dumps({"ID": 5, "SecretData": "horse"}).encode())

    monkeypatch.setattr(podlib.models, "decode", decode_broken)
    with pytest.raises(ResponseModelError) as caught:
        podman.secrets.inspect("mine")
    error = caught.value
    assert (error.model, error.body_excerpt, error.__cause__) == ("SecretInfo", b"", None)
    assert error.__suppress_context__
    assert "horse" not in f"{error} {error!r} {error.__dict__}"


def test_exists(podman: Podman) -> None:
    made = podman.secrets.create("mine", VALUE)
    assert podman.secrets.exists("mine")
    assert podman.secrets.exists(made.id)
    assert podman.secrets.exists(made.id[:12])
    assert not podman.secrets.exists("min")
    assert not podman.secrets.exists("0" * 25)


def test_remove(podman: Podman, image: str) -> None:
    made = podman.secrets.create("mine", "first")
    kept = run(
        podman,
        image,
        command=["sh", "-c", "sleep 0.5; cat /run/secrets/mine"],
        secrets=["mine"],
        network="none",
    )
    podman.secrets.remove("mine")
    assert not podman.secrets.exists("mine")
    assert podman.containers.wait(kept) == 0
    assert said(podman, kept) == ["first"]
    for name in ("mine", made.id, "nobody"):
        with pytest.raises(NotFoundError):
            podman.secrets.remove(name)
    for digits in (25, 12):
        made = podman.secrets.create("mine", "second")
        podman.secrets.remove(made.id[:digits])
    assert names(podman) == set()


def test_names_that_could_be_ids(podman: Podman) -> None:
    """The server takes a name that nobody has for the beginning of an id."""
    made = podman.secrets.create("bystander", VALUE)
    for name in (made.id[:1], made.id[:2], made.id[:11]):
        assert not podman.secrets.exists(name)
        for call in (podman.secrets.inspect, podman.secrets.remove):
            with pytest.raises(NotFoundError, match="nothing has the name"):
                call(name)
        other = podman.secrets.create(name, VALUE)
        assert podman.secrets.exists(name)
        assert (podman.secrets.inspect(name)).id == other.id
        podman.secrets.remove(name)
    assert [each.id for each in podman.secrets.list()] == [made.id]


def test_odd_names(podman: Podman, host: Host) -> None:
    podman.secrets.create("bystander", VALUE)
    odd = ["json", "create", "remove", "a.b_c-d"]
    strange = ["%", "_", "*", "a b", "ü", "..", ".", "a?b#c", '"', "a\nb", "-x", 253 * "x"]
    if host.version.startswith("4.3"):
        for name in strange:
            with pytest.raises(APIError, match="secret name"):
                podman.secrets.create(name, VALUE)
    else:
        odd += strange
    for name in (*odd, "by%", "bystande_", "../secrets/bystander"):
        assert not podman.secrets.exists(name)
        with pytest.raises(NotFoundError):
            podman.secrets.inspect(name)
        with pytest.raises(APIError, match=r"no such secret|invalid secret name"):
            podman.secrets.remove(name)
    for name in odd:
        made = podman.secrets.create(name, VALUE)
        assert podman.secrets.exists(name)
        assert (podman.secrets.inspect(name)).id == made.id
        podman.secrets.remove(name)
    assert names(podman) == {"bystander"}
