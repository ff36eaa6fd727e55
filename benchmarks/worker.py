"""One client in a process of its own: ``python -m benchmarks.worker JOB``.

JOB is JSON: the module below ``benchmarks.peers``, the task in it, the task's options, its CPU.
A task is a context manager that gives a function ``run(amount)``. Each line on standard input is
an amount; each is answered with the figures of that round. A process per client keeps one client's
modules, garbage collector and memory out of another's figures, and the rounds let the parent
interleave the clients, so that what else happens on the machine meets all of them alike.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    job = json.loads(sys.argv[1])
    os.sched_setaffinity(0, {job["cpu"]})
    module = importlib.import_module(f"benchmarks.peers.{job['peer']}")
    with getattr(module, job["task"])(**job["options"]) as run:
        for line in sys.stdin:
            print(json.dumps(measured(run, int(line))), flush=True)


def measured(run: Callable[[int], None], amount: int) -> dict[str, float]:
    """CPU (user and system) and wall time in seconds, growth of the peak of memory in bytes."""
    gc.collect()
    _forget_peak()
    memory = _memory("VmRSS")
    cpu, wall = time.process_time(), time.perf_counter()
    run(amount)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "growth": max(0, _memory("VmHWM") - memory)}


def _forget_peak() -> None:
    with Path("/proc/self/clear_refs").open("w") as file:
        file.write("5")  # VmHWM starts again from the present size: proc(5)


def _memory(field: str) -> int:
    with Path("/proc/self/status").open() as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise LookupError(field)


if __name__ == "__main__":
    main()
