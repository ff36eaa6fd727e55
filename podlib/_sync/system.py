# Generated from podlib/_async/system.py: edit there.
"""The service itself: is it there, which version, what does it say of its host."""

from __future__ import annotations

from podlib import models

from .verbs import Verbs


class System(Verbs):
    """``podman.system``."""

    __slots__ = ()

    def ping(self) -> models.Ping:
        """The versions that the service names; raises ConnectError when it does not answer.

        ``GET /libpod/_ping``.
        """
        reply = self._call("GET", "_ping")
        return models.Ping.from_headers(reply.headers)

    def version(self) -> models.Version:
        """The versions of the service and its components. ``GET /libpod/version``."""
        return self._get(models.Version, "version")

    def info(self) -> models.Info:
        """What the service knows about its host, its storage and itself. ``GET /libpod/info``."""
        return self._get(models.Info, "info")
