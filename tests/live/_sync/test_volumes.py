# Generated from tests/live/_async/test_volumes.py: edit there.
"""Volumes on real services: made, listed, carried as archives, removed."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from podlib import APIError, ConflictError, FileError, NotFoundError, ParameterError, TruncatedError

from .steps import lacks, listing, read, run, run_ready, said

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import Podman
    from podlib.models import VolumeFilters, VolumePruneFilters
    from tests.testbed import Host

LATER = datetime.now(UTC) + timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def user(podman: Podman, image: str, volume: str, name: str = "user") -> str:
    """A container that has a volume at /data, not started; its id."""
    created = podman.containers.create(image, name=name, mounts=[f"{volume}:/data"])
    return created.id


def names(podman: Podman) -> set[str]:
    """The names of all volumes."""
    return {each.name for each in podman.volumes.list()}


def archive(**files: bytes) -> bytes:
    """A tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.uid, member.mode = len(data), 5, 0o640
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a tar archive."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        files = {member.name: tar.extractfile(member) for member in tar}
        return {name: file.read() for name, file in files.items() if file}


# -- create ----------------------------------------------------------------------------------


def test_create(podman: Podman, host: Host) -> None:
    made = podman.volumes.create("data", labels={"a": "b", "empty": ""})
    assert (made.name, made.driver, made.scope) == ("data", "local", "local")
    assert made.mountpoint.endswith("/data/_data")
    assert host.run("stat", "-c", "%F", made.mountpoint).stdout == "directory\n"
    assert made.labels == {"a": "b", "empty": ""}
    assert made.created_at
    assert abs(datetime.now(UTC) - made.created_at) < timedelta(minutes=5)
    assert podman.volumes.inspect("data") == made
    with pytest.raises(ConflictError, match="data already exists"):
        podman.volumes.create("data")
    unnamed = podman.volumes.create()
    assert len(unnamed.name) == 64


def test_create_with_options(podman: Podman, image: str) -> None:
    options = {"type": "tmpfs", "device": "tmpfs", "o": "uid=7,gid=8,mode=0750"}
    made = podman.volumes.create("memory", driver="local", options=options)
    assert options.items() <= made.options.items()
    assert (made.uid, made.gid) == (7, 8)
    podman.containers.create(
        image, name="user", command=["stat", "-c", "%u:%g %a", "/data"], mounts=["memory:/data"]
    )
    podman.containers.start("user")
    assert podman.containers.wait("user") == 0
    assert said(podman, "user") == ["7:8 750"]
    made = podman.volumes.create("image", driver="image", options={"image": image})
    assert (made.driver, made.options) == ("image", {"image": image})
    assert made.storage_id


def test_create_with_what_is_newer(podman: Podman, host: Host) -> None:
    podman.volumes.create("data", labels={"a": "b"})

    def if_it_does_not_exist() -> object:
        return podman.volumes.create("data", labels={"a": "c"}, ignore_if_exists=True)

    def with_owner() -> object:
        return podman.volumes.create("owned", uid=11, gid=12)

    def with_root() -> object:
        return podman.volumes.create("root", uid=0)

    if not lacks(podman, "4.4.0", if_it_does_not_exist):
        if_it_does_not_exist()
        assert (podman.volumes.inspect("data")).labels == {"a": "b"}
    if lacks(podman, "5.6.0", with_owner):
        assert lacks(podman, "5.6.0", with_root)
        return
    with_owner()
    with_root()
    made = podman.volumes.inspect("owned")
    assert (made.uid, made.gid, made.needs_chown) == (11, 12, False)
    assert host.run("stat", "-c", "%u:%g", made.mountpoint).stdout == "11:12\n"
    assert not (podman.volumes.inspect("root")).needs_chown


def test_volumes_that_cannot_be_made(podman: Podman) -> None:
    create: Any = podman.volumes.create  # as a caller without a type checker has it
    for name in ("a/b", "a b", ".a", "-a", "_a", "a%", "%", "ü"):
        with pytest.raises(APIError, match="names must match"):
            create(name)
    with pytest.raises(APIError, match="nonsense"):
        create("data", driver="nonsense")
    with pytest.raises(APIError, match="nonsense"):
        create("data", options={"nonsense": "1"})
    with pytest.raises(ParameterError, match="no 'lables'; did you mean 'labels'"):
        create("data", lables={"a": "b"})
    for wrong in ({"labels": {"a": 1}}, {"uid": -1}, {"driver": 5}, {"options": ["type=tmpfs"]}):
        with pytest.raises(ParameterError, match=f"volume options: {next(iter(wrong))}: "):
            create("data", **wrong)
    assert names(podman) == set()


