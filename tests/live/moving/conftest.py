"""The clients of the asyncio flavour's tests, and less patience."""

from __future__ import annotations

import pytest

from podlib._async import checkpoints, fences, moves
from tests.live._async.conftest import podman_a as podman_a
from tests.live._async.conftest import podman_b as podman_b


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would come late comes within a second here."""
    monkeypatch.setattr(fences, "_AT_LEAST", 1.0)
    monkeypatch.setattr(moves, "PATIENCE", 1.0)
    monkeypatch.setattr(checkpoints, "PATIENCE", 1.0)
