# Generated from podlib/_async/volumes.py: edit there.
"""Volumes: data that outlives containers."""

from __future__ import annotations

from .verbs import Verbs


class Volumes(Verbs):
    """``podman.volumes``."""

    __slots__ = ()