# -- list, inspect, exists -------------------------------------------------------------------


def test_list(podman: Podman, host: Host, image: str) -> None:
    podman.volumes.create("v-one", labels={"a": "b", "x": ""})
    tmpfs = {"type": "tmpfs", "device": "tmpfs"}
    podman.volumes.create("v-two", labels={"a": "c"}, options=tmpfs)
    user(podman, image, "v-one")

    def found(**filters: Any) -> set[str]:
        volumes = podman.volumes.list(filters=cast("VolumeFilters", filters))
        return {each.name for each in volumes}

    both = {"v-one", "v-two"}
    assert found() == both
    assert found(name="one") == {"v-one"}
    assert found(name=["one$", "^v-t"]) == both
    assert found(driver="local") == both
    assert found(driver="image") == set()
    assert found(scope="local") == both
    assert found(opt="type") == {"v-two"}
    assert found(opt="type=ext4") == set()
    assert found(label="a") == both
    assert found(label="a=b") == {"v-one"}
    assert found(dangling=True) == {"v-two"}
    assert found(dangling=False) == {"v-one"}
    assert found(until=LONG_AGO) == set()
    assert found(until=LATER) == both
    if not host.version.startswith("4.3"):
        assert found(since="v-one") == {"v-two"}
        assert found(after="v-one", label="a=b") == set()
        assert found(**{"label!": "a=b"}) == {"v-two"}
    listed = {each.name: each for each in podman.volumes.list()}
    assert listed["v-two"] == podman.volumes.inspect("v-two")


def test_filters_go_together(podman: Podman) -> None:
    """For the servers, it is enough that a volume meets one of several filters."""
    podman.volumes.create("v-one", labels={"a": "b"})
    podman.volumes.create("v-two", labels={"c": "d"})
    podman.volumes.create("v-three", labels={"a": "b", "c": "d"})
    of = podman.volumes
    found = of.list(filters={"label": "a=b", "name": "two"})
    assert found == []
    found = of.list(filters={"label": ["a=b", "c=d"]})
    assert [each.name for each in found] == ["v-three"]
    found = of.list(filters={"label": "a=b", "until": LONG_AGO})
    assert found == []
    found = of.list(filters={"label": "c", "until": LATER, "name": ["one", "three"]})
    assert [each.name for each in found] == ["v-three"]
    with pytest.raises(ParameterError, match="filters: there is no 'lable'"):
        of.list(filters=cast("VolumeFilters", {"lable": "a"}))
    with pytest.raises(ParameterError, match="filters: label: there is no value"):
        of.list(filters={"label": []})
    with pytest.raises(APIError, match="anonymous"):
        of.list(filters={"anonymous": True})


def test_inspect(podman: Podman, image: str) -> None:
    podman.volumes.create("data")
    found = podman.volumes.inspect("data")
    assert (found.name, found.mount_count, found.anonymous) == ("data", 0, False)
    assert found.needs_copy_up
    assert found.needs_chown
    podman.volumes.create("memory", options={"type": "tmpfs", "device": "tmpfs"})
    run(podman, image, command=["sleep", "100"], mounts=["memory:/data"], network="none")
    assert (podman.volumes.inspect("memory")).mount_count == 1
    with pytest.raises(NotFoundError, match=r"nobody|no such volume"):
        podman.volumes.inspect("nobody")
    podman.containers.create(image, mounts=["/elsewhere"])
    assert [each.anonymous for each in podman.volumes.list() if len(each.name) == 64] == [True]


def test_exists(podman: Podman) -> None:
    podman.volumes.create("data")
    assert podman.volumes.exists("data")
    assert not podman.volumes.exists("dat")
    assert not podman.volumes.exists("data2")


def test_odd_names(podman: Podman) -> None:
    """To remove ``la``, the servers would take ``label``; some, for ``_abel`` too."""
    for name in ("label", "d_t.a-1"):
        podman.volumes.create(name)
    before = {each.name: each.created_at for each in podman.volumes.list()}
    odd = ("la", "labe", "l", "_abel", "lab_l", "la%", "%", "_", "*", "d", "json", "prune", "..")
    for name in odd:
        assert not podman.volumes.exists(name)
        with pytest.raises(NotFoundError):
            podman.volumes.inspect(name)
        for force in (False, True):
            with pytest.raises(NotFoundError):
                podman.volumes.remove(name, force=force)
    assert {each.name: each.created_at for each in podman.volumes.list()} == before
    for name in ("json", "prune", "create", "export", "import", "d_t.a-1"):
        if not podman.volumes.exists(name):
            podman.volumes.create(name)
        assert (podman.volumes.inspect(name)).name == name
        podman.volumes.remove(name)
    assert names(podman) == {"label"}


