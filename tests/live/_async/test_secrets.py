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

    from podlib import AsyncPodman
    from podlib.models import SecretFilters
    from tests.testbed import Host

VALUE = "correct horse\nbattery ünïcode\n"


async def names(podman: AsyncPodman) -> set[str]:
    """The names of all secrets."""
    return {each.spec.name for each in await podman.secrets.list()}


async def value(podman: AsyncPodman, image: str, secret: str) -> list[str]:
    """What a container reads in a secret."""
    command = ["od", "-An", "-v", "-tx1", f"/run/secrets/{secret}"]
    container = await run(podman, image, command=command, secrets=[secret], network="none")
    assert await podman.containers.wait(container) == 0
    lines = await said(podman, container)
    await podman.containers.remove(container)
    return [byte for line in lines for byte in line.split()]


def in_hex(data: bytes) -> list[str]:
    """As ``od`` writes it."""
    return [f"{byte:02x}" for byte in data]


# -- create ----------------------------------------------------------------------------------


async def test_create(podman: AsyncPodman, image: str, tmp_path: Path) -> None:
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
        made = await podman.secrets.create(name, data)
        assert (await podman.secrets.inspect(name)).id == made.id
        assert await value(podman, image, name) == in_hex(wanted)
    with path.open("rb") as file:
        await podman.secrets.create("file", file)
    assert await value(podman, image, "file") == in_hex(odd)
    with pytest.raises(ConflictError, match="name in use"):
        await podman.secrets.create("text", "another")


async def test_create_with_options(podman: AsyncPodman, host: Host) -> None:
    folder = "/var/tmp/secrets-of-mine"
    await podman.secrets.create(
        "mine",
        VALUE,
        driver="file",
        driver_options={"path": folder},
        labels={"a": "b", "empty": ""},
    )
    found = await podman.secrets.inspect("mine")
    assert (found.spec.driver.name, found.spec.driver.options) == ("file", {"path": folder})
    assert found.spec.labels == {"a": "b", "empty": ""}
    assert "secretsdata.json" in host.run("ls", folder).stdout
    await podman.secrets.remove("mine")


async def test_create_where_one_is_already(podman: AsyncPodman, image: str) -> None:
    first = await podman.secrets.create("mine", "first")

    async def replace() -> object:
        return await podman.secrets.create("mine", "second", replace=True)

    async def ignore() -> object:
        return await podman.secrets.create("mine", "third", ignore=True)

    if not await lacks(podman, "4.7.0", replace):
        await replace()
        assert await value(podman, image, "mine") == in_hex(b"second")
        found = await podman.secrets.inspect("mine")
        assert found.id != first.id
        assert found.updated_at > found.created_at
    if not await lacks(podman, "5.6.0", ignore):
        await ignore()
        assert await value(podman, image, "mine") == in_hex(b"second")


async def test_secrets_that_cannot_be_made(podman: AsyncPodman, tmp_path: Path) -> None:
    create: Any = podman.secrets.create  # as a caller without a type checker has it
    for wrong in (b"", 512_000 * b"x"):
        with pytest.raises(APIError, match="larger than 0"):
            await create("mine", wrong)
    await create("large", 511_999 * b"x")
    await podman.secrets.remove("large")
    for name in ("a/b", "a,b", "a=b", "", 254 * "x"):
        with pytest.raises(APIError, match="secret name"):
            await create(name, VALUE)
    for driver in ("nonsense", "shell"):
        with pytest.raises(APIError, match=r"driver|config value"):
            await create("mine", VALUE, driver=driver)
    with pytest.raises(FileError, match="No such file"):
        await create("mine", tmp_path / "nothing")
    for data in (None, 5, ["a"], bytearray(b"secret")):
        with pytest.raises(ParameterError, match="data: this must be a text, bytes, a path") as no:
            await create("mine", data)
        assert "secret" not in str(no.value)
    with pytest.raises(ParameterError, match="data: this text cannot be sent") as caught:
        await create("mine", "secret \ud800")
    assert "secret" not in str(caught.value)
    with pytest.raises(ParameterError, match="no 'lables'; did you mean 'labels'"):
        await create("mine", VALUE, lables={})
    with pytest.raises(ParameterError, match="secret options: replace: "):
        await create("mine", VALUE, replace="yes")
    assert await names(podman) == set()


# -- list, inspect, exists, remove -----------------------------------------------------------


async def test_list(podman: AsyncPodman) -> None:
    one = await podman.secrets.create("s-one", VALUE, labels={"a": "b"})
    await podman.secrets.create("s-two", VALUE)

    async def found(**filters: Any) -> set[str]:
        secrets = await podman.secrets.list(filters=cast("SecretFilters", filters))
        return {each.spec.name for each in secrets}

    assert await found() == {"s-one", "s-two"}
    assert await found(name="one") == {"s-one"}
    assert await found(name=["^s-one$", "two"]) == {"s-one", "s-two"}
    assert await found(id=one.id) == {"s-one"}
    assert await found(id=one.id, name="two") == set()
    with pytest.raises(ParameterError, match="filters: there is no 'label'"):
        await found(label="a")
    assert not any(each.secret_data for each in await podman.secrets.list())


