"""The clients of the asyncio flavour's tests."""

from __future__ import annotations

from tests.live._async.conftest import podman as podman
