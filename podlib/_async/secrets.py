"""Secrets: values that containers get and images do not hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.conditions import apart, in_all
from podlib.errors import NotFoundError, NotSupportedError, ParameterError, ResponseModelError
from podlib.ids import check_meant, may_be_id

from .tars import opened
from .verbs import AsyncVerbs, Sent

if TYPE_CHECKING:
    from typing import Unpack

    from podlib.http.common import Readable
    from podlib.http.unix_async import Body

SecretList: TypeAlias = "list[models.SecretInfo]"


class AsyncSecrets(AsyncVerbs):
    """``podman.secrets``.

    A secret is called by its name, or by at least 12 digits of its id.
    """

    __slots__ = ()

    async def create(
        self,
        name: str,
        data: str | bytes | os.PathLike[str] | Readable,
        **options: Unpack[models.SecretOptions],
    ) -> models.SecretCreated:
        """Create a secret with the value ``data``: a text, bytes, a file's path or an open file.

        ``POST /libpod/secrets/create``. A path is a ``pathlib.Path``; a text is the value itself.
        The server takes 1 to 511,999 bytes. Raises ConflictError if the name is taken, FileError,
        ParameterError.
        """
        asked = models.secret_spec(name, options)
        with opened(data if isinstance(data, os.PathLike) else _value(data)) as value:
            # As form data, which is what a body of no other type is, the server would swallow it.
            sent = Sent(value, (("Content-Type", "application/octet-stream"),))
            return await self._post(models.SecretCreated, "secrets/create", send=sent, **asked)

    async def list(self, *, filters: models.SecretFilters | None = None) -> SecretList:
        """The secrets that meet all filters, without their values.

        ``GET /libpod/secrets/json``.
        """
        # A server that is asked for several goes by any one of them.
        conditions = apart(query.filters(filters, models.SecretFilters))
        kind = list[models.SecretInfo]
        found = [await self._get(kind, "secrets/json", filters=each) for each in conditions]
        return in_all(found, lambda secret: secret.id)

    async def inspect(self, name: str, *, showsecret: bool = False) -> models.SecretInfo:
        """One secret, with ``showsecret`` (Podman 4.7 or newer) also its value.

        ``GET /libpod/secrets/{name}/json``. Raises NotFoundError.
        """
        route = "secrets/{}/json"
        reply = await self._call("GET", route, name, showsecret=showsecret or None)
        # Newer servers write a value that is no UTF-8 as it is, which makes it no JSON.
        body = reply.body.decode("utf-8", "replace").encode()
        try:
            found = models.decode(models.SecretInfo, body)
        except ResponseModelError as error:  # the value may be in its excerpt
            raise ResponseModelError(error.model, error.problems, b"") from None
        check_meant(name, found.spec.name, found.id, route)
        return found

    async def exists(self, name: str) -> bool:
        """Whether there is such a secret.

        ``GET /libpod/secrets/{name}/exists``. Older servers are asked for all they know of it.
        """
        if may_be_id(name):
            return await self._found(name)
        try:
            return await self._exists("secrets/{}/exists", name)
        except NotSupportedError:
            return await self._found(name)

    async def _found(self, name: str) -> bool:
        try:
            await self.inspect(name)
        except NotFoundError:
            return False
        return True

    async def remove(self, name: str) -> None:
        """Remove a secret. Containers that have it keep it. Raises NotFoundError.

        ``DELETE /libpod/secrets/{name}``.
        """
        if may_be_id(name):
            name = (await self.inspect(name)).id
        await self._unit("DELETE", "secrets/{}", name)


def _value(data: str | bytes | Readable) -> Body:
    """A secret's value as it is sent. It is in no error."""
    if isinstance(data, str):
        try:
            return data.encode()
        except UnicodeEncodeError:
            raise ParameterError("data: this text cannot be sent as UTF-8") from None
    if not isinstance(data, bytes) and not hasattr(data, "read"):
        kind = type(data).__name__
        raise ParameterError(f"data: this must be a text, bytes, a path or a file, not {kind}")
    return data
