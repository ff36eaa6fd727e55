"""Secrets: values that containers get and images do not hold."""

from __future__ import annotations

from .verbs import AsyncVerbs


class AsyncSecrets(AsyncVerbs):
    """``podman.secrets``."""

    __slots__ = ()
