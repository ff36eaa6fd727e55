# Generated from podlib/docker/_async/networks.py: edit there.
"""Networks through Docker's API, and the containers in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib._sync.verbs import as_json
from podlib.errors import APIError
from podlib.ids import check_meant, is_ambiguous, may_be_id, nobody

from .verbs import DockerVerbs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

NetworkList: TypeAlias = "list[models.DockerNetwork]"


class DockerNetworks(DockerVerbs):
    """``podman.docker.networks``.

    A network is called by its name, or by at least 12 digits of its id.
    """

    __slots__ = ()

    def create(
        self, name: str, **options: Unpack[models.DockerNetworkOptions]
    ) -> models.DockerNetworkCreated:
        """Create a network: its id.

        ``POST /networks/create``. Containers in it find each other by name. Raises ConflictError if
        the name is taken, ParameterError for options that cannot be right.
        """
        spec = models.docker_network_spec(name, options)
        return self._post(models.DockerNetworkCreated, "networks/create", send=as_json(spec))

    def list(self, *, filters: models.DockerNetworkFilters | None = None) -> NetworkList:
        """All networks. ``GET /networks``."""
        asked = query.filters(filters, models.DockerNetworkFilters)
        return self._get(list[models.DockerNetwork], "networks", filters=asked)

    def inspect(self, name: str) -> models.DockerNetwork:
        """Everything that Docker's API tells of one network. Raises NotFoundError.

        ``GET /networks/{name}``.
        """
        route = "networks/{}"
        try:
            found = self._get(models.DockerNetwork, route, name)
        except APIError as error:
            if is_ambiguous(name, error):
                raise nobody(name, route) from error
            raise
        check_meant(name, found.name, found.id, route)
        return found

    def remove(self, name: str) -> None:
        """Remove a network. Raises NotFoundError, ConflictError while a container is in it.

        ``DELETE /networks/{name}``.
        """
        self._unit("DELETE", "networks/{}", self._name(name))

    def prune(
        self, *, filters: models.DockerNetworkPruneFilters | None = None
    ) -> models.DockerNetworksPruned:
        """Remove the networks that no container is in: which. ``POST /networks/prune``."""
        asked = query.filters(filters, models.DockerNetworkPruneFilters)
        return self._post(models.DockerNetworksPruned, "networks/prune", filters=asked)

    def connect(
        self,
        name: str,
        container: str,
        *,
        aliases: Sequence[str] = (),
        ips: Sequence[str] = (),
        mac: str = "",
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Put a container into a network, also while it runs.

        ``POST /networks/{name}/connect``. ``aliases`` are further names of it there; ``ips`` (one
        of each kind) and ``mac`` fixed addresses. Raises NotFoundError, ConflictError if it runs
        and is there already; one that does not run stays there as it is.
        """
        place = models.NetworkAttachment(
            name=name, aliases=aliases, ips=ips, mac=mac, options=options or {}
        )
        endpoint = models.docker_endpoint(place)
        document = {"Container": query.container(container), "EndpointConfig": endpoint}
        named = self._name(name)
        self._unit("POST", "networks/{}/connect", named, send=as_json(document))

    def disconnect(self, name: str, container: str, *, force: bool = False) -> None:
        """Take a container out of a network. Raises NotFoundError.

        ``POST /networks/{name}/disconnect``.
        """
        document = {"Container": query.container(container), "Force": force}
        named = self._name(name)
        self._unit("POST", "networks/{}/disconnect", named, send=as_json(document))

    def _name(self, name: str) -> str:
        """The network's name. By an id, the server would remove networks that are in use."""
        return (self.inspect(name)).name if may_be_id(name) else name
