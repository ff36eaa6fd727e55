"""The parts of the testbed that need no host."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

import pytest

from tests.live.counter import Count, frozen, missing
from tests.testbed import cgroups, roots, sessions
from tests.testbed.host import Base
from tests.testbed.processes import Process
from tests.testbed.registry import Registry
from tests.testbed.suites import CHECKPOINTING, HOSTS, SUITES, Suite, settings
from tests.testbed.tools import debian_mirror, mirror_in

V1 = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 29 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
31 29 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,release_agent=/x,name=systemd
32 29 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate
33 29 0:27 / /mnt/again rw - cgroup cgroup rw,cpu,cpuacct
"""
V2 = "30 29 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"


def test_cgroup_trees_are_found_with_the_options_that_mount_them() -> None:
    assert cgroups.hierarchies(V1) == [
        cgroups.Hierarchy("cpu,cpuacct", Path("/sys/fs/cgroup/cpu,cpuacct")),
        cgroups.Hierarchy("name=systemd", Path("/sys/fs/cgroup/systemd")),
        cgroups.Hierarchy("", Path("/sys/fs/cgroup/unified")),
    ]
    assert cgroups.hierarchies(V2) == [cgroups.Hierarchy("", Path("/sys/fs/cgroup"))]


@pytest.mark.parametrize(
    ("sources", "mirror"),
    [
        ("deb http://mirror.example/debian trixie main", "http://mirror.example/debian"),
        ("deb [arch=amd64] http://mirror.example/debian/ x main", "http://mirror.example/debian/"),
        ("Types: deb\nURIs: https://mirror.example/debian\n", "https://mirror.example/debian"),
        ("# deb http://mirror.example/debian trixie main", None),
        ("deb http://mirror.example/ubuntu noble main", None),
        ("URIs: http://mirror.example/debian-security", None),
    ],
)
def test_mirror_comes_from_apt_sources(sources: str, mirror: str | None) -> None:
    assert mirror_in(sources) == mirror


def test_mirror_is_looked_for_in_all_of_apts_files(tmp_path: Path) -> None:
    assert debian_mirror(tmp_path) is None
    folder = tmp_path / "apt" / "sources.list.d"
    folder.mkdir(parents=True)
    (folder / "a.list").write_text("deb http://other.example/ubuntu noble main\n")
    (folder / "b.sources").write_text("URIs: http://mirror.example/debian\n")
    assert debian_mirror(tmp_path) == "http://mirror.example/debian"


def test_another_recipe_is_another_root() -> None:
    suite = Suite("trixie", ("podman", "criu"))
    assert roots.recipe(suite) == roots.recipe(Suite("trixie", ("criu", "podman")))
    assert roots.recipe(suite) != roots.recipe(Suite("forky", ("podman", "criu")))
    assert roots.recipe(suite) != roots.recipe(Suite("trixie", ("podman",)))


def test_roots_lie_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PODLIB_CACHE", str(tmp_path))
    assert roots.root_of(SUITES["trixie"]).parent == tmp_path / "roots"


def test_every_host_has_a_suite() -> None:
    assert set(HOSTS.values()) <= set(SUITES)
    assert 'runtime = "crun"' in settings("crun")["containers/containers.conf"]


@pytest.mark.parametrize("own", [None, Base(Path("/"), "runc")])
def test_machines_own_podman_never_stands_for_an_old_one(
    monkeypatch: pytest.MonkeyPatch, own: Base | None
) -> None:
    def ensure(suites: list[Suite]) -> list[Path]:
        return [Path("/roots") / suite.name for suite in suites]

    monkeypatch.setattr(sessions, "own_podman", lambda: own)
    monkeypatch.setattr(roots, "ensure", ensure)
    bases = sessions.find_bases()
    assert list(bases) == list(HOSTS)
    assert bases["host-a"] == (own or Base(Path("/roots/trixie"), "runc"))
    assert bases["host-c"] == Base(Path("/roots/bookworm"), "runc", checkpoints=False)
    assert [name for name, base in bases.items() if base.checkpoints] == CHECKPOINTING


LOG = """\
time="2026-11-22T10:48:44Z" level=info msg="response completed" http.request.method=GET
127.0.0.1 - - [22/Nov/2026:10:48:44 +0000] "GET /v2/ HTTP/1.1" 200 2 "" "containers/5.34.2"
127.0.0.1 - ann [22/Nov/2026:10:48:44 +0000] "PUT /v2/a/blobs/uploads/1?_state=x HTTP/1.1" 201 0
"""


def test_requests_are_read_from_a_registrys_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(LOG)
    with subprocess.Popen(["true"]) as process:
        registry = Registry("127.0.0.1:5000", process, tmp_path / "log", tmp_path / "store")
    assert registry.requests() == ["GET /v2/ 200", "PUT /v2/a/blobs/uploads/1?_state=x 201"]


def test_lock_keeps_others_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with roots.locked(path), path.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_process_is_known_by_its_start_too() -> None:
    with subprocess.Popen(["sleep", "60"]) as running:
        process = Process.find(running.pid)
        assert process.alive()
        assert not Process(process.pid, process.started - 1).alive()
        Process(process.pid, process.started - 1).kill()
        assert process.alive()
        process.kill()
    assert not process.alive()
    with pytest.raises(ProcessLookupError):
        Process.find(running.pid)


def test_only_sessions_without_an_owner_are_cleared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sessions, "SESSIONS", tmp_path)
    own = sessions._open()
    dead = tmp_path / "dead"
    (dead / "host-a" / "tmp").mkdir(parents=True)
    (dead / "processes").write_text("[1, 12345]\n")
    nameless = tmp_path / "nameless"
    nameless.mkdir()
    assert sessions.clear() == ["dead", "nameless"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([own.name, "lock"])


def test_counter_tells_what_is_lost_and_how_long_it_stood() -> None:
    counts = [Count.parse(line) for line in ("1 10.0", "2 10.1", "5 10.8", "6 10.9")]
    assert missing(counts) == {3, 4}
    assert missing([]) == set()
    assert frozen(counts) == pytest.approx(0.6)
