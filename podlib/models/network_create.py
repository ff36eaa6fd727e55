"""The typed specification of a new network: what ``networks.create`` takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError

from ._parameters import Address, Part, Spec, address, check_options, parts, renamed

__all__ = ["LeaseRange", "NetworkOptions", "Route", "Subnet", "network_spec", "network_update"]


def _address_or_empty(text: str) -> str:
    return text and address(text)


def _network(text: str) -> str:
    return str(ip_network(text, strict=False))


_ROUTE = re.compile(r"([^,]+),([^,]+)(?:,(\d{1,10}))?", re.ASCII)

AddressOrEmpty = Annotated[str, AfterValidator(_address_or_empty)]
Prefix = Annotated[str, AfterValidator(_network)]
InterfaceName = Annotated[str, Field(max_length=15)]


class LeaseRange(Part):
    """The first and the last address that containers are given; ``""``: as far as it goes."""

    start_ip: AddressOrEmpty = ""
    end_ip: AddressOrEmpty = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``START-END``."""
        start, dash, end = text.partition("-")
        if not dash:
            raise ParameterError(f"lease_range: {text!r} is not START-END")
        return cls(start_ip=start, end_ip=end)

    @classmethod
    def of(cls, part: str, subnet: str) -> Self:
        """All of a part of the subnet, such as ``10.89.0.128/25``, but for the subnet's edges."""
        try:
            inner, outer = ip_network(part), ip_network(subnet)
            return cls(start_ip=_first(inner, outer), end_ip=_last(inner, outer))
        except ValueError as error:
            raise ParameterError(f"lease_range: {part!r} is not START-END or a subnet") from error

    def wire(self) -> Spec:
        """The entry in ``lease_range``."""
        return {name: value for name, value in self.model_dump().items() if value}


def _first(part: IPv4Network | IPv6Network, whole: IPv4Network | IPv6Network) -> str:
    """The first address of ``part`` that is not the whole network's own."""
    at_the_edge = part.network_address == whole.network_address
    return str(part.network_address + 1 if at_the_edge else part.network_address)


def _last(part: IPv4Network | IPv6Network, whole: IPv4Network | IPv6Network) -> str:
    at_the_edge = part.version == 4 and part.broadcast_address == whole.broadcast_address
    return str(part.broadcast_address - 1 if at_the_edge else part.broadcast_address)


class Subnet(Part):
    """A range of addresses for the network."""

    subnet: Prefix
    """Such as ``10.89.0.0/24``."""
    gateway: AddressOrEmpty = ""
    """``""``: the first address; none for an internal network without names."""
    lease_range: LeaseRange | str | None = None
    """Where the addresses of containers are. A text is ``START-END`` or a part of the subnet."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``10.89.0.0/24``."""
        return cls(subnet=text)

    def wire(self) -> Spec:
        """The entry in ``subnets``."""
        spec: Spec = {"subnet": self.subnet}
        if self.gateway:
            spec["gateway"] = self._inside("gateway", self.gateway)
        if (leases := self._leases()) is not None:
            for name, address in leases.wire().items():
                self._inside(f"lease_range: {name}", str(address))
            if leases.start_ip and leases.end_ip and not _in_order(leases):
                raise ParameterError(f"lease_range: {leases.end_ip} is before {leases.start_ip}")
            spec["lease_range"] = leases.wire()
        return spec

    def _leases(self) -> LeaseRange | None:
        if not isinstance(self.lease_range, str):
            return self.lease_range
        if "-" in self.lease_range:
            return LeaseRange.parse(self.lease_range)
        return LeaseRange.of(self.lease_range, self.subnet)

    def _inside(self, name: str, address: str) -> str:
        if ip_address(address) not in ip_network(self.subnet):
            raise ParameterError(f"{name}: {address} is not in the subnet {self.subnet}")
        return address


def _in_order(leases: LeaseRange) -> bool:
    return int(ip_address(leases.start_ip)) <= int(ip_address(leases.end_ip))


class Route(Part):
    """A static route in the containers of the network."""

    destination: Prefix
    gateway: AddressOrEmpty = ""
    metric: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None
    route_type: Literal["unicast", "blackhole", "unreachable", "prohibit"] = "unicast"
    """All but ``unicast`` are for Podman 6.0 or newer, and have no gateway."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``DESTINATION,GATEWAY[,METRIC]``, or a type in the gateway's place."""
        if not (match := _ROUTE.fullmatch(text)):
            raise ParameterError(f"routes: {text!r} is not DESTINATION,GATEWAY[,METRIC]")
        destination, gateway, metric = match.groups()
        fields: dict[str, Any] = {
            "destination": destination,
            "route_type" if gateway.isalpha() else "gateway": gateway,
            "metric": int(metric) if metric else None,
        }
        return cls(**fields)

    def wire(self) -> Spec:
        """The entry in ``routes``."""
        if bool(self.gateway) != (self.route_type == "unicast"):
            raise ParameterError(f"routes: {self.destination}: a unicast route has a gateway")
        spec: Spec = {"destination": self.destination}
        if self.metric is not None:
            spec["metric"] = self.metric
        if self.gateway:
            return {**spec, "gateway": self.gateway}
        return {**spec, "route_type": self.route_type}


@with_config(ConfigDict(extra="forbid", strict=True, defer_build=True))
class NetworkOptions(TypedDict, total=False):
    """All that can be said of a new network besides its name."""

    driver: str
    """``bridge`` (unless said), ``macvlan``, ``ipvlan``, or a plugin of the server's host."""
    network_interface: InterfaceName
    """On the host: the bridge's name, or the parent of a macvlan or ipvlan."""
    subnets: Sequence[Subnet | str]
    """Texts are such as ``10.89.0.0/24``. The server chooses a free one unless told."""
    routes: Sequence[Route | str]
    """Texts are ``DESTINATION,GATEWAY[,METRIC]``."""
    ipv6_enabled: bool
    """Addresses of IPv6 too; the server chooses a subnet unless one is given."""
    internal: bool
    """No way out of the host."""
    dns_enabled: bool
    """Containers find each other by name. ``True`` unless said, but for macvlan and ipvlan, which
    cannot."""
    network_dns_servers: Sequence[Address]
    """Whom the network's name server asks, instead of those of the host."""
    labels: Mapping[str, str]
    options: Mapping[str, str]
    """The driver's: ``mtu``, ``isolate``, ``vlan``, ``metric``, ``mode``, …"""
    ipam_options: Mapping[str, str]
    """How addresses are given: ``{"driver": "dhcp"}``, also ``host-local`` and ``none``."""
    ignore_if_exists: bool
    """A network of this name is answered as it is."""


_adapter = TypeAdapter(NetworkOptions)
_SAME_VALUE = (
    *("driver", "network_interface", "ipv6_enabled", "internal", "dns_enabled"),
    *("labels", "options", "ipam_options"),
)


def network_spec(name: str, options: NetworkOptions) -> Spec:
    """The options as the server takes them. Raises ``ParameterError``."""
    options = check_options("network options", _adapter, options, NetworkOptions)
    # The command line's default. The server's own leaves containers without each other's names.
    named = options.get("driver") not in ("macvlan", "ipvlan")
    spec: Spec = {"name": name, "dns_enabled": named}
    spec |= renamed(options, {option: option for option in _SAME_VALUE})
    if "network_dns_servers" in options:
        spec["network_dns_servers"] = [address(each) for each in options["network_dns_servers"]]
    if "subnets" in options:
        spec["subnets"] = [each.wire() for each in parts(options["subnets"], Subnet.parse)]
    if "routes" in options:
        spec["routes"] = [each.wire() for each in parts(options["routes"], Route.parse)]
    return spec


def network_update(add_dns_servers: Sequence[str], remove_dns_servers: Sequence[str]) -> Spec:
    """What a network's change is. Raises ``ParameterError``."""
    return {
        "adddnsservers": _addresses("add_dns_servers", add_dns_servers),
        "removednsservers": _addresses("remove_dns_servers", remove_dns_servers),
    }


def _addresses(name: str, texts: Sequence[str]) -> list[str]:
    try:
        return [address(text) for text in texts]
    except ValueError as error:
        raise ParameterError(f"{name}: {error}") from error
