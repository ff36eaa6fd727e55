# Generated from podlib/_async/pods.py: edit there.
"""Pods: containers that share namespaces and live together."""

from __future__ import annotations

from .verbs import Verbs


class Pods(Verbs):
    """``podman.pods``."""

    __slots__ = ()
