"""Quadlets: unit files from which systemd makes containers."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncQuadlets(AsyncVerbs):
    """``podman.quadlets``."""

    __slots__ = ()
