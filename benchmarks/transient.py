"""How long a transient service of a real Podman takes, from the call to its first answer."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import podlib
from tests.testbed import MissingError, session

from .report import Goal, Row

if TYPE_CHECKING:
    from tests.testbed import Host

    from .rounds import Setting

WHAT = "transient service, to its first answer: wall"
HOST = "host-b"
POLL = 0.1
STORE = ("--root=/var/tmp/bench/root", "--runroot=/var/tmp/bench/run")


def rows(setting: Setting) -> list[Row]:
    """podlib, which hands the listener over, beside a loop that waits for the socket to appear."""
    try:
        with session([HOST]) as hosts, tempfile.TemporaryDirectory() as folder:
            program = hosts[HOST].program(Path(folder) / "podman", "podman")
            return _rows(hosts[HOST], program, 3 if setting.quick else 20)
    except MissingError as error:
        print(f"left out: {error}", file=sys.stderr)
        return []


def _rows(host: Host, program: Path, rounds: int) -> list[Row]:
    _handed_over(program)  # makes the store
    pairs = [(_handed_over(program), _polled(host, program)) for _ in range(rounds)]
    ours, theirs = (statistics.median(each) * 1e3 for each in zip(*pairs, strict=True))
    polling = f"polling every {POLL * 1e3:.0f} ms"
    return [
        Row(WHAT, "podlib", ours, "ms", ours / theirs, polling, Goal("≤", 1)),
        Row(WHAT, polling, theirs, "ms"),
    ]


def _handed_over(program: Path) -> float:
    begin = time.perf_counter()
    with podlib.Podman.transient(podman=program, options=STORE) as podman:
        podman.containers.exists("nobody")
        return time.perf_counter() - begin


def _polled(host: Host, program: Path) -> float:
    socket = host.share / "bench.sock"
    socket.unlink(missing_ok=True)
    words = [
        str(program),
        *STORE,
        "system",
        "service",
        "--time=0",
        f"unix:///mnt/share/{socket.name}",
    ]
    begin = time.perf_counter()
    with subprocess.Popen(words) as process:
        while not socket.exists():
            time.sleep(POLL)
        with podlib.Podman(socket) as podman:
            podman.containers.exists("nobody")
            taken = time.perf_counter() - begin
        process.terminate()
    return taken
