"""The thin HTTP/1.1 client over Unix sockets.

``wire`` and ``frames`` are pure (bytes in, facts out); ``unix_sync`` and ``unix_async`` put
sockets under them; ``remote`` offers the same core to httpx as a transport.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .remote import AsyncUnixTransport, UnixTransport

__all__ = ["AsyncUnixTransport", "UnixTransport"]


if not TYPE_CHECKING:  # checkers would take any name for one that exists

    def __getattr__(name: str) -> object:
        if name in __all__:  # httpx is imported only by who asks for a transport of it
            from . import remote

            return getattr(remote, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
