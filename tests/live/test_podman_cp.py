"""What copies do is what ``podman cp`` does to the same files; one flavour will do."""

from __future__ import annotations

import stat
import tarfile
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from podlib import Podman

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.testbed import Host

TREE = """
mkdir -p /tmp/tree/deep/er; cd /tmp/tree
echo one >file; chmod 640 file; chown 7:8 file; touch -d '2020-01-02 03:04:05' file
echo two >deep/er/two; chmod 1770 deep; touch -d '2021-01-02 03:04:05' deep; chmod 555 deep/er
ln -s file link; ln -s /nowhere/at/all dangling; ln -s deep way; mkfifo pipe; : >empty
cp file set; chown 9:9 set; chmod 6755 set; chmod 750 .
ln -s tree /tmp/to-tree; ln -s tree/file /tmp/to-file
"""
THERE = """
for top in /ours /theirs; do
mkdir -p $top/folder/tree; cd $top; echo old >file; echo old >other
ln -s other to-file; ln -s nowhere dangling; ln -s folder way
done
"""
IN = [
    ("tree", ""),
    ("tree", "new"),
    ("tree/", "folder"),
    ("tree/.", "contents"),
    ("tree/deep/.", "way"),
    ("to-tree", ""),
    ("to-file", ""),
    ("tree/file", "renamed"),
    ("tree/set", "file"),
    ("tree/file", "to-file"),
    ("tree/set", "dangling"),
    ("tree/empty", "folder/"),
]
"""Pairs for ``podman cp`` that must all do what ours does."""
OUT = [
    ("new", ""),
    ("new", "copy"),
    ("new/.", "contents"),
    ("new/deep/.", "folder"),
    ("new/link", ""),
    ("new/way", ""),
    ("new/set", "renamed"),
    ("new/file", "old"),
    ("new/file", "to-old"),
]


Facts = dict[str, tuple[object, ...]]


@pytest.fixture
def podman(host: Host, image: str) -> Iterator[Podman]:
    """A tree on the host, and the container ``c``, which has two folders that are the same."""
    with Podman(host.socket) as podman:
        command = ["sleep", "1000"]
        podman.containers.create(image, name="c", command=command, network="none", user="1234:5678")
        podman.containers.start("c")
        host.run("sh", "-ec", f"rm -rf /tmp/tree /tmp/to-*; {TREE}")
        host.run("podman", "exec", "-u", "0", "c", "sh", "-ec", THERE)
        yield podman


def inside(podman: Podman, path: str) -> Facts:
    """What is in a folder of a container."""
    data = BytesIO()
    podman.containers.archive_to("c", path, data)
    data.seek(0)
    with tarfile.open(fileobj=data) as archive:
        return {
            each.name: (each.type, each.mode, each.uid, each.gid, each.size, each.linkname)
            for each in archive.getmembers()
        }


def here(folder: Path) -> Facts:
    """What is in a folder; of links, and of folders that were there, without times."""
    found: Facts = {}
    for path in folder.rglob("*"):
        facts = path.lstat()
        end = path.readlink() if path.is_symlink() else None
        time = 0 if end or path.name == "folder" else int(facts.st_mtime)
        data = path.read_bytes() if stat.S_ISREG(facts.st_mode) else b""
        owner = facts.st_uid, facts.st_gid
        found[str(path.relative_to(folder))] = (facts.st_mode, *owner, end, time, data)
    return found


def test_copy_in(podman: Podman, host: Host) -> None:
    for source, path in IN:
        podman.containers.copy_in("c", f"{host.root}/tmp/{source}", f"/ours/{path}")
    copies = (f"podman cp /tmp/{source} c:/theirs/{path}" for source, path in IN)
    host.run("sh", "-ec", "\n".join(copies))
    ours = inside(podman, "/ours/.")
    assert ours == inside(podman, "/theirs/.")
    assert ours["new/link"][-1] == "file"
    assert ours["new/file"][2:4] == (1234, 5678)
    assert {"nowhere", "way", "contents/file", "folder/tree/file", "to-tree/file"} <= ours.keys()


def test_copy_out(podman: Podman, host: Host) -> None:
    podman.containers.copy_in("c", f"{host.root}/tmp/tree", "/new", copy_uid_gid=False)
    for top in ("ours", "theirs"):
        made = f"rm -rf {top}; mkdir -p {top}/folder; echo old >{top}/old; ln -s old {top}/to-old"
        host.run("sh", "-c", f"cd /tmp; {made}")
    ours = host.root / "tmp" / "ours"
    for path, target in OUT:
        podman.containers.copy_out("c", f"/{path}", f"{ours}/{target}", trusted=True)
    copies = (f"podman cp c:/{path} /tmp/theirs/{target}" for path, target in OUT)
    host.run("sh", "-ec", "\n".join(copies))
    found = here(ours)
    assert found == here(host.root / "tmp" / "theirs")
    assert found["copy/file"][1:3] == (0, 0)
    assert found["old"] == found["to-old"] or found["old"][-1] == b"one\n"
