"""Files out of tar streams, however they are cut, and whatever they are."""

from __future__ import annotations

import io
import tarfile
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlib import FileError, PodmanError, ProtocolError, StreamError, TruncatedError
from podlib.untar import Files, TarSplitter, TarTrimmer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAMES = st.text(min_size=1, max_size=150).filter(
    lambda name: name.isprintable() and not name.endswith("/")  # which tarfile leaves out
)
FILES = st.dictionaries(NAMES, st.binary(max_size=2000), max_size=4)


def tar(files: dict[str, bytes], kind: bytes = tarfile.REGTYPE, mode: int = 0o600) -> bytes:
    """An archive."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.type, member.size, member.mode = kind, len(data), mode
            archive.addfile(member, io.BytesIO(data))
    return output.getvalue()


def cut(data: bytes, sizes: Iterable[int]) -> list[bytes]:
    """``data`` in blocks of these sizes, and the rest."""
    blocks: list[bytes] = []
    for size in sizes:
        blocks, data = [*blocks, data[:size]], data[size:]
    return [*blocks, data]


def split(blocks: Iterable[bytes]) -> dict[str, bytes]:
    """What a splitter finds."""
    splitter = TarSplitter()
    found: dict[str, bytes] = {}
    name = ""
    for block in blocks:
        for part in splitter.feed(block):
            if isinstance(part, tarfile.TarInfo):
                name = part.name
                found[name] = b""
            else:
                found[name] += part
    splitter.end()
    return found


def unpack(folder: Path, data: bytes) -> list[str]:
    """The names of the files that are written from a whole archive."""
    with Files(folder) as files:
        for file in files.feed(data):
            file.commit()
        files.end()
    return [path.name for path in files.paths]


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@given(FILES, st.lists(st.integers(0, 700), max_size=20))
def test_any_cut(files: dict[str, bytes], sizes: list[int]) -> None:
    assert split(cut(tar(files), sizes)) == files


@given(st.binary(max_size=3000))
def test_any_bytes(data: bytes) -> None:
    with suppress(PodmanError):
        split([data])


@given(FILES, st.data())
def test_any_byte_changed(files: dict[str, bytes], data: st.DataObject) -> None:
    archive = bytearray(tar(files))
    archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PodmanError):
        split([bytes(archive)])


@given(st.integers(0, 2 * 512 + 100))
def test_any_end_before_the_end(length: int) -> None:
    archive = tar({"one": b"1" * 600})
    with pytest.raises((TruncatedError, StreamError)):
        split([archive[:length]])


def test_files(tmp_path: Path) -> None:
    files = {"one": b"1" * 100_000, "empty": b"", "grüße" + "x" * 150: b"3"}
    assert unpack(tmp_path, tar(files)) == [*files]
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == files


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "/a", "../a", "a/"])
def test_names_that_are_paths(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ProtocolError, match="plain files"):
        unpack(folder, tar({"fine": b"1", name: b"2"}))
    assert names(folder) == ["fine"]
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, b"3", b"6"])
def test_other_kinds(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(ProtocolError, match="plain files"):
        unpack(tmp_path, tar({"name": b""}, kind))
    assert names(tmp_path) == []


def test_links_in_the_way_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "one").symlink_to("secret")
    unpack(tmp_path, tar({"one": b"theirs"}))
    assert (tmp_path / "secret").read_text() == "mine"
    assert (tmp_path / "one").read_text() == "theirs"


def test_what_is_not_complete_is_removed(tmp_path: Path) -> None:
    archive = tar({"one": b"1" * 600, "two": b"2" * 600})
    with pytest.raises(TruncatedError):
        unpack(tmp_path, archive[:2500])
    assert names(tmp_path) == ["one"]


def test_words_of_the_server_instead_of_more(tmp_path: Path) -> None:
    archive = tar({"one": b"1"})
    said = b'{"message":"it is gone"}'
    for data in (archive + said, archive[:1024] + said, archive[:1024] + said * 100, said):
        with pytest.raises(StreamError, match="it is gone"):
            unpack(tmp_path, data)
    with pytest.raises(StreamError) as caught:
        unpack(tmp_path, archive + said * 100)
    assert len(str(caught.value)) < 400


def test_zeros_behind_the_end(tmp_path: Path) -> None:
    assert unpack(tmp_path, tar({"one": b"1"}) + bytes(10_000)) == ["one"]


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        unpack(tmp_path / "nowhere", tar({"one": b"1"}))


@pytest.mark.parametrize(
    "records",
    [b"0 a=b\n", b"x a=b\n", b"6 ab\n", b"99 path=a\n", b"12 size=1e9\n", b"11 size=-9\n"],
)
def test_malformed_records(records: bytes) -> None:
    head = tarfile.TarInfo("x")
    head.type, head.size = tarfile.XHDTYPE, len(records)
    data = head.tobuf() + records.ljust(512, b"\0") + tar({"one": b"1"})
    with pytest.raises((ProtocolError, StreamError)):
        split([data])


def test_records_without_end() -> None:
    head = tarfile.TarInfo("x")
    head.type, head.size = tarfile.XHDTYPE, 1 << 30
    with pytest.raises(ProtocolError, match="1073741824"):
        split([head.tobuf()])


@given(
    files=FILES, sizes=st.lists(st.integers(min_value=1, max_value=3000)), more=st.integers(0, 3)
)
def test_what_follows_the_end_is_cut(files: dict[str, bytes], sizes: list[int], more: int) -> None:
    files |= {"zeros": bytes(700)}  # at the end, and yet a part of it
    whole = tar(files) + bytes(512 * more)
    trimmer = TarTrimmer()
    kept = b"".join(trimmer.wanted(block) for block in cut(whole, sizes))
    with tarfile.open(fileobj=io.BytesIO(kept)) as archive:
        found = {member.name: archive.extractfile(member) for member in archive}
        assert {name: file.read() for name, file in found.items() if file} == files
    data_ends = len(kept) - 1024
    assert kept == whole[: len(kept)]
    assert not any(kept[data_ends:])
    assert len(whole) - len(kept) >= 512 * more


@pytest.mark.parametrize("odd", [b"garbage" * 300, b"\x1f\x8b" + bytes(5000), b"", b"short"])
def test_what_is_no_tar_is_not_cut(odd: bytes) -> None:
    trimmer = TarTrimmer()
    assert b"".join(trimmer.wanted(block) for block in cut(odd, [10, 700])) == odd
