"""Which fault comes when: all of it follows from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

PHASES = ("check", "checkpoint", "transfer", "confirm", "remove")

KINDS = {
    "kill-client": 5,
    "interrupt-client": 2,
    "kill-source": 3,
    "kill-target": 3,
    "cut-source": 3,
    "cut-target": 3,
    "cut-source-at-byte": 3,
    "cut-target-at-byte": 3,
    "garble-source": 2,
    "garble-target": 2,
    "hold-source": 1,
    "hold-target": 1,
    "fill-target": 1,
    "take-name": 1,
    "take-port": 1,
}
"""What happens, and how often beside the others."""

ARCHIVE = 900_000
"""About the bytes of the workload's checkpoint."""

ANSWER = 400
"""Bytes of an answer in which a bit is turned: its head, and what follows. A checkpoint's own
bytes have no sum that anybody could hold them against, so those of the source are let be."""


@dataclass(frozen=True)
class Fault:
    """One fault."""

    number: int
    kind: str
    phase: str
    """It comes when this begins,"""
    delay: float
    """and so many seconds later,"""
    count: int
    """or after so many bytes."""
    journal: bool
    through: str
    """The way: ``socket``, ``registry``, or through a file with such a ``compression``."""
    renamed: bool
    """Whether it gets another name at the target."""

    def __str__(self) -> str:
        when = f"{self.phase}+{self.delay:.2f}s"
        if self.kind.startswith("garble-"):
            when = f"a bit of byte {self.count} after {self.phase}"
        if self.kind.endswith("-at-byte"):
            when = f"byte {self.count} after {self.phase}"
        by = "journal" if self.journal else "facts"
        name = "renamed" if self.renamed else "same"
        return f"{self.number:3} {self.kind:19} {when:34} {by:7} {self.through:8} {name:7}"


def fault(seed: int, number: int) -> Fault:
    """The fault of that number."""
    chance = random.Random(f"{seed}/{number}")
    kind = chance.choices([*KINDS], [*KINDS.values()])[0]
    phase = chance.choice(PHASES)
    if kind.startswith("take-"):
        phase = "checkpoint"
    elif kind.endswith("-at-byte"):
        phase = chance.choice(("check", "checkpoint", "transfer"))
    delay = round(chance.choice((0.0, 0.0, 0.02, 0.1, 0.3, 0.5)) * chance.random() * 2, 3)
    count = chance.choice((0, 100, 5_000, chance.randrange(ARCHIVE)))
    journal = chance.random() < 0.6
    through = chance.choice(("socket", "socket", "none", "zstd"))
    through = "registry" if chance.randrange(5) == 4 else through
    renamed = chance.random() < 0.25
    if kind.startswith("garble-"):
        delay, count = 0.0, chance.randrange(ANSWER)
    if kind == "garble-source":
        phase = chance.choice(("check", "checkpoint", "remove"))
    return Fault(
        number=number,
        kind=kind,
        phase=phase,
        delay=delay,
        count=count,
        journal=journal,
        through=through,
        renamed=renamed,
    )
