"""What the network operations answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypedDict

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, Model, PascalModel, Texts, Time, wire
from ._shared import Reason

__all__ = [
    "ConnectedAddress",
    "ConnectedContainer",
    "ConnectedInterface",
    "Network",
    "NetworkFilters",
    "NetworkInspect",
    "NetworkLeaseRange",
    "NetworkPruneFilters",
    "NetworkRemoved",
    "NetworkRoute",
    "NetworkSubnet",
]

NetworkFilters = TypedDict(
    "NetworkFilters",
    {
        "dangling": bool,
        "driver": Texts,
        "id": Texts,
        "label": Texts,
        "label!": Texts,
        "name": Texts,
        "until": str | datetime,
    },
    total=False,
)
"""What ``list`` of networks can go by. ``name`` and ``id`` are regular expressions.

A network must meet all of them; of several values, any, but of labels all.
"""

NetworkPruneFilters = TypedDict(
    "NetworkPruneFilters",
    {"label": Texts, "label!": Texts, "until": str | datetime},
    total=False,
)
"""What ``prune`` of networks can go by. A network must meet all of them."""


class NetworkLeaseRange(Model):
    """The first and the last address that containers are given; ``""`` for no bound."""

    start_ip: str = ""
    end_ip: str = ""


class NetworkSubnet(Model):
    """A range of addresses, such as ``10.89.0.0/24``, and the gateway in it."""

    subnet: str
    gateway: str = ""
    lease_range: NetworkLeaseRange | None = None


class NetworkRoute(Model):
    """A static route that containers of the network have. ``metric`` None: the driver's own."""

    destination: str
    gateway: str = ""
    metric: int | None = None
    route_type: str = ""
    """Podman 6.0 or newer: ``unicast`` (the same as ``""``), ``blackhole``, …"""


class Network(Model):
    """One network."""

    name: str
    id: str
    driver: str = ""
    network_interface: str = ""
    """On the host: a bridge's own, or the parent of a macvlan or ipvlan."""
    created: Time = None
    """Of the default network, which has no configuration of its own: now."""
    subnets: Listed[NetworkSubnet] = EMPTY_LIST
    routes: Listed[NetworkRoute] = EMPTY_LIST
    ipv6_enabled: bool = False
    internal: bool = False
    """Without a way out of the host."""
    dns_enabled: bool = False
    """Containers find each other by name."""
    network_dns_servers: Listed[str] = EMPTY_LIST
    """Whom the network's name server asks."""
    labels: Dicted[str] = EMPTY_DICT
    options: Dicted[str] = EMPTY_DICT
    """The driver's."""
    ipam_options: Dicted[str] = EMPTY_DICT
    """How addresses are given."""


class ConnectedAddress(Model):
    """An address of a container, with the length of its prefix: ``10.89.0.2/24``."""

    ipnet: str
    gateway: str = ""


class ConnectedInterface(Model):
    """One interface of a container in the network."""

    mac_address: str = ""
    subnets: Listed[ConnectedAddress] = EMPTY_LIST


class ConnectedContainer(Model):
    """A running container in the network, and its interfaces by their names in it."""

    name: str = ""
    interfaces: Dicted[ConnectedInterface] = EMPTY_DICT


class NetworkInspect(Network):
    """Everything Podman knows about one network."""

    containers: Dicted[ConnectedContainer] = EMPTY_DICT
    """By id: those that run. Podman 4.3 does not say."""


class NetworkRemoved(PascalModel):
    """``error`` says why a network was not removed, else it is empty."""

    name: str
    error: Annotated[Reason, wire("Err")] = ""
