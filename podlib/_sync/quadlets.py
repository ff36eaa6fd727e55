# Generated from podlib/_async/quadlets.py: edit there.
"""Quadlets: unit files from which systemd makes containers."""

from __future__ import annotations

from .verbs import Verbs


class Quadlets(Verbs):
    """``podman.quadlets``."""

    __slots__ = ()
