"""A sample of what ``make faults`` does: faults while a container moves, on real hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.kinds import KINDS, fault
from tests.faults.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed import Host
    from tests.testbed.image import BaseImage

SEED = 22
SAMPLE = range(1, 41)
BATCH = 5


@pytest.mark.parametrize("first", range(0, len(SAMPLE), BATCH))
def test_faults(
    host_a: Host, host_b: Host, base_image: BaseImage, tmp_path: Path, first: int
) -> None:
    world = World(host_a, host_b, base_image, tmp_path)
    for number in SAMPLE[first : first + BATCH]:
        verdict = world.suffer(fault(SEED, number))
        assert not verdict.lost + verdict.doubled + verdict.leftovers, str(verdict)


def test_the_sample_has_all_kinds() -> None:
    kinds = {fault(SEED, number).kind for number in SAMPLE}
    assert kinds == KINDS.keys()
