"""The table has all of them."""

from __future__ import annotations

import ast

from scripts.sources import Flavour

from .table import CALLS


def test_every_call_that_streams_is_in_the_table() -> None:
    streaming = {
        method.name
        for method in Flavour("async").methods
        if method.node.returns
        and ast.unparse(method.node.returns).startswith("AsyncGenerator[AsyncIterator[")
    }
    assert {call.name for call in CALLS} == streaming
    assert len(CALLS) == len(streaming)
