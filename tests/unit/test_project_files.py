"""The folder of a saved project: a manifest that is there means a set that is complete."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from podlib import FileError
from podlib.checkpoint_files import ArchiveFile
from podlib.models import CheckpointManifest, ProjectManifest, SavedContainer
from podlib.project_files import NAME, check_archive, commit, make_folder, read_folder

from .test_group_plan import network, volume

if TYPE_CHECKING:
    from pathlib import Path

CHECKPOINT = CheckpointManifest(
    "a" * 64,
    "web-1",
    "b" * 64,
    "web:1",
    "amd64",
    "5.4.2",
    "2026-01-01T00:00:00+00:00",
    "none",
    0,
    "",
)


def manifest() -> ProjectManifest:
    other = replace(CHECKPOINT, name="db-1")
    return ProjectManifest(
        project="shop",
        created="2026-01-01T00:00:00+00:00",
        containers=[
            SavedContainer("", f"{each.name}.tar", 0, [], ["sh"], each)
            for each in (CHECKPOINT, other)
        ],
        networks=[network(subnets=[{"subnet": "10.1.0.0/24"}])],
        volumes=[volume(o="size=1g")],
    )


def save(folder: Path, *, content: bytes = b"memory") -> ProjectManifest:
    with ExitStack() as stack:
        files = {
            each.checkpoint.name: stack.enter_context(ArchiveFile(folder / each.archive, "gzip"))
            for each in manifest().containers
        }
        for file in files.values():
            file.write([content])
        return commit(folder, files, manifest())


def listing(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


SET = ["db-1.tar", "db-1.tar.json", "project.json", "web-1.tar", "web-1.tar.json"]


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "set")
    assert folder.stat().st_mode & 0o777 == 0o700
    saved = save(folder)
    assert read_folder(folder) == saved
    assert listing(folder) == SET
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    for each in saved.containers:
        assert len(each.checkpoint.sha256) == 64
        check_archive(folder, each)
    (folder / "web-1.tar").write_bytes(b"x" * saved.containers[0].checkpoint.size)
    with pytest.raises(FileError, match="SHA-256"):
        check_archive(folder, saved.containers[0])


def test_an_archive_of_another_set(tmp_path: Path) -> None:
    save(tmp_path, content=b"newer")
    (tmp_path / "other").mkdir()
    older = save(tmp_path / "other").containers[0]
    with pytest.raises(FileError, match="not the archive that the project's manifest describes"):
        check_archive(tmp_path, older)


def test_a_set_that_fails_leaves_nothing(tmp_path: Path) -> None:
    save(tmp_path)
    (tmp_path / NAME).unlink()
    (tmp_path / NAME).mkdir()
    with pytest.raises(FileError, match="cannot remove"):
        save(tmp_path)
    (tmp_path / NAME).rmdir()
    (tmp_path / "db-1.tar.json").unlink()
    (tmp_path / "db-1.tar.json").mkdir()
    with pytest.raises(FileError):
        save(tmp_path)
    assert listing(tmp_path) == ["db-1.tar", "db-1.tar.json"]


@pytest.mark.parametrize("text", ["", "[]", "{", "{}"])
def test_what_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(FileError, match="is no manifest of a project"):
        read_folder(tmp_path)


def test_wrong_folders(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        read_folder(tmp_path)
    save(tmp_path)
    document = json.loads((tmp_path / NAME).read_text())
    document["containers"][0]["archive"] = "../web.tar"
    (tmp_path / NAME).write_text(json.dumps(document))
    with pytest.raises(FileError, match="outside of its folder"):
        read_folder(tmp_path)
    with pytest.raises(FileError, match="cannot make the folder"):
        make_folder(tmp_path / "no" / "folder")
