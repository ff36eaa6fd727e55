# Generated from podlib/docker/_async/docker.py: edit there.
"""The Docker-compatible side of a client."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from podlib.errors import MissingPackageError

if TYPE_CHECKING:
    from docker import DockerClient

    from podlib.http.common import Timeouts

    from .containers import DockerContainers
    from .exec import DockerExec
    from .images import DockerImages
    from .link import DockerLink
    from .networks import DockerNetworks
    from .secrets import DockerSecrets
    from .system import DockerSystem
    from .volumes import DockerVolumes

DOCKER_PY_TIMEOUT = 60.0
"""Seconds that docker-py waits for an answer, unless told otherwise."""


class Docker:
    """``podman.docker``: the Docker-compatible API of the service.

    Its nouns and methods are named as those of the client, and raise the same errors; what they
    answer and take is Docker's. It goes through requests; for tasks, that runs in threads of its
    own, at most 256 at one time, and a task that is cancelled ends at once: its connection is
    closed. Use the client's own nouns unless Docker's view is what you want: they know more, and
    cost less.
    """

    def __init__(self, link: DockerLink, timeouts: Timeouts) -> None:
        self._link = link
        self._timeouts = timeouts

    @cached_property
    def containers(self) -> DockerContainers:
        """Containers, as Docker sees them."""
        from .containers import DockerContainers

        return DockerContainers(self._link, self._timeouts)

    @cached_property
    def exec(self) -> DockerExec:
        """Sessions of further processes in containers."""
        from .exec import DockerExec

        return DockerExec(self._link, self._timeouts)

    @cached_property
    def images(self) -> DockerImages:
        """Images, as Docker sees them."""
        from .images import DockerImages

        return DockerImages(self._link, self._timeouts)

    @cached_property
    def networks(self) -> DockerNetworks:
        """Networks, as Docker sees them."""
        from .networks import DockerNetworks

        return DockerNetworks(self._link, self._timeouts)

    @cached_property
    def secrets(self) -> DockerSecrets:
        """Secrets, as Docker sees them."""
        from .secrets import DockerSecrets

        return DockerSecrets(self._link, self._timeouts)

    @cached_property
    def system(self) -> DockerSystem:
        """The service and its host, as Docker sees them."""
        from .system import DockerSystem

        return DockerSystem(self._link, self._timeouts)

    @cached_property
    def volumes(self) -> DockerVolumes:
        """Volumes, as Docker sees them."""
        from .volumes import DockerVolumes

        return DockerVolumes(self._link, self._timeouts)

    def sdk(self) -> DockerClient:
        """A client of docker-py on the same socket, for code that is written for that.

        It has connections of its own, and waits for the service without letting other tasks run:
        call it in a thread. Whoever gets it closes it. It outlives this client, unless the way to
        the service is this client's own: ssh, TCP, a transient service. It needs
        ``pip install 'podlib[docker]'``; without, MissingPackageError is raised. A ``head`` limit
        of the client is its ``timeout``.
        """
        try:
            from podlib.docker.sdk import PodmanDockerClient
        except ImportError as error:
            raise MissingPackageError("docker-py", extra="docker") from error
        self._link.connect(self._timeouts)
        limit = self._timeouts.head or DOCKER_PY_TIMEOUT
        version = self._link.api_version
        return PodmanDockerClient(f"unix://{self._link.socket}", version=version, timeout=limit)

    @property
    def api_version(self) -> str:
        """The version of Docker's API that is spoken, as ``"1.41"``; ``""`` before the first."""
        return self._link.api_version
