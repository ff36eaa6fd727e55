# Generated from podlib/docker/_async/container_watching.py: edit there.
"""Containers through Docker's API: looked at, and listened to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query, versions
from podlib._sync.container_watching import log_lines, of_running

from .verbs import DockerVerbs

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from datetime import datetime

ContainerList: TypeAlias = "list[models.DockerContainerSummary]"
ChangeList: TypeAlias = "list[models.DockerChange]"


class DockerContainerWatching(DockerVerbs):
    """What leaves a container as it is."""

    __slots__ = ()

    def inspect(self, name: str, *, size: bool = False) -> models.DockerContainer:
        """Everything that Docker's API tells of one container. Raises NotFoundError.

        ``GET /containers/{name}/json``. ``size`` adds the sizes of its layers, in bytes.
        """
        return self._get(models.DockerContainer, "containers/{}/json", name, size=size)

    def list(
        self,
        *,
        all: bool = False,
        limit: int | None = None,
        size: bool = False,
        external: bool = False,
        filters: models.DockerContainerFilters | None = None,
    ) -> ContainerList:
        """The running containers, with ``all`` also the others. ``GET /containers/json``.

        ``limit``: the newest so many. ``size`` adds their sizes; ``external`` adds those of other
        programs. ``filters``: such as ``{"label": ["a=b", "c"], "status": "exited"}``.
        """
        return self._get(
            list[models.DockerContainerSummary],
            "containers/json",
            all=all,
            limit=limit,
            size=size,
            external=external,
            filters=query.filters(filters, models.DockerContainerFilters),
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

        ``GET /containers/{name}/logs``. ``follow`` goes on until it stops; ``tail`` begins so many
        lines before the end; ``since`` and ``until`` are aware times; ``timestamps`` fills the
        lines' ``time``. A terminal's output is all stdout.
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

    def top(self, name: str, *, ps_args: Sequence[str] = ()) -> models.ContainerTop:
        """The processes of a running container. Raises ConflictError if it does not run.

        ``GET /containers/{name}/top``. ``ps_args``: the arguments of ps, such as ``-ef``.
        """
        words = " ".join(ps_args) or None
        reply = self._call("GET", "containers/{}/top", name, ps_args=words)
        return models.decode(models.ContainerTop, of_running(reply, name))

    def stats(self, name: str, *, one_shot: bool = False) -> models.DockerStats:
        """What one running container uses of its host.

        ``GET /containers/{name}/stats?stream=false``. ``one_shot`` takes no second sample to
        compare with, which is quicker. Raises ConflictError if it does not run.
        """
        query = {"stream": False, "one-shot": one_shot}
        reply = self._request("GET", "containers/{}/stats", [name], query)
        return models.decode(self._stats(), of_running(reply, name))

    @contextmanager
    def stats_stream(self, name: str) -> Generator[Iterator[models.DockerStats]]:
        """What a running container uses, every few seconds until it ends.

        ``GET /containers/{name}/stats?stream=true``.
        """
        self._link.connect(self._timeouts)
        with self._lines(self._stats(), "GET", "containers/{}/stats", name, stream=True) as lines:
            yield lines

    def _stats(self) -> type[models.DockerStats]:
        """Podman 4 says ``Id`` where newer ones say ``id``."""
        old = versions._number(self._link.version) < (5,)
        return models.DockerStats if old else models.DockerContainerStats

    def changes(self, name: str) -> ChangeList:
        """The files that a container has otherwise than its image.

        ``GET /containers/{name}/changes``.
        """
        return self._get(list[models.DockerChange], "containers/{}/changes", name)
