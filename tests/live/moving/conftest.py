"""The clients of the asyncio flavour's tests."""

from __future__ import annotations

from tests.live._async.conftest import podman_a as podman_a
from tests.live._async.conftest import podman_b as podman_b
