"""What an import adds to a whole Python process that does nothing else."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from .report import Goal, Row
from .rounds import ROOT, Setting

# The same flags and the same search path for all: they differ in the import alone.
PROGRAM = "import sys; sys.path.insert(0, {root!r}); {statement}"
STATEMENTS = {"bare": "pass", "podlib": "import podlib", "podman-py": "import podman"}


def rows(setting: Setting) -> list[Row]:
    seconds: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for statement in STATEMENTS.values():
        _cpu_seconds(statement)  # compiles the modules and brings them into the page cache
    for _ in range(10 if setting.quick else 40):
        for name, statement in STATEMENTS.items():
            _cpu_seconds("pass")  # all follow the same: a large process leaves cold caches behind
            seconds[name].append(_cpu_seconds(statement))
    what = "import, over bare Python: CPU"

    def row(name: str, goal: Goal | None = None) -> Row:
        pairs = zip(seconds[name], seconds["bare"], strict=True)
        added = statistics.median(mine - without for mine, without in pairs)
        return Row(what, name, added * 1e3, "ms", goal=goal)

    return [
        row("podlib", Goal("≤", 5)),
        row("podman-py"),
        Row(what, "bare Python, in all", statistics.median(seconds["bare"]) * 1e3, "ms"),
    ]


def _cpu_seconds(statement: str) -> float:
    """User and system time of the process: steadier than its wall time on a shared machine."""
    program = PROGRAM.format(root=str(ROOT), statement=statement)
    process = subprocess.Popen([sys.executable, "-I", "-c", program])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{program} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime
