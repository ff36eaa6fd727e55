"""The arithmetic of `make bench-migration`."""

from __future__ import annotations

import pytest

from benchmarks.migration.rows import rows
from benchmarks.migration.ways import WAYS, Figures


def figures(frozen: float) -> Figures:
    """What a way might take: all keys that any has."""
    parts = {"freeze": frozen / 2, "pump": frozen / 4, "wake": frozen / 4, "whole": frozen}
    criu = {"dump": 0.3, "dump_criu": 0.2, "restore": 0.1, "restore_criu": 0.05}
    return {"frozen": frozen, "growth": 1 << 20, **parts, **criu}


def test_ratios_are_those_of_the_same_round() -> None:
    # A machine that becomes slower from round to round, for all alike.
    results = {way.name: [figures(1.0), figures(2.0), figures(4.0)] for way in WAYS}
    results["podlib"] = [figures(1.1), figures(2.2), figures(4.4)]
    beside_bare = rows(16, results)[0]
    assert (beside_bare.client, beside_bare.to) == ("podlib", "bare sockets")
    assert beside_bare.figure == 2.2
    assert beside_bare.ratio == pytest.approx(1.1)
    assert not beside_bare.met


def test_parts_are_all_of_the_time() -> None:
    results = {way.name: [figures(1.0)] for way in WAYS}
    parts = [row for row in rows(1024, results) if row.what == "1 GiB, parts of podlib's time"]
    of_all = [row for row in parts if not row.client.startswith("of ")]
    assert sum(row.figure for row in of_all) == pytest.approx(1.0)
    assert [row.figure for row in of_all] == pytest.approx([0.3, 0.2, 0.25, 0.15, 0.1])


def test_memory_growth_is_the_worst() -> None:
    results = {way.name: [figures(1.0), figures(1.0)] for way in WAYS}
    results["podlib, tmpfs"][1]["growth"] = 5 << 20
    growth = rows(256, results)[-1]
    assert (growth.figure, growth.met) == (5, False)
