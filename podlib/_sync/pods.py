# Generated from podlib/_async/pods.py: edit there.
"""Pods: containers that share namespaces and live together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.errors import NotFoundError
from podlib.ids import LEAST, check_meant, may_be_id

from .verbs import Verbs, as_json

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Unpack

PodList: TypeAlias = "list[models.PodSummary]"
PruneList: TypeAlias = "list[models.PodPruneReport]"
StatsList: TypeAlias = "list[models.PodStats]"


class Pods(Verbs):
    """``podman.pods``."""

    __slots__ = ()

    def create(self, **options: Unpack[models.PodOptions]) -> models.PodCreated:
        """Create a pod; its containers name it when they are created.

        ``POST /libpod/pods/create``. The options are those of :class:`podlib.models.PodOptions`.
        Raises ParameterError for one that is unknown or cannot be right, ConflictError for a name
        that is taken.
        """
        spec = models.pod_spec(options)
        return self._post(models.PodCreated, "pods/create", send=as_json(spec))

    def exists(self, name: str) -> bool:
        """Whether there is such a pod. ``GET /libpod/pods/{name}/exists``."""
        try:
            return self._exists("pods/{}/exists", self._meant(name))
        except NotFoundError:
            return False

    def inspect(self, name: str) -> models.PodInspect:
        """Everything Podman knows about one pod. Raises NotFoundError.

        ``GET /libpod/pods/{name}/json``.
        """
        found = self._get(models.PodInspect, "pods/{}/json", name)
        check_meant(name, found.name, found.id, "pods/{}/json")
        return found

    def _meant(self, name: str) -> str:
        """``name``, unless it would be taken for the beginning of an id that is not meant."""
        if may_be_id(name) and len(name) < LEAST:
            self.inspect(name)
        return name

    def list(self, *, filters: models.PodFilters | None = None) -> PodList:
        """All pods.

        ``GET /libpod/pods/json``. ``filters``: such as ``{"label": "tier=web", "status":
        "running"}``.
        """
        return self._get(
            list[models.PodSummary],
            "pods/json",
            filters=query.filters(filters, models.PodFilters),
        )

    def start(self, name: str) -> models.PodReport | None:
        """Start all containers of a pod; None if they run already.

        ``POST /libpod/pods/{name}/start``. Raises ConflictError if some do not start: the others
        run then.
        """
        return self._changed("pods/{}/start", name)

    def stop(self, name: str, *, timeout: int | None = None) -> models.PodReport | None:
        """Stop all containers of a pod; None if the server takes it for stopped.

        ``POST /libpod/pods/{name}/stop``. ``timeout`` is how many seconds each has before SIGKILL
        (default: its own, usually 10). A pod that is ``Degraded``, since one of its containers has
        ended, the server takes for stopped too, and the others run on: see ``kill``.
        """
        return self._changed("pods/{}/stop", name, t=timeout)

    def _changed(self, route: str, name: str, *, t: int | None = None) -> models.PodReport | None:
        reply = self._call("POST", route, self._meant(name), t=t)
        return models.decode(models.PodReport, reply.body) if reply.status != 304 else None

    def restart(self, name: str) -> models.PodReport:
        """Stop and start all containers of a pod.

        ``POST /libpod/pods/{name}/restart``. Raises ConflictError if some do not start.
        """
        return self._post(models.PodReport, "pods/{}/restart", self._meant(name))

    def kill(self, name: str, *, signal: str | int = "SIGKILL") -> models.PodReport:
        """Send a signal to all containers of a pod. Raises ConflictError if none runs.

        ``POST /libpod/pods/{name}/kill``.
        """
        name = self._meant(name)
        return self._post(models.PodReport, "pods/{}/kill", name, signal=signal)

    def pause(self, name: str) -> models.PodReport:
        """Freeze all containers of a pod; those that do not run are left as they are.

        ``POST /libpod/pods/{name}/pause``.
        """
        return self._post(models.PodReport, "pods/{}/pause", self._meant(name))

    def unpause(self, name: str) -> models.PodReport:
        """Let all containers of a pod go on.

        ``POST /libpod/pods/{name}/unpause``.
        """
        return self._post(models.PodReport, "pods/{}/unpause", self._meant(name))

    def remove(
        self, name: str, *, force: bool = False, timeout: int | None = None
    ) -> models.PodRemoved:
        """Remove a pod with all its containers.

        ``DELETE /libpod/pods/{name}``. ``force`` stops what runs, within ``timeout`` seconds.
        Raises NotFoundError, and APIError while something runs.
        """
        name = self._meant(name)
        return self._delete(models.PodRemoved, "pods/{}", name, force=force, timeout=timeout)

    def prune(self) -> PruneList:
        """Remove all pods of which no container runs, with their containers.

        ``POST /libpod/pods/prune``. What was removed, and what could not be.
        """
        return self._post(list[models.PodPruneReport], "pods/prune")

    def top(self, name: str, *, ps_args: str | None = None) -> models.PodTop:
        """The processes of a pod; none if it does not run.

        ``GET /libpod/pods/{name}/top``. ``ps_args`` are the columns, as ``pid,user,comm`` (default:
        user, pid, ppid, pcpu, etime, tty, time, args); for an unknown one Podman 4 names no
        processes.
        """
        reply = self._call("GET", "pods/{}/top", self._meant(name), ps_args=ps_args)
        return models.decode(models.PodTop, reply.body or b"{}")

    @contextmanager
    def top_stream(
        self, name: str, *, delay: int | None = None, ps_args: str | None = None
    ) -> Generator[Iterator[models.PodTop]]:
        """The processes of a pod, again and again, every ``delay`` seconds (default: 5).

        ``GET /libpod/pods/{name}/top``. It is silent while the pod does not run.
        """
        name = self._meant(name)
        with self._lines(
            models.PodTop, "GET", "pods/{}/top", name, stream=True, delay=delay, ps_args=ps_args
        ) as processes:
            yield processes

    def stats(self, *names: str) -> StatsList:
        """What the containers of these pods use, or without names those of all pods.

        ``GET /libpod/pods/stats``. Raises NotFoundError.
        """
        checked = [self._meant(query.pod(name)) for name in names]
        return self._get(list[models.PodStats], "pods/stats", namesOrIDs=checked, all=not names)

    @contextmanager
    def stats_stream(self, *names: str, delay: int | None = None) -> Generator[Iterator[StatsList]]:
        """What the containers of pods use of their host, every ``delay`` seconds (default: 5).

        ``GET /libpod/pods/stats``.
        """
        checked = [self._meant(query.pod(name)) for name in names]
        with self._lines(
            list[models.PodStats],
            "GET",
            "pods/stats",
            namesOrIDs=checked,
            all=not names,
            stream=True,
            delay=delay,
        ) as stats:
            yield stats
