# Generated from podlib/_async/networks.py: edit there.
"""Networks, and the containers in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.errors import APIError, NotFoundError
from podlib.ids import check_meant, is_ambiguous, may_be_id, nobody

from .verbs import Verbs, as_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

NetworkList: TypeAlias = "list[models.Network]"
NetworkPruneReports: TypeAlias = "list[models.NetworkPruneReport]"


class Networks(Verbs):
    """``podman.networks``.

    A network is called by its name, or by at least 12 digits of its id.
    """

    __slots__ = ()

    def create(self, name: str = "", **options: Unpack[models.NetworkOptions]) -> models.Network:
        """Create a network; the server chooses a name unless it is given one.

        ``POST /libpod/networks/create``. Containers in it find each other by name, as with
        Podman's command line, unless ``dns_enabled=False``. Raises ConflictError if the name is
        taken, ParameterError for options that cannot be right.
        """
        ignore = options.get("ignore_if_exists") or None
        spec = models.network_spec(name, options)
        return self._post(
            models.Network, "networks/create", send=as_json(spec), ignoreIfExists=ignore
        )

    def list(self, *, filters: models.NetworkFilters | None = None) -> NetworkList:
        """All networks. ``GET /libpod/networks/json``."""
        asked = query.filters(filters, models.NetworkFilters)
        return self._get(list[models.Network], "networks/json", filters=asked)

    def inspect(self, name: str) -> models.NetworkInspect:
        """Everything Podman knows about one network. Raises NotFoundError.

        ``GET /libpod/networks/{name}/json``.
        """
        route = "networks/{}/json"
        try:
            found = self._get(models.NetworkInspect, route, name)
        except APIError as error:
            if is_ambiguous(name, error):
                raise nobody(name, route) from error
            raise
        check_meant(name, found.name, found.id, route)
        return found

    def exists(self, name: str) -> bool:
        """Whether there is such a network. ``GET /libpod/networks/{name}/exists``."""
        if not may_be_id(name):
            return self._exists("networks/{}/exists", name)
        try:
            self.inspect(name)
        except NotFoundError:
            return False
        return True

    def remove(self, name: str, *, force: bool = False) -> None:
        """Remove a network.

        ``DELETE /libpod/networks/{name}``. ``force`` removes its containers too, and the pods
        that share it. Raises NotFoundError, ConflictError while a container is in it; APIError
        for the default network.
        """
        kind = list[models.NetworkRemoved]
        named = self._name(name)
        for report in self._delete(kind, "networks/{}", named, force=force):
            if report.error:
                where = {"cause": "", "method": "DELETE", "path": f"networks/{report.name}"}
                raise APIError(200, report.error, **where)

    def prune(self, *, filters: models.NetworkPruneFilters | None = None) -> NetworkPruneReports:
        """Remove the networks that no container is in: what became of each.

        ``POST /libpod/networks/prune``. The default network stays.
        """
        kind = list[models.NetworkPruneReport]
        asked = query.filters(filters, models.NetworkPruneFilters)
        return self._post(kind, "networks/prune", filters=asked)

    def connect(
        self,
        name: str,
        container: str,
        *,
        aliases: Sequence[str] = (),
        ips: Sequence[str] = (),
        mac: str = "",
        interface: str = "",
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Put a container into a network, also while it runs.

        ``POST /libpod/networks/{name}/connect``. ``aliases`` are further names of it there;
        ``ips`` and ``mac`` fixed addresses, ``interface`` the interface's name in the container;
        the network chooses otherwise. Raises NotFoundError, ConflictError if it runs and is there
        already; one that does not run stays there as it is. A container in no named network
        (``host``, ``none``, …) cannot be connected.
        """
        place = models.NetworkAttachment(
            name=name,
            aliases=aliases,
            ips=ips,
            mac=mac,
            interface=interface,
            options=options or {},
        )
        document = {"container": query.container(container), **place.wire()}
        named = self._name(name)
        self._unit("POST", "networks/{}/connect", named, send=as_json(document))

    def disconnect(self, name: str, container: str, *, force: bool = False) -> None:
        """Take a container out of a network.

        ``POST /libpod/networks/{name}/disconnect``. Raises NotFoundError.
        """
        document = {"Container": query.container(container), "Force": force}
        named = self._name(name)
        self._unit("POST", "networks/{}/disconnect", named, send=as_json(document))

    def update(
        self,
        name: str,
        *,
        add_dns_servers: Sequence[str] = (),
        remove_dns_servers: Sequence[str] = (),
    ) -> None:
        """Change whom the network's name server asks.

        ``POST /libpod/networks/{name}/update``. Podman 4.4 or newer. Addresses that are there
        already, or not there, are no error. Raises NotFoundError.
        """
        document = models.network_update(add_dns_servers, remove_dns_servers)
        named = self._name(name)
        try:
            self._unit("POST", "networks/{}/update", named, send=as_json(document))
        except APIError as error:
            if error.cause != "network not found":
                raise
            where = {"cause": error.cause, "method": error.method, "path": error.path}
            raise NotFoundError(error.status, error.message, **where) from error

    def _name(self, name: str) -> str:
        """The network's name. By an id, the server would remove networks that are in use."""
        return (self.inspect(name)).name if may_be_id(name) else name
