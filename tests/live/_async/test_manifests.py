"""Manifest lists on real services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BadRequestError,
    ConflictError,
    Credentials,
    FileError,
    NotFoundError,
    ParameterError,
    PushError,
    models,
)

from .image_steps import in_registry
from .steps import lacks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any, Unpack

    from podlib import AsyncPodman
    from tests.testbed import Host

LIST = "localhost/list:latest"
DIGEST = "sha256:" + 64 * "5"


@pytest.fixture
def stored(image: str) -> str:
    """The base image, as all servers find it in the store."""
    return f"containers-storage:{image}"


async def digests(podman: AsyncPodman, name: str = LIST) -> list[str]:
    return [each.digest for each in (await podman.manifests.inspect(name)).manifests]


async def test_create_inspect_delete(podman: AsyncPodman, stored: str) -> None:
    created = await podman.manifests.create(LIST, [stored])
    assert await podman.manifests.exists(LIST)
    assert await podman.manifests.exists(created.id)
    found = await podman.manifests.inspect(LIST)
    [entry] = found.manifests
    assert entry.platform
    assert (entry.platform.os, entry.platform.architecture) == ("linux", "amd64")
    assert entry.size > 0
    assert entry.digest.startswith("sha256:")
    assert found.schema_version == 2
    removed = await podman.manifests.delete(LIST)
    assert removed.untagged == [LIST]
    assert removed.deleted == [created.id]
    assert not await podman.manifests.exists(LIST)


async def test_create_what_is_there(podman: AsyncPodman, stored: str) -> None:
    first = await podman.manifests.create(LIST)
    assert await digests(podman) == []
    with pytest.raises(ConflictError, match="name is already in use"):
        await podman.manifests.create(LIST, [stored])
    amended = await podman.manifests.create(LIST, [stored], amend=True)
    assert amended.id == first.id
    assert len(await digests(podman)) == 1


async def test_create_with_more(podman: AsyncPodman, stored: str, image: str) -> None:
    await podman.manifests.create(LIST, [stored], arch="arm64", variant="v8", os="linux")
    [entry] = (await podman.manifests.inspect(LIST)).manifests
    assert entry.platform
    assert (entry.platform.architecture, entry.platform.variant) == ("arm64", "v8")

    def call() -> Any:
        annotations = {"index": "a=b"}
        return podman.manifests.create(
            "localhost/more", [stored], index_annotations=annotations, subject=stored
        )

    if await lacks(podman, "4.9.0", call):
        return
    await call()
    found = await podman.manifests.inspect("localhost/more")
    assert found.annotations == {"index": "a=b"}
    assert found.subject
    assert found.subject.size > 0
    await podman.manifests.create("localhost/bare", [image])  # since then, it is found so, too
    assert len(await digests(podman, "localhost/bare")) == 1


async def test_create_that_fails(podman: AsyncPodman) -> None:
    with pytest.raises(BadRequestError, match="invalid image name"):
        await podman.manifests.create("Not A Name")
    with pytest.raises(APIError, match="nothing"):
        await podman.manifests.create(LIST, ["containers-storage:localhost/nothing"])
    with pytest.raises(ParameterError, match="there is no 'archs'; did you mean 'arch'"):
        await podman.manifests.create(LIST, archs="arm64")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake under test


async def test_what_is_not_there(podman: AsyncPodman, image: str, stored: str) -> None:
    assert not await podman.manifests.exists("localhost/nothing")
    for call in (
        lambda: podman.manifests.delete("localhost/nothing"),
        lambda: podman.manifests.inspect("127.0.0.1:1/nothing"),
        lambda: podman.manifests.modify("localhost/nothing", "update", [stored]),
        lambda: podman.manifests.add("localhost/nothing", [stored]),
    ):
        with pytest.raises(NotFoundError):
            await call()
    with pytest.raises(APIError, match="image is not a manifest list"):
        await podman.manifests.delete(image)

    def ignoring() -> Any:
        return podman.manifests.delete("localhost/nothing", ignore=True)

    if not await lacks(podman, "5.4.0", ignoring):
        assert (await ignoring()).deleted == []


async def test_few_digits_of_an_id_are_no_name(podman: AsyncPodman, stored: str) -> None:
    few = (await podman.manifests.create(LIST, [stored])).id[:6]
    for call in (
        lambda: podman.manifests.delete(few),
        lambda: podman.manifests.modify(few, "remove", [DIGEST]),
        lambda: podman.manifests.push(few, "127.0.0.1:1/a"),
    ):
        with pytest.raises(NotFoundError, match=few):
            await call()
    await podman.manifests.create(f"localhost/{few}")  # that is a name
    await podman.manifests.delete(few)
    assert await podman.manifests.exists(LIST)


# -- modify ----------------------------------------------------------------------------------


async def test_update(podman: AsyncPodman, stored: str) -> None:
    created = await podman.manifests.create(LIST)
    modified = await podman.manifests.modify(
        LIST,
        "update",
        [stored],
        all=True,
        arch="arm",
        os="windows",
        os_version="10.0",
        os_features=["win32k"],
        variant="v7",
        features=["neon"],
        annotations={"note": "a=b"},
    )
    assert (modified.id, modified.images, modified.errors) == (created.id, [stored], [])
    [entry] = (await podman.manifests.inspect(LIST)).manifests
    platform = entry.platform
    assert platform
    told = (platform.architecture, platform.os, platform.os_version, platform.variant)
    assert told == ("arm", "windows", "10.0", "v7")
    assert entry.annotations in ({"note": "a=b"}, {})  # 4.3 drops them


async def test_remove(podman: AsyncPodman, stored: str) -> None:
    await podman.manifests.create(LIST, [stored])
    [digest] = await digests(podman)
    with pytest.raises(ConflictError, match=r"no .*555"):
        await podman.manifests.modify(LIST, "remove", [DIGEST, digest])
    assert await digests(podman) == []
    with pytest.raises(BadRequestError, match=r"no .*555"):
        await podman.manifests.modify(LIST, "remove", [DIGEST])
    await podman.manifests.modify(LIST, "update", [stored])
    modified = await podman.manifests.modify(LIST, "remove", [digest])
    assert modified.images == [digest]
    assert await digests(podman) == []


async def test_annotate(podman: AsyncPodman, stored: str) -> None:
    await podman.manifests.create(LIST, [stored])
    [digest] = await digests(podman)
    await podman.manifests.modify(LIST, "annotate", [digest], arch="riscv64")
    [entry] = (await podman.manifests.inspect(LIST)).manifests
    assert entry.platform
    assert entry.platform.architecture == "riscv64"

    def call() -> Any:
        return podman.manifests.modify(
            LIST, "annotate", index_annotations={"index": "a=b"}, subject=stored
        )

    if await lacks(podman, "4.9.0", call):
        return
    await call()
    found = await podman.manifests.inspect(LIST)
    assert found.annotations == {"index": "a=b"}
    assert found.subject


@pytest.fixture
def storage(host: Host) -> Iterator[None]:
    """The service knows the name of its storage driver: artifacts are kept below a path with it."""
    file = "/etc/containers/storage.conf"
    places = 'graphroot = "/var/lib/containers/storage"\nrunroot = "/run/containers/storage"\n'
    text = f'[storage]\ndriver = "overlay"\n{places}'
    host.run("sh", "-c", f"cat > {file}", stdin=text)
    host.restart_service()
    yield
    host.run("rm", file)
    host.restart_service()


@pytest.mark.usefixtures("storage")
async def test_add_files(podman: AsyncPodman, host: Host, tmp_path: Path) -> None:
    (tmp_path / 'one "1"').write_bytes(100_000 * b"1")
    (tmp_path / "two").write_text("2")
    await podman.manifests.create(LIST)

    async def call(*names: str, **options: Unpack[models.ManifestOptions]) -> list[str]:
        files = [tmp_path / name for name in names]
        modified = await podman.manifests.modify(LIST, "update", files=files, **options)
        return [each.rpartition("/")[2] for each in modified.files]

    typed: models.ManifestOptions = {"artifact_type": "application/x-test"}
    if await lacks(podman, "4.9.0", lambda: call("two", **typed)):
        return
    assert await call(
        'one "1"',
        "two",
        artifact_type="application/x-test",
        artifact_layer_type="text/plain",
        artifact_config='{"a": 1}',
        artifact_config_type="application/x-config",
        artifact_annotations={"by": "hand"},
    ) == ['one "1"', "two"]
    [entry] = (await podman.manifests.inspect(LIST)).manifests
    assert entry.artifact_type == "application/x-test"
    assert len(entry.files) == 2
    target = f"{host.registry()}/artifact:1"
    await podman.manifests.push(LIST, target, tls_verify=False)
    artifact = in_registry(host, f"{target[:-2]}:1")["manifests"][0]["digest"]
    assert artifact == entry.digest
    with pytest.raises(FileError, match="No such file"):
        await call("nothing", **typed)
    with pytest.raises(ParameterError, match="no name that can be sent"):
        await call("a\nb", **typed)


async def test_deprecated_add(podman: AsyncPodman, stored: str) -> None:
    created = await podman.manifests.create(LIST)
    added = await podman.manifests.add(LIST, [stored], arch="arm64", annotations={"a": "b"})
    assert added.id == created.id
    [entry] = (await podman.manifests.inspect(LIST)).manifests
    assert entry.platform
    assert entry.platform.architecture == "arm64"


# -- push ------------------------------------------------------------------------------------


async def test_push(podman: AsyncPodman, host: Host, stored: str) -> None:
    target = f"{host.registry()}/list:1"
    await podman.manifests.create(LIST, [stored])
    told: list[models.ManifestPushProgress] = []
    pushed = await podman.manifests.push(
        LIST, target, format="oci", tls_verify=False, progress=told.append
    )
    assert told[-1].id == pushed.digest
    assert any("Copying blob" in line.stream for line in told)
    document = in_registry(host, target)
    assert document["mediaType"] == "application/vnd.oci.image.index.v1+json"
    [entry] = document["manifests"]
    assert entry["digest"].startswith("sha256:")
    quiet = await podman.manifests.push(
        LIST, target, format="oci", remove_signatures=True, quiet=True, tls_verify=False
    )
    assert quiet.digest == pushed.digest
    await podman.images.pull(f"{target[:-2]}@{pushed.digest}", tls_verify=False)

    if not await lacks(podman, "4.4.0", lambda: podman.manifests.inspect(target, tls_verify=False)):
        found = await podman.manifests.inspect(target, tls_verify=False)
        assert found.manifests[0].digest == entry["digest"]
    with pytest.raises(NotFoundError):
        await podman.manifests.inspect(target.replace("list", "nothing"))


async def test_push_of_the_list_alone(podman: AsyncPodman, host: Host, stored: str) -> None:
    target = f"{host.registry()}/list:1"
    await podman.manifests.create(LIST, [stored])
    with pytest.raises(PushError):  # the registry does not have its image
        await podman.manifests.push(LIST, target, all=False, tls_verify=False)


async def test_push_compressed(podman: AsyncPodman, host: Host, stored: str) -> None:
    await podman.manifests.create(LIST, [stored])

    async def pushed(port: int, **options: Any) -> set[str]:
        target = f"{host.registry(port=port)}/list:1"
        await podman.manifests.push(LIST, target, format="oci", tls_verify=False, **options)
        return {each["digest"] for each in in_registry(host, target)["manifests"]}

    plain = await pushed(5000)
    zstd = await pushed(5001, compression_format="zstd", compression_level=3)
    assert len(plain) == len(zstd) == 1
    assert plain != zstd

    def both() -> Any:
        return pushed(5002, add_compression=["zstd"], force_compression_format=True)

    if await lacks(podman, "4.7.0", both):
        return
    assert len(await both()) == 2


async def test_push_that_fails(podman: AsyncPodman, host: Host, stored: str) -> None:
    target = f"{host.registry()}/list:1"
    await podman.manifests.create(LIST, [stored])
    with pytest.raises(PushError, match="HTTP response to HTTPS client"):
        await podman.manifests.push(LIST, target)
    with pytest.raises(BadRequestError, match="HTTP response to HTTPS client"):
        await podman.manifests.push(LIST, target, quiet=True)
    with pytest.raises(PushError, match="image not known"):
        await podman.manifests.push("localhost/nothing", target, tls_verify=False)
    with pytest.raises(BadRequestError, match="only docker transport"):
        await podman.manifests.push(LIST, "oci:/tmp/x")


async def test_deprecated_push(podman: AsyncPodman, host: Host, stored: str) -> None:
    target = f"{host.registry()}/list:1"
    await podman.manifests.create(LIST, [stored])
    pushed = await podman.manifests.push_v3(LIST, target, remove_signatures=True, tls_verify=False)
    assert pushed.digest.startswith("sha256:")
    assert len(in_registry(host, target)["manifests"]) == 1
    with pytest.raises(BadRequestError, match="HTTP response to HTTPS client"):
        await podman.manifests.push_v3(LIST, target)


async def test_credentials(podman: AsyncPodman, host: Host, stored: str) -> None:
    anna = Credentials("anna", "her word")
    registry = host.registry(user=anna.username, password=anna.password)
    target = f"{registry}/list:1"
    await podman.manifests.create(LIST, [stored])
    refused = r"authentication required|unauthorized|basic auth"
    with pytest.raises(PushError, match=refused):
        await podman.manifests.push(LIST, target, tls_verify=False)
    await podman.manifests.push(LIST, target, tls_verify=False, credentials=anna)
    await podman.manifests.push_v3(LIST, target, tls_verify=False, credentials=anna)
    await podman.manifests.create("localhost/second")
    with pytest.raises(BadRequestError, match=refused):
        await podman.manifests.modify("localhost/second", "update", [target], tls_verify=False)
    await podman.manifests.modify(
        "localhost/second", "update", [target], all=True, tls_verify=False, credentials=anna
    )
    assert len(await digests(podman, "localhost/second")) == 1
    if host.version.startswith("4."):
        return
    with pytest.raises(NotFoundError, match=refused):
        await podman.manifests.inspect(target, tls_verify=False)
    found = await podman.manifests.inspect(target, tls_verify=False, credentials=anna)
    assert len(found.manifests) == 1
