"""The service itself: its versions, its host, what happens there, and its storage as a whole."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podlib import models, query
from podlib.errors import ParameterError, StreamError

from .verbs import AsyncVerbs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from datetime import timedelta


class AsyncSystem(AsyncVerbs):
    """``podman.system``."""

    __slots__ = ()

    async def ping(self) -> models.Ping:
        """The versions that the service names; raises ConnectError when it does not answer.

        ``GET /libpod/_ping``.
        """
        reply = await self._call("GET", "_ping")
        return models.Ping.from_headers(reply.headers)

    async def version(self) -> models.Version:
        """The versions of the service and its components. ``GET /libpod/version``."""
        return await self._get(models.Version, "version")

    async def info(self) -> models.Info:
        """What the service knows about its host, its storage and itself. ``GET /libpod/info``."""
        return await self._get(models.Info, "info")

    async def df(self) -> models.DiskUsage:
        """How much space images, containers and volumes take. ``GET /libpod/system/df``."""
        return await self._get(models.DiskUsage, "system/df")

    @asynccontextmanager
    async def events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        filters: models.EventFilters | None = None,
        stream: bool = True,
    ) -> AsyncGenerator[AsyncIterator[models.Event]]:
        """What happens on the host: containers that start, images that are pulled, and so on.

        ``GET /libpod/events``. Without ``since``, what happened before is told too. ``stream``
        goes on with what happens next, until ``until`` or for ever; else it ends at once.
        ``filters``: such as ``{"type": "container", "event": ["start", "died"]}``. Raises
        StreamError if the service ends it with an error.
        """
        over = _is_over(until)
        # The service stops at an end that has passed while it still reads what was before.
        async with self._lines(
            models.EventLine,
            "GET",
            "events",
            since=since,
            until=None if over else until,
            filters=query.filters(filters, models.EventFilters),
            stream=stream and not over,
        ) as lines:
            yield _events(lines, until)

    async def prune(
        self,
        *,
        all: bool = False,
        volumes: bool = False,
        external: bool = False,
        build: bool = False,
        filters: models.SystemPruneFilters | None = None,
    ) -> models.SystemPruneReport:
        """Remove stopped pods and containers, unused networks, and images without a name.

        ``POST /libpod/system/prune``. ``all`` removes unused images with a name too; ``volumes``
        unused volumes; ``build`` what builds left (Podman 5.4 or newer). ``external``, which goes
        with none of these, removes only what Podman has no container for (5.1 or newer).
        """
        return await self._post(
            models.SystemPruneReport,
            "system/prune",
            all=all,
            volumes=volumes,
            external=external,
            build=build,
            filters=query.filters(filters, models.SystemPruneFilters),
        )

    async def check(
        self,
        *,
        quick: bool = False,
        repair: bool = False,
        repair_lossy: bool = False,
        unreferenced_layer_max_age: float | timedelta | None = None,
    ) -> models.SystemCheckReport:
        """Look for damage in the storage of images and containers, and repair it if asked to.

        ``POST /libpod/system/check``. Podman 5.2 or newer. ``quick`` leaves out what takes long;
        ``repair`` removes damaged images, and raises APIError for one that has containers;
        ``repair_lossy`` removes these too. A layer that nothing uses counts as damage after
        ``unreferenced_layer_max_age``, in seconds; a day unless said.
        """
        return await self._post(
            models.SystemCheckReport,
            "system/check",
            quick=quick,
            repair=repair or repair_lossy,  # by itself, the latter does nothing
            repair_lossy=repair_lossy,
            unreferenced_layer_max_age=query.duration(unreferenced_layer_max_age),
        )


def _is_over(until: datetime | None) -> bool:
    if until is None:
        return False
    if until.tzinfo is None:
        raise ParameterError(f"until: the time {until} has no time zone")
    return until <= datetime.now(UTC)


async def _events(
    lines: AsyncIterator[models.EventLine], until: datetime | None
) -> AsyncIterator[models.Event]:
    async for line in lines:
        if line.response:
            raise StreamError(f"the events ended: {line.message}")
        if until is None or line.time_nano <= until.timestamp() * 1e9:
            yield line
