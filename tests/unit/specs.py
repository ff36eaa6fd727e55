"""What options become, without a server."""

from __future__ import annotations

from typing import Any, cast

import pytest

from podlib.errors import ParameterError
from podlib.models import ContainerOptions, PodOptions, container_spec, pod_spec


def spec(**options: Any) -> dict[str, Any]:
    """The specification without the image; the options are not held to their types here."""
    made = container_spec("counter", cast("ContainerOptions", options))
    assert made.pop("image") == made.pop("raw_image_name") == "counter"
    return made


def refusal(**options: Any) -> str:
    with pytest.raises(ParameterError) as caught:
        spec(**options)
    return str(caught.value)


def spec_of_pod(**options: Any) -> dict[str, Any]:
    return pod_spec(cast("PodOptions", options))


def refusal_of_pod(**options: Any) -> str:
    with pytest.raises(ParameterError) as caught:
        spec_of_pod(**options)
    return str(caught.value)
