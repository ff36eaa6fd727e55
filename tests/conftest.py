"""What all tests share: models are strict, so that the suite finds every field that one lacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import podlib.models

if TYPE_CHECKING:
    import pytest

podlib.models.set_strict(True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """For the live tests; a folder below the first one cannot add options."""
    parser.addoption("--operations", type=Path, help="write here which operations succeeded")
    parser.addoption("--record", action="store_true", help="write answers to tests/recorded")
