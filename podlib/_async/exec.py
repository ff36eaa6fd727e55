"""Sessions of further processes in running containers."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncExec(AsyncVerbs):
    """``podman.exec``."""

    __slots__ = ()
