# Generated from podlib/docker/_async/system.py: edit there.
"""The service through Docker's API: its versions, its host, and what happens there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib import models, query
from podlib._sync.verbs import as_json

from .verbs import DockerVerbs

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from datetime import datetime

    from podlib.credentials import Credentials


class DockerSystem(DockerVerbs):
    """``podman.docker.system``."""

    __slots__ = ()

    def ping(self) -> models.Ping:
        """The versions that the service names; raises ConnectError when it does not answer.

        ``GET /_ping``.
        """
        reply = self._call("GET", "_ping")
        return models.Ping.from_headers(reply.headers)

    def version(self) -> models.DockerVersion:
        """The versions of the service and its components. ``GET /version``."""
        return self._get(models.DockerVersion, "version")

    def info(self) -> models.DockerInfo:
        """What the service knows about its host, its storage and itself. ``GET /info``."""
        return self._get(models.DockerInfo, "info")

    def df(self) -> models.DockerDiskUsage:
        """How much space images, containers and volumes take. ``GET /system/df``."""
        return self._get(models.DockerDiskUsage, "system/df")

    @contextmanager
    def events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        filters: models.EventFilters | None = None,
    ) -> Generator[Iterator[models.Event]]:
        """What happens on the host: containers that start, images that are pulled, and so on.

        ``GET /events``. It goes on until ``until``, or for ever. ``filters``: such as
        ``{"type": "container", "event": ["start", "die"]}``. Raises TruncatedError if the service
        goes away.
        """
        with self._lines(
            models.Event,
            "GET",
            "events",
            since=since,
            until=until,
            filters=query.filters(filters, models.EventFilters),
        ) as lines:
            yield lines

    def auth(self, registry: str, credentials: Credentials) -> models.DockerAuthResult:
        """Try ``credentials`` at a registry. Raises APIError if they are refused.

        ``POST /auth``. Nothing is kept: give them to each pull and push.
        """
        document = {
            "username": credentials.username,
            "password": credentials.password,
            "serveraddress": registry,
        }
        return self._post(models.DockerAuthResult, "auth", send=as_json(document))
