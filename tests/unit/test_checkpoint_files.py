"""Archives of checkpoints on the disk: what their manifests say is held against them."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from podlib import FileError, ParameterError, checkpoint_files
from podlib.checkpoint_files import ArchiveFile, manifest_path, read_manifest, verified
from podlib.models import CheckpointManifest

if TYPE_CHECKING:
    from pathlib import Path

    from podlib.models.checkpoint_manifest import Compression

DATA = b"memory" * 100_000
ABOUT = CheckpointManifest(
    container_id="a" * 64,
    name="web",
    image="b" * 64,
    image_name="busybox",
    architecture="amd64",
    podman_version="5.8.6",
    created="2026-01-01T00:00:00+00:00",
    compression="none",
    size=0,
    sha256="",
)


def write(path: Path, compression: Compression = "none") -> CheckpointManifest:
    with ArchiveFile(path, compression) as file:
        file.write([DATA[:1000], memoryview(DATA)[1000:]])
        return file.commit(ABOUT)


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "web.tar"
    manifest = write(path)
    assert read_manifest(path) == manifest
    assert (manifest.size, manifest.name) == (len(DATA), "web")
    assert b"".join(verified(path, manifest)) == DATA
    assert names(tmp_path) == {"web.tar", "web.tar.json"}


def test_compressed(tmp_path: Path) -> None:
    manifest = write(tmp_path / "web.tar", "gzip")
    packed = b"".join(verified(tmp_path / "web.tar", manifest))
    assert gzip.decompress(packed) == DATA
    assert len(packed) == manifest.size < len(DATA)
    small = write(tmp_path / "web.zst", "zstd")
    assert small.size < len(DATA)
    assert (tmp_path / "web.zst").read_bytes()[:4] == b"\x28\xb5\x2f\xfd"


def test_a_python_without_zstd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_files, "find_zstd", lambda: None)
    with pytest.raises(ParameterError, match=r"pip install 'podlib\[zstd\]'"):
        write(tmp_path / "web.zst", "zstd")
    assert names(tmp_path) == set()


def fail_half_way(path: Path) -> None:
    with ArchiveFile(path, "none") as file:
        file.write([b"half"])
        raise ZeroDivisionError


def test_left_before_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "web.tar"
    with pytest.raises(ZeroDivisionError):
        fail_half_way(path)
    assert names(tmp_path) == set()
    manifest = write(path)
    with pytest.raises(ZeroDivisionError):
        fail_half_way(path)
    assert b"".join(verified(path, read_manifest(path))) == DATA  # the older one
    assert read_manifest(path) == manifest


@pytest.mark.parametrize("at", [0, 300_000, len(DATA) - 1])
def test_another_archive_of_the_same_size(tmp_path: Path, at: int) -> None:
    path = tmp_path / "web.tar"
    manifest = write(path)
    path.write_bytes(DATA[:at] + bytes([DATA[at] ^ 1]) + DATA[at + 1 :])
    came: list[int] = []

    def send_on() -> None:
        came.extend(map(len, verified(path, read_manifest(path))))

    with pytest.raises(FileError, match="its SHA-256 is another one"):
        send_on()
    assert sum(came) < manifest.size  # who sends it on has not sent it whole


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "another"},
        {"size": "600000"},
        {"tcp_established": 0},
        {"container_id": None},
        {"volume_folders": {"data": 5}},
        {"volume_folders": {"data": "me:you 755 0"}},
    ],
)
def test_what_is_no_manifest(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "web.tar"
    manifest = write(path)
    document = {"format": checkpoint_files.FORMAT, **asdict(manifest)} | changes
    for text in (json.dumps(document), "", "[]", "\x00"):
        manifest_path(path).write_text(text)
        with pytest.raises(FileError, match="is no manifest of a checkpoint"):
            read_manifest(path)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "web.tar"
    with pytest.raises(FileError, match="cannot read"):
        read_manifest(path)
    manifest = write(path)
    checkpoint_files.remove_archive(path)
    checkpoint_files.remove_archive(path)
    assert names(tmp_path) == set()
    with pytest.raises(FileError, match="cannot read"):
        next(verified(path, manifest))
    path.mkdir()
    with pytest.raises(FileError, match="cannot remove"):
        checkpoint_files.remove_archive(path)
