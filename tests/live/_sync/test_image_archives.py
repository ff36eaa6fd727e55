# Generated from tests/live/_async/test_image_archives.py: edit there.
"""Images as archives of real services: saved, exported, loaded, imported."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, BadRequestError, FileError, NotFoundError

from .image_steps import build_layers
from .steps import lacks, listing, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from podlib import Podman
    from podlib._sync.image_archives import ArchiveFormat
    from tests.testbed import Host

NAME = "localhost/layered:1"


@pytest.fixture
def layered(podman: Podman, tmp_path: Path, image: str) -> str:
    """The id of an image of three layers, called ``localhost/layered:1``."""
    return build_layers(podman, tmp_path / "layered", image, NAME)


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    """An archive with a file ``/etc/motto``."""
    folder = tmp_path / "root"
    (folder / "etc").mkdir(parents=True)
    (folder / "etc" / "motto").write_text("more light")
    writer = io.BytesIO()
    with tarfile.open(fileobj=writer, mode="w") as tar:
        tar.add(folder, ".")
    return writer.getvalue()


@pytest.fixture
def served(host: Host) -> Iterator[str]:
    """Where the service finds what is in the host's share."""
    host.run("busybox", "httpd", "-p", "127.0.0.1:8000", "-h", "/mnt/share")
    yield "http://127.0.0.1:8000"
    host.run("pkill", "-f", "httpd -p 127.0.0.1:8000")


# -- save, export ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content"), [("oci-dir", "oci-layout"), ("docker-dir", "version")]
)
def test_save_a_folder(
    podman: Podman, image: str, tmp_path: Path, kind: ArchiveFormat, content: str
) -> None:
    size = podman.images.save_to(image, tmp_path / "saved.tar", format=kind)
    assert (tmp_path / "saved.tar").stat().st_size == size
    with tarfile.open(tmp_path / "saved.tar") as tar:
        assert content in [name.removeprefix("./") for name in tar.getnames()]


def test_save_compressed(podman: Podman, image: str) -> None:
    writer = io.BytesIO()
    plain = podman.images.save_to(image, writer, format="docker-dir")
    blocks = read(podman.images.save_stream(image, format="docker-dir", compress=True))
    assert sum(map(len, blocks)) < plain
    assert podman.images.save_to(image, writer, format="docker-dir", compress=True) < plain


def test_export(podman: Podman, layered: str, image: str, tmp_path: Path) -> None:
    path = tmp_path / "several.tar"
    size = podman.images.export_to([NAME, image], path)
    assert path.stat().st_size == size
    with tarfile.open(path) as tar:
        member = tar.extractfile("manifest.json")
        assert member
        manifests = json.load(member)
    assert [each["RepoTags"] for each in manifests] == [[NAME], [image]]
    blocks = read(podman.images.export_stream(NAME, image))
    assert sum(map(len, blocks)) == size
    podman.images.remove(NAME)
    assert set((podman.images.load(path)).names) == {NAME, image}
    assert (podman.images.inspect(NAME)).id == layered


def test_export_one(podman: Podman, image: str) -> None:
    compressed = read(podman.images.export_stream(image, format="oci-archive"))
    with tarfile.open(fileobj=io.BytesIO(b"".join(compressed))) as tar:
        assert "index.json" in tar.getnames()
    plain = io.BytesIO()
    size = podman.images.export_to([image], plain, format="oci-archive", accept_uncompressed=True)
    assert size > sum(map(len, compressed))
    folder = podman.images.export_to([image], io.BytesIO(), format="docker-dir")
    small = podman.images.export_to([image], plain, format="docker-dir", compress=True)
    assert small <= folder


def test_export_that_fails(podman: Podman, image: str, tmp_path: Path) -> None:
    path = tmp_path / "archive"
    with pytest.raises(BadRequestError, match="no references"):
        podman.images.export_to([], path)
    with pytest.raises(BadRequestError, match="nothing: image not known"):
        podman.images.export_to([image, "localhost/nothing"], path)
    with pytest.raises(APIError, match="must use format of docker-archive"):
        podman.images.export_to([image, image], path, format="oci-archive")
    with pytest.raises(FileError, match="No such file"):
        podman.images.export_to([image], tmp_path / "nowhere" / "archive")
    assert listing(tmp_path) == []


# -- load, import ----------------------------------------------------------------------------


def test_load_what_the_host_has(podman: Podman, host: Host, layered: str, image: str) -> None:
    def call(path: str) -> Any:
        return podman.images.load_local(path)

    if lacks(podman, "5.7.0", lambda: call("/mnt/share/layered.tar")):
        return
    host.run(
        "sh", "-c", f"rm -f /mnt/share/layered.tar; podman save -o /mnt/share/layered.tar {NAME}"
    )
    podman.images.remove(NAME)
    assert (call("/mnt/share/layered.tar")).names == [NAME]
    assert podman.images.exists(layered)
    with pytest.raises(NotFoundError, match="does not exist"):
        call("/mnt/share/nothing.tar")
    with pytest.raises(BadRequestError, match="not absolute"):
        call("layered.tar")
    host.run("sh", "-c", f"echo {image} > /mnt/share/layered.tar")
    with pytest.raises(APIError, match="unable to load image"):
        call("/mnt/share/layered.tar")


def test_import(podman: Podman, root: bytes, tmp_path: Path) -> None:
    (tmp_path / "root.tar").write_bytes(root)
    imported = podman.images.import_(
        tmp_path / "root.tar",
        reference="localhost/imported:1",
        changes=["CMD cat /etc/motto", "ENV WORD=light & shade", "LABEL a=b"],
        message="by hand",
        os="plan9",
        arch="arm64",
        variant="v8",
    )
    found = podman.images.inspect("localhost/imported:1")
    assert imported.id == f"sha256:{found.id}"
    assert found.config
    assert found.config.cmd[-1] == "cat /etc/motto"
    assert found.config.env == ["WORD=light & shade"]
    assert found.labels == {"a": "b"}
    assert (found.comment, found.os, found.architecture) == ("by hand", "plan9", "arm64")
    saved = io.BytesIO()
    podman.images.save_to(found.id, saved, format="docker-dir")
    saved.seek(0)
    with tarfile.open(fileobj=saved) as tar:
        config = next(tar.extractfile(each) for each in tar if found.id in each.name)
        assert config
        assert json.load(config)["variant"] == "v8"


def test_import_of_files_and_blocks(podman: Podman, root: bytes) -> None:
    for source in (io.BytesIO(root), iter([root[:1000], root[1000:]]), root):
        imported = podman.images.import_(source)
        inspected = podman.images.inspect(imported.id.removeprefix("sha256:"))
        assert inspected.repo_tags == []
        assert inspected.os == "linux"


def test_import_of_what_a_server_has(podman: Podman, host: Host, root: bytes, served: str) -> None:
    (host.share / "root.tar").write_bytes(root)
    podman.images.import_(f"{served}/root.tar", reference="localhost/imported")
    changes = podman.images.changes("localhost/imported")
    assert ("/etc/motto", 1) in [(each.path, each.kind) for each in changes]
    with pytest.raises(APIError, match="unable to import"):
        podman.images.import_(f"{served}/nothing.tar")


def test_import_that_fails(podman: Podman, root: bytes, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        podman.images.import_(tmp_path / "nothing")
    with pytest.raises(APIError, match="invalid change"):
        podman.images.import_(root, changes=["NONSENSE"])
    with pytest.raises(APIError, match="unexpected EOF"):
        podman.images.import_(b"no archive")
    assert len(podman.images.list(all=True)) == 1
