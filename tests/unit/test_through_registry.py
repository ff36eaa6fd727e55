"""Which references a checkpoint may be pushed to: never one that the hosts have to guess at."""

from __future__ import annotations

import pytest

from podlib import Credentials, ParameterError
from podlib.models import ThroughRegistry


@pytest.mark.parametrize(
    "reference",
    [
        "registry.example.com/web:1",
        "registry:5000/checkpoints/web:2026-01-01",
        "127.0.0.1:5000/web:latest",
        "localhost/web:1",
    ],
)
def test_complete_ones(reference: str) -> None:
    assert ThroughRegistry(reference).reference == reference


@pytest.mark.parametrize(
    "reference",
    [
        *("", "web", "web:1", "checkpoints/web:1", "/web:1", "r.io/:1", "r.io/web:"),
        *("registry.example.com/web", "registry:5000/web", "r.io/web@sha256:" + "0" * 64),
    ],
)
def test_incomplete_ones(reference: str) -> None:
    with pytest.raises(ParameterError, match="is not REGISTRY/REPOSITORY:TAG"):
        ThroughRegistry(reference)


def test_credentials_are_not_shown() -> None:
    way = ThroughRegistry("r.io/web:1", credentials=Credentials("ann", "sesame"))
    assert "sesame" not in repr(way)
