"""Secrets through Docker's API."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib._async.verbs import as_json
from podlib.ids import check_meant, may_be_id

from .verbs import AsyncDockerVerbs

if TYPE_CHECKING:
    from collections.abc import Mapping

SecretList: TypeAlias = "list[models.DockerSecret]"


class AsyncDockerSecrets(AsyncDockerVerbs):
    """``podman.docker.secrets``.

    A secret is called by its name, or by at least 12 digits of its id.
    """

    __slots__ = ()

    async def create(
        self,
        name: str,
        data: str | bytes,
        *,
        driver: str = "",
        driver_options: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> models.SecretCreated:
        """Create a secret with the value ``data``. Raises ConflictError if the name is taken.

        ``POST /secrets/create``. ``driver``: ``file`` (unless the server is configured otherwise),
        ``pass`` or ``shell``.
        """
        value = data.encode() if isinstance(data, str) else data
        document: dict[str, object] = {"Name": name, "Data": base64.b64encode(value).decode()}
        if driver or driver_options:
            document["Driver"] = {"Name": driver, "Options": dict(driver_options or {})}
        if labels:
            document["Labels"] = dict(labels)
        return await self._post(models.SecretCreated, "secrets/create", send=as_json(document))

    async def list(self, *, filters: models.SecretFilters | None = None) -> SecretList:
        """The secrets, without their values. ``GET /secrets``."""
        asked = query.filters(filters, models.SecretFilters)
        return await self._get(list[models.DockerSecret], "secrets", filters=asked)

    async def inspect(self, name: str) -> models.DockerSecret:
        """One secret, without its value. Raises NotFoundError. ``GET /secrets/{name}``."""
        found = await self._get(models.DockerSecret, "secrets/{}", name)
        check_meant(name, found.spec.name, found.id, "secrets/{}")
        return found

    async def remove(self, name: str) -> None:
        """Remove a secret. Raises NotFoundError. ``DELETE /secrets/{name}``."""
        if may_be_id(name):
            name = (await self.inspect(name)).id
        await self._unit("DELETE", "secrets/{}", name)
