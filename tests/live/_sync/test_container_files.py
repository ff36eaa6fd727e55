# Generated from tests/live/_async/test_container_files.py: edit there.
"""Containers' files: copied in and out, exported, compared, mounted, and made an image."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, ConflictError, FileError, NotFoundError, StreamError

from .steps import lacks, listing, read, run, said, until

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import Podman
    from tests.testbed import Host

FILES = "mkdir -p /data/deep; echo one > /data/file; ln -s file /data/link; chmod 750 /data/deep"


def filled(podman: Podman, image: str) -> str:
    """A container that has ended, with files in ``/data``."""
    container = run(podman, image, name="filled", command=["sh", "-c", FILES], network="none")
    assert podman.containers.wait(container) == 0

    def cleaned_up() -> bool:  # while that goes on, 5.4.2 may give an archive of nothing
        return container not in podman.containers.showmounted()

    until(cleaned_up)
    return container


def archive(files: dict[str, bytes], *, owner: int = 0) -> bytes:
    """A tar archive."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.uid, member.gid = len(data), 0o640, owner, owner
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


def members(data: bytes) -> dict[str, tarfile.TarInfo]:
    """What a tar archive has, by name."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name.rstrip("/"): member for member in tar.getmembers()}


# -- archive ---------------------------------------------------------------------------------


def test_archive_stat(podman: Podman, image: str) -> None:
    filled(podman, image)
    found = podman.containers.archive_stat("filled", "/data/file")
    assert (found.name, found.size, found.is_dir) == ("file", 4, False)
    assert found.permissions == 0o644
    assert found.mtime.tzinfo
    folder = podman.containers.archive_stat("filled", "/data/deep")
    assert (folder.name, folder.is_dir, folder.permissions) == ("deep", True, 0o750)
    link = podman.containers.archive_stat("filled", "/data/link")
    assert (link.name, link.link_target) == ("file", "/data/file")
    for name, path in (("filled", "/data/nothing"), ("nobody", "/")):
        with pytest.raises(NotFoundError):
            podman.containers.archive_stat(name, path)


def test_archive_stream(podman: Podman, image: str) -> None:
    filled(podman, image)
    data = b"".join(read(podman.containers.archive_stream("filled", "/data")))
    found = members(data)
    assert set(found) == {"data", "data/deep", "data/file", "data/link"}
    assert (found["data/link"].issym(), found["data/link"].linkname) == (True, "file")
    assert found["data/deep"].mode & 0o777 == 0o750
    contents = b"".join(read(podman.containers.archive_stream("filled", "/data/.")))
    assert "file" in members(contents)
    [only] = members(b"".join(read(podman.containers.archive_stream("filled", "/data/file"))))
    assert only == "file"
    for name, path in (("filled", "/data/nothing"), ("nobody", "/")):
        with pytest.raises(NotFoundError):
            read(podman.containers.archive_stream(name, path))


def test_archive_to(podman: Podman, image: str, tmp_path: Path) -> None:
    filled(podman, image)
    target = tmp_path / "data.tar"
    size = podman.containers.archive_to("filled", "/data", target)
    assert size == target.stat().st_size
    assert "data/file" in members(target.read_bytes())
    writer = io.BytesIO()
    assert podman.containers.archive_to("filled", "/data", writer) == size
    with pytest.raises(NotFoundError):
        podman.containers.archive_to("filled", "/data/nothing", tmp_path / "nothing.tar")
    with pytest.raises(FileError, match="No such file"):
        podman.containers.archive_to("filled", "/data", tmp_path / "nowhere" / "data.tar")
    assert listing(tmp_path) == ["data.tar"]


def test_put_archive(podman: Podman, image: str, tmp_path: Path) -> None:
    created = podman.containers.create(
        image, command=["sh", "-c", "cd /tmp; cat a b c d; stat -c %u:%a d"], network="none"
    )
    path = tmp_path / "b.tar"
    path.write_bytes(archive({"b": b"2\n"}))
    podman.containers.put_archive(created.id, "/tmp", archive({"a": b"1\n"}))
    podman.containers.put_archive(created.id, "/tmp", path)
    with path.open("rb") as file:
        podman.containers.put_archive(created.id, "/tmp", file)
    whole = archive({"c": b"3\n", "d": b"4\n"})
    blocks = (whole[start : start + 700] for start in range(0, len(whole), 700))
    podman.containers.put_archive(created.id, "/tmp", blocks)
    podman.containers.start(created.id)
    assert podman.containers.wait(created.id) == 0
    assert said(podman, created.id) == ["1", "2", "3", "4", "0:640"]


def test_put_archive_with_its_own_ways(podman: Podman, image: str) -> None:
    command = ["sh", "-c", "cd /tmp; stat -c '%n %u' *"]
    container = (podman.containers.create(image, command=command, network="none")).id
    put = podman.containers.put_archive
    put(container, "/tmp", archive({"ours": b""}, owner=123))
    put(container, "/tmp", archive({"theirs": b""}, owner=123), copy_uid_gid=False)
    put(container, "/tmp", archive({"before": b""}), rename={"before": "after"})
    podman.containers.start(container)
    podman.containers.wait(container)
    assert said(podman, container) == ["after 0", "ours 0", "theirs 123"]


def test_put_archive_over_another_kind_of_file(podman: Podman, image: str) -> None:
    container = (podman.containers.create(image)).id
    put = podman.containers.put_archive
    put(container, "/tmp", archive({"thing/within": b"x"}))
    with pytest.raises(APIError):
        put(container, "/tmp", archive({"thing": b"y"}), no_overwrite_dir_non_dir=True)
    assert (podman.containers.archive_stat(container, "/tmp/thing")).is_dir
    put(container, "/tmp", archive({"thing": b"y"}))
    assert not (podman.containers.archive_stat(container, "/tmp/thing")).is_dir


def test_put_archive_that_fails(podman: Podman, image: str, tmp_path: Path) -> None:
    container = (podman.containers.create(image)).id
    put = podman.containers.put_archive
    whole = archive({"file": bytes(5000)})
    with pytest.raises(APIError, match="unexpected EOF"):
        put(container, "/tmp", whole[:2000])
    with pytest.raises(APIError, match=r"tar|broken pipe"):
        put(container, "/tmp", b"garbage" * 300)
    with pytest.raises(FileError, match="No such file"):
        put(container, "/tmp", tmp_path / "nothing.tar")
    with pytest.raises(NotFoundError, match="nobody"):
        put("nobody", "/tmp", whole)
    put(container, "/tmp", whole)
    # The server may notice first that its helper, which knows the reason, has gone.
    with pytest.raises(APIError, match=r"not a directory|broken pipe"):
        put(container, "/tmp/file", whole)


# -- export ----------------------------------------------------------------------------------


def test_export(podman: Podman, image: str, tmp_path: Path) -> None:
    filled(podman, image)
    target = tmp_path / "all.tar"
    size = podman.containers.export_to("filled", target)
    assert size == target.stat().st_size
    found = members(target.read_bytes())
    assert found.keys() >= {"data/file", "bin/sh"}
    data = b"".join(read(podman.containers.export_stream("filled")))
    assert members(data).keys() == found.keys()
    with pytest.raises(NotFoundError, match="nobody"):
        podman.containers.export_to("nobody", tmp_path / "nobody.tar")
    with pytest.raises(NotFoundError, match="nobody"):
        read(podman.containers.export_stream("nobody"))
    assert listing(tmp_path) == ["all.tar"]


# -- changes ---------------------------------------------------------------------------------


def test_changes(podman: Podman, image: str) -> None:
    command = ["sh", "-c", f"{FILES}; rm /bin/cal; touch /bin"]
    run(podman, image, name="changed", command=command, network="none")
    podman.containers.wait("changed")
    found = {each.path: each.kind for each in podman.containers.changes("changed")}
    assert (found["/data"], found["/data/file"]) == ("added", "added")
    assert (found["/bin"], found["/bin/cal"]) == ("modified", "deleted")
    of_it = podman.containers.changes("changed", diff_type="container")
    assert {each.path for each in of_it} == found.keys()
    of_image = podman.containers.changes("changed", parent=image)
    assert {each.path for each in of_image} == found.keys()
    same = podman.containers.create(image)
    of_other = podman.containers.changes("changed", parent=same.id)
    assert found.keys() <= {each.path for each in of_other}
    with pytest.raises(APIError, match="changed"):
        podman.containers.changes("changed", diff_type="image")
    with pytest.raises(NotFoundError, match="nobody"):
        podman.containers.changes("nobody")


# -- mount -----------------------------------------------------------------------------------


def test_mount_and_unmount(podman: Podman, host: Host, image: str) -> None:
    created = podman.containers.create(image, name="mounted")
    assert podman.containers.showmounted() == {}
    path = podman.containers.mount("mounted")
    assert "sh" in host.run("ls", f"{path}/bin").stdout.split()
    assert podman.containers.showmounted() == {created.id: path}
    podman.containers.unmount("mounted")
    assert podman.containers.showmounted() == {}
    with pytest.raises(ConflictError, match="not mounted"):
        podman.containers.unmount("mounted")
    for call in (podman.containers.mount, podman.containers.unmount):
        with pytest.raises(NotFoundError, match="nobody"):
            call("nobody")
    assert lacks(podman, "6.0.0", lambda: podman.containers.mount("mounted", external=True))


# -- commit ----------------------------------------------------------------------------------


def test_commit(podman: Podman, image: str) -> None:
    filled(podman, image)
    made = podman.containers.commit(
        "filled",
        repo="localhost/made",
        tag="1",
        author="someone",
        comment="why not",
        changes=['CMD ["cat", "/data/file"]', "ENV A=b"],
        format="docker",
        pause=False,
    )
    found = podman.images.inspect("localhost/made:1")
    assert found.id == made.id
    assert found.author == "someone"
    assert found.config
    assert found.config.cmd == ["cat", "/data/file"]
    assert "A=b" in found.config.env
    assert "docker" in found.manifest_type
    assert found.comment.startswith("why not") or found.history[-1].comment == "why not"
    container = run(podman, made.id, network="none")
    podman.containers.wait(container)
    assert said(podman, container) == ["one"]
    plain = podman.containers.commit("filled", squash=True)
    squashed = podman.images.inspect(plain.id)
    assert squashed.repo_tags == []
    assert squashed.root_fs
    assert len(squashed.root_fs.layers) == 1
    assert "oci" in squashed.manifest_type


def test_commit_with_progress(podman: Podman, image: str) -> None:
    filled(podman, image)
    told: list[str] = []

    def commit() -> None:
        made = podman.containers.commit("filled", repo="localhost/told", progress=told.append)
        assert (podman.images.inspect("localhost/told:latest")).id == made.id
        assert told[-1] == made.id
        assert any("manifest" in line for line in told)

    if lacks(podman, "4.8.0", commit):
        return
    commit()
    with pytest.raises((StreamError, APIError)):
        podman.containers.commit("filled", repo="Not A Name", progress=told.append)


def test_commit_that_fails(podman: Podman, image: str) -> None:
    filled(podman, image)
    images = {each.id for each in podman.images.list(all=True)}
    with pytest.raises(NotFoundError, match="nobody"):
        podman.containers.commit("nobody")
    with pytest.raises(APIError, match="NONSENSE"):
        podman.containers.commit("filled", changes=["NONSENSE here"])
    with pytest.raises(APIError):
        podman.containers.commit("filled", repo="Not A Name")
    assert {each.id for each in podman.images.list(all=True)} == images
