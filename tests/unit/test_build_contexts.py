from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from podlib.build_contexts import EMPTY, is_url, tar_context
from podlib.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path


def members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {each.name: tar.extractfile(each) for each in tar if each.isreg()}
        return {name: file.read() for name, file in files.items() if file}


def test_secrets_come_first(tmp_path: Path) -> None:
    (tmp_path / "word").write_bytes(b"sesame")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "Containerfile").write_bytes(b"FROM a")
    archive = b"".join(
        tar_context(folder, {"a": b"x" * 512, "b": tmp_path / "word", "c": b""}),
    )
    assert list(members(archive).items()) == [
        (".podlib-secret-0", b"x" * 512),
        (".podlib-secret-1", b"sesame"),
        (".podlib-secret-2", b""),
        ("Containerfile", b"FROM a"),
    ]
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert {each.mode for each in tar if "secret" in each.name} == {0o600}


@pytest.mark.parametrize("name", ["nothing", "nul\0"])
def test_secrets_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="cannot read"):
        list(tar_context(tmp_path, {"a": str(tmp_path / name)}))


def test_an_archive_without_members() -> None:
    assert members(EMPTY) == {}


def test_urls(tmp_path: Path) -> None:
    assert is_url("https://example.org/a.tar")
    assert is_url("git://example.org/a")
    for path in (tmp_path, "http", "./http://a", b"http://a", None):
        assert not is_url(path)
