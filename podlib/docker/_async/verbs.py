"""The verbs of the Docker-compatible nouns: those of the libpod side, on another link."""

from __future__ import annotations

from podlib._async.verbs import AsyncVerbs


class AsyncDockerVerbs(AsyncVerbs):
    """The base of all nouns of ``podman.docker``: ``route`` is the path below ``/v1.NN/``."""

    __slots__ = ()

    _API = "docker "
