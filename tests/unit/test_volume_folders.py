"""What the archive of a checkpoint says of the folders that volumes are."""

from __future__ import annotations

import io
import tarfile

import pytest

from podlib.volume_folders import VolumeFolders, folder_archive


def tar_of(*members: tuple[str, bytes | None, int, int, int]) -> bytes:
    """An archive of files and, without content, folders: name, content, owner, group, mode."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, content, uid, gid, mode in members:
            member = tarfile.TarInfo(name)
            member.uid, member.gid, member.mode, member.mtime = uid, gid, mode, 1234
            member.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            member.size = len(content or b"")
            tar.addfile(member, io.BytesIO(content or b""))
    return written.getvalue()


def checkpoint(**volumes: bytes) -> bytes:
    inner = [(f"volumes/{name}.tar", data, 0, 0, 0o600) for name, data in volumes.items()]
    return tar_of(("checkpoint/pages-1.img", b"p" * 5000, 0, 0, 0o600), *inner)


@pytest.mark.parametrize("size", [1, 511, 4096, 1 << 20])
def test_owners_and_modes(size: int) -> None:
    data = tar_of((".", None, 999, 998, 0o2750), ("./file", b"content", 5, 5, 0o644))
    archive = checkpoint(data=data, other=tar_of((".", None, 0, 0, 0o755)))
    folders = VolumeFolders()
    for start in range(0, len(archive), size):
        folders.watch([archive[start : start + size]])
    assert folders.found == {"data": "999:998 2750 1234", "other": "0:0 755 1234"}


def test_what_makes_a_folder_so() -> None:
    assert folder_archive("0:0 755 1234") is None, "it is as Podman makes it"
    given = folder_archive("999:998 2750 1234")
    assert given is not None
    with tarfile.open(fileobj=io.BytesIO(given)) as archive:
        [member] = archive
    assert (member.isdir(), member.name) == (True, ".")
    assert (member.uid, member.gid, member.mode, member.mtime) == (999, 998, 0o2750, 1234)


@pytest.mark.parametrize("text", ["", "me:you 755 0", "1:1 999 0", "1:1 755 0\n", "1:1 755"])
def test_what_is_no_folder(text: str) -> None:
    assert folder_archive(text) is None


@pytest.mark.parametrize(
    "archive",
    [b"\x1f\x8b" + b"z" * 5000, checkpoint(data=b"no archive" * 200), checkpoint(data=b"")],
    ids=["compressed", "no archive inside", "nothing inside"],
)
def test_what_is_not_understood_is_let_be(archive: bytes) -> None:
    folders = VolumeFolders()
    folders.watch([archive])
    assert not folders.found
