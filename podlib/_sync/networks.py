# Generated from podlib/_async/networks.py: edit there.
"""Networks, and the containers in them."""

from __future__ import annotations

from .verbs import Verbs


class Networks(Verbs):
    """``podman.networks``."""

    __slots__ = ()
