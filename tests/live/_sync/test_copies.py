# Generated from tests/live/_async/test_copies.py: edit there.
"""Files copied into containers and out of them, as ``podman cp`` copies them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, FileError, NotFoundError, ParameterError, models

from .steps import listing, read, run
from .test_container_files import members

if TYPE_CHECKING:
    import tarfile
    from pathlib import Path

    from podlib import Podman
    from tests.testbed import Host

TREE = """
mkdir -p /tree/deep; cd /tree; echo one >file; ln -s file link
chown 7:8 file; chmod 4755 file; ln -s /bin out
"""


def filled(podman: Podman, host: Host, image: str) -> None:
    """The container ``c``, with a tree."""
    run(podman, image, name="c", command=["sleep", "1000"], network="none", user="12:34")
    host.run("podman", "exec", "-u", "0", "c", "sh", "-ec", TREE)


def made(folder: Path) -> Path:
    """A tree of the caller's."""
    (folder / "tree" / "deep").mkdir(parents=True)
    (folder / "tree" / "file").write_text("1" * 100_000)
    (folder / "tree" / "link").symlink_to("file")
    os.link(folder / "tree" / "file", folder / "tree" / "hard")
    return folder / "tree"


def inside(podman: Podman, path: str) -> dict[str, tarfile.TarInfo]:
    """What is in a folder of a container."""
    return members(b"".join(read(podman.containers.archive_stream("c", path))))


def test_copy_in(podman: Podman, host: Host, image: str, tmp_path: Path) -> None:
    filled(podman, host, image)
    copy_in = podman.containers.copy_in
    tree = made(tmp_path)
    assert copy_in("c", tree, "/new") == "/new"
    assert copy_in("c", tree, "/new") == "/new/tree"
    assert copy_in("c", f"{tree}/.", "/new") == "/new"
    assert copy_in("c", tree / "file", "/new/deep/", copy_uid_gid=False) == "/new/deep/file"
    found = inside(podman, "/new/.")
    assert {*found} == {
        *(f"{top}{name}" for top in ("", "tree/") for name in ("deep", "file", "link", "hard")),
        *("tree", "deep/file"),
    }
    assert (found["file"].uid, found["file"].gid) == (12, 34)
    owner = host.run("podman", "exec", "c", "stat", "-c", "%u", "/new/deep/file").stdout
    assert int(owner) == os.getuid()
    assert found["link"].linkname == "file"


def test_copy_in_over_another_kind(podman: Podman, host: Host, image: str, tmp_path: Path) -> None:
    filled(podman, host, image)
    file = tmp_path / "deep"
    file.write_text("a file where a folder is")
    with pytest.raises(APIError):
        podman.containers.copy_in("c", file, "/tree/.")
    assert (podman.containers.archive_stat("c", "/tree/deep")).is_dir
    podman.containers.copy_in("c", f"{tmp_path}/.", "/tree", overwrite=True)
    assert not (podman.containers.archive_stat("c", "/tree/deep")).is_dir


def test_copy_in_that_fails(podman: Podman, image: str, tmp_path: Path) -> None:
    podman.containers.create(image, name="c")
    copy_in = podman.containers.copy_in
    file = tmp_path / "file"
    file.write_text("1")
    with pytest.raises(NotFoundError, match="no container 'nobody'"):
        copy_in("nobody", file, "/bin")
    for path in ("/nothing/", "/nothing/.", "/nothing/file"):
        with pytest.raises(NotFoundError, match="no /nothing"):
            copy_in("c", file, path)
    with pytest.raises(ParameterError, match="no folder"):
        copy_in("c", tmp_path, "/bin/busybox")
    with pytest.raises(FileError, match="No such file"):
        copy_in("c", tmp_path / "nothing", "/bin")
    with pytest.raises(FileError, match="Not a directory"):
        copy_in("c", f"{file}/", "/bin")


def test_copy_out(podman: Podman, host: Host, image: str, tmp_path: Path) -> None:
    filled(podman, host, image)
    copy_out = podman.containers.copy_out
    with pytest.raises(FileError, match=r"out.*leads out") as caught:
        copy_out("c", "/tree", tmp_path / "new")
    assert caught.value.path == str(tmp_path / "new" / "out")
    assert copy_out("c", "/tree", tmp_path, trusted=True) == tmp_path / "tree"
    assert listing(tmp_path / "tree") == ["deep", "file", "link", "out"]
    assert stat.S_IMODE((tmp_path / "tree" / "file").stat().st_mode) == 0o4755
    file = copy_out("c", "/tree/link", f"{tmp_path}/")
    assert (file.name, file.read_text()) == ("file", "one\n")
    assert (file.stat().st_uid, stat.S_IMODE(file.stat().st_mode)) == (os.getuid(), 0o755)


def test_copy_out_that_fails(podman: Podman, image: str, tmp_path: Path) -> None:
    podman.containers.create(image, name="c")
    copy_out = podman.containers.copy_out
    file = tmp_path / "file"
    file.write_text("1")
    for name, path in (("nobody", "/bin"), ("c", "/nothing")):
        with pytest.raises(NotFoundError, match=f"no container '{name}', or no {path}"):
            copy_out(name, path, tmp_path)
    for target in ("nothing/", "nothing/file", "file/new"):
        with pytest.raises(FileError):
            copy_out("c", "/bin/busybox", f"{tmp_path}/{target}")
    with pytest.raises(ParameterError, match="no folder"):
        copy_out("c", "/bin", file)
    (tmp_path / "busybox").mkdir()
    with pytest.raises(FileError, match="overwrite=True"):
        copy_out("c", "/bin/busybox", tmp_path)
    copy_out("c", "/bin/busybox", tmp_path, overwrite=True)
    assert listing(tmp_path) == ["busybox", "file"]
    assert file.read_text() == "1"


def test_copies_with_a_volume(podman: Podman, image: str, tmp_path: Path) -> None:
    mounts = [models.Mount(source="data", target="/data")]
    podman.containers.create(image, name="c", mounts=mounts)
    tree = made(tmp_path)
    assert podman.containers.copy_in("c", tree, "/data") == "/data/tree"
    copy = podman.containers.copy_out("c", "/data/tree/.", tmp_path / "copy")
    assert (copy / "hard").samefile(copy / "file")
    podman.containers.remove("c")
    podman.containers.create(image, name="c", mounts=mounts)
    found = podman.containers.copy_out("c", "/data/tree/file", tmp_path)
    assert found == tmp_path / "file"
    assert found.read_text() == "1" * 100_000
    whole = podman.containers.copy_out("c", "/", tmp_path / "all", trusted=True)
    assert (whole / "bin" / "busybox").stat().st_size > 0
