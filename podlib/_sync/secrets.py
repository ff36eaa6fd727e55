# Generated from podlib/_async/secrets.py: edit there.
"""Secrets: values that containers get and images do not hold."""

from __future__ import annotations

from .verbs import Verbs


class Secrets(Verbs):
    """``podman.secrets``."""

    __slots__ = ()
