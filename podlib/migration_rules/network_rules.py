"""Of its networks: whether the target has them, its addresses, its ports, its connections."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from podlib.models.migration_options import published_ports

from .facts import blocker, networks_of, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.models.container_inspect import ContainerNetwork
    from podlib.models.migration_plan import Finding
    from podlib.models.networks import NetworkInspect

    from .facts import Facts


def _networks(facts: Facts) -> Iterator[Finding]:
    for name, network in facts.networks.items():
        if network is None:
            yield blocker(
                "network-missing",
                f"the target has no network {name!r}",
                f"Create it there first: `podman network create --subnet … {name}`, with the "
                f"subnet that `podman network inspect {name}` shows on the source.",
            )


def _addresses(facts: Facts) -> Iterator[Finding]:
    if not facts.keeps_address:
        return
    for name, endpoint in networks_of(facts.container).items():
        network = facts.networks.get(name)
        for address in _of(endpoint) if network else ():
            yield from _address(name, network, address)


def _of(endpoint: ContainerNetwork) -> list[str]:
    return [each for each in (endpoint.ip_address, endpoint.global_ipv6_address) if each]


def _address(name: str, network: NetworkInspect | None, address: str) -> Iterator[Finding]:
    if network is None:
        return
    subnets = [ip_network(each.subnet, strict=False) for each in network.subnets]
    if subnets and not any(ip_address(address) in each for each in subnets):
        yield blocker(
            "address-outside",
            f"its address {address} is in no subnet of the target's network {name!r}",
            "Let the target choose another, with `ignore_static_ip`, or create the network there "
            "with the source's subnet.",
        )
    for other in network.containers.values():
        taken = {
            subnet.ipnet.partition("/")[0]
            for interface in other.interfaces.values()
            for subnet in interface.subnets
        }
        if address in taken:
            yield blocker(
                "address-taken",
                f"its address {address} is that of {other.name!r} at the target",
                "Let the target choose another, with `ignore_static_ip`.",
            )


def _ports(facts: Facts) -> Iterator[Finding]:
    taken = {
        (mapping.host_port + offset, protocol): other.names[0]
        for other in facts.running_at_target
        for mapping in other.ports
        for offset in range(mapping.range)
        for protocol in mapping.protocol.split(",")
    }
    for number, protocol in sorted(_published(facts) & taken.keys()):
        yield blocker(
            "port-taken",
            f"port {number}/{protocol} is taken at the target, by {taken[number, protocol]}",
            "Stop that container, or publish other ports with `publish`.",
        )


def _published(facts: Facts) -> set[tuple[int, str]]:
    if texts := facts.options.get("publish"):
        return {
            (port.host + offset, port.protocol)
            for port in published_ports(texts)
            if port.host  # else the server chooses it
            for offset in range(port.range)
        }
    return {
        (int(binding.host_port), port.partition("/")[2])
        for port, bindings in facts.container.network_settings.ports.items()
        for binding in bindings
        if binding.host_port
    }


def _connections(facts: Facts) -> Iterator[Finding]:
    settled = {"tcp_established", "tcp_close"} & {each for each, on in facts.options.items() if on}
    if facts.container.host_config.network_mode != "none" and not settled:
        yield warning(
            "connections",
            "whether it has open TCP connections cannot be seen from outside",
            "If it has, it is not frozen and runs on. `tcp_established` keeps them, `tcp_close` "
            "closes them.",
        )


RULES = (_networks, _addresses, _ports, _connections)
