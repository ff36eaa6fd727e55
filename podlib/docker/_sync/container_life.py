# Generated from podlib/docker/_async/container_life.py: edit there.
"""Containers through Docker's API: started, stopped, and what is between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from podlib import models
from podlib._sync.verbs import as_json

from .verbs import DockerVerbs

if TYPE_CHECKING:
    from typing import Unpack

Condition: TypeAlias = Literal["not-running", "next-exit", "removed"]


class DockerContainerLife(DockerVerbs):
    """What changes a container's state."""

    __slots__ = ()

    def start(self, name: str, *, detach_keys: str | None = None) -> None:
        """Start a container; one that runs already is no error.

        ``POST /containers/{name}/start``. ``detach_keys``: what leaves it, for who is attached.
        """
        self._unit("POST", "containers/{}/start", name, detachKeys=detach_keys)

    def stop(self, name: str, *, timeout: int | None = None) -> None:
        """Stop a container; one that does not run is no error.

        ``POST /containers/{name}/stop``. ``timeout`` is how many seconds it has before SIGKILL
        (default: the container's own, usually 10).
        """
        self._unit("POST", "containers/{}/stop", name, t=timeout)

    def restart(self, name: str, *, timeout: int | None = None) -> None:
        """Stop a container, if it runs, and start it.

        ``POST /containers/{name}/restart``. ``timeout`` as for :meth:`stop`.
        """
        self._unit("POST", "containers/{}/restart", name, t=timeout)

    def kill(self, name: str, *, signal: str | int = "SIGKILL") -> None:
        """Send a signal to a container's first process. Raises ConflictError if it does not run.

        ``POST /containers/{name}/kill``.
        """
        self._unit("POST", "containers/{}/kill", name, signal=signal)

    def pause(self, name: str) -> None:
        """Hold all processes of a running container. ``POST /containers/{name}/pause``."""
        self._unit("POST", "containers/{}/pause", name)

    def unpause(self, name: str) -> None:
        """Let a paused container go on. ``POST /containers/{name}/unpause``."""
        self._unit("POST", "containers/{}/unpause", name)

    def wait(
        self,
        name: str,
        *,
        condition: Condition = "not-running",
        timeout: float | timedelta | None = None,
    ) -> models.DockerWaited:
        """Wait for a container's end: its exit code.

        ``POST /containers/{name}/wait``. ``next-exit`` waits for an end from now on, ``removed``
        until it is gone. Raises TimedOutError after ``timeout`` seconds (default: the client's
        total limit).
        """
        limits = self._timeouts
        if timeout is not None:
            span = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
            limits = limits.changed(total=span)
        limited = DockerContainerLife(self._link, limits)
        reply = limited._call("POST", "containers/{}/wait", name, condition=condition)
        return models.decode(models.DockerWaited, reply.body)

    def rename(self, name: str, new_name: str) -> None:
        """Give a container another name. ``POST /containers/{name}/rename``.

        Raises ConflictError for a name that is taken.
        """
        self._unit("POST", "containers/{}/rename", name, name=new_name)

    def update(
        self, name: str, **options: Unpack[models.DockerUpdateOptions]
    ) -> models.DockerUpdated:
        """Change limits of a container, also while it runs: what the server finds odd.

        ``POST /containers/{name}/update``. Podman 5.1 or newer. The options are those of
        :class:`podlib.models.DockerUpdateOptions`; what is left out stays as it is.
        """
        document = models.docker_update_spec(options)
        route = "containers/{}/update"
        return self._post(models.DockerUpdated, route, name, send=as_json(document))

    def resize(self, name: str, *, height: int, width: int) -> None:
        """Tell a container's terminal its size, in characters.

        ``POST /containers/{name}/resize``.
        """
        self._unit("POST", "containers/{}/resize", name, h=height, w=width)