# -- remove, prune ---------------------------------------------------------------------------


def test_remove(podman: Podman, host: Host, image: str) -> None:
    made = podman.volumes.create("used")
    podman.volumes.create("used-too")
    container = user(podman, image, "used")
    with pytest.raises(ConflictError, match="being used"):
        podman.volumes.remove("used")
    assert podman.volumes.exists("used")
    podman.volumes.remove("used", force=True)
    assert not podman.containers.exists(container)
    assert host.run("stat", made.mountpoint, check=False).returncode
    with pytest.raises(NotFoundError):
        podman.volumes.remove("used")
    assert names(podman) == {"used-too"}
    podman.volumes.remove("used-too")
    assert names(podman) == set()


def test_remove_under_a_running_container(podman: Podman, image: str) -> None:
    podman.volumes.create("used")
    ignoring = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"]
    container = run_ready(podman, image, ignoring, mounts=["used:/data"])
    before = datetime.now(UTC)
    podman.volumes.remove("used", force=True, timeout=1)
    assert timedelta(seconds=0.5) < datetime.now(UTC) - before < timedelta(seconds=8)
    assert not podman.containers.exists(container)
    assert names(podman) == set()


def test_prune(podman: Podman, host: Host, image: str) -> None:
    for name, label in (("v-one", "b"), ("v-two", "c"), ("v-three", "d"), ("v-four", "e")):
        made = podman.volumes.create(name, labels={"a": label, label: ""})
        host.run("dd", "if=/dev/zero", f"of={made.mountpoint}/file", "bs=1000", "count=5")
    podman.volumes.create("used", labels={"a": "b"})
    user(podman, image, "used")

    def pruned(**filters: Any) -> set[str]:
        reports = podman.volumes.prune(filters=cast("VolumePruneFilters", filters))
        assert [each.error for each in reports] == [""] * len(reports)
        gone = {each.id for each in reports}
        assert not gone & names(podman)
        return gone

    assert pruned(until=LONG_AGO) == set()
    assert pruned(label="a=b", until=LONG_AGO) == set()
    assert pruned(label=["a=b", "a=c"]) == set()
    assert pruned(label=["a", "c"], until=LATER) == {"v-two"}
    if not host.version.startswith("4.3"):
        assert pruned(label="a", **{"label!": ["a=d"]}, since="v-one") == {"v-four"}
        assert pruned(**{"label!": ["a=b"]}, after="v-one") == {"v-three"}
    [report] = podman.volumes.prune(filters={"label": "b"})
    assert (report.id, report.error) == ("v-one", "")
    assert report.size >= 5000
    with pytest.raises(ParameterError, match="filters: label: there is no value"):
        podman.volumes.prune(filters={"label": []})
    with pytest.raises(ParameterError, match="filters: there is no 'name'"):
        podman.volumes.prune(filters=cast("VolumePruneFilters", {"name": "v-"}))
    podman.volumes.prune()
    assert names(podman) == {"used"}


@pytest.mark.parametrize("labels", [["a"], ["a", "c"]])
def test_prune_of_what_cannot_be_removed(podman: Podman, host: Host, labels: list[str]) -> None:
    stuck = (podman.volumes.create("stuck", labels={"a": "", "c": ""})).mountpoint
    podman.volumes.create("free", labels={"a": "", "c": ""})
    host.run("mount", "--bind", stuck, stuck)
    try:
        reports = podman.volumes.prune(filters={"label": labels})
    finally:
        host.run("umount", "--lazy", stuck)
    found = {each.id: each.error for each in reports}
    assert found.keys() == {"stuck", "free"}
    assert "busy" in found["stuck"]
    assert found["free"] == ""
    assert names(podman) == set()  # its files are there, but it is no volume any more
    host.run("rm", "-r", stuck.removesuffix("/_data"))


def test_prune_that_only_says_what_it_would_do(podman: Podman) -> None:
    podman.volumes.create("one", labels={"a": "b"})

    def alone() -> object:
        return podman.volumes.prune(dryrun=True)

    def with_filters() -> object:
        return podman.volumes.prune(filters={"label": ["a", "a=b"]}, dryrun=True)

    for call in (alone, with_filters):
        if not lacks(podman, "6.0.0", call):
            call()
        assert podman.volumes.exists("one")


