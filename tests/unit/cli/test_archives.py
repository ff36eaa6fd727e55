"""``checkpoint-inspect``: what people see of an archive that may come from anywhere."""

from __future__ import annotations

import io
from dataclasses import asdict

from podlib import read_checkpoint
from podlib.cli.archives import COMMANDS
from tests.unit.checkpoints import archive, tree

INSPECT = COMMANDS["checkpoint-inspect"]


def test_a_tree_that_is_endlessly_deep_is_no_endless_text() -> None:
    chain = tree(*({1: pid, 2: pid - 1} for pid in range(1, 10_000)))
    found = read_checkpoint(io.BytesIO(archive(chain)))
    assert found.processes[-1].depth == 9_998
    text = INSPECT.show(asdict(found))
    assert isinstance(text, str)
    assert len(text) < 10_000 * 100
