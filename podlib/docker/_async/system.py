"""The service through Docker's API: its versions, its host, and what happens there."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from podlib import models, query
from podlib._async.verbs import as_json

from .verbs import AsyncDockerVerbs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from datetime import datetime

    from podlib.credentials import Credentials


class AsyncDockerSystem(AsyncDockerVerbs):
    """``podman.docker.system``."""

    __slots__ = ()

    async def ping(self) -> models.Ping:
        """The versions that the service names; raises ConnectError when it does not answer.

        ``GET /_ping``.
        """
        reply = await self._call("GET", "_ping")
        return models.Ping.from_headers(reply.headers)

    async def version(self) -> models.DockerVersion:
        """The versions of the service and its components. ``GET /version``."""
        return await self._get(models.DockerVersion, "version")

    async def info(self) -> models.DockerInfo:
        """What the service knows about its host, its storage and itself. ``GET /info``."""
        return await self._get(models.DockerInfo, "info")

    async def df(self) -> models.DockerDiskUsage:
        """How much space images, containers and volumes take. ``GET /system/df``."""
        return await self._get(models.DockerDiskUsage, "system/df")

    @asynccontextmanager
    async def events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        filters: models.EventFilters | None = None,
    ) -> AsyncGenerator[AsyncIterator[models.Event]]:
        """What happens on the host: containers that start, images that are pulled, and so on.

        ``GET /events``. It goes on until ``until``, or for ever. ``filters``: such as
        ``{"type": "container", "event": ["start", "die"]}``. Raises TruncatedError if the service
        goes away.
        """
        async with self._lines(
            models.Event,
            "GET",
            "events",
            since=since,
            until=until,
            filters=query.filters(filters, models.EventFilters),
        ) as lines:
            yield lines

    async def auth(self, registry: str, credentials: Credentials) -> models.DockerAuthResult:
        """Try ``credentials`` at a registry. Raises APIError if they are refused.

        ``POST /auth``. Nothing is kept: give them to each pull and push.
        """
        document = {
            "username": credentials.username,
            "password": credentials.password,
            "serveraddress": registry,
        }
        return await self._post(models.DockerAuthResult, "auth", send=as_json(document))
