"""From what the rounds took to the rows of the table."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.report import Goal, Row

from .ways import BARE, BARE_TMPFS, IN_PLACE, PODLIB, PODLIB_TMPFS, PODMAN, PODMAN_PLAIN, Figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ways import Way

Results = dict[str, list[Figures]]
"""By the names of the ways, a round after the other."""

MEMORY = Goal("≤", 4)


def rows(mib: int, results: Results) -> list[Row]:
    """All rows of one size."""
    size = f"{mib} MiB" if mib < 1024 else f"{mib // 1024} GiB"
    return [
        *_frozen(f"{size}, frozen", results),
        *_whole(f"{size}, first request to last answer", results),
        *_pump(f"{size}, pump", results),
        *_parts(f"{size}, parts of podlib's time", results, PODLIB, BARE),
        *_parts(f"{size}, the same on tmpfs", results, PODLIB_TMPFS, BARE_TMPFS),
        _growth(f"{size}, memory growth", results),
    ]


def _frozen(what: str, results: Results) -> list[Row]:
    def row(way: Way, to: Way, goal: Goal | None = None) -> Row:
        return _row(what, results, "frozen", way, to, goal)

    return [
        row(PODLIB, BARE, Goal("≤", 1.05)),
        row(PODLIB, PODMAN, Goal("≤", 0.7)),
        row(PODLIB, PODMAN_PLAIN),
        row(PODLIB_TMPFS, BARE, Goal("≤", 1)),
        row(PODLIB_TMPFS, BARE_TMPFS),
        *(row(way, BARE) for way in (BARE, BARE_TMPFS, PODMAN, PODMAN_PLAIN, IN_PLACE)),
    ]


def _whole(what: str, results: Results) -> list[Row]:
    ways = (PODLIB, BARE, PODLIB_TMPFS, BARE_TMPFS, PODMAN, PODMAN_PLAIN, IN_PLACE)
    return [_row(what, results, "whole", way, BARE) for way in ways]


def _pump(what: str, results: Results) -> list[Row]:
    """All that a client has a part in."""
    pairs = ((PODLIB, BARE), (BARE, BARE), (PODLIB_TMPFS, BARE_TMPFS), (BARE_TMPFS, BARE_TMPFS))
    return [_row(what, results, "pump", way, to) for way, to in pairs]


def _row(what: str, results: Results, key: str, way: Way, to: Way, goal: Goal | None = None) -> Row:
    figure = statistics.median(each[key] for each in results[way.name])
    if way is to:
        return Row(what, way.name, figure, "s")
    pairs = zip(results[way.name], results[to.name], strict=True)
    ratio = statistics.median(one[key] / other[key] for one, other in pairs)
    return Row(what, way.name, figure, "s", ratio, to.name, goal)


def _parts(what: str, results: Results, way: Way, bare: Way) -> list[Row]:
    """Where the time of a way by podlib goes.

    CRIU's part is taken from the ways that are told it, of the same round: an answer that is an
    archive has no statistics, and podlib does not ask the target for them.
    """
    rounds = zip(results[way.name], results[bare.name], results[IN_PLACE.name], strict=True)
    parts = [_split(*each) for each in rounds]
    return [_part(what, way, name, parts) for name in parts[0] if name != "whole"]


def _split(podlib: Figures, bare: Figures, in_place: Figures) -> Figures:
    return {
        "dump: CRIU and its runtime": in_place["dump"],
        "tar": podlib["freeze"] - in_place["dump"],
        "pump": podlib["pump"],
        "untar": podlib["wake"] - bare["restore"],
        "restore: CRIU and its runtime": bare["restore"],
        "of the dump, stood still for CRIU": in_place["dump_criu"],
        "of the restore, CRIU": bare["restore_criu"],
        "whole": podlib["whole"],
    }


def _part(what: str, way: Way, name: str, parts: Sequence[Figures]) -> Row:
    figure = statistics.median(each[name] for each in parts)
    share = statistics.median(each[name] / each["whole"] for each in parts)
    return Row(what, name, figure, "s", share, way.name)


def _growth(what: str, results: Results) -> Row:
    grown = max(each["growth"] for way in (PODLIB, PODLIB_TMPFS) for each in results[way.name])
    return Row(what, PODLIB.name, grown / (1 << 20), "MiB", goal=MEMORY)
