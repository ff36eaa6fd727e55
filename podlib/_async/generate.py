"""Unit files for systemd."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncGenerate(AsyncVerbs):
    """``podman.generate``."""

    __slots__ = ()
