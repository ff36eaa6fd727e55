# Generated from podlib/_async/container_watching.py: edit there.
"""Containers: looked at, and listened to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.errors import ConflictError, StreamError
from podlib.logs import LogAssembler

from .verbs import Verbs

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from datetime import datetime

    from podlib.http.common import Reply
    from podlib.http.unix_sync import Response

ContainerList: TypeAlias = "list[models.ContainerSummary]"
StatsList: TypeAlias = "list[models.ContainerStats]"


class ContainerWatching(Verbs):
    """What leaves a container as it is."""

    __slots__ = ()

    def exists(self, name: str, *, external: bool = False) -> bool:
        """Whether there is such a container. ``GET /libpod/containers/{name}/exists``.

        ``external``: those of other programs count too, such as a build that is under way.
        """
        return self._exists("containers/{}/exists", name, external=external or None)

    def inspect(self, name: str, *, size: bool = False) -> models.ContainerInspect:
        """Everything Podman knows about one container. Raises NotFoundError.

        ``GET /libpod/containers/{name}/json``. ``size`` adds the sizes of its layers, in bytes,
        which the server computes by walking them.
        """
        return self._get(models.ContainerInspect, "containers/{}/json", name, size=size)

    def list(
        self,
        *,
        all: bool = False,
        limit: int | None = None,
        size: bool = False,
        namespace: bool = False,
        sync: bool = False,
        external: bool = False,
        filters: models.ContainerFilters | None = None,
    ) -> ContainerList:
        """The running containers, with ``all`` also the others, in one request.

        ``GET /libpod/containers/json``. ``limit``: the newest so many. ``size`` adds their sizes,
        ``namespace`` their namespaces; ``sync`` asks the OCI runtime for their states rather than
        Podman's database. ``external`` adds those of other programs, such as a build that is under
        way, whose state is ``storage``. ``filters``: such as ``{"label": ["a=b", "c"], "status":
        "exited"}``.
        """
        return self._get(
            list[models.ContainerSummary],
            "containers/json",
            all=all,
            limit=limit,
            size=size,
            namespace=namespace,
            sync=sync,
            external=external,
            filters=query.filters(filters, models.ContainerFilters),
        )

    @contextmanager
    def logs(
        self,
        name: str,
        *,
        follow: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        since: datetime | None = None,
        until: datetime | None = None,
        tail: int | None = None,
        timestamps: bool = False,
    ) -> Generator[Iterator[models.LogLine]]:
        """The lines that a container wrote, stdout and stderr apart.

        ``GET /libpod/containers/{name}/logs``. ``follow`` goes on until it stops; ``tail`` begins
        so many lines before the end; ``since`` and ``until`` are aware times; ``timestamps`` fills
        the lines' ``time``. A terminal's output is all stdout.
        """
        with self._stream(
            "GET",
            "containers/{}/logs",
            name,
            follow=follow,
            stdout=stdout,
            stderr=stderr,
            since=since,
            until=until,
            tail=tail,
            timestamps=timestamps,
        ) as response:
            yield log_lines(response, timestamps=timestamps)

    def healthcheck(self, name: str) -> models.HealthState:
        """Run a container's health check now: its ``status``, which is all that is told.

        ``GET /libpod/containers/{name}/healthcheck``. What was logged is in :meth:`inspect`. Raises
        ConflictError for a container that has none, or does not run.
        """
        return self._get(models.HealthState, "containers/{}/healthcheck", name)

    def top(self, name: str, *, ps_args: Sequence[str] = ()) -> models.ContainerTop:
        """The processes of a running container.

        ``GET /libpod/containers/{name}/top``. ``ps_args``: the columns, such as ``pid``, ``user``
        and ``comm``; else they are the arguments of ps, as ``-ef``. Raises ConflictError if it
        does not run.
        """
        reply = self._call("GET", "containers/{}/top", name, stream=False, ps_args=_joined(ps_args))
        return models.decode(models.ContainerTop, of_running(reply, name))

    @contextmanager
    def top_stream(
        self, name: str, *, ps_args: Sequence[str] = (), delay: int = 5
    ) -> Generator[Iterator[models.ContainerTop]]:
        """The processes of a running container, again and again, every ``delay`` seconds.

        ``GET /libpod/containers/{name}/top?stream=true``. ``ps_args`` as for :meth:`top`. It ends
        when the container does.
        """
        with self._lines(
            models.ContainerTop,
            "GET",
            "containers/{}/top",
            name,
            stream=True,
            delay=delay,
            ps_args=_joined(ps_args),
        ) as tops:
            yield tops

    def stats(self, *names: str, all: bool = False) -> StatsList:
        """What containers use of their host: those that are named, or all that run.

        ``GET /libpod/containers/stats?stream=false``. ``all`` adds those that do not run (Podman
        4.7 or newer; 4.3 always does). Raises NotFoundError; 4.3 tells no reason: StreamError.
        """
        report = self._get(
            models.ContainerStatsReport,
            "containers/stats",
            containers=_containers(names),
            stream=False,
            all=all or None,
        )
        return _measured(report)

    @contextmanager
    def stats_stream(
        self, *names: str, all: bool = False, interval: int = 5
    ) -> Generator[Iterator[StatsList]]:
        """What containers use of their host, every ``interval`` seconds: an entry for each.

        ``GET /libpod/containers/stats?stream=true``. Where none is named, containers come and go.
        """
        with self._lines(
            models.ContainerStatsReport,
            "GET",
            "containers/stats",
            containers=_containers(names),
            stream=True,
            all=all or None,
            interval=interval,
        ) as reports:
            yield _all_measured(reports)

    def docker_stats(self, name: str, *, one_shot: bool = False) -> models.DockerStats:
        """What one running container uses, in Docker's shape.

        ``GET /libpod/containers/{name}/stats?stream=false``. Deprecated by Podman: use
        :meth:`stats`. ``one_shot`` takes no second sample to compare with, which is quicker.
        Raises ConflictError if it does not run.
        """
        query = {"stream": False, "one-shot": one_shot}
        reply = self._request("GET", "containers/{}/stats", [name], query)
        return models.decode(models.DockerStats, of_running(reply, name))

    @contextmanager
    def docker_stats_stream(self, name: str) -> Generator[Iterator[models.DockerStats]]:
        """What a running container uses, in Docker's shape, every five seconds until it ends.

        ``GET /libpod/containers/{name}/stats?stream=true``. Deprecated by Podman: use
        :meth:`stats_stream`.
        """
        with self._lines(
            models.DockerStats, "GET", "containers/{}/stats", name, stream=True
        ) as lines:
            yield lines


def of_running(reply: Reply, name: str) -> bytes:
    """The body. Of a container that does not run, some versions answer 200 and nothing, or why."""
    if not reply.body or reply.body.startswith(b'{"cause":'):
        path = f"containers/{name}"
        message = f"the container {name!r} does not run"
        raise ConflictError(409, message, cause="", method="GET", path=path)
    return reply.body


def _joined(words: Sequence[str]) -> str | None:
    """With commas: of several parameters, Podman 4.3 reads the last one only."""
    return ",".join(words) or None


def _containers(names: Sequence[str]) -> Sequence[str]:
    return [query.container(name) for name in names]


def _measured(report: models.ContainerStatsReport) -> StatsList:
    if report.error:
        raise StreamError(f"cannot measure the containers: {report.error}")
    return report.stats


def _all_measured(
    reports: Iterator[models.ContainerStatsReport],
) -> Iterator[StatsList]:
    for report in reports:
        yield _measured(report)


def log_lines(response: Response, *, timestamps: bool) -> Iterator[models.LogLine]:
    """The lines of an answer that is a container's output."""
    assembler = LogAssembler(timestamps=timestamps)
    for block in response.iter_bytes():
        for line in assembler.feed(block):
            yield line
    for line in assembler.end():
        yield line
