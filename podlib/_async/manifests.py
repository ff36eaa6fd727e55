"""Manifest lists: one name for the images of several platforms."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncManifests(AsyncVerbs):
    """``podman.manifests``."""

    __slots__ = ()
