from __future__ import annotations

import contextlib
import io
import os
import socket
import stat
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podlib.errors import FileError
from podlib.files import NewFile, destination_file, open_for_reading, tar_folder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


# -- new files -----------------------------------------------------------------------------------


def test_a_new_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "archive.tar"
    with NewFile(path) as file:
        file.write([b"first,", memoryview(b"second,")])
        file.write([])
        file.write([b""])
        file.write([b"third"])
        assert not path.exists()
        (temporary,) = tmp_path.iterdir()
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
    assert path.read_bytes() == b"first,second,third"
    assert file.size == 18
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*tmp_path.iterdir()] == [path]


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


# -- folders -------------------------------------------------------------------------------------


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
    os.mkfifo(folder / "pipe")

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
    assert (copy / "pipe").is_fifo()


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


def test_sockets_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
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
