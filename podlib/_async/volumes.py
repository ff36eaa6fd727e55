"""Volumes: data that outlives containers."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncVolumes(AsyncVerbs):
    """``podman.volumes``."""

    __slots__ = ()
