"""What an import adds to a whole Python process, and what a process with one call takes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from .documents import FEW
from .report import Goal, Row
from .rounds import ROOT, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

# The same flags and the same search path for all: they differ in the statements alone.
PROGRAM = "import sys; sys.path.insert(0, {root!r}); {statement}"
IMPORTS = {"bare": "pass", "podlib": "import podlib", "podman-py": "import podman"}
LISTS = {
    "bare": "pass",
    "podlib": f"import podlib; podlib.Podman({{socket!r}}).containers.list(limit={FEW})",
    "podman-py": (
        "import podman; "
        f"podman.PodmanClient(base_url='unix://{{socket}}').containers.list(limit={FEW})"
    ),
    "pydantic": (
        "import pydantic; "
        "Model = pydantic.create_model('Model', a=(int, 0)); "
        "pydantic.TypeAdapter(list[Model]).validate_json('[]')"
    ),
}


def rows(setting: Setting) -> list[Row]:
    """What an import costs, over a process that does nothing else."""
    seconds = _measured(IMPORTS, setting)
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


def process_rows(setting: Setting) -> list[Row]:
    """A process that lists ten containers and ends; beside it, one that uses pydantic at all."""
    seconds = _measured(LISTS, setting)
    what = f"process that lists {FEW} containers: CPU"

    def row(name: str, client: str, goal: Goal | None = None) -> Row:
        pairs = zip(seconds[name], seconds["podman-py"], strict=True)
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        figure = statistics.median(seconds[name]) * 1e3
        return Row(what, client, figure, "ms", ratio, "podman-py", goal)

    return [
        row("podlib", "podlib", Goal("≤", 1)),
        Row(what, "podman-py", statistics.median(seconds["podman-py"]) * 1e3, "ms"),
        row("pydantic", "one pydantic model, no client"),
        row("bare", "bare Python"),
    ]


def _measured(statements: Mapping[str, str], setting: Setting) -> dict[str, list[float]]:
    """CPU seconds of each process, in turns."""
    programs = {
        name: PROGRAM.format(root=str(ROOT), statement=text.format(socket=setting.socket))
        for name, text in statements.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for program in programs.values():
        cpu_seconds(program)  # compiles the modules and brings them into the page cache
    for _ in range(10 if setting.quick else 40):
        for name, program in programs.items():
            # All follow the same: a large process leaves cold caches behind.
            cpu_seconds(programs["bare"])
            seconds[name].append(cpu_seconds(program))
    return seconds


def cpu_seconds(program: str, *, quiet: bool = False) -> float:
    """User and system time of the process: steadier than its wall time on a shared machine."""
    output = subprocess.DEVNULL if quiet else None
    process = subprocess.Popen([sys.executable, "-I", "-c", program], stdout=output)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{program} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime
