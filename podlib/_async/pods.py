"""Pods: containers that share namespaces and live together."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncPods(AsyncVerbs):
    """``podman.pods``."""

    __slots__ = ()
