"""Where copies go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib.copying import Item, Place, demands_folder, item_here, item_there, place_at, place_here
from podlib.errors import FileError, ParameterError
from podlib.models import PathStat, decode

if TYPE_CHECKING:
    from pathlib import Path

FILE = Item("/a/file", "file", is_dir=False, contents=False)
FOLDER = Item("/a/folder", "folder", is_dir=True, contents=False)
CONTENTS = Item("/a/folder", "folder", is_dir=True, contents=True)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file, a folder, and links to both, where the test is."""
    (tmp_path / "file").write_text("1")
    (tmp_path / "folder").mkdir()
    (tmp_path / "to-file").symlink_to("file")
    (tmp_path / "to-folder").symlink_to("folder")
    (tmp_path / "to-nowhere").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_place_at() -> None:
    assert place_at(FILE, FOLDER) == Place("/a/folder", "file")
    assert place_at(FILE, FILE) == Place("/a", "file")
    assert place_at(FOLDER, FOLDER) == Place("/a/folder", "folder")
    assert place_at(CONTENTS, FOLDER) == Place("/a/folder", "")
    for item in (FOLDER, CONTENTS):
        with pytest.raises(ParameterError, match="/a/file is no folder"):
            place_at(item, FILE)


def test_path_of_a_place() -> None:
    assert Place("/a", "b").path == "/a/b"
    assert Place("/a", "").path == "/a"


@pytest.mark.parametrize(
    ("path", "name", "end", "is_dir", "contents"),
    [
        ("file", "file", "file", False, False),
        ("folder", "folder", "folder", True, False),
        ("folder/", "folder", "folder", True, False),
        ("folder/.", "folder", "folder", True, True),
        ("to-file", "to-file", "file", False, False),
        ("to-folder", "to-folder", "folder", True, False),
    ],
)
def test_item_here(
    tree: Path, path: str, name: str, end: str, is_dir: bool, contents: bool
) -> None:
    assert item_here(path) == Item(end, name, is_dir, contents)
    assert item_here(f"{tree}/{path}") == Item(str(tree / end), name, is_dir, contents)


def test_links_to_links(tree: Path) -> None:
    (tree / "folder" / "over").symlink_to("../to-file")
    (tree / "slash").symlink_to("folder/")
    assert item_here("folder/over").path == "folder/../file"
    assert item_here("slash") == Item("folder", "slash", is_dir=True, contents=False)
    assert item_here("/.") == Item("/", "", is_dir=True, contents=True)


def test_the_folder_where_we_are(tree: Path) -> None:
    assert item_here(".") == Item(".", tree.name, is_dir=True, contents=True)


@pytest.mark.parametrize("path", ["nowhere", "file/", "file/.", "to-nowhere", "a\0b"])
@pytest.mark.usefixtures("tree")
def test_what_is_not_here(path: str) -> None:
    with pytest.raises(FileError, match="cannot read"):
        item_here(path)


@pytest.mark.parametrize(
    ("target", "is_dir", "expected"),
    [
        ("/a/folder", True, FOLDER),
        ("/a/folder/", True, FOLDER),
        ("/a/folder/.", True, CONTENTS),
        ("/a/file", False, FILE),
        ("/.", True, Item("/", "", is_dir=True, contents=True)),
    ],
)
def test_item_there(target: str, is_dir: bool, expected: Item) -> None:
    document = f'{{"name": "x", "size": 1, "mode": 0, "mtime": "2026-01-02T03:04:05Z", \
        "isDir": {str(is_dir).lower()}, "linkTarget": "{target}"}}'
    assert item_there(decode(PathStat, document.encode())) == expected


def test_place_here(tree: Path) -> None:
    assert place_here(FILE, tree / "new") == Place(str(tree), "new")
    assert place_here(FILE, "new") == Place(".", "new")
    assert place_here(FILE, ".") == Place(".", "file")
    assert place_here(FILE, tree / "to-file") == Place(str(tree), "to-file")
    assert place_here(FILE, "file") == Place(".", "file")
    assert place_here(FILE, "to-nowhere") == Place(".", "to-nowhere")
    assert place_here(FILE, "to-folder/") == Place("folder", "file")
    assert place_here(CONTENTS, "folder") == Place("folder", "")
    assert place_here(CONTENTS, "new") == Place(".", "new")
    with pytest.raises(FileError, match="No such file"):
        place_here(FILE, "new/")
    with pytest.raises(FileError, match="No such file"):
        place_here(FILE, "nowhere/new")
    with pytest.raises(ParameterError):
        place_here(FOLDER, "file")


@pytest.mark.parametrize("path", ["a/", "a/.", "a/..", ".", "..", "/"])
def test_paths_that_demand_a_folder(path: str) -> None:
    assert demands_folder(path)


@pytest.mark.parametrize("path", ["a", "/a", "a.", "a/...", ".a"])
def test_paths_that_do_not(path: str) -> None:
    assert not demands_folder(path)
