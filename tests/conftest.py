"""What all tests share: models are strict, so that the suite finds every field that one lacks."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import podlib.models

podlib.models.set_strict(True)

OPERATIONS = pytest.StashKey[defaultdict[str, set[str]]]()
"""By ``sync 5.8.6`` and the like: the operations that succeeded on real servers."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """For the live tests; a folder below the first one cannot add options."""
    parser.addoption("--operations", type=Path, help="write here which operations succeeded")
    parser.addoption("--record", action="store_true", help="write answers to tests/recorded")


def pytest_configure(config: pytest.Config) -> None:
    """Make room for what the live tests do."""
    config.stash[OPERATIONS] = defaultdict[str, set[str]](set)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist has ended: take over what it has done."""
    for where, names in getattr(node, "workeroutput", {}).get("operations", {}).items():
        node.config.stash[OPERATIONS][where] |= set(names)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write down which operations succeeded, if all tests did; a worker only tells."""
    found = session.config.stash[OPERATIONS]
    document = {where: sorted(names) for where, names in sorted(found.items())}
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["operations"] = document
    elif (file := session.config.getoption("--operations")) and exitstatus == pytest.ExitCode.OK:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, indent=1) + "\n")
