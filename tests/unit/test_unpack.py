"""Trees out of tar streams: what is written, and that nothing is written anywhere else."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podlib.copying import Place
from podlib.errors import FileError, PodmanError, ProtocolError, TruncatedError
from podlib.tar import tar_folder, tar_path
from podlib.unpack import Unpacker, Ways

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TIME = 1_600_000_000
USUAL = Ways()
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(autouse=True, scope="module")
def _umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def member(name: str, kind: bytes = tarfile.REGTYPE, **facts: Any) -> tarfile.TarInfo:
    """A member of an archive."""
    made = tarfile.TarInfo(name)
    made.type, made.mtime, made.mode = kind, TIME, 0o750 if kind == tarfile.DIRTYPE else 0o640
    for fact, value in facts.items():
        setattr(made, fact, value)
    return made


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    """A link in an archive."""
    return member(name, kind, linkname=target)


def archive(*members: tarfile.TarInfo | tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive; plain files are pairs of names and data."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=form) as made:
        for each in members:
            if isinstance(each, tarfile.TarInfo):
                made.addfile(each)
            else:
                name, data = each
                made.addfile(member(name, size=len(data)), io.BytesIO(data))
    return output.getvalue()


def unpack(
    folder: Path, data: bytes, *, name: str = "copy", ways: Ways = USUAL, whole: bool = True
) -> Path:
    """Unpack an archive, cut into blocks; where it is."""
    place = Place(str(folder), name)
    with Unpacker(place, whole=whole, ways=ways) as unpacker:
        for start in range(0, len(data), 700):
            unpacker.feed(data[start : start + 700])
        unpacker.end()
    return Path(place.path)


def tree(folder: Path) -> dict[str, str]:
    """What is in a folder: kinds, modes, contents, ends of links."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        kind = stat.filemode(facts.st_mode)
        if path.is_symlink():
            kind = f"-> {path.readlink()}"
        elif path.is_file():
            kind = f"{kind} {path.read_text()}"
        found[str(path.relative_to(folder))] = kind
    return found


TREE = archive(
    member("top", tarfile.DIRTYPE),
    member("top/deep", tarfile.DIRTYPE, mode=0o555),
    ("top/deep/file", b"one"),
    ("top/empty", b""),
    link("top/link", "deep/file"),
    link("top/deep/up", "../empty"),
    link("top/hard", "top/deep/file", tarfile.LNKTYPE),
    member("top/pipe", tarfile.FIFOTYPE),
    ("top/" + "long" * 50, b"2"),
)


def check_tree(folder: Path) -> None:
    """It is what TREE has."""
    assert tree(folder) == {
        "deep": "dr-xr-xr-x",
        "deep/file": "-rw-r----- one",
        "deep/up": "-> ../empty",
        "empty": "-rw-r----- ",
        "hard": "-rw-r----- one",
        "link": "-> deep/file",
        "long" * 50: "-rw-r----- 2",
        "pipe": "prw-r-----",
    }
    assert (folder / "hard").samefile(folder / "deep" / "file")
    for name in ("deep", "deep/file", "empty"):
        assert (folder / name).stat().st_mtime == TIME


