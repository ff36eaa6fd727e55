# Generated from podlib/_async/exec.py: edit there.
"""Sessions of further processes in running containers."""

from __future__ import annotations

from .verbs import Verbs


class Exec(Verbs):
    """``podman.exec``."""

    __slots__ = ()
