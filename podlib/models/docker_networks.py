"""What the Docker-compatible operations on networks answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypedDict

from pydantic import Field

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, PascalModel, Texts, Time, wire

__all__ = [
    "DockerConnectedContainer",
    "DockerIpam",
    "DockerIpamConfig",
    "DockerNetwork",
    "DockerNetworkCreated",
    "DockerNetworkFilters",
    "DockerNetworkPruneFilters",
    "DockerNetworkReference",
    "DockerNetworksPruned",
]


class DockerNetworkFilters(TypedDict, total=False):
    """What ``docker.networks.list`` can go by. ``name`` and ``id`` are regular expressions."""

    dangling: bool
    driver: Texts
    id: Texts
    label: Texts
    name: Texts
    until: str | datetime


DockerNetworkPruneFilters = TypedDict(
    "DockerNetworkPruneFilters",
    {"label": Texts, "label!": Texts, "until": str | datetime},
    total=False,
)
"""What ``docker.networks.prune`` can go by."""


class DockerIpamConfig(PascalModel):
    """A range of addresses, and the gateway in it."""

    subnet: str = ""
    ip_range: Annotated[str, wire("IPRange")] = ""
    gateway: str = ""
    auxiliary_addresses: Dicted[str] = EMPTY_DICT


class DockerIpam(PascalModel):
    """How a network's addresses are given."""

    driver: str = ""
    options: Dicted[str] = EMPTY_DICT
    config: Listed[DockerIpamConfig] = EMPTY_LIST


class DockerNetworkReference(PascalModel):
    """A network that another has its configuration from; Podman knows none."""

    network: str = ""


class DockerConnectedContainer(PascalModel):
    """A container in a network."""

    name: str = ""
    endpoint_id: Annotated[str, wire("EndpointID")] = ""
    mac_address: str = ""
    ipv4_address: Annotated[str, wire("IPv4Address")] = ""
    """With the length of its prefix: ``10.89.0.2/24``."""
    ipv6_address: Annotated[str, wire("IPv6Address")] = ""


class DockerNetwork(PascalModel):
    """One network."""

    name: str
    id: str
    created: Time = None
    scope: str = ""
    driver: str = ""
    enable_ipv4: Annotated[bool, wire("EnableIPv4")] = False
    enable_ipv6: Annotated[bool, wire("EnableIPv6")] = False
    ipam: Annotated[DockerIpam, wire("IPAM")] = Field(default_factory=DockerIpam)
    internal: bool = False
    attachable: bool = False
    ingress: bool = False
    config_from: DockerNetworkReference | None = None
    config_only: bool = False
    containers: Dicted[DockerConnectedContainer] = EMPTY_DICT
    """By id: those that run."""
    options: Dicted[str] = EMPTY_DICT
    labels: Dicted[str] = EMPTY_DICT
    peers: Listed[object] = EMPTY_LIST
    services: Dicted[object] = EMPTY_DICT
    status: object = None


class DockerNetworkCreated(PascalModel):
    """The new network's id."""

    id: str
    warning: Annotated[Listed[str] | str, wire("Warning")] = ""


class DockerNetworksPruned(PascalModel):
    """The names of the networks that were removed."""

    networks_deleted: Listed[str] = EMPTY_LIST
