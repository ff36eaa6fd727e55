"""Containers of a runtime: through the Docker-compatible API."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, runtime_views
from podlib.errors import NotFoundError, ParameterError

from .runtime_core import AsyncRuntimeCore

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping
    from datetime import datetime

ContainerList: TypeAlias = "list[models.Container]"
Summaries: TypeAlias = "list[models.DockerContainerSummary]"


class AsyncRuntimeContainers(AsyncRuntimeCore):
    """The part of a runtime that makes containers, and lets them go."""

    async def run_container(self, spec: models.RunSpec) -> models.Container:
        """Create a container; it does not run before :meth:`start_container`.

        ``POST /containers/create``. Raises ParameterError for a specification that cannot be
        right, NotFoundError for an image that is not in the store, ConflictError for a name that
        is taken.
        """
        options = runtime_views.container_options(spec)
        created = await self._docker.containers.create(spec.image, **options)
        return runtime_views.in_short(await self.inspect_container(created.id))

    async def start_container(self, id: str) -> None:
        """Start a container; one that runs already is no error. Raises NotFoundError.

        ``POST /containers/{id}/start``.
        """
        await self._docker.containers.start(id)

    async def stop_container(self, id: str, timeout: int | None = None) -> None:
        """Stop a container; one that does not run is no error. Raises NotFoundError.

        ``POST /containers/{id}/stop``. ``timeout`` is how many seconds it has before SIGKILL
        (default: its own, usually 10).
        """
        await self._docker.containers.stop(id, timeout=timeout)

    async def wait_container(self, id: str, timeout: float | None = None) -> int:
        """Wait until a container does not run any more: its exit code. Raises NotFoundError.

        ``POST /containers/{id}/wait``. Raises TimedOutError after ``timeout`` seconds.
        """
        return (await self._docker.containers.wait(id, timeout=timeout)).status_code

    async def remove_container(self, id: str, *, force: bool = False, volumes: bool = True) -> None:
        """Remove a container; one that is not there is no error.

        ``DELETE /containers/{id}``. ``force`` stops one that runs; ``volumes`` removes its
        anonymous volumes. Raises ConflictError while it runs.
        """
        with suppress(NotFoundError):
            await self._docker.containers.remove(id, force=force, volumes=volumes)

    async def inspect_container(self, id: str) -> models.ContainerDetails:
        """A container, by its id or its name. Raises NotFoundError.

        ``GET /containers/{id}/json``.
        """
        return runtime_views.container_details(await self._docker.containers.inspect(id))

    async def list_containers(self, labels: Mapping[str, str]) -> ContainerList:
        """All containers that have all these labels, also those that do not run.

        ``GET /containers/json``. Raises ParameterError for no labels: what an orchestrator does
        with its own containers would else be done to those of others.
        """
        return [runtime_views.container(each) for each in await self._labelled(labels)]

    async def find_container_by_label(self, labels: Mapping[str, str]) -> models.Container | None:
        """The newest container that has all these labels, also one that does not run, or None.

        ``GET /containers/json``. Raises ParameterError for no labels.
        """
        found = await self._labelled(labels)
        latest = max((each.created for each in found if each.created), default=None)
        newest = [each for each in found if each.created == latest]
        if len(newest) > 1:  # a list tells whole seconds only
            newest = await self._newest_first(newest)
        return runtime_views.container(newest[0]) if newest else None

    async def _labelled(self, labels: Mapping[str, str]) -> Summaries:
        if not labels:
            raise ParameterError("labels: at least one, or all containers of the host would count")
        asked = [f"{name}={value}" for name, value in labels.items()]
        found = await self._docker.containers.list(all=True, filters={"label": asked})
        # For the server an empty value is any value, and a name may have wildcards.
        return [each for each in found if labels.items() <= each.labels.items()]

    async def _newest_first(self, found: Summaries) -> Summaries:
        times: dict[str, datetime] = {}
        for each in found:
            with suppress(NotFoundError):  # it was removed meanwhile
                times[each.id] = (await self._docker.containers.inspect(each.id)).created
        there = [each for each in found if each.id in times]
        return sorted(there, key=lambda each: times[each.id], reverse=True)

    @asynccontextmanager
    async def container_logs(
        self, id: str, *, follow: bool = False, tail: int | None = None
    ) -> AsyncGenerator[AsyncIterator[models.LogLine]]:
        """The lines that a container wrote, stdout and stderr apart. Raises NotFoundError.

        ``GET /containers/{id}/logs``. ``follow`` goes on until it stops; ``tail`` begins so many
        lines before the end.
        """
        async with self._docker.containers.logs(id, follow=follow, tail=tail) as lines:
            yield lines
