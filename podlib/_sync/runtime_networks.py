# Generated from podlib/_async/runtime_networks.py: edit there.
"""Networks and volumes of a runtime: through the Docker-compatible API."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from podlib.errors import ConflictError, NotFoundError, ParameterError

from .runtime_core import RuntimeCore

if TYPE_CHECKING:
    from collections.abc import Mapping


class RuntimeNetworks(RuntimeCore):
    """The part of a runtime that has what containers share."""

    def create_network(
        self, name: str, *, labels: Mapping[str, str] | None = None, internal: bool = False
    ) -> str:
        """A network with this name and these labels, which is made if it is not there: its id.

        ``POST /networks/create``. Its containers find each other by name and alias. ``internal``:
        without a way out of the host. Two calls at once get the same one. Raises ConflictError for
        a network of that name without these labels: it is somebody else's.
        """
        wanted = dict(labels or {})
        networks = self._docker.networks
        try:
            made = networks.create(_named(name), labels=wanted, internal=internal)
        except ConflictError:
            found = networks.inspect(name)
        else:
            return made.id
        if not wanted.items() <= found.labels.items():
            message = f"there is a network {name!r}, but without the labels {wanted}"
            where = {"cause": "", "method": "POST", "path": "networks/create"}
            raise ConflictError(409, message, **where)
        return found.id

    def remove_network(self, name: str) -> None:
        """Remove a network; one that is not there is no error.

        ``DELETE /networks/{name}``. Raises ConflictError while a container is in it.
        """
        with suppress(NotFoundError):
            self._docker.networks.remove(name)

    def create_volume(self, name: str, *, labels: Mapping[str, str] | None = None) -> str:
        """A volume of this name, which is made, with these labels, if it is not there: its name.

        ``POST /volumes/create``. Two calls at once get the same one.
        """
        volumes = self._docker.volumes
        try:
            return (volumes.create(_named(name), labels=dict(labels or {}))).name
        except ConflictError:  # another call was faster, after the server had looked
            return (volumes.inspect(name)).name

    def remove_volume(self, name: str) -> None:
        """Remove a volume and all that is in it; one that is not there is no error.

        ``DELETE /volumes/{name}``. Raises ConflictError while a container uses it.
        """
        with suppress(NotFoundError):
            self._docker.volumes.remove(name)


def _named(name: str) -> str:
    if not name:
        raise ParameterError("name: without one, each call would make another")
    return name
