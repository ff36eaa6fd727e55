# Generated from tests/live/_async/test_manifests.py: edit there.
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

    from podlib import Podman
    from tests.testbed import Host

LIST = "localhost/list:latest"
DIGEST = "sha256:" + 64 * "5"


@pytest.fixture
def stored(image: str) -> str:
    """The base image, as all servers find it in the store."""
    return f"containers-storage:{image}"


def digests(podman: Podman, name: str = LIST) -> list[str]:
    return [each.digest for each in (podman.manifests.inspect(name)).manifests]


def test_create_inspect_delete(podman: Podman, stored: str) -> None:
    created = podman.manifests.create(LIST, [stored])
    assert podman.manifests.exists(LIST)
    assert podman.manifests.exists(created.id)
    found = podman.manifests.inspect(LIST)
    [entry] = found.manifests
    assert entry.platform
    assert (entry.platform.os, entry.platform.architecture) == ("linux", "amd64")
    assert entry.size > 0
    assert entry.digest.startswith("sha256:")
    assert found.schema_version == 2
    removed = podman.manifests.delete(LIST)
    assert removed.untagged == [LIST]
    assert removed.deleted == [created.id]
    assert not podman.manifests.exists(LIST)


def test_create_what_is_there(podman: Podman, stored: str) -> None:
    first = podman.manifests.create(LIST)
    assert digests(podman) == []
    with pytest.raises(ConflictError, match="name is already in use"):
        podman.manifests.create(LIST, [stored])
    amended = podman.manifests.create(LIST, [stored], amend=True)
    assert amended.id == first.id
    assert len(digests(podman)) == 1


def test_create_with_more(podman: Podman, stored: str, image: str) -> None:
    podman.manifests.create(LIST, [stored], arch="arm64", variant="v8", os="linux")
    [entry] = (podman.manifests.inspect(LIST)).manifests
    assert entry.platform
    assert (entry.platform.architecture, entry.platform.variant) == ("arm64", "v8")

    def call() -> Any:
        annotations = {"index": "a=b"}
        return podman.manifests.create(
            "localhost/more", [stored], index_annotations=annotations, subject=stored
        )

    if lacks(podman, "4.9.0", call):
        return
    call()
    found = podman.manifests.inspect("localhost/more")
    assert found.annotations == {"index": "a=b"}
    assert found.subject
    assert found.subject.size > 0
    podman.manifests.create("localhost/bare", [image])  # since then, it is found so, too
    assert len(digests(podman, "localhost/bare")) == 1


def test_create_that_fails(podman: Podman) -> None:
    with pytest.raises(BadRequestError, match="invalid image name"):
        podman.manifests.create("Not A Name")
    with pytest.raises(APIError, match="nothing"):
        podman.manifests.create(LIST, ["containers-storage:localhost/nothing"])
    with pytest.raises(ParameterError, match="there is no 'archs'; did you mean 'arch'"):
        podman.manifests.create(LIST, archs="arm64")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake under test


def test_what_is_not_there(podman: Podman, image: str, stored: str) -> None:
    assert not podman.manifests.exists("localhost/nothing")
    for call in (
        lambda: podman.manifests.delete("localhost/nothing"),
        lambda: podman.manifests.inspect("127.0.0.1:1/nothing"),
        lambda: podman.manifests.modify("localhost/nothing", "update", [stored]),
        lambda: podman.manifests.add("localhost/nothing", [stored]),
    ):
        with pytest.raises(NotFoundError):
            call()
    with pytest.raises(APIError, match="image is not a manifest list"):
        podman.manifests.delete(image)

    def ignoring() -> Any:
        return podman.manifests.delete("localhost/nothing", ignore=True)

    if not lacks(podman, "5.4.0", ignoring):
        assert (ignoring()).deleted == []


def test_few_digits_of_an_id_are_no_name(podman: Podman, stored: str) -> None:
    few = (podman.manifests.create(LIST, [stored])).id[:6]
    for call in (
        lambda: podman.manifests.delete(few),
        lambda: podman.manifests.modify(few, "remove", [DIGEST]),
        lambda: podman.manifests.push(few, "127.0.0.1:1/a"),
    ):
        with pytest.raises(NotFoundError, match=few):
            call()
    podman.manifests.create(f"localhost/{few}")  # that is a name
    podman.manifests.delete(few)
    assert podman.manifests.exists(LIST)


