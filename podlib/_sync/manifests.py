# Generated from podlib/_async/manifests.py: edit there.
"""Manifest lists: one name for the images of several platforms."""

from __future__ import annotations

from .verbs import Verbs


class Manifests(Verbs):
    """``podman.manifests``."""

    __slots__ = ()
