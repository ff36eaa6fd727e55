"""Artifacts on real services: added, extracted, carried by a registry, removed."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BadRequestError,
    ConflictError,
    FileError,
    NotFoundError,
    ParameterError,
    StreamError,
    versions,
)
from podlib.credentials import Credentials
from podlib.files import open_for_reading

from .steps import lacks, listing, read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from podlib import AsyncPodman
    from podlib.http.flow_async import Call
    from tests.testbed import Host

NAME = "localhost/art:1"
BLOBS = "var/lib/containers/storage/artifacts/blobs/sha256"


@pytest.fixture
def noise() -> bytes:
    """Content of some size."""
    return os.urandom(1_000_000)


@pytest.fixture
def file(tmp_path: Path, noise: bytes) -> Path:
    """A file with it."""
    path = tmp_path / "large.bin"
    path.write_bytes(noise)
    return path


async def names(podman: AsyncPodman) -> list[str]:
    """The names of all artifacts."""
    return sorted(each.name for each in await podman.artifacts.list())


# -- older servers ---------------------------------------------------------------------------


async def test_older_servers_lack_them(podman: AsyncPodman, file: Path) -> None:
    artifacts = podman.artifacts
    calls: dict[str, Call[object]] = {
        "GET artifacts/json": artifacts.list,
        "GET artifacts/{}/json": lambda: artifacts.inspect(NAME),
        "POST artifacts/add": lambda: artifacts.add(NAME, file),
        "POST artifacts/local/add": lambda: artifacts.add_local(NAME, "/etc/hosts"),
        "GET artifacts/{}/extract": lambda: read(artifacts.extract_stream(NAME)),
        "POST artifacts/pull": lambda: artifacts.pull(NAME),
        "POST artifacts/{}/push": lambda: artifacts.push(NAME),
        "DELETE artifacts/{}": lambda: artifacts.remove(NAME),
        "DELETE artifacts/remove": lambda: artifacts.remove_several(NAME),
    }
    for operation, call in calls.items():
        await lacks(podman, versions.SINCE[operation], call)


# -- add -------------------------------------------------------------------------------------


async def test_add(podman_b: AsyncPodman, file: Path) -> None:
    added = await podman_b.artifacts.add(
        NAME,
        file,
        file_mime_type="application/x-noise",
        artifact_mime_type="application/vnd.example+noise",
        annotations={"com.example.by": "podlib=1", "note": "grüß & co"},
    )
    found = await podman_b.artifacts.inspect(NAME)
    assert (found.name, found.digest) == (NAME, added.digest)
    assert found.manifest.artifact_type == "application/vnd.example+noise"
    [blob] = found.manifest.layers
    assert (blob.title, blob.size) == ("large.bin", 1_000_000)
    assert blob.media_type == "application/x-noise"
    assert blob.annotations["com.example.by"] == "podlib=1"
    assert blob.annotations["note"] == "grüß & co"
    assert found.manifest.config
    assert found.manifest.config.title == ""
    [listed] = await podman_b.artifacts.list()
    assert (listed.name, listed.manifest) == (NAME, found.manifest)


async def test_add_from_files_and_blocks(podman_b: AsyncPodman, file: Path) -> None:
    with open_for_reading(file) as opened:
        await podman_b.artifacts.add(NAME, opened, file_name="opened")
    await podman_b.artifacts.add(NAME, b"some text", file_name="bytes", append=True)
    blocks: Iterable[bytes] = (bytes([number]) * 70_000 for number in range(10))
    await podman_b.artifacts.add(NAME, blocks, file_name="blocks", append=True)
    layers = (await podman_b.artifacts.inspect(NAME)).manifest.layers
    sizes = {blob.title: blob.size for blob in layers}
    assert sizes == {"opened": 1_000_000, "bytes": 9, "blocks": 700_000}
    assert layers[1].media_type == "text/plain; charset=utf-8"
    with pytest.raises(APIError, match="append option is not compatible with type option"):
        await podman_b.artifacts.add(
            NAME, b"1", file_name="one", artifact_mime_type="a/b", append=True
        )


async def test_add_again(podman_b: AsyncPodman) -> None:
    await podman_b.artifacts.add(NAME, b"1", file_name="one")
    with pytest.raises(ConflictError):
        await podman_b.artifacts.add(NAME, b"2", file_name="two")
    with pytest.raises(ConflictError):
        await podman_b.artifacts.add(NAME, b"2", file_name="one", append=True)
    added = await podman_b.artifacts.add(NAME, b"2", file_name="two", replace=True)
    found = await podman_b.artifacts.inspect(NAME)
    assert found.digest == added.digest
    assert [blob.title for blob in found.manifest.layers] == ["two"]
    with pytest.raises(ParameterError, match="append and replace"):  # it would lose the artifact
        await podman_b.artifacts.add(NAME, b"3", file_name="three", replace=True, append=True)
    assert await names(podman_b) == [NAME]


async def test_add_that_cannot_be(podman_b: AsyncPodman, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        await podman_b.artifacts.add(NAME, b"1", file_name="one", append=True)
    with pytest.raises(ParameterError, match="file_name"):
        await podman_b.artifacts.add(NAME, b"1")
    with pytest.raises(FileError, match="No such file"):
        await podman_b.artifacts.add(NAME, tmp_path / "nowhere")

    def breaks() -> Iterable[bytes]:
        yield b"the beginning"
        raise RuntimeError("the blocks end here")

    with pytest.raises(RuntimeError, match="end here"):
        await podman_b.artifacts.add(NAME, breaks(), file_name="broken")
    assert await names(podman_b) == []


async def test_add_local(podman_b: AsyncPodman, host_b: Host, noise: bytes) -> None:
    (host_b.share / "here.txt").write_bytes(noise)
    await podman_b.artifacts.add_local(NAME, "/mnt/share/here.txt", annotations={"a": "b"})
    await podman_b.artifacts.add_local(
        NAME, "/mnt/share/here.txt", file_name="again", file_mime_type="text/x", append=True
    )
    first, second = (await podman_b.artifacts.inspect(NAME)).manifest.layers
    assert (first.title, first.size, first.annotations["a"]) == ("here.txt", 1_000_000, "b")
    assert (second.title, second.media_type) == ("again", "text/x")
    await podman_b.artifacts.add_local(
        NAME, "/mnt/share/here.txt", artifact_mime_type="text/vnd.whole", replace=True
    )
    manifest = (await podman_b.artifacts.inspect(NAME)).manifest
    assert (manifest.artifact_type, len(manifest.layers)) == ("text/vnd.whole", 1)
    with pytest.raises(NotFoundError, match="file does not exist"):
        await podman_b.artifacts.add_local(NAME, "/mnt/share/nowhere")
    with pytest.raises(BadRequestError, match="not absolute"):
        await podman_b.artifacts.add_local(NAME, "here.txt")


# -- extract ---------------------------------------------------------------------------------


async def test_extract_to(podman_b: AsyncPodman, file: Path, noise: bytes, tmp_path: Path) -> None:
    long = f"grüße-{'x' * 120}.txt"
    await podman_b.artifacts.add(NAME, file)
    await podman_b.artifacts.add(NAME, b"hello", file_name=long, append=True)
    await podman_b.artifacts.add(NAME, b"", file_name="empty", append=True)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "empty").symlink_to(file)
    paths = await podman_b.artifacts.extract_to(NAME, folder)
    assert paths == [folder / "large.bin", folder / long, folder / "empty"]
    assert [path.read_bytes() for path in paths] == [noise, b"hello", b""]
    assert not (folder / "empty").is_symlink()
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert len(listing(folder)) == 3


async def test_extract_one(podman_b: AsyncPodman, tmp_path: Path) -> None:
    await podman_b.artifacts.add(NAME, b"1", file_name="one")
    await podman_b.artifacts.add(NAME, b"2", file_name="two", append=True)
    digest = (await podman_b.artifacts.inspect(NAME)).manifest.layers[0].digest
    [by_digest] = await podman_b.artifacts.extract_to(NAME, tmp_path, digest=digest)
    assert by_digest == tmp_path / digest.replace(":", "-")
    assert by_digest.read_text() == "1"
    assert await podman_b.artifacts.extract_to(NAME, tmp_path, title="two") == [tmp_path / "two"]
    assert len(listing(tmp_path)) == 2
    with pytest.raises(APIError, match="no blob with the title"):
        await podman_b.artifacts.extract_to(NAME, tmp_path, title="three")
    with pytest.raises(APIError, match="both digest and title"):
        await podman_b.artifacts.extract_to(NAME, tmp_path, title="two", digest=digest)


async def test_extract_stream(podman_b: AsyncPodman, noise: bytes) -> None:
    await podman_b.artifacts.add(NAME, noise, file_name="large.bin")
    archive = io.BytesIO(b"".join(await read(podman_b.artifacts.extract_stream(NAME))))
    with tarfile.open(fileobj=archive) as tar:
        content = tar.extractfile("large.bin")
        assert content
        assert content.read() == noise
    stream = podman_b.artifacts.extract_stream(NAME, title="large.bin", exclude_title=True)
    with tarfile.open(fileobj=io.BytesIO(b"".join(await read(stream)))) as tar:
        assert tar.getnames() == [""]


async def test_extract_that_cannot_be(podman_b: AsyncPodman, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        await podman_b.artifacts.extract_to(NAME, tmp_path)
    await podman_b.artifacts.add(NAME, b"1", file_name="one")
    with pytest.raises(FileError, match="No such file"):
        await podman_b.artifacts.extract_to(NAME, tmp_path / "nowhere")
    await podman_b.artifacts.add(NAME, b"2", file_name="../two", append=True)
    with pytest.raises(APIError, match="cannot contain /"):
        await podman_b.artifacts.extract_to(NAME, tmp_path)
    assert listing(tmp_path) == []


async def test_extract_that_breaks_off(podman_b: AsyncPodman, host_b: Host, tmp_path: Path) -> None:
    """The server fails after it has answered 200, and has no other way to say so."""
    await podman_b.artifacts.add(NAME, b"1", file_name="one")
    await podman_b.artifacts.add(NAME, b"2", file_name="two", append=True)
    digest = (await podman_b.artifacts.inspect(NAME)).manifest.layers[1].digest
    blob = host_b.root / BLOBS / digest.removeprefix("sha256:")
    blob.unlink()
    with pytest.raises(StreamError, match="no such file or directory"):
        await podman_b.artifacts.extract_to(NAME, tmp_path)
    assert listing(tmp_path) == ["one"]
    with pytest.raises(StreamError, match="no such file or directory"):
        await read(podman_b.artifacts.extract_stream(NAME))


# -- registries ------------------------------------------------------------------------------


async def test_push_and_pull(podman_b: AsyncPodman, host_b: Host) -> None:
    name = f"{host_b.registry()}/art:1"
    added = await podman_b.artifacts.add(name, b"1", file_name="one")
    pushed = await podman_b.artifacts.push(name, tls_verify=False)
    assert pushed.digest == added.digest
    await podman_b.artifacts.remove(name)
    pulled = await podman_b.artifacts.pull(name, tls_verify=False)
    assert pulled.digest == added.digest
    assert await names(podman_b) == [name]


async def test_push_and_pull_that_cannot_be(podman_b: AsyncPodman, host_b: Host) -> None:
    registry = host_b.registry()
    with pytest.raises(NotFoundError):
        await podman_b.artifacts.pull(f"{registry}/nothing:1", tls_verify=False)
    with pytest.raises(NotFoundError):
        await podman_b.artifacts.push(f"{registry}/nothing:1", tls_verify=False)
    name = f"{registry}/art:1"
    await podman_b.artifacts.add(name, b"1", file_name="one")
    with pytest.raises(APIError, match="HTTPS"):
        await podman_b.artifacts.push(name, retry=0)
    with pytest.raises(APIError, match="HTTPS"):
        await podman_b.artifacts.pull(name, retry=0, tls_verify=True)


async def test_credentials(
    podman_b: AsyncPodman, host_b: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    name = f"{host_b.registry(user='me', password='secret')}/art:1"
    right, wrong = Credentials("me", "secret"), Credentials("me", "guess")
    await podman_b.artifacts.add(name, b"1", file_name="one")
    for credentials in (None, wrong):
        with pytest.raises(APIError) as caught:
            await podman_b.artifacts.push(name, tls_verify=False, credentials=credentials, retry=0)
        assert "guess" not in str(caught.value)
    await podman_b.artifacts.push(name, tls_verify=False, credentials=right)
    with pytest.raises(APIError):
        await podman_b.artifacts.pull(name, tls_verify=False, retry=0)
    await podman_b.artifacts.pull(name, tls_verify=False, credentials=right)


async def test_retries(podman_b: AsyncPodman, host_b: Host) -> None:
    name = f"{host_b.registry()}/art:1"
    await podman_b.artifacts.add(name, b"1", file_name="one")
    nobody = name.replace(":5000", ":5009")
    await podman_b.artifacts.add(nobody, b"1", file_name="one")
    quick = podman_b.with_timeouts(total=0.5)
    with pytest.raises(APIError, match="refused"):
        await quick.artifacts.pull(nobody, retry=2, retry_delay=0.01, tls_verify=False)
    with pytest.raises(APIError, match="refused"):
        await quick.artifacts.push(nobody, retry=0, retry_delay=60, tls_verify=False)
    with pytest.raises(TimeoutError):
        await quick.artifacts.push(nobody, retry=1, retry_delay=1, tls_verify=False)
    with pytest.raises(ParameterError):
        await quick.artifacts.push(nobody, retry_delay=-1)


# -- remove ----------------------------------------------------------------------------------


async def test_remove(podman_b: AsyncPodman) -> None:
    added = await podman_b.artifacts.add(NAME, b"1", file_name="one")
    assert (await podman_b.artifacts.remove(NAME)).digests == [added.digest]
    assert await names(podman_b) == []
    with pytest.raises(NotFoundError):
        await podman_b.artifacts.remove(NAME)
    with pytest.raises(NotFoundError):
        await podman_b.artifacts.inspect(NAME)


async def test_remove_several(podman_b: AsyncPodman) -> None:
    digests = [
        (await podman_b.artifacts.add(f"localhost/{name}:1", b"1", file_name=name)).digest
        for name in ("one", "two", "three")
    ]
    artifacts = podman_b.artifacts
    with pytest.raises(NotFoundError):
        await artifacts.remove_several("localhost/nothing:1", "localhost/one:1")
    with pytest.raises(BadRequestError):
        await artifacts.remove_several("localhost/one:1", all=True)
    with pytest.raises(BadRequestError):
        await artifacts.remove_several()
    assert len(await names(podman_b)) == 3
    removed = await artifacts.remove_several("localhost/none:1", "localhost/one:1", ignore=True)
    assert removed.digests == digests[:1]
    assert set((await artifacts.remove_several(all=True)).digests) == set(digests[1:])
    assert await names(podman_b) == []
    assert (await podman_b.artifacts.remove_several(all=True)).digests == []


async def test_digests_for_names(podman_b: AsyncPodman, tmp_path: Path) -> None:
    """The server takes any first digits, even of several: it would remove whatever there is."""
    artifacts = podman_b.artifacts
    digest = (await artifacts.add(NAME, b"1", file_name="one")).digest
    digits = digest.removeprefix("sha256:")
    for enough in (digest, digits, digits[:12]):
        assert (await artifacts.inspect(enough)).name == NAME
    for short in (digits[:1], digits[:11]):
        with pytest.raises(NotFoundError):
            await artifacts.inspect(short)
        with pytest.raises(NotFoundError):
            await artifacts.remove(short)
        with pytest.raises(NotFoundError):
            await artifacts.remove_several(NAME, short)
        with pytest.raises(NotFoundError):
            await artifacts.add(short, b"2", file_name="two", append=True)
        with pytest.raises(NotFoundError):
            await artifacts.add(short, b"2", file_name="two", replace=True)
        with pytest.raises(NotFoundError):
            await artifacts.extract_to(short, tmp_path)
        assert (await artifacts.remove_several(short, ignore=True)).digests == []
    assert (await artifacts.remove(digest)).digests == [digest]