# -- modify ----------------------------------------------------------------------------------


def test_update(podman: Podman, stored: str) -> None:
    created = podman.manifests.create(LIST)
    modified = podman.manifests.modify(
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
    [entry] = (podman.manifests.inspect(LIST)).manifests
    platform = entry.platform
    assert platform
    told = (platform.architecture, platform.os, platform.os_version, platform.variant)
    assert told == ("arm", "windows", "10.0", "v7")
    assert entry.annotations in ({"note": "a=b"}, {})  # 4.3 drops them


def test_remove(podman: Podman, stored: str) -> None:
    podman.manifests.create(LIST, [stored])
    [digest] = digests(podman)
    with pytest.raises(ConflictError, match=r"no .*555"):
        podman.manifests.modify(LIST, "remove", [DIGEST, digest])
    assert digests(podman) == []
    with pytest.raises(BadRequestError, match=r"no .*555"):
        podman.manifests.modify(LIST, "remove", [DIGEST])
    podman.manifests.modify(LIST, "update", [stored])
    modified = podman.manifests.modify(LIST, "remove", [digest])
    assert modified.images == [digest]
    assert digests(podman) == []


def test_annotate(podman: Podman, stored: str) -> None:
    podman.manifests.create(LIST, [stored])
    [digest] = digests(podman)
    podman.manifests.modify(LIST, "annotate", [digest], arch="riscv64")
    [entry] = (podman.manifests.inspect(LIST)).manifests
    assert entry.platform
    assert entry.platform.architecture == "riscv64"

    def call() -> Any:
        return podman.manifests.modify(
            LIST, "annotate", index_annotations={"index": "a=b"}, subject=stored
        )

    if lacks(podman, "4.9.0", call):
        return
    call()
    found = podman.manifests.inspect(LIST)
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
def test_add_files(podman: Podman, host: Host, tmp_path: Path) -> None:
    (tmp_path / 'one "1"').write_bytes(100_000 * b"1")
    (tmp_path / "two").write_text("2")
    podman.manifests.create(LIST)

    def call(*names: str, **options: Unpack[models.ManifestOptions]) -> list[str]:
        files = [tmp_path / name for name in names]
        modified = podman.manifests.modify(LIST, "update", files=files, **options)
        return [each.rpartition("/")[2] for each in modified.files]

    typed: models.ManifestOptions = {"artifact_type": "application/x-test"}
    if lacks(podman, "4.9.0", lambda: call("two", **typed)):
        return
    assert call(
        'one "1"',
        "two",
        artifact_type="application/x-test",
        artifact_layer_type="text/plain",
        artifact_config='{"a": 1}',
        artifact_config_type="application/x-config",
        artifact_annotations={"by": "hand"},
    ) == ['one "1"', "two"]
    [entry] = (podman.manifests.inspect(LIST)).manifests
    assert entry.artifact_type == "application/x-test"
    assert len(entry.files) == 2
    target = f"{host.registry()}/artifact:1"
    podman.manifests.push(LIST, target, tls_verify=False)
    artifact = in_registry(host, f"{target[:-2]}:1")["manifests"][0]["digest"]
    assert artifact == entry.digest
    with pytest.raises(FileError, match="No such file"):
        call("nothing", **typed)
    with pytest.raises(ParameterError, match="no name that can be sent"):
        call("a\nb", **typed)


def test_deprecated_add(podman: Podman, stored: str) -> None:
    created = podman.manifests.create(LIST)
    added = podman.manifests.add(LIST, [stored], arch="arm64", annotations={"a": "b"})
    assert added.id == created.id
    [entry] = (podman.manifests.inspect(LIST)).manifests
    assert entry.platform
    assert entry.platform.architecture == "arm64"


# -- push ------------------------------------------------------------------------------------


def test_push(podman: Podman, host: Host, stored: str) -> None:
    target = f"{host.registry()}/list:1"
    podman.manifests.create(LIST, [stored])
    told: list[models.ManifestPushProgress] = []
    pushed = podman.manifests.push(
        LIST, target, format="oci", tls_verify=False, progress=told.append
    )
    assert told[-1].id == pushed.digest
    assert any("Copying blob" in line.stream for line in told)
    document = in_registry(host, target)
    assert document["mediaType"] == "application/vnd.oci.image.index.v1+json"
    [entry] = document["manifests"]
    assert entry["digest"].startswith("sha256:")
    quiet = podman.manifests.push(
        LIST, target, format="oci", remove_signatures=True, quiet=True, tls_verify=False
    )
    assert quiet.digest == pushed.digest
    podman.images.pull(f"{target[:-2]}@{pushed.digest}", tls_verify=False)

    if not lacks(podman, "4.4.0", lambda: podman.manifests.inspect(target, tls_verify=False)):
        found = podman.manifests.inspect(target, tls_verify=False)
        assert found.manifests[0].digest == entry["digest"]
    with pytest.raises(NotFoundError):
        podman.manifests.inspect(target.replace("list", "nothing"))


def test_push_of_the_list_alone(podman: Podman, host: Host, stored: str) -> None:
    target = f"{host.registry()}/list:1"
    podman.manifests.create(LIST, [stored])
    with pytest.raises(PushError):  # the registry does not have its image
        podman.manifests.push(LIST, target, all=False, tls_verify=False)


def test_push_compressed(podman: Podman, host: Host, stored: str) -> None:
    podman.manifests.create(LIST, [stored])

    def pushed(port: int, **options: Any) -> set[str]:
        target = f"{host.registry(port=port)}/list:1"
        podman.manifests.push(LIST, target, format="oci", tls_verify=False, **options)
        return {each["digest"] for each in in_registry(host, target)["manifests"]}

    plain = pushed(5000)
    zstd = pushed(5001, compression_format="zstd", compression_level=3)
    assert len(plain) == len(zstd) == 1
    assert plain != zstd

    def both() -> Any:
        return pushed(5002, add_compression=["zstd"], force_compression_format=True)

    if lacks(podman, "4.7.0", both):
        return
    assert len(both()) == 2


def test_push_that_fails(podman: Podman, host: Host, stored: str) -> None:
    target = f"{host.registry()}/list:1"
    podman.manifests.create(LIST, [stored])
    with pytest.raises(PushError, match="HTTP response to HTTPS client"):
        podman.manifests.push(LIST, target)
    with pytest.raises(BadRequestError, match="HTTP response to HTTPS client"):
        podman.manifests.push(LIST, target, quiet=True)
    with pytest.raises(PushError, match="image not known"):
        podman.manifests.push("localhost/nothing", target, tls_verify=False)
    with pytest.raises(BadRequestError, match="only docker transport"):
        podman.manifests.push(LIST, "oci:/tmp/x")


def test_deprecated_push(podman: Podman, host: Host, stored: str) -> None:
    target = f"{host.registry()}/list:1"
    podman.manifests.create(LIST, [stored])
    pushed = podman.manifests.push_v3(LIST, target, remove_signatures=True, tls_verify=False)
    assert pushed.digest.startswith("sha256:")
    assert len(in_registry(host, target)["manifests"]) == 1
    with pytest.raises(BadRequestError, match="HTTP response to HTTPS client"):
        podman.manifests.push_v3(LIST, target)


def test_credentials(podman: Podman, host: Host, stored: str) -> None:
    anna = Credentials("anna", "her word")
    registry = host.registry(user=anna.username, password=anna.password)
    target = f"{registry}/list:1"
    podman.manifests.create(LIST, [stored])
    refused = r"authentication required|unauthorized|basic auth"
    with pytest.raises(PushError, match=refused):
        podman.manifests.push(LIST, target, tls_verify=False)
    podman.manifests.push(LIST, target, tls_verify=False, credentials=anna)
    podman.manifests.push_v3(LIST, target, tls_verify=False, credentials=anna)
    podman.manifests.create("localhost/second")
    with pytest.raises(BadRequestError, match=refused):
        podman.manifests.modify("localhost/second", "update", [target], tls_verify=False)
    podman.manifests.modify(
        "localhost/second", "update", [target], all=True, tls_verify=False, credentials=anna
    )
    assert len(digests(podman, "localhost/second")) == 1
    if host.version.startswith("4."):
        return
    with pytest.raises(NotFoundError, match=refused):
        podman.manifests.inspect(target, tls_verify=False)
    found = podman.manifests.inspect(target, tls_verify=False, credentials=anna)
    assert len(found.manifests) == 1
