from __future__ import annotations

import contextlib
import io
import os
import socket
import stat
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podlib.errors import FileError
from podlib.tar import END, tar_bytes, tar_folder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


def taken(folder: Path) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(b"".join(tar_folder(folder))))


def test_a_folder_comes_through_tar_as_it_was(tmp_path: Path) -> None:
    folder, copy = tmp_path / "folder", tmp_path / "copy"
    (folder / "sub" / "empty").mkdir(parents=True)
    contents = {
        "empty file": b"",
        "block": bytes(512),
        "sub/large": bytes(range(256)) * 1_000,
        "sub/ünïcode \u2028": b"x",
        "d" * 120 + "/" + "f" * 200: b"long names",
    }
    for name, data in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "block").chmod(0o4755)
    os.utime(folder / "block", ns=(0, 1_600_000_000_123_456_789))
    (folder / "link").symlink_to("../outside/" + "l" * 150)
    (folder / "link to folder").symlink_to("sub")
    (folder / "sub" / "hard").hardlink_to(folder / "block")

    with taken(folder) as archive:
        archive.extractall(copy, filter="fully_trusted")  # noqa: S202 -- our own archive

    def listing(root: Path) -> list[str]:
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))

    assert listing(copy) == listing(folder)
    for name, data in contents.items():
        assert (copy / name).read_bytes() == data
    assert stat.S_IMODE((copy / "block").stat().st_mode) == 0o4755
    assert (copy / "block").stat().st_mtime == pytest.approx(1_600_000_000.123, abs=1e-3)
    assert (copy / "link").readlink() == Path("../outside/" + "l" * 150)
    assert (copy / "link to folder").readlink() == Path("sub")
    assert (copy / "sub" / "hard").samefile(copy / "block")


def test_members_come_in_a_fixed_order_without_the_folder_itself(tmp_path: Path) -> None:
    for name in ("b", "a", "C"):
        (tmp_path / name).touch()
    with taken(tmp_path) as archive:
        assert archive.getnames() == ["C", "a", "b"]


def test_an_empty_folder(tmp_path: Path) -> None:
    with taken(tmp_path) as archive:
        assert archive.getnames() == []


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).write_bytes(b"x")
    with taken(tmp_path) as archive:
        assert [os.fsencode(name) for name in archive.getnames()] == [b"caf\xe9"]


def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "s"))
        with taken(tmp_path) as archive:
            assert archive.getnames() == ["file"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").touch()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "folder" / "loop").symlink_to("loop")
    with taken(tmp_path / "folder") as archive:
        assert archive.getnames() == ["link", "loop"]
        assert all(member.issym() for member in archive)


def test_a_link_to_a_folder_may_be_the_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "link").symlink_to("folder")
    with taken(tmp_path / "link") as archive:
        assert archive.getnames() == ["file"]


@pytest.mark.parametrize("name", ["missing", "file", "n" * 300, "a\0b"])
def test_what_is_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    path = f"{tmp_path}/{name}"
    with pytest.raises(FileError) as caught:
        b"".join(tar_folder(path))
    assert caught.value.path == path


def test_a_file_that_vanishes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").write_bytes(b"x")
    stream = tar_folder(tmp_path)
    next(stream)
    (tmp_path / "b").unlink()
    with pytest.raises(FileError, match="No such file") as caught:
        b"".join(stream)
    assert caught.value.path == str(tmp_path / "b")


def test_a_folder_that_vanishes(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").mkdir()
    stream = tar_folder(tmp_path)
    next(stream)
    (tmp_path / "b").rmdir()
    with pytest.raises(FileError) as caught:
        b"".join(stream)
    assert caught.value.path == str(tmp_path / "b")


def test_a_file_that_shrinks(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(300_000))
    stream = tar_folder(tmp_path)
    next(stream)
    next(stream)
    os.truncate(tmp_path / "a", 70_000)
    with pytest.raises(FileError, match="shorter"):
        b"".join(stream)


def test_a_file_that_grows_is_taken_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"as it was")
    stream = tar_folder(tmp_path)
    head = next(stream)
    with (tmp_path / "a").open("ab") as file:
        file.write(bytes(2_000))
    with tarfile.open(fileobj=io.BytesIO(head + b"".join(stream))) as archive:
        member = archive.extractfile("a")
        assert member is not None
        assert member.read() == b"as it was"


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that everybody may read: pytest's own are for its user only."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_may_not_be_read(public_folder: Path, kind: str) -> None:
    path = public_folder / kind
    if kind == "file":
        path.write_bytes(b"x")
    else:
        path.mkdir()
    path.chmod(0)
    with _as_nobody(), pytest.raises(FileError, match="Permission denied") as caught:
        b"".join(tar_folder(public_folder))
    assert caught.value.path == str(path)
    path.chmod(0o700)


@contextlib.contextmanager
def _as_nobody() -> Generator[None]:
    """Without root's right to read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(65_534)
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def test_a_large_file_comes_in_small_blocks(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(10 << 20)
    assert max(len(block) for block in tar_folder(tmp_path)) <= 1 << 16


def test_a_file_larger_than_old_headers_can_say(tmp_path: Path) -> None:
    size = 9 << 30
    with (tmp_path / "a").open("wb") as file:
        file.truncate(size)
    blocks = tar_folder(tmp_path)
    head = next(blocks)
    with tarfile.open(fileobj=io.BytesIO(head)) as archive:
        member = archive.next()
        assert member is not None
        assert member.size == size
    blocks.close()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] -- it is a generator


def test_folders_deeper_than_calls(tmp_path: Path) -> None:
    depth = sys.getrecursionlimit() + 10
    (tmp_path / "file").touch()
    path = str(tmp_path)
    for _ in range(depth):
        path += "/d"
        os.mkdir(path)  # noqa: PTH102 -- a Path is slow at such depths
    with taken(tmp_path) as archive:
        assert len(archive.getnames()) == depth + 1
    os.removedirs(path)  # who cleans up after the tests may call itself for each folder


def test_what_is_ignored(tmp_path: Path) -> None:
    class Ignoring:
        def leaves_out(self, name: str) -> bool:
            return name in {"a", "a/x", "b", "b/y"}

        def passes_over(self, folder: str) -> bool:
            return folder == "b"

    for name in ("a/x", "a/z", "b/y", "c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b").chmod(0)  # it is not even looked into
    archive = b"".join(tar_folder(tmp_path, Ignoring()))
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.getnames() == ["a/z", "c"]


def test_bytes_as_a_member() -> None:
    archive = tar_bytes("ä" * 200, b"x" * 513, 0o755) + tar_bytes("b", b"") + END
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        first, second = tar.getmembers()
        assert (first.name, first.size, first.mode) == ("ä" * 200, 513, 0o755)
        assert (second.name, second.size, second.mode) == ("b", 0, 0o644)
