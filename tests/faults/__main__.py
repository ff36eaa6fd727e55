"""Runs faults, one after the other; the last line counts what went wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.kinds import fault
from tests.faults.world import World
from tests.testbed import session
from tests.testbed.image import install


def main() -> int:
    """The exit status: 0 if nothing went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many (default: 300)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the time")
    parser.add_argument("--only", type=int, nargs="*", help="only those of these numbers")
    arguments = parser.parse_args()
    numbers = arguments.only or range(1, arguments.count + 1)
    print(f"seed {arguments.seed}")
    began = time.monotonic()
    lost = doubled = leftovers = 0
    with session() as hosts, tempfile.TemporaryDirectory(prefix="podlib-faults-") as folder:
        base = install([*hosts.values()])
        world = World(hosts["host-a"], hosts["host-b"], base, Path(folder))
        for number in numbers:
            verdict = world.suffer(fault(arguments.seed, number))
            print(verdict, flush=True)
            lost += bool(verdict.lost)
            doubled += bool(verdict.doubled)
            leftovers += bool(verdict.leftovers)
    print(f"in {(time.monotonic() - began) / 60:.1f} minutes")
    print(f"{len(numbers)} faults, {lost} lost, {doubled} doubled, {leftovers} leftovers")
    return 1 if lost or doubled or leftovers else 0


if __name__ == "__main__":
    sys.exit(main())
