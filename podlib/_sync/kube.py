# Generated from podlib/_async/kube.py: edit there.
"""Kubernetes YAML: played, taken down, applied, generated."""

from __future__ import annotations

from .verbs import Verbs


class Kube(Verbs):
    """``podman.kube``."""

    __slots__ = ()
