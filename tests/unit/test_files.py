from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podlib import files
from podlib.errors import FileError
from podlib.files import NewFile, destination_file, open_for_reading

if TYPE_CHECKING:
    from collections.abc import Iterator


# -- new files -----------------------------------------------------------------------------------


@pytest.fixture(params=["", "named"], autouse=True)
def named(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """With files that have no name at first, and as where the file system has none."""
    if request.param:
        monkeypatch.setattr(files, "_OPEN_FILES", Path("/nowhere"))
    return bool(request.param)


def test_a_new_file_appears_when_it_is_complete(tmp_path: Path, named: bool) -> None:
    path = tmp_path / "archive.tar"
    with NewFile(path) as file:
        file.write([b"first,", memoryview(b"second,")])
        file.write([])
        file.write([b""])
        file.write([b"third"])
        assert not path.exists()
        temporary = [*tmp_path.iterdir()]
        assert len(temporary) == named
        assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in temporary)
    assert path.read_bytes() == b"first,second,third"
    assert file.size == 18
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*tmp_path.iterdir()] == [path]


def test_a_process_that_is_killed_leaves_nothing(tmp_path: Path, named: bool) -> None:
    if named:
        return  # the file system must know files without a name for that
    words = "import os, sys; from podlib.files import NewFile; file = NewFile(sys.argv[1])"
    words += "; file.__enter__(); file.write([b'secret']); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", words, tmp_path / "a"], check=False)
    assert done.returncode == -9
    assert [*tmp_path.iterdir()] == []


def test_a_folder_whose_file_system_needs_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def without(path: str, flags: int, *rest: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "not here")
        return opened(path, flags, *rest)

    monkeypatch.setattr(os, "open", without)
    with NewFile(tmp_path / "a") as file:
        file.write([b"data"])
        assert len([*tmp_path.iterdir()]) == 1
    assert (tmp_path / "a").read_bytes() == b"data"


def test_the_mode_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with NewFile(tmp_path / "a") as file:
            file.write([b"secret memory of a process"])
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_more_pieces_than_the_kernel_takes_at_once(tmp_path: Path) -> None:
    with NewFile(tmp_path / "a") as file:
        file.write([b"%d," % i for i in range(5_000)])
    assert (tmp_path / "a").read_bytes() == b"".join(b"%d," % i for i in range(5_000))


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("there", [False, True], ids=["new", "existing"])
def test_a_failure_leaves_everything_as_it_was(
    tmp_path: Path, error: type[BaseException], there: bool
) -> None:
    path = tmp_path / "a"
    if there:
        path.write_bytes(b"the one before")
    before = [*tmp_path.iterdir()]
    with pytest.raises(error), NewFile(path) as file:  # noqa: PT012 -- to fail half-way is the test
        file.write([b"half"])
        raise error
    assert [*tmp_path.iterdir()] == before
    assert not there or path.read_bytes() == b"the one before"


def test_an_existing_file_is_replaced_when_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"the one before")
    with path.open("rb") as reader, NewFile(path) as file:
        file.write([b"new"])
        assert path.read_bytes() == b"the one before"
        assert reader.read() == b"the one before"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize(
    "place",
    ["missing/a", "", "file/a", "n" * 300, "/", "/proc/a", "a\0b"],
    ids=["no folder", "a folder", "below a file", "a long name", "the root", "proc", "NUL"],
)
def test_a_place_where_nothing_can_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / place
    with pytest.raises(FileError, match="cannot write") as caught, NewFile(path) as file:
        file.write([b"data"])
    assert caught.value.path == str(path)
    assert [*tmp_path.iterdir()] == [tmp_path / "file"]


def test_the_longest_name_that_a_file_may_have(tmp_path: Path) -> None:
    with NewFile(tmp_path / ("n" * 255)) as file:
        file.write([b"data"])
    assert [len(path.name) for path in tmp_path.iterdir()] == [255]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here: that takes root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "archive"
    path.write_bytes(b"the one before")
    says = r"after [0-9]+ bytes: No space left on device"
    with pytest.raises(FileError, match=says) as caught, NewFile(path) as file:
        file.write([bytes(1_000)] * 1_000)
    assert caught.value.path == str(path)
    assert [*small_disk.iterdir()] == [path]
    assert path.read_bytes() == b"the one before"


def test_a_committed_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with pytest.raises(RuntimeError), NewFile(path) as file:  # noqa: PT012 -- to fail later is the test
        file.write([b"data"])
        file.commit()
        assert path.read_bytes() == b"data"
        raise RuntimeError
    assert [*tmp_path.iterdir()] == [path]


# -- the caller's own writers and files ----------------------------------------------------------


def test_a_writer_gets_bytes_that_it_may_keep() -> None:
    kept: list[object] = []

    class Keeping:
        def write(self, data: bytes) -> None:
            kept.append(data)

    buffer = bytearray(b"first,second")
    with destination_file(Keeping()) as file:
        file.write([memoryview(buffer)[:6], memoryview(buffer)[6:]])
        buffer[:] = bytes(12)
        file.write([b",third"])
        file.commit()
    assert kept == [b"first,second", b",third"]
    assert (file.size, file.path) == (18, None)


def test_a_callers_file_is_left_open(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as given:
        with destination_file(given) as file:
            file.write([b"data"])
            file.commit()
        assert not given.closed


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_is_a_new_file(tmp_path: Path, kind: type[str | Path]) -> None:
    with destination_file(kind(tmp_path / "a")) as file:
        assert isinstance(file, NewFile)


def test_a_writer_that_fails(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, destination_file(full) as file:
        with pytest.raises(FileError, match="No space left") as caught:
            file.write([b"data"])
        assert caught.value.path == "/dev/full"
    (tmp_path / "a").touch()
    with (
        (tmp_path / "a").open("rb") as reader,
        destination_file(reader) as file,
        pytest.raises(FileError),
    ):
        file.write([b"data"])


def test_a_writer_that_takes_a_part(small_disk: Path) -> None:
    """An unbuffered file on a full disk says by a number that it took less."""
    with (
        (small_disk / "a").open("wb", buffering=0) as raw,
        destination_file(raw) as file,
        pytest.raises(FileError, match="No space left"),
    ):
        file.write([bytes(1_000_000)])


def test_a_writer_that_raises_its_own() -> None:
    class Refusing:
        def write(self, data: bytes) -> None:
            raise LookupError(data)

    with destination_file(Refusing()) as file, pytest.raises(LookupError):
        file.write([b"data"])


@pytest.mark.parametrize("name", ["missing", "", "n" * 300])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(FileError, match="cannot read") as caught:
        open_for_reading(path)
    assert caught.value.path == str(path)
