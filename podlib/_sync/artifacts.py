# Generated from podlib/_async/artifacts.py: edit there.
"""OCI artifacts: files kept beside images, and carried by registries."""

from __future__ import annotations

from .verbs import Verbs


class Artifacts(Verbs):
    """``podman.artifacts``."""

    __slots__ = ()
