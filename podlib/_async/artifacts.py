"""OCI artifacts: files kept beside images, and carried by registries."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncArtifacts(AsyncVerbs):
    """``podman.artifacts``."""

    __slots__ = ()
