"""Networks, and the containers in them."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncNetworks(AsyncVerbs):
    """``podman.networks``."""

    __slots__ = ()
