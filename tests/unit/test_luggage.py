"""Volumes are cut out of the archive of a checkpoint, however it is cut into blocks."""

from __future__ import annotations

import io
import tarfile
import tempfile
from pathlib import Path

import pytest

from podlib import FileError, ProtocolError
from podlib.luggage import Luggage, owner


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


LONG = "v" * 150
ARCHIVE = archive(
    {
        "config.dump": b"{}",
        "volumes/data.tar": b"d" * 1500,
        "volumes/other.tar": b"o" * 10,
        f"volumes/{LONG}.tar": b"l" * 512,
        "data.tar": b"x",
    }
)


@pytest.mark.parametrize("size", [1, 511, 512, 100_000])
def test_the_wanted_come_whole(size: int) -> None:
    luggage = Luggage(["data", LONG, "absent"])
    found: dict[str, bytes] = {}
    for at in range(0, len(ARCHIVE), size):
        for name, file in luggage.feed(ARCHIVE[at : at + size]):
            found[name] = file.read()
    assert found == {"data": b"d" * 1500, LONG: b"l" * 512}
    assert luggage.missing == {"absent"}


def test_one_that_breaks_off_does_not_come() -> None:
    luggage = Luggage(["data"])
    assert [*luggage.feed(ARCHIVE[:2100])] == []
    luggage.close()
    assert luggage.missing == {"data"}


def test_whose_a_volume_is() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo("./")
        member.type, member.uid, member.gid = tarfile.DIRTYPE, 70, 71
        tar.addfile(member)
    buffer.seek(0)
    assert owner(buffer) == "70:71"
    assert buffer.tell() == 0
    assert owner(io.BytesIO(bytes(1024))) == "0:0"
    with pytest.raises(ProtocolError, match="cannot be read"):
        owner(io.BytesIO(b"x" * 1024))


def test_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(FileError, match=r"volume 'data' in .*: No space left"):
        list(Luggage(["data"]).feed(ARCHIVE))
    with Path("/dev/full").open("r+b", buffering=0) as disk:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda: disk)
        with pytest.raises(FileError, match="No space left"):
            list(Luggage(["data"]).feed(ARCHIVE))
