from __future__ import annotations

from typing import Any

import pytest

from podlib import models
from podlib.errors import ParameterError


def test_options() -> None:
    given: models.ManifestOptions = {
        "all": True,
        "arch": "arm64",
        "os_features": ("a", "b"),
        "annotations": {"a": "b=c"},
        "index_annotations": {},
        "artifact_annotations": {"d": "e"},
    }
    assert models.manifest_spec(given) == {
        "all": True,
        "arch": "arm64",
        "os_features": ["a", "b"],
        "annotation": ["a=b=c"],
        "index_annotation": [],
        "artifact_annotations": {"d": "e"},
    }
    assert models.manifest_spec({}) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"archs": "arm64"}, "there is no 'archs'; did you mean 'arch'"),
        ({"features": "neon"}, "features"),
        ({"annotations": {"a": 1}}, "annotations"),
    ],
)
def test_what_cannot_be_right(options: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        models.manifest_spec(options)
