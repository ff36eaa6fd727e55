"""The example of an orchestrator: services that need each other, frozen and brought back."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from podlib import Podman

from .documentation import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed import Host

PROGRAM = ROOT / "docs" / "examples" / "orchestrator.py"


def orchestrate(host: Host, image: str, *words: str) -> list[str]:
    """What it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), str(host.socket), "--image", image, *words],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.splitlines()


def number(lines: list[str]) -> int:
    assert len(lines) == 1
    return int(lines[0].removeprefix("front says "))


UP = [
    "setup: started",
    "setup: completed",
    "counter: started",
    "counter: healthy",
    "front: started",
    "counter: healthy",
    "front: healthy",
    "all services are up",
]


def assert_empty(host: Host) -> None:
    with Podman(host.socket) as podman:
        assert podman.containers.list(all=True) == []
        assert not podman.networks.exists("shop_default")
        assert not podman.volumes.exists("shop_data")


def test_services_come_up_in_order(host_a: Host, image: str) -> None:
    assert orchestrate(host_a, image, "up") == UP
    assert number(orchestrate(host_a, image, "ask")) > 1000
    assert orchestrate(host_a, image, "up") == UP  # with what is there
    orchestrate(host_a, image, "down")
    assert_empty(host_a)


def test_what_ctrl_c_has_left_is_taken_up(host_a: Host, image: str) -> None:
    words = [str(host_a.socket), "--image", image, "up"]
    with subprocess.Popen(
        [sys.executable, "-u", str(PROGRAM), *words],
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as begun:
        assert begun.stdout
        assert "counter: started\n" in begun.stdout
        begun.send_signal(signal.SIGINT)
        assert begun.stderr
        assert begun.stderr.read() == "up: interrupted\n"
    assert begun.returncode == 130
    assert orchestrate(host_a, image, "up") == UP
    orchestrate(host_a, image, "down")
    assert_empty(host_a)


def test_a_project_is_frozen_and_brought_back(host_b: Host, image: str, tmp_path: Path) -> None:
    """Its services listen at sockets, which only newer versions of CRIU can freeze."""
    folder = str(tmp_path / "shop")
    assert orchestrate(host_b, image, "up") == UP
    first = number(orchestrate(host_b, image, "ask"))
    assert len(orchestrate(host_b, image, "checkpoint", folder)) == 2
    orchestrate(host_b, image, "down")
    assert_empty(host_b)
    assert orchestrate(host_b, image, "restore", folder) == [
        "shop-counter-1: running",
        "shop-front-1: running",
    ]
    assert first <= number(orchestrate(host_b, image, "ask")) < first + 1000
