"""An Events API for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.events_api import EventsServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def server() -> AsyncIterator[EventsServer]:
    """An Events API in memory."""
    async with EventsServer() as made:
        yield made