async def test_inspect(podman: AsyncPodman) -> None:
    made = await podman.secrets.create("mine", VALUE)
    found = await podman.secrets.inspect("mine")
    assert (found.id, found.spec.name, found.spec.driver.name) == (made.id, "mine", "file")
    assert found.spec.labels == {}
    assert not found.secret_data
    assert abs(datetime.now(UTC) - found.created_at) < timedelta(minutes=5)
    assert found.updated_at == found.created_at
    assert (await podman.secrets.inspect(made.id)).id == made.id
    assert (await podman.secrets.inspect(made.id[:12])).id == made.id
    with pytest.raises(NotFoundError, match="no such secret"):
        await podman.secrets.inspect("nobody")


async def test_inspect_with_the_value(podman: AsyncPodman) -> None:
    await podman.secrets.create("mine", VALUE)
    await podman.secrets.create("odd", b"a\xff\x00b")

    async def show() -> object:
        return await podman.secrets.inspect("mine", showsecret=True)

    if await lacks(podman, "4.7.0", show):
        return
    found = await podman.secrets.inspect("mine", showsecret=True)
    assert found.secret_data == VALUE
    for text in (repr(found), str(found), f"{[found]}"):
        assert "mine" in text
        assert "horse" not in text
    odd = await podman.secrets.inspect("odd", showsecret=True)
    assert list(odd.secret_data) == ["a", "\ufffd", "\0", "b"]


async def test_an_answer_that_fits_no_model_is_kept_secret(
    podman: AsyncPodman, monkeypatch: pytest.MonkeyPatch
) -> None:
    await podman.secrets.create("mine", "horse")
    decode = podlib.models.decode

    def decode_broken(model: Any, _: bytes) -> Any:
        return decode(model, json.dumps({"ID": 5, "SecretData": "horse"}).encode())

    monkeypatch.setattr(podlib.models, "decode", decode_broken)
    with pytest.raises(ResponseModelError) as caught:
        await podman.secrets.inspect("mine")
    error = caught.value
    assert (error.model, error.body_excerpt, error.__cause__) == ("SecretInfo", b"", None)
    assert error.__suppress_context__
    assert "horse" not in f"{error} {error!r} {error.__dict__}"


async def test_exists(podman: AsyncPodman) -> None:
    made = await podman.secrets.create("mine", VALUE)
    assert await podman.secrets.exists("mine")
    assert await podman.secrets.exists(made.id)
    assert await podman.secrets.exists(made.id[:12])
    assert not await podman.secrets.exists("min")
    assert not await podman.secrets.exists("0" * 25)


async def test_remove(podman: AsyncPodman, image: str) -> None:
    made = await podman.secrets.create("mine", "first")
    kept = await run(
        podman,
        image,
        command=["sh", "-c", "sleep 0.5; cat /run/secrets/mine"],
        secrets=["mine"],
        network="none",
    )
    await podman.secrets.remove("mine")
    assert not await podman.secrets.exists("mine")
    assert await podman.containers.wait(kept) == 0
    assert await said(podman, kept) == ["first"]
    for name in ("mine", made.id, "nobody"):
        with pytest.raises(NotFoundError):
            await podman.secrets.remove(name)
    for digits in (25, 12):
        made = await podman.secrets.create("mine", "second")
        await podman.secrets.remove(made.id[:digits])
    assert await names(podman) == set()


async def test_names_that_could_be_ids(podman: AsyncPodman) -> None:
    """The server takes a name that nobody has for the beginning of an id."""
    made = await podman.secrets.create("bystander", VALUE)
    for name in (made.id[:1], made.id[:2], made.id[:11]):
        assert not await podman.secrets.exists(name)
        for call in (podman.secrets.inspect, podman.secrets.remove):
            with pytest.raises(NotFoundError, match="nothing has the name"):
                await call(name)
        other = await podman.secrets.create(name, VALUE)
        assert await podman.secrets.exists(name)
        assert (await podman.secrets.inspect(name)).id == other.id
        await podman.secrets.remove(name)
    assert [each.id for each in await podman.secrets.list()] == [made.id]


async def test_odd_names(podman: AsyncPodman, host: Host) -> None:
    await podman.secrets.create("bystander", VALUE)
    odd = ["json", "create", "remove", "a.b_c-d"]
    strange = ["%", "_", "*", "a b", "ü", "..", ".", "a?b#c", '"', "a\nb", "-x", 253 * "x"]
    if host.version.startswith("4.3"):
        for name in strange:
            with pytest.raises(APIError, match="secret name"):
                await podman.secrets.create(name, VALUE)
    else:
        odd += strange
    for name in (*odd, "by%", "bystande_", "../secrets/bystander"):
        assert not await podman.secrets.exists(name)
        with pytest.raises(NotFoundError):
            await podman.secrets.inspect(name)
        with pytest.raises(APIError, match=r"no such secret|invalid secret name"):
            await podman.secrets.remove(name)
    for name in odd:
        made = await podman.secrets.create(name, VALUE)
        assert await podman.secrets.exists(name)
        assert (await podman.secrets.inspect(name)).id == made.id
        await podman.secrets.remove(name)
    assert await names(podman) == {"bystander"}
