"""Scripted servers, and clients of both flavours; every test must leave no socket open."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.http.conftest import _nothing_left_open, serve

from .flavours import FLAVOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.http.servers import ScriptedServer

    from .flavours import Flavour

    Connect = Callable[[ScriptedServer], Flavour]

__all__ = ["_nothing_left_open", "serve"]


@pytest.fixture(params=FLAVOURS)
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Makes clients, of each flavour in turn."""
    with ExitStack() as stack:

        def make(server: ScriptedServer) -> Flavour:
            client = FLAVOURS[request.param](server.path)
            stack.callback(client.close)
            return client

        yield make
