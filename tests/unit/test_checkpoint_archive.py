"""What an archive of a checkpoint tells; and that nothing but one error comes of a bad one."""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podlib import CheckpointArchiveError, FileError, read_checkpoint
from podlib.checkpoint_archive import images, processes
from podlib.checkpoint_archive.sources import _zstd
from podlib.models import (
    CheckpointContents,
    CheckpointDumpStatistics,
    CheckpointMount,
    CheckpointNetwork,
    CheckpointProcess,
    CheckpointSizes,
)

from .checkpoints import (
    CONFIG,
    FILES,
    PAGE,
    SPEC,
    TIME,
    Fields,
    archive,
    document,
    image,
    process,
    tree,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ZSTD: Any = _zstd("the test")
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CREATED = datetime(2026, 1, 2, 3, 4, 5, 123456, UTC)
EXPECTED = CheckpointContents(
    id="abc",
    name="web",
    image="localhost/box:latest",
    image_id="def",
    runtime="crun",
    engine="Podman",
    criu_version="",
    created=CREATED,
    checkpointed=datetime.fromtimestamp(TIME, UTC),
    command=["top", "-b"],
    annotations={"io.container.manager": "libpod"},
    networks=[
        CheckpointNetwork(
            name="podman",
            interface="eth0",
            mac_address="92:d0:c6:0a:29:33",
            addresses=["10.88.0.2/16"],
            gateways=["10.88.0.1"],
        )
    ],
    mounts=[
        CheckpointMount(destination="/data", type="bind", source="/v/data", options=["rw"]),
        CheckpointMount(destination="/proc", type="proc", source="proc", options=[]),
    ],
    deleted_files=["/bin/cal"],
    sizes=CheckpointSizes(
        total=sum(map(len, FILES.values())),
        checkpoint=sum(len(data) for name, data in FILES.items() if name[:11] == "checkpoint/"),
        memory=4 * PAGE,
        root_fs=2560,
        volumes={"data": 1536},
    ),
    statistics=CheckpointDumpStatistics(
        freezing_time=101,
        frozen_time=102,
        memdump_time=103,
        memwrite_time=104,
        pages_scanned=105,
        pages_skipped_parent=106,
        pages_written=107,
        irmap_resolve=108,
        pages_lazy=109,
        page_pipes=110,
        page_pipe_bufs=111,
        shpages_scanned=112,
        shpages_skipped_parent=113,
        shpages_written=114,
    ),
    processes=[
        CheckpointProcess(
            pid=1,
            ppid=0,
            pgid=1,
            sid=1,
            depth=0,
            name="top\0-b\0",
            command=["top", "-b"],
            environment={"A": "b", "C": "d=e"},
            threads=[1, 2],
        ),
        CheckpointProcess(
            pid=7,
            ppid=1,
            pgid=1,
            sid=1,
            depth=1,
            name="a long name of ",
            command=["a long name of it"],
            environment={},
            threads=[7],
        ),
    ],
    errors=[],
)


def read(changes: Mapping[str, bytes | None] | None = None) -> CheckpointContents:
    """What an archive tells whose files are others."""
    return read_checkpoint(io.BytesIO(archive(changes)))


def test_all_that_it_tells() -> None:
    assert read() == EXPECTED


class Pipe:
    """A stream that gives a little at a time."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, 333))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, ZSTD.compress])
def test_paths_files_and_streams(tmp_path: Path, pack: Any) -> None:
    path = tmp_path / "web.tar"
    path.write_bytes(pack(archive()))
    assert read_checkpoint(path) == EXPECTED
    assert read_checkpoint(str(path)) == EXPECTED
    with path.open("rb") as file:
        assert read_checkpoint(file) == EXPECTED
        assert not file.closed
    assert read_checkpoint(Pipe(path.read_bytes())) == EXPECTED
    with pytest.raises(CheckpointArchiveError):
        read_checkpoint(io.BytesIO(path.read_bytes()[: path.stat().st_size // 2]))


def test_zstd_without_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = ZSTD.compress(archive())
    for module in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CheckpointArchiveError, match=r"pip install 'podlib\[zstd\]'"):
        read_checkpoint(io.BytesIO(packed))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        read_checkpoint(tmp_path / "nothing")
    with pytest.raises(FileError, match="Is a directory"):
        read_checkpoint(tmp_path)
    closed = io.BytesIO()
    closed.close()
    with pytest.raises(FileError, match="closed"):
        read_checkpoint(closed)


def test_what_may_be_missing() -> None:
    needed = {"config.dump", "spec.dump"}
    found = read({name: None for name in FILES if name not in needed})
    assert (found.name, found.created) == ("web", CREATED)
    assert (found.statistics, found.checkpointed) == (None, None)
    assert (found.networks, found.processes, found.deleted_files) == ([], [], [])
    assert read({"network.status": b"null"}).networks == []  # Go's empty map
    empty = {"config.dump": b"{}", "spec.dump": b"{}", "network.status": b""}
    assert read(empty).name == ""
    for name in needed:
        with pytest.raises(CheckpointArchiveError, match=f"it has no {name}"):
            read({name: None})


def test_what_other_engines_write() -> None:
    annotations = {"io.container.manager": "cri-o", "io.kubernetes.container.name": "web"}
    config = {**CONFIG, "name": None, "checkpointedTime": "2026-02-03T04:05:06Z"}
    config["createdTime"] = "0001-01-01T00:00:00Z"
    spec = {**SPEC, "annotations": annotations}
    found = read({"config.dump": document(config), "spec.dump": document(spec)})
    assert (found.engine, found.name, found.created) == ("CRI-O", "web", None)
    assert found.checkpointed == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


LOG = b"""\
(00.000000) Version: 4.1.1 (gitid 0)
(00.000123) Some line
(00.024001) Error (criu/files-ext.c:98): Can't dump file 7 of that type
(00.024100) pie: 12: Error (criu/pie.c:1): another
(00.024200) Warn  (x.c:1): Error is no word here
"""


def test_logs() -> None:
    found = read({"dump.log": LOG})
    assert found.criu_version == "4.1.1"
    assert found.errors == LOG.decode().splitlines()[2:4]
    assert read({"restore.log": LOG + b"\0\xff" * 3_000_000}).errors == found.errors


# -- processes -------------------------------------------------------------------------------


def pids(*entries: Fields) -> list[tuple[int, int]]:
    """The processes of such a tree, with their depths."""
    return [(each.pid, each.depth) for each in read(tree(*entries)).processes]


def test_order_of_processes() -> None:
    assert pids({1: 9, 2: 2}, {1: 1}, {1: 3, 2: 1}, {1: 2, 2: 1}, {1: 4, 2: 1}) == [
        (1, 0),
        (2, 1),
        (9, 2),
        (3, 1),
        (4, 1),
    ]
    assert pids({1: 5, 2: 4}, {1: 8, 2: 0}) == [(5, 0), (8, 0)]
    assert pids() == []


def test_trees_that_are_none() -> None:
    for entries in ([{1: 1, 2: 1}], [{1: 1}, {1: 2, 2: 3}, {1: 3, 2: 2}]):
        with pytest.raises(CheckpointArchiveError, match="below themselves"):
            pids(*entries)
    chain = pids(*({1: pid, 2: pid - 1} for pid in range(1, 5000)))
    assert chain[-1] == (4999, 4998)


def test_more_processes_than_any_host_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_MOST", 3)
    assert len(pids({1: 1}, {1: 2}, {1: 3})) == 3
    with pytest.raises(CheckpointArchiveError, match="more than 3 processes"):
        pids({1: 1}, {1: 2}, {1: 3}, {1: 4})


def test_words_that_are_not_in_the_archive() -> None:
    first = process(1, "top\0-b\0")
    for name in (*first, "checkpoint/core-1.img"):
        found = read({name: None}).processes[0]
        assert found.pid == 1
        assert (found.command == []) == ("core" not in name)
    cases: list[list[Fields]] = [
        [{1: 1}, {1: 0x7FFF_0000_0000, 2: 1, 4: 1}],
        [{1: 1}, {1: 0x7FFF_0000_0000, 2: 1, 3: 1}],
        [{1: 1}, {1: 0x7FFF_0000_0000, 2: 1}, {1: 0x7FFF_0000_0000, 2: 1}],
        [{1: 1}],
    ]
    for entries in cases:
        changed = {"checkpoint/pagemap-1.img": image(images.PAGEMAP, *entries)}
        assert read(changed).processes[0].command == []
    old = image(images.PAGEMAP, {1: 1}, {1: 0x400000, 5: 1, 3: 0}, {1: 0x7FFF_0000_0000, 5: 1})
    assert read({"checkpoint/pagemap-1.img": old}).processes[0].command == ["top", "-b"]


# -- bad archives ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("config.dump", b"[" * 100_000, "config.dump is no JSON"),
        ("config.dump", b"\xff", "config.dump is no JSON"),
        ("config.dump", b"[]", "config.dump is not what it should be"),
        ("config.dump", b'{"name": 7}', "config.dump: name is not what it should be, a str"),
        ("config.dump", b'{"createdTime": "x"}', "createdTime is no time: 'x'"),
        ("spec.dump", b'{"mounts": {}}', "spec.dump: mounts is not what it should be, a list"),
        ("spec.dump", b'{"mounts": [1]}', "spec.dump: mounts is not what it should be, a dict"),
        ("deleted.files", b"[1]", "deleted.files is not what it should be, a str"),
        ("network.status", b'{"a": 1}', "network.status: a is not what it should be"),
        ("config.dump", b" " * (5 << 20), "config.dump is too large: 5242880 bytes"),
        ("stats-dump", b"short", "stats-dump is no image"),
        ("stats-dump", image(images.MM, {}), "stats-dump is no image of CRIU, or of another kind"),
        ("stats-dump", image(images.STATS), "stats-dump is empty"),
        ("stats-dump", image(images.STATS) + b"\xff\xff\xff\xff", "stats-dump is cut"),
        ("stats-dump", image(images.STATS) + b"\xff\xff", "stats-dump is cut"),
        ("stats-dump", image(images.STATS, {1: b"\x08"}), "a number without end"),
        ("stats-dump", image(images.STATS, {1: b"\x08" + b"\xff" * 20}), "a number without end"),
        ("stats-dump", image(images.STATS, {1: b"\x12\x7f"}), "a message of an image is cut"),
        ("stats-dump", image(images.STATS, {1: b"\x0d\x01"}), "a message of an image is cut"),
        ("stats-dump", image(images.STATS, {1: b"\x0b\x01"}), "a message of an image is cut"),
    ],
)
def test_bad_files(name: str, data: bytes, said: str) -> None:
    with pytest.raises(CheckpointArchiveError, match=said):
        read({name: data})


ZEROS = bytes(1 << 16)


class Endless:
    """An archive with ever more members, made as it is read."""

    def __init__(self, name: str, size: int) -> None:
        self._blocks = self._members(name, size)
        self._left = b""

    def _members(self, name: str, size: int) -> Iterator[bytes]:
        for number in range(1_000_000):
            member = tarfile.TarInfo(name.format(number))
            member.size = size
            yield member.tobuf()
            for _ in range(size // len(ZEROS)):
                yield ZEROS

    def read(self, size: int, /) -> bytes:
        self._left = self._left or next(self._blocks)
        data, self._left = self._left[:size], self._left[size:]
        return data


@pytest.mark.parametrize(
    ("name", "size"),
    [("checkpoint/core-{}.img", 1 << 20), ("checkpoint/mm-{}.img", 20 << 20)],
)
def test_too_much(name: str, size: int) -> None:
    with pytest.raises(CheckpointArchiveError, match="there is too much to look into"):
        read_checkpoint(Endless(name, size))


def test_bombs_need_no_memory() -> None:
    bomb = archive({"checkpoint/pages-9.img": bytes(64 << 20)})
    packed = gzip.compress(bomb, 1)
    del bomb
    tracemalloc.start()
    try:
        assert read_checkpoint(io.BytesIO(packed)).sizes.memory == (64 << 20) + 4 * PAGE
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_names_that_lead_out_are_nothing() -> None:
    found = read({"../../evil": b"1", "/config.dump": b"{}", "checkpoint/../core-1.img": b"2"})
    assert found.name == "web"


@unhurried
@given(st.binary(max_size=3000))
def test_any_bytes(data: bytes) -> None:
    with suppress(CheckpointArchiveError):
        read_checkpoint(io.BytesIO(data))


WHOLE = archive()


@unhurried
@given(st.data())
def test_any_byte_changed(data: st.DataObject) -> None:
    changed = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    with suppress(CheckpointArchiveError):
        read_checkpoint(io.BytesIO(changed))


READ_WHOLE = [name for name in FILES if "pages-" not in name and not name.endswith("tar")]


@unhurried
@given(st.sampled_from(READ_WHOLE), st.data())
def test_any_file_changed(name: str, data: st.DataObject) -> None:
    changed = bytearray(FILES[name] or b"x")
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=6))
    with suppress(CheckpointArchiveError):
        read({name: bytes(changed)})