# -- export and import -----------------------------------------------------------------------


def test_export_and_import(podman: Podman, host: Host, tmp_path: Path) -> None:
    large = os.urandom(3_000_000)
    made = podman.volumes.create("source")
    (tmp_path / "target").touch()

    def fill() -> None:
        podman.volumes.import_("source", archive(small=b"1", large=large))

    def export() -> None:
        podman.volumes.export_to("source", tmp_path / "data.tar")

    if lacks(podman, "5.6.0", fill):
        assert lacks(podman, "5.6.0", export)
        assert lacks(podman, "5.6.0", lambda: read(podman.volumes.export_stream("source")))
        assert listing(tmp_path) == ["target"]
        return
    fill()
    assert host.run("stat", "-c", "%u %a", f"{made.mountpoint}/small").stdout == "5 640\n"

    path = tmp_path / "data.tar"
    size = podman.volumes.export_to("source", path)
    status = path.stat()
    assert (status.st_size, stat.S_IMODE(status.st_mode)) == (size, 0o600)
    assert unpacked(path.read_bytes()) == {"small": b"1", "large": large}
    writer = io.BytesIO()
    assert podman.volumes.export_to("source", writer) == size
    blocks = read(podman.volumes.export_stream("source"))
    assert unpacked(b"".join(blocks)) == unpacked(writer.getvalue()) == unpacked(path.read_bytes())

    with path.open("rb") as file:
        sources: list[Any] = [path, str(path), file, writer.getvalue(), iter(blocks)]
        for number, source in enumerate(sources):
            podman.volumes.create(f"target-{number}")
            podman.volumes.import_(f"target-{number}", source)
            data = b"".join(read(podman.volumes.export_stream(f"target-{number}")))
            assert unpacked(data) == {"small": b"1", "large": large}
    assert listing(tmp_path) == ["data.tar", "target"]


def test_import_into_what_is_there(podman: Podman, host: Host) -> None:
    if host.version < "5.6":
        return  # it has no import
    podman.volumes.create("data")
    podman.volumes.import_("data", archive(a=b"1", b=b"1"))
    podman.volumes.import_("data", gzip.compress(archive(b=b"2", c=b"2")))
    found = unpacked(b"".join(read(podman.volumes.export_stream("data"))))
    assert found == {"a": b"1", "b": b"2", "c": b"2"}
    for wrong in (1000 * b"garbage", archive(d=bytes(5000))[:2000]):
        with pytest.raises(APIError, match="extracting into volume data"):
            podman.volumes.import_("data", wrong)


def test_export_and_import_that_fail(podman: Podman, host: Host, tmp_path: Path) -> None:
    if host.version < "5.6":
        return  # it has neither
    podman.volumes.create("data-of-somebody")
    podman.volumes.import_("data-of-somebody", archive(a=b"1"))
    for name in ("data", "data%", "data_of_somebody", "nobody"):
        with pytest.raises(NotFoundError, match="no such volume"):
            podman.volumes.import_(name, archive(a=b"2"))
        with pytest.raises(NotFoundError, match="no such volume"):
            podman.volumes.export_to(name, tmp_path / "data.tar")
        with pytest.raises(NotFoundError, match="no such volume"):
            read(podman.volumes.export_stream(name))
    data = b"".join(read(podman.volumes.export_stream("data-of-somebody")))
    assert unpacked(data) == {"a": b"1"}
    with pytest.raises(FileError, match="No such file"):
        podman.volumes.import_("data-of-somebody", tmp_path / "nothing")
    with pytest.raises(FileError, match="No such file"):
        podman.volumes.export_to("data-of-somebody", tmp_path / "nowhere" / "data.tar")
    podman.volumes.create("broken", options={"type": "ext4", "device": "/dev/nothing"})
    with pytest.raises(APIError, match="mount"):
        podman.volumes.export_to("broken", tmp_path / "data.tar")
    assert listing(tmp_path) == []


def test_service_that_dies_within_an_export(podman: Podman, host: Host) -> None:
    if host.version < "5.6":
        return  # it has no export
    podman.volumes.create("data")
    podman.volumes.import_("data", archive(large=os.urandom(8_000_000)))

    class Fault:
        def __init__(self) -> None:
            self.taken = 0

        def write(self, data: bytes) -> None:
            if not self.taken:
                host.kill_service()
            self.taken += len(data)

    writer = Fault()
    with pytest.raises(TruncatedError):
        podman.volumes.export_to("data", writer)
    assert writer.taken > 0
