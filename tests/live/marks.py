"""Marks of the live tests."""

from __future__ import annotations

import pytest

from tests.testbed import CHECKPOINTING

checkpointing = pytest.mark.parametrize("host", CHECKPOINTING, indirect=True)
"""For a test that checkpoints: of the hosts, only those whose CRIU works on kernels of today."""
