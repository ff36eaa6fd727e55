"""A workload whose state is its memory: it counts, and stamps each count with the time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

INTERVAL = 0.1
COMMAND = ("sh", "-c", 'n=0; while :; do n=$((n+1)); echo "$n $EPOCHREALTIME"; sleep 0.1; done')


@dataclass(frozen=True)
class Count:
    """One line of a counter: the number, and when it was counted (seconds since the epoch)."""

    number: int
    time: float

    @classmethod
    def parse(cls, line: str) -> Count:
        number, time = line.split()
        return cls(int(number), float(time))


def missing(counts: list[Count]) -> set[int]:
    """The numbers that a counter skipped."""
    numbers = {count.number for count in counts}
    return set(range(min(numbers), max(numbers) + 1)) - numbers if numbers else set()


def frozen(counts: list[Count]) -> float:
    """How long the counter stood still, in seconds: the largest gap, less the interval."""
    gaps = [later.time - earlier.time for earlier, later in pairwise(counts)]
    return max(gaps, default=INTERVAL) - INTERVAL
