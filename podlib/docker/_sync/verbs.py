# Generated from podlib/docker/_async/verbs.py: edit there.
"""The verbs of the Docker-compatible nouns: those of the libpod side, on another link."""

from __future__ import annotations

from podlib._sync.verbs import Verbs


class DockerVerbs(Verbs):
    """The base of all nouns of ``podman.docker``: ``route`` is the path below ``/v1.NN/``."""

    __slots__ = ()

    _API = "docker "
