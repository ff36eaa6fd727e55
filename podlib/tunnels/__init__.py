"""Sockets of this machine that lead to a service elsewhere, or to one of podlib's own.

However a service is reached, there is a Unix socket in the end: so all calls go through the one
client of ``http/``, and whatever else speaks to a socket can use it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from podlib.connection.places import Far, Own

if TYPE_CHECKING:
    from podlib.errors import PodmanError


class Tunnel(Protocol):
    """What makes the socket. Safe for many threads."""

    def is_open(self) -> bool:
        """Whether the socket is there, as far as can be told without waiting."""
        ...

    def open(self, limit: float | None) -> str:
        """The path of the socket, which is made if need be. Blocks for ``limit`` seconds at most.

        Raises ConnectError, or TimedOutError.
        """
        ...

    def has_dropped(self) -> bool:
        """Whether, now that the socket refused a connection, to open it again may help. Blocks."""
        ...

    def explain(self, error: PodmanError) -> PodmanError:
        """A better error for a connection that ended with ``error``, else that one. May block."""
        ...

    def close(self) -> None:
        """End it, at once; nothing of it is left. Blocks."""
        ...


def tunnel_to(place: Far | Own) -> Tunnel:
    """A tunnel that is not open yet."""
    if isinstance(place, Own):
        from .service import Service

        return Service(place)
    if place.scheme == "tcp":
        from .bridge import Bridge

        return Bridge(place)
    from .ssh import SSHTunnel

    return SSHTunnel(place)
