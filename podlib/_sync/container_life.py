# Generated from podlib/_async/container_life.py: edit there.
"""Containers: started, stopped, and what is between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from podlib import models, query

from .verbs import Verbs, as_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

Condition: TypeAlias = Literal[
    "configured",
    "created",
    "exited",
    "healthy",
    "initialized",
    "paused",
    "removing",
    "running",
    "stopped",
    "stopping",
    "unhealthy",
]


class ContainerLife(Verbs):
    """What changes a container's state."""

    __slots__ = ()

    def init(self, name: str) -> None:
        """Make a created container ready, without a process: mounts, network, namespaces.

        ``POST /libpod/containers/{name}/init``. One that is ready already, or runs, is no error.
        """
        self._unit("POST", "containers/{}/init", name)

    def start(self, name: str) -> None:
        """Start a container; one that runs already is no error.

        ``POST /libpod/containers/{name}/start``.
        """
        self._unit("POST", "containers/{}/start", name)

    def stop(self, name: str, *, timeout: int | None = None, ignore: bool = False) -> None:
        """Stop a container; one that does not run is no error.

        ``POST /libpod/containers/{name}/stop``. ``timeout`` is how many seconds it has before
        SIGKILL (default: the container's own, usually 10). With ``ignore``, one that is removed
        meanwhile is no error; one that is not there to begin with is NotFoundError all the same.
        """
        self._unit("POST", "containers/{}/stop", name, timeout=timeout, ignore=ignore)

    def restart(self, name: str, *, timeout: int | None = None) -> None:
        """Stop a container, if it runs, and start it.

        ``POST /libpod/containers/{name}/restart``. ``timeout`` as for :meth:`stop`.
        """
        self._unit("POST", "containers/{}/restart", name, timeout=timeout)

    def kill(self, name: str, *, signal: str | int = "SIGKILL") -> None:
        """Send a signal to a container's first process. Raises ConflictError if it does not run.

        ``POST /libpod/containers/{name}/kill``.
        """
        self._unit("POST", "containers/{}/kill", name, signal=signal)

    def pause(self, name: str) -> None:
        """Hold all processes of a running container. Raises ConflictError if it does not run.

        ``POST /libpod/containers/{name}/pause``.
        """
        self._unit("POST", "containers/{}/pause", name)

    def unpause(self, name: str) -> None:
        """Let a paused container go on. Raises ConflictError if it is not paused.

        ``POST /libpod/containers/{name}/unpause``.
        """
        self._unit("POST", "containers/{}/unpause", name)

    def wait(
        self,
        name: str,
        *,
        condition: Condition | Sequence[Condition] = "stopped",
        interval: float | timedelta | None = None,
        timeout: float | timedelta | None = None,
    ) -> int:
        """Wait until a container is in one of the states; its exit code, -1 while it runs.

        ``POST /libpod/containers/{name}/wait``. ``interval``: seconds between the server's looks
        (its default is 0.25). Raises TimedOutError after ``timeout`` seconds (default: the client's
        total limit).
        """
        conditions = [condition] if isinstance(condition, str) else [*condition]
        limits = self._timeouts
        if timeout is not None:
            limits = limits.changed(total=_seconds(timeout))
        limited = ContainerLife(self._link, limits)
        reply = limited._call(
            "POST",
            "containers/{}/wait",
            name,
            condition=conditions,
            interval=query.duration(interval),
        )
        return models.decode(int, reply.body)

    def rename(self, name: str, new_name: str) -> None:
        """Give a container another name. ``POST /libpod/containers/{name}/rename``.

        Raises ConflictError for a name that is taken.
        """
        self._unit("POST", "containers/{}/rename", name, name=new_name)

    def update(self, name: str, **options: Unpack[models.ContainerUpdateOptions]) -> None:
        """Change limits and other settings of a container, also while it runs.

        ``POST /libpod/containers/{name}/update``. The options are those of
        :class:`podlib.models.ContainerUpdateOptions`; what is left out stays as it is. Raises
        ParameterError for one that is unknown or cannot be right.
        """
        parameters, document = models.container_update_spec(options)
        route = "containers/{}/update"
        self._request("POST", route, [name], parameters, as_json(document))


def _seconds(span: float | timedelta) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else span
