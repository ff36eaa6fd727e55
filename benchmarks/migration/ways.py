"""The ways of a container from host to host that are compared; and one that leads nowhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import podlib
from benchmarks.compiler import SetupError

from .pair import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pair import Pair, Place

Figures = dict[str, float]


@dataclass(frozen=True)
class Way:
    """``go`` takes the container, and gives its figures."""

    name: str
    go: Callable[[Pair], Figures]
    moves: bool = True


def taken(way: Way, pair: Pair, mib: int) -> Figures:
    """Let one container go this way; with ``frozen``, how long it stood still by its own clock."""
    while True:
        began = time.monotonic()
        figures = _taken(way, pair, mib)
        if figures["frozen"] < time.monotonic() - began:
            return figures
        print(f"{way.name}: the machine's clock was set, once more", file=sys.stderr)


def _taken(way: Way, pair: Pair, mib: int) -> Figures:
    with pair.container(mib):
        os.sync()  # what the one before has left to write is not this one's
        found = way.go(pair)
        frozen = pair.paused(pair.target if way.moves else pair.source)
    return {**found, "frozen": frozen}


def _by_client(way: str, place: Place) -> Callable[[Pair], Figures]:
    def go(pair: Pair) -> Figures:
        words = (sys.executable, "-m", "benchmarks.migration.client", way)
        done = subprocess.run(
            [*words, *pair.sockets(place), NAME], stdout=subprocess.PIPE, check=False
        )
        if done.returncode:
            raise SetupError(f"the move by {way} failed, see above")
        found: Figures = json.loads(done.stdout)
        return {**found, "whole": found["freeze"] + found["pump"] + found["wake"]}

    return go


def _by_podman(*options: str) -> Callable[[Pair], Figures]:
    """Podman's command line on both hosts, and a copy of the file between them."""

    def go(pair: Pair) -> Figures:
        file = "/mnt/share/checkpoint"
        here, there = (host.share / "checkpoint" for host in (pair.source, pair.target))
        began = time.perf_counter()
        pair.source.run("podman", "container", "checkpoint", *options, "-e", file, NAME)
        shutil.copyfile(here, there)
        pair.target.run("podman", "container", "restore", "-i", file)
        whole = time.perf_counter() - began
        here.unlink()
        there.unlink()
        return {"whole": whole}

    return go


def _in_place(pair: Pair) -> Figures:
    """Frozen to the source's own disk, and woken there: what Podman and CRIU say of themselves."""
    began = time.perf_counter()
    with podlib.Podman(pair.source.socket) as podman:
        dumped = podman.containers.checkpoint(NAME, keep=True, print_stats=True)
        podman.containers.restore(NAME)
    assert dumped.criu_statistics
    return {
        "whole": time.perf_counter() - began,
        "dump": dumped.runtime_checkpoint_duration,
        "dump_criu": dumped.criu_statistics.frozen_time,
    }


PODLIB = Way("podlib", _by_client("podlib", "disk"))
BARE = Way("bare sockets", _by_client("bare", "disk"))
PODLIB_TMPFS = Way("podlib, tmpfs", _by_client("podlib", "memory"))
BARE_TMPFS = Way("bare sockets, tmpfs", _by_client("bare", "memory"))
PODMAN = Way("podman", _by_podman())
PODMAN_PLAIN = Way("podman --compress none", _by_podman("--compress", "none"))
IN_PLACE = Way("in place, tmpfs", _in_place, moves=False)
WAYS = (PODLIB, BARE, PODLIB_TMPFS, BARE_TMPFS, PODMAN, PODMAN_PLAIN, IN_PLACE)
