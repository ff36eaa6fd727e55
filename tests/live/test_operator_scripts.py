"""The programs of docs/examples for operators, run as they stand: nothing is lost by them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from podlib import Podman
from podlib.checkpoint_files import read_manifest
from tests.live._sync.steps import counted, counts, running
from tests.live.counter import COMMAND, missing

from .documentation import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.testbed import Host


class Operator:
    """Has both hosts, and the programs."""

    def __init__(
        self, source: Podman, target: Podman, sockets: list[str], folder: Path, image: str
    ) -> None:
        self.source = source
        self.target = target
        self._sockets = sockets
        self.folder = folder
        self._image = image

    def start(self, name: str, **labels: str) -> None:
        """A counter on the source."""
        made = self.source.containers.create(
            self._image, name=name, command=[*COMMAND], network="none", labels=labels
        )
        self.source.containers.start(made.id)
        counted(self.source, name, 2)

    def take_name(self, name: str) -> None:
        """What stands in the way at the target."""
        self.target.containers.create(self._image, name=name)

    def begin(self, program: str, *words: str) -> subprocess.Popen[str]:
        """Start a program of the page."""
        path = ROOT / "docs" / "examples" / f"{program}.py"
        return subprocess.Popen(
            [sys.executable, "-W", "error", str(path), *self._sockets, *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, program: str, *words: str) -> tuple[int, list[str], str]:
        """Its exit status, the lines that it printed, and its errors."""
        with self.begin(program, *words) as process:
            output, errors = process.communicate(timeout=100)
        return process.returncode, output.splitlines(), errors

    def assert_counts_on(self, podman: Podman, *names: str) -> None:
        """They run there and nowhere else, and have lost nothing."""
        other = self.source if podman is self.target else self.target
        for name in names:
            assert running(podman, name)
            assert not (other.containers.exists(name) and running(other, name))
            seen = counted(podman, name, counts(podman, name)[-1].number + 1)
            assert missing(seen) == set()


@pytest.fixture
def operator(host_a: Host, host_b: Host, image: str, tmp_path: Path) -> Iterator[Operator]:
    with Podman(host_a.socket) as source, Podman(host_b.socket) as target:
        sockets = [str(host_a.socket), str(host_b.socket)]
        yield Operator(source, target, sockets, tmp_path, image)


def test_evacuate(operator: Operator) -> None:
    for name in ("one", "two", "three"):
        operator.start(name)
    operator.take_name("two")
    status, lines, errors = operator.run("evacuate")
    assert (status, errors) == (1, "")
    assert [line.split()[:2] for line in lines[-4:-1]] == [
        ["moved", "one"],
        ["moved", "three"],
        ["stayed", "two"],
    ]
    assert "the target has a container 'two' already" in lines[-2]
    assert lines[-1].startswith("2 of 3 without a problem")
    operator.assert_counts_on(operator.target, "one", "three")
    operator.assert_counts_on(operator.source, "two")
    operator.target.containers.remove("two")
    assert operator.run("evacuate")[0] == 0
    operator.assert_counts_on(operator.target, "one", "two", "three")
    assert [*(operator.folder / "journals").iterdir()] == []
    assert operator.source.containers.list(all=True) == []


def test_evacuate_only_planned(operator: Operator) -> None:
    operator.start("one")
    status, lines, _ = operator.run("evacuate", "--plan")
    assert (status, lines[-1].partition(",")[0]) == (0, "1 of 1 without a problem")
    assert "  memory  " in "\n".join(lines)
    operator.take_name("one")
    status, lines, _ = operator.run("evacuate", "--plan")
    assert (status, lines[-2].split()[:2]) == (1, ["blocked", "one"])
    operator.assert_counts_on(operator.source, "one")


def test_evacuate_terminated(operator: Operator) -> None:
    operator.start("one")
    with operator.begin("evacuate") as process:
        assert process.stdout
        for line in process.stdout:
            if line == "one: checkpoint\n":
                process.send_signal(signal.SIGTERM)
                break
        output, errors = process.communicate(timeout=100)
    assert (process.returncode, errors) == (1, "")
    [where] = re.findall(r"^stopped  one +container 'one' is now: (\w+)$", output, re.MULTILINE)
    operator.assert_counts_on(operator.source if where == "source" else operator.target, "one")
    assert [*(operator.folder / "journals").iterdir()] == []


def test_spot_notice(operator: Operator) -> None:
    operator.start("last", **{"spot.priority": "-1"})
    operator.start("first", **{"spot.priority": "10"})
    operator.start("second")
    operator.take_name("second")
    status, lines, errors = operator.run("spot_notice", "--deadline", "1h", "--save", "archives")
    assert (status, errors) == (0, "")
    assert [line.partition(",")[0] for line in lines if "moved, " in line] == [
        "first: moved",
        "last: moved",
    ]
    assert "second: saved to archives/second.tar and frozen" in "\n".join(lines)
    assert lines[-1].startswith("3 of 3 are safe")
    operator.assert_counts_on(operator.target, "first", "last")
    assert read_manifest(operator.folder / "archives" / "second.tar").name == "second"
    assert operator.source.containers.inspect("second").state.checkpointed


def test_spot_notice_that_comes_too_late(operator: Operator) -> None:
    operator.start("one")
    status, lines, _ = operator.run("spot_notice", "--deadline", "1s", "--save", "archives")
    assert status == 1
    assert lines[-4:-1] == [
        "one: a move takes about 3 s, 0 s are left",
        "one: saving takes about 3 s, 0 s are left",
        "one: LEFT RUNNING, it will end with its host",
    ]
    operator.assert_counts_on(operator.source, "one")


def test_spot_notice_of_a_paused_container(operator: Operator) -> None:
    """It cannot be frozen, and is as lost with its host as one that runs."""
    operator.start("one")
    operator.source.containers.pause("one")
    status, lines, _ = operator.run("spot_notice", "--deadline", "1h", "--save", "archives")
    assert status == 1
    assert lines[-2:-1] == ["one: LEFT RUNNING, it will end with its host"]
    assert operator.source.containers.inspect("one").state.paused
    assert not (operator.folder / "archives" / "one.tar").exists()


def test_spot_notice_without_time_for_a_move(operator: Operator) -> None:
    operator.start("one")
    slow = ["--rate", "0.000001", "--save-rate", "1000"]
    status, lines, _ = operator.run("spot_notice", "--deadline", "1h", "--save", "archives", *slow)
    assert status == 0
    assert lines[0].startswith("one: a move takes about ")
    assert lines[1].startswith("one: saved to ")


@pytest.mark.parametrize(
    ("program", "words", "problem"),
    [
        ("evacuate", [], "podman.sock"),
        ("spot_notice", ["--deadline", "90s"], "podman.sock"),
        ("spot_notice", ["--deadline", "soon"], "'soon' is not such as 90s, 2m or 1h"),
    ],
)
def test_nothing_is_begun(
    operator: Operator, host_b: Host, program: str, words: list[str], problem: str
) -> None:
    operator.start("one")
    host_b.stop_service()
    status, lines, errors = operator.run(program, *words)
    assert (status, lines) == (2, [])
    assert problem in errors
    assert running(operator.source, "one")
