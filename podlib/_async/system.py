"""The service itself: its versions, its host, what happens there, and its storage as a whole."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podlib import models, query
from podlib.errors import ParameterError
from podlib.event_places import EventPlace, date_of

from .event_following import EventFollow
from .verbs import AsyncVerbs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from datetime import timedelta

    from podlib.http.unix_async import AsyncResponse


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

        ``GET /libpod/events``. ``stream`` goes on with what happens next, until ``until`` or for
        ever, and without ``since`` that is all; else it is what happened before, and ends at once.
        ``filters``: such as ``{"type": "container", "event": ["start", "died"]}``. Raises
        TruncatedError if the service goes away, StreamError if it ends it with an error;
        :meth:`follow_events` goes on instead.
        """
        over = _is_over(until)
        # The service stops at an end that has passed while it still reads what was before.
        async with self._lines(
            models.Event,
            "GET",
            "events",
            since=since,
            until=None if over else until,
            filters=query.filters(filters, models.EventFilters),
            stream=stream and not over,
        ) as lines:
            yield _events(lines, until)

    @asynccontextmanager
    async def follow_events(
        self,
        *,
        since: datetime | None = None,
        filters: models.EventFilters | None = None,
        give_up: float | timedelta | None = None,
    ) -> AsyncGenerator[AsyncIterator[models.Event]]:
        """What happens on the host, also after the service was restarted: each event once.

        ``GET /libpod/events``. When the connection ends, it is made again, at longer and longer
        intervals up to five seconds, and what happened meanwhile is told. ``since``: by default
        the second in which the call is made. ``filters`` as for :meth:`events`. ``give_up``: when
        nothing has answered for so many seconds, its error is raised; by default, never. At first,
        ConnectError is raised at once. What the host's log of events has dropped is lost.
        """
        place = EventPlace(since or await self._now())
        chosen = query.filters(filters, models.EventFilters)

        async def connect() -> AsyncResponse:
            return await self._response(
                "GET", "events", (), {"since": place.since, "filters": chosen, "stream": True}
            )

        follow = EventFollow(connect, place, query.seconds(give_up))
        await follow.open()
        try:
            yield follow.events()
        finally:
            await follow.close()

    async def _now(self) -> datetime:
        """The time by the service's clock, in whole seconds."""
        return date_of(await self._call("GET", "_ping"))

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
    events: AsyncIterator[models.Event], until: datetime | None
) -> AsyncIterator[models.Event]:
    async for event in events:
        if until is None or event.time_nano <= until.timestamp() * 1e9:
            yield event
