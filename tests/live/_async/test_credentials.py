"""Registries that ask who is there: credentials on their way through real services."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, BuildError, Credentials, FileError, PullError, StreamError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from podlib import AsyncPodman
    from tests.testbed import Host

SECRET = "drag+on/?:>~ü"  # noqa: S105 -- of registries that live as long as a test
RIGHT = Credentials("ann", SECRET)
REFUSED = r"unauthorized|authentication required"


@pytest.fixture(autouse=True)
def auth_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's only auth file, which is not there yet."""
    path = tmp_path / "auth.json"
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(path))
    return path


@pytest.fixture
async def private(podman: AsyncPodman, host: Host, image: str) -> str:
    """An image in a registry that wants credentials."""
    name = f"{host.registry(user='ann', password=SECRET)}/org/box:latest"
    await podman.images.push(image, name, tls_verify=False, credentials=RIGHT)
    return name


def write(path: Path, **users: str) -> None:
    """An auth file: ``user:password`` by registry; without any, it is none."""
    auths = {key: {"auth": b64encode(each.encode()).decode()} for key, each in users.items()}
    path.write_text(json.dumps({"auths": auths}) if users else SECRET)


async def test_right_ones(podman: AsyncPodman, image: str, private: str) -> None:
    pulled = await podman.images.pull(private, tls_verify=False, credentials=RIGHT)
    assert pulled.id == (await podman.images.inspect(image)).id
    assert private in (await podman.images.inspect(image)).repo_tags
    found = await podman.images.search(
        private.removesuffix(":latest"), list_tags=True, tls_verify=False, credentials=RIGHT
    )
    assert [(each.name, each.tag) for each in found] == [
        (private.removesuffix(":latest"), "latest")
    ]


@pytest.mark.parametrize(
    "wrong", [None, Credentials("ann", f"{SECRET}!"), Credentials("bob", SECRET)], ids=repr
)
async def test_wrong_ones(
    podman: AsyncPodman, image: str, private: str, wrong: Credentials | None
) -> None:
    with pytest.raises(PullError, match=REFUSED) as caught:
        await podman.images.pull(private, tls_verify=False, credentials=wrong)
    for text in (str(caught.value), repr(caught.value), repr(vars(caught.value))):
        assert SECRET not in text
    with pytest.raises(StreamError, match=REFUSED) as refused:
        await podman.images.push(image, private, tls_verify=False, credentials=wrong)
    for text in (str(refused.value), repr(refused.value), repr(vars(refused.value))):
        assert SECRET not in text


async def test_those_of_the_user(podman: AsyncPodman, private: str, auth_file: Path) -> None:
    address = private.partition("/")[0]
    write(auth_file, **{address: f"ann:{SECRET}"})
    await podman.images.pull(private, tls_verify=False)
    await podman.images.push(private, tls_verify=False)
    write(auth_file, **{address: "ann:no", f"{address}/org": f"ann:{SECRET}"})
    await podman.images.pull(private, tls_verify=False)
    write(auth_file, **{address: f"ann:{SECRET}", f"{address}/org/box": "ann:no"})
    with pytest.raises(PullError):
        await podman.images.pull(private, tls_verify=False)
    await podman.images.pull(private, tls_verify=False, credentials=RIGHT)
    write(auth_file)
    with pytest.raises(FileError, match=str(auth_file)) as caught:
        await podman.images.pull(private, tls_verify=False)
    assert SECRET not in str(caught.value)


async def test_each_registry_is_told_its_own(
    podman: AsyncPodman, host: Host, image: str, private: str, auth_file: Path
) -> None:
    other = f"{host.registry(user='bob', password='other', port=5001)}/box:latest"
    public = f"{host.registry(port=5002)}/box:latest"
    users = {private.partition("/")[0]: f"ann:{SECRET}", other.partition("/")[0]: "bob:other"}
    write(auth_file, **users)
    for name in (other, public):
        await podman.images.push(image, name, tls_verify=False)
    for name in (private, other, public):
        await podman.images.pull(name, tls_verify=False)
        assert await podman.images.exists(name)
    with pytest.raises(PullError):
        await podman.images.pull(other, tls_verify=False, credentials=RIGHT)
    assert any(line.endswith(" 401") for line in host.registry_requests(5001))


async def test_a_build_that_pulls(
    podman: AsyncPodman, private: str, auth_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "Containerfile").write_text(f"FROM {private}\nLABEL a=b\n")
    address = private.partition("/")[0]

    async def build(credentials: Mapping[str, Credentials] | None = None) -> None:
        await podman.images.build(
            tmp_path / "context", pull="always", tls_verify=False, credentials=credentials
        )

    await build({address: RIGHT, "quay.io": Credentials("bob", "other")})
    for wrong in (None, {}, {address: Credentials("ann", "no")}, {"quay.io": RIGHT}):
        with pytest.raises((BuildError, APIError), match=REFUSED) as caught:
            await build(wrong)
        assert SECRET not in str(caught.value)
    write(auth_file, **{address: f"ann:{SECRET}"})
    await build()
    with pytest.raises((BuildError, APIError), match=REFUSED):
        await build({})
