"""``python -m benchmarks.migration``: moves containers, exits with 1 if a goal is not met."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from typing import TYPE_CHECKING

from benchmarks import report
from benchmarks.compiler import SetupError
from podlib import PodmanError
from tests.testbed import TestbedError

from .pair import pair
from .rows import Results, rows
from .ways import BARE, WAYS, taken

if TYPE_CHECKING:
    from .pair import Pair

SIZES = (16, 256, 1024)
ROUNDS = 4
QUICK_SIZES = (16, 64)
QUICK_ROUNDS = 1


def main() -> int:
    arguments = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    sizes, rounds = (QUICK_SIZES, QUICK_ROUNDS) if arguments.quick else (SIZES, ROUNDS)
    try:
        with pair() as hosts:
            measured_with = _measured_with(hosts)
            results = _measured(hosts, sizes, arguments.rounds or rounds)
    except (SetupError, TestbedError, PodmanError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    table = [row for mib, of_size in results.items() for row in rows(mib, of_size)]
    print(f"{measured_with}\n\n{report.table(table)}")
    return 0 if all(row.met is not False for row in table) else 1


def _measured(hosts: Pair, sizes: tuple[int, ...], rounds: int) -> dict[int, Results]:
    """Every way in each round, there and back again: so each follows now one and now another."""
    for way in WAYS:
        _say(f"warming up: {way.name}")
        taken(way, hosts, sizes[0])
    results: dict[int, Results] = {mib: {way.name: [] for way in WAYS} for mib in sizes}
    for number in range(rounds):
        ways = WAYS if number % 2 == 0 else WAYS[::-1]
        for mib in sizes:
            _say(f"round {number + 1}, {mib} MiB: warming up")
            taken(BARE, hosts, mib)  # the first to use so much memory waits for the machine's host
            for way in ways:
                figures = taken(way, hosts, mib)
                _say(f"round {number + 1}, {mib} MiB, {way.name}: {figures['frozen']:.2f} s")
                results[mib][way.name].append(figures)
    return results


def _measured_with(hosts: Pair) -> str:
    uname = platform.uname()
    line = f"{uname.system} {uname.release} {uname.machine}, {os.cpu_count()} CPUs"
    lines = [f"Python {platform.python_version()}, {line}"]
    for host in (hosts.source, hosts.target):
        criu = host.run("criu", "--version").stdout.split()[1]
        lines.append(f"{host.name}: Podman {host.version}, {host.base.runtime}, CRIU {criu}")
    return "\n".join(lines)


def _say(what: str) -> None:
    print(what, file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.migration", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, one round")
    parser.add_argument("--rounds", type=int, help=f"how many (default: {ROUNDS})")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
