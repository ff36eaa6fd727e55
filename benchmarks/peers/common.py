"""What the tasks of all clients share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

Run = Callable[[int], None]
Framing = Literal["length", "chunked"]

API = "/v5.0.0/libpod"
SMALL = f"{API}/containers/x/json"
UPLOAD = f"{API}/images/load"
CONTAINER = 64 * "0"
BLOCK = 64 * 1024  # larger bytes objects come from mmap, afresh each time: slow for any client
PODMANS_PIECE = 32 * 1024  # the pieces in which Go's io.Copy sends an archive


def download_target(size: int, framing: Framing) -> str:
    piece = f"&piece={PODMANS_PIECE}" if framing == "chunked" else ""
    return f"/download?bytes={size}{piece}"


def check(received: int, expected: int) -> None:
    """A client that lost bytes has no figure."""
    if received != expected:
        raise RuntimeError(f"{received} bytes of {expected}")


def check_context(told: str, expected: int) -> None:
    """The log of a build tells how long its context was, of which headers are a little."""
    sent = int(told.removeprefix("bytes "))
    check(min(expected, sent), expected)


async def spread(call: Callable[[], Awaitable[object]], count: int, under_way: int) -> None:
    """Makes about ``count`` calls, ``under_way`` of them at any time."""

    async def some() -> None:
        for _ in range(max(1, count // under_way)):
            await call()

    await asyncio.gather(*(some() for _ in range(under_way)))
