"""Kubernetes YAML: played, taken down, applied, generated."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncKube(AsyncVerbs):
    """``podman.kube``."""

    __slots__ = ()
