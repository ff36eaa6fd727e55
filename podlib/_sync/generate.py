# Generated from podlib/_async/generate.py: edit there.
"""Unit files for systemd."""

from __future__ import annotations

from .verbs import Verbs


class Generate(Verbs):
    """``podman.generate``."""

    __slots__ = ()
