"""The table: a row per figure, its goal and whether it is met."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rounds import Cores

PEERS = ("httpx", "aiohttp", "podman", "docker")
_QUICK = "QUICK: smaller sizes and fewer rounds than the goals are for"
_PLACES: dict[Cores | None, str] = {
    "same": "the same core",
    "apart": "cores of their own",
    None: "the same core for CPU per call, on cores of their own for throughput",
}
HEADINGS: tuple[str, ...] = ("what", "client", "figure", "ratio", "to", "goal", "")


@dataclass(frozen=True)
class Goal:
    """A bound for a row's ratio, or for its figure when the row has none."""

    sign: Literal["≤", "≥"]
    bound: float

    def met_by(self, value: float) -> bool:
        """Whether ``value`` is within the bound."""
        return value <= self.bound if self.sign == "≤" else value >= self.bound


@dataclass(frozen=True)
class Row:
    """One figure of one client; ``ratio`` is the client's over that of the client ``to``."""

    what: str
    client: str
    figure: float
    unit: str
    ratio: float | None = None
    to: str = ""
    goal: Goal | None = None

    @property
    def met(self) -> bool | None:
        """``None`` for a row that is there for comparison only."""
        if self.goal is None:
            return None
        return self.goal.met_by(self.figure if self.ratio is None else self.ratio)


def as_json(rows: Sequence[Row], *, quick: bool, cores: Cores | None) -> str:
    """For programs: the rows, and what they were taken with."""
    return json.dumps(
        {
            "measured_with": _measured_with(quick=quick, cores=cores),
            "quick": quick,
            "cores": cores or "by topic",
            "rows": [{**asdict(row), "met": row.met} for row in rows],
        },
        indent=2,
    )


def as_table(rows: Sequence[Row], *, quick: bool, cores: Cores | None) -> str:
    """For people: what it was taken with, the aligned table, how many goals were met."""
    return f"{_measured_with(quick=quick, cores=cores)}\n\n{table(rows)}"


def table(rows: Sequence[Row]) -> str:
    """The aligned table, and how many goals were met."""
    lines = [HEADINGS]
    previous = ""
    for row in rows:
        lines.append((row.what if row.what != previous else "", *_cells(row)))
        previous = row.what
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    aligned = "\n".join(_aligned(line, widths) for line in lines)
    return f"{aligned}\n\n{_summary(rows)}"


def _measured_with(*, quick: bool, cores: Cores | None) -> str:
    uname = platform.uname()
    peers = ", ".join(f"{name} {metadata.version(name)}" for name in PEERS)
    line = (
        f"Python {platform.python_version()}, {uname.system} {uname.release} {uname.machine}, "
        f"{os.cpu_count()} CPUs, client and server on "
        f"{_PLACES[cores]}; {peers}"
    )
    return f"{line}\n{_QUICK}" if quick else line


def _summary(rows: Sequence[Row]) -> str:
    goals = [row for row in rows if row.goal]
    missed = [f"{row.what} ({row.client})" for row in goals if not row.met]
    if missed:
        return f"{len(missed)} of {len(goals)} goals NOT MET: " + "; ".join(missed)
    return f"all {len(goals)} goals met"


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
    to = "" if row.ratio is None else f"× {row.to}"
    goal = "" if row.goal is None else f"{row.goal.sign} {row.goal.bound:.3g}"
    met = {True: "met", False: "NOT MET", None: ""}[row.met]
    return row.client, f"{row.figure:.4g} {row.unit}", ratio, to, goal, met


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    numbers = (2, 3)
    cells = [
        cell.rjust(width) if column in numbers else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