def test_tree(tmp_path: Path) -> None:
    copy = unpack(tmp_path, TREE)
    check_tree(copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o750
    assert copy.stat().st_mtime == TIME
    check_tree(unpack(tmp_path, TREE))  # over what is there


def test_contents(tmp_path: Path) -> None:
    copy = unpack(tmp_path, TREE)
    data = b"".join(tar_folder(copy, pipes=True))
    other = tmp_path / "other"
    other.mkdir()
    check_tree(unpack(other, data, name="", whole=False))
    check_tree(unpack(tmp_path, data, name="third", whole=False))


def test_what_we_send_is_what_we_take(tmp_path: Path) -> None:
    copy = unpack(tmp_path, TREE)
    check_tree(unpack(tmp_path, b"".join(tar_path(copy, "any")), name="second"))
    file = unpack(tmp_path, b"".join(tar_path(copy / "deep" / "file", "x")), name="y")
    assert file.read_text() == "one"


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_and_links(tmp_path: Path, form: int) -> None:
    name, target = "n" * 200, "t" * 180
    data = archive((f"top/{target}", b"1"), link(f"top/{name}", target), form=form)
    copy = unpack(tmp_path, data)
    assert (copy / name).readlink() == Path(target)
    assert (copy / name).read_text() == "1"


def test_times_with_fractions(tmp_path: Path) -> None:
    copy = unpack(tmp_path, archive(member("top", mtime=TIME + 0.5)))
    assert copy.stat().st_mtime == TIME + 0.5


def test_the_last_of_a_name_stays(tmp_path: Path) -> None:
    data = archive(("top/a", b"1"), link("top/a", "b"), ("top/b", b"2"), ("top/a", b"3"))
    copy = unpack(tmp_path, data)
    assert tree(copy) == {"a": "-rw-r----- 3", "b": "-rw-r----- 2"}


# -- what is refused -------------------------------------------------------------------------

OUT = [
    ("top/../../evil", b"x"),
    ("../evil", b"x"),
    ("/evil", b"x"),
    ("top/\0evil", b"x"),
    (f"top/{'a/' * 3000}", b"x"),
    member("../evil", tarfile.DIRTYPE),
    link("top/l", "/evil"),
    link("top/l", "../evil"),
    link("top/l", "deep/../../evil"),
    link("top/l", ".."),
    link("top", "evil"),
    link("top/h", "../evil", tarfile.LNKTYPE),
    link("top/h", "/evil", tarfile.LNKTYPE),
    link("top/h", "top/nowhere", tarfile.LNKTYPE),
    link("top/h", "", tarfile.LNKTYPE),
]


@pytest.mark.parametrize("bad", OUT, ids=range(len(OUT)))
def test_what_leads_out(tmp_path: Path, bad: tarfile.TarInfo | tuple[str, bytes]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "evil").write_text("mine")
    data = archive(member("top", tarfile.DIRTYPE), ("top/fine", b"1"), bad, ("top/later", b"2"))
    with pytest.raises(FileError) as caught:
        unpack(tmp_path / "folder", data)
    assert str(tmp_path) in caught.value.path
    found = tree(tmp_path)
    assert found.pop("evil") == "-rw-r--r-- mine"
    assert found == {
        "folder": "drwxr-xr-x",
        "folder/copy": "drwx------",
        "folder/copy/fine": "-rw-r----- 1",
    }


@pytest.mark.parametrize("trusted", [False, True])
def test_no_link_is_followed(tmp_path: Path, trusted: bool) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "folder").mkdir()
    for way in (link("top/way", "../../mine"), link("top/way", "sub")):
        data = archive(member("top/sub", tarfile.DIRTYPE), way, ("top/way/file", b"x"))
        with pytest.raises(FileError):
            unpack(tmp_path / "folder", data, ways=Ways(trusted=trusted, overwrite=False))
    hard = archive(link("top/way", "../../mine"), link("top/h", "top/way/x", tarfile.LNKTYPE))
    with pytest.raises(FileError):
        unpack(tmp_path / "folder", hard, ways=Ways(trusted=trusted))
    assert tree(tmp_path / "mine") == {}


def test_links_of_the_caller_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "way").symlink_to("../mine")
    (tmp_path / "copy" / "file").symlink_to("../mine/file")
    os.link(tmp_path / "mine" / "file", tmp_path / "copy" / "hard")
    unpack(tmp_path, archive(("top/file", b"theirs"), ("top/hard", b"theirs")))
    with pytest.raises(FileError, match="no folder"):
        unpack(tmp_path, archive(("top/way/file", b"theirs")))
    assert tree(tmp_path / "mine") == {"file": "-rw-r--r-- mine"}
    assert (tmp_path / "copy" / "file").read_text() == "theirs"


def test_trusted(tmp_path: Path) -> None:
    data = archive(
        member("top", tarfile.DIRTYPE, mode=0o2755),
        link("top/out", "/etc/passwd"),
        member("top/program", mode=0o6755),
    )
    with pytest.raises(FileError, match="trusted=True"):
        unpack(tmp_path, data)
    copy = unpack(tmp_path, data, ways=Ways(trusted=True))
    assert tree(copy) == {"out": "-> /etc/passwd", "program": "-rwsr-sr-x "}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o2755
    plain = archive(member("top", tarfile.DIRTYPE, mode=0o2755), member("top/program", mode=0o6755))
    assert tree(unpack(tmp_path, plain)) == {"out": "-> /etc/passwd", "program": "-rwxr-xr-x "}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o755


def test_devices_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    null = member("top/null", tarfile.CHRTYPE, devmajor=1, devminor=3)
    data = archive(member("top", tarfile.DIRTYPE), null)
    assert tree(unpack(tmp_path, data)) == {}
    made: list[tuple[int, int]] = []

    def mknod(path: bytes, mode: int, device: int, *, dir_fd: int) -> None:  # only root may do so
        made.append((mode, device))
        os.close(os.open(path, os.O_CREAT, mode=0o600, dir_fd=dir_fd))

    monkeypatch.setattr(os, "mknod", mknod)
    assert tree(unpack(tmp_path, data, ways=Ways(trusted=True))) == {"null": "-rw-r----- "}
    assert made == [(stat.S_IFCHR | 0o600, os.makedev(1, 3))]


def test_overwrite(tmp_path: Path) -> None:
    folders = archive(("top/thing/deep/file", b"1"), ("top/other", b"2"))
    files = archive(("top/thing", b"3"), member("top/other", tarfile.DIRTYPE))
    unpack(tmp_path, folders)
    with pytest.raises(FileError, match="overwrite=True"):
        unpack(tmp_path, files)
    assert tree(tmp_path / "copy")["thing/deep/file"] == "-rw-r----- 1"
    copy = unpack(tmp_path, files, ways=Ways(overwrite=True))
    assert tree(copy) == {"thing": "-rw-r----- 3", "other": "drwxr-x---"}
    with pytest.raises(FileError, match="no folder"):
        unpack(tmp_path, archive(member("top/thing", tarfile.DIRTYPE)))
    both = archive(member("top/a", tarfile.DIRTYPE), ("top/a/b", b""), ("top/a", b"4"))
    assert tree(unpack(tmp_path, both, name="b", ways=Ways(overwrite=True))) == {
        "a": "-rw-r----- 4"
    }


@pytest.mark.parametrize("length", [512, 600, 1400])
def test_streams_that_are_cut(tmp_path: Path, length: int) -> None:
    (tmp_path / "copy").write_text("old")
    data = archive(("file", b"new" * 300))
    with pytest.raises(TruncatedError):
        unpack(tmp_path, data[:length])
    assert tree(tmp_path) == {"copy": "-rw-r--r-- old"}


def test_holes_and_other_kinds(tmp_path: Path) -> None:
    sparse = member("file", tarfile.GNUTYPE_SPARSE, size=0)
    with pytest.raises(ProtocolError, match="holes"):
        unpack(tmp_path, sparse.tobuf(tarfile.GNU_FORMAT))
    modern = member("file", pax_headers={"GNU.sparse.major": "1", "GNU.sparse.name": "x"})
    with pytest.raises(ProtocolError, match="holes"):
        unpack(tmp_path, archive(modern))
    with pytest.raises(ProtocolError, match="kind b'Z'"):
        unpack(tmp_path, archive(member("file", b"Z")))
    assert tree(tmp_path) == {}


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        unpack(tmp_path / "nowhere", archive(("file", b"")))


def test_times_and_sizes_of_any_number(tmp_path: Path) -> None:
    for odd in (member("top/a", mtime=1 << 70), member("top/a", mtime=-(1 << 40))):
        with suppress(PodmanError):
            unpack(tmp_path, archive(odd, form=tarfile.GNU_FORMAT))


# -- anything --------------------------------------------------------------------------------

STEPS = st.sampled_from(["a", "b", "c", "..", ".", "", "top"])
PATHS = st.lists(STEPS, max_size=5).map("/".join)
KINDS = st.sampled_from(
    [
        tarfile.REGTYPE,
        tarfile.DIRTYPE,
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.FIFOTYPE,
        tarfile.CONTTYPE,
    ]
)
MEMBERS = st.lists(
    st.builds(member, PATHS, KINDS, linkname=PATHS, mode=st.integers(0o700, 0o7777)),
    max_size=8,
)
WAYS = st.builds(Ways, overwrite=st.booleans(), trusted=st.booleans())


def outside(folder: Path) -> dict[str, str]:
    """All around the target."""
    found = {**tree(folder), ".": str(folder.stat().st_mtime_ns)}
    return {name: what for name, what in found.items() if not name.startswith("in/")}


@unhurried
@given(MEMBERS, WAYS, st.booleans(), st.sampled_from(["", "copy"]))
def test_nothing_is_written_outside(
    members: Iterable[tarfile.TarInfo], ways: Ways, whole: bool, name: str
) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(os.path.realpath(made))
        (folder / "in").mkdir()
        (folder / "a").write_text("mine")
        (folder / "b").mkdir()
        (folder / "in" / "c").symlink_to("../b")
        before = outside(folder)
        with suppress(PodmanError):
            unpack(folder / "in", archive(*members), name=name, ways=ways, whole=whole)
        assert outside(folder) == before
        left = list((folder / "in").rglob(".podlib-*"))
        assert left == []
        if name and not ways.trusted:  # else a link may lead to the caller's own, and so out
            top = folder / "in" / name
            for path in top.rglob("*"):
                assert Path(os.path.realpath(path)).is_relative_to(top)


@unhurried
@given(st.data())
def test_any_byte_changed(data: st.DataObject) -> None:
    changed = bytearray(TREE)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "in").mkdir()
        before = outside(folder)
        with suppress(PodmanError):
            unpack(folder / "in", bytes(changed))
        assert outside(folder) == before
