"""From a network, volume or pod that is there to the options of one like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from .network_create import LeaseRange, NetworkOptions, Route, Subnet
from .network_parts import NetworkAttachment, Port
from .pod_options import PodOptions
from .volumes import VolumeOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .container_inspect import ContainerInspect, HostPort
    from .networks import Network, NetworkLeaseRange, NetworkRoute, NetworkSubnet
    from .pods import PodInfraConfig, PodInspect
    from .volumes import Volume

    Shared: TypeAlias = Literal["cgroup", "ipc", "net", "pid", "uts"]

__all__ = ["network_like", "pod_like", "volume_like"]


def network_like(network: Network) -> NetworkOptions:
    """The options that make a network like this. A bridge's own name is left to the server."""
    options: NetworkOptions = {
        "driver": network.driver or "bridge",
        "ipv6_enabled": network.ipv6_enabled,
        "internal": network.internal,
        "dns_enabled": network.dns_enabled,
        "labels": network.labels,
        "options": network.options,
        "ipam_options": network.ipam_options,
    }
    if network.driver not in {"bridge", ""} and network.network_interface:
        options["network_interface"] = network.network_interface
    if network.subnets:
        options["subnets"] = [_subnet(each) for each in network.subnets]
    if network.routes:
        options["routes"] = [_route(each) for each in network.routes]
    if network.network_dns_servers:
        options["network_dns_servers"] = network.network_dns_servers
    return options


def _subnet(there: NetworkSubnet) -> Subnet:
    return Subnet(subnet=there.subnet, gateway=there.gateway, lease_range=_range(there.lease_range))


def _range(there: NetworkLeaseRange | None) -> LeaseRange | None:
    return LeaseRange(start_ip=there.start_ip, end_ip=there.end_ip) if there else None


def _route(there: NetworkRoute) -> Route:
    return Route(
        destination=there.destination,
        gateway=there.gateway,
        metric=there.metric,
        route_type=there.route_type or "unicast",  # type: ignore[arg-type] # pydantic checks it
    )


def volume_like(volume: Volume) -> VolumeOptions:
    """The options that make a volume like this. Its owner comes with its content."""
    return {
        "driver": volume.driver or "local",
        "labels": volume.labels,
        "options": volume.options,
    }


def pod_like(pod: PodInspect, infra: ContainerInspect, *, same_addresses: bool) -> PodOptions:
    """The options that make a pod like this, whose infra container is ``infra``."""
    options: PodOptions = {
        "name": pod.name,
        "labels": pod.labels,
        "shared_namespaces": cast("list[Shared]", pod.shared_namespaces),
        "exit_policy": cast("Literal['continue', 'stop']", pod.exit_policy or "continue"),
        "network": _network(infra, same_addresses=same_addresses),
    }
    if pod.hostname:
        options["hostname"] = pod.hostname
    if (config := pod.infra_config) is not None:
        options |= _infra_like(config)
    return options


def _infra_like(config: PodInfraConfig) -> PodOptions:
    return {
        "ports": [
            Port.parse(f"{_host(binding)}:{port}")
            for port, bindings in config.port_bindings.items()
            for binding in bindings
        ],
        "dns": config.dns_server,
        "dns_search": config.dns_search,
        "dns_options": config.dns_option,
        "hosts": dict(text.split(":", 1) for text in config.host_add),
        "no_manage_hosts": config.no_manage_hosts,
        "no_manage_resolv_conf": config.no_manage_resolv_conf,
    }


def _host(binding: HostPort) -> str:
    address = f"[{binding.host_ip}]" if ":" in binding.host_ip else binding.host_ip
    return f"{address}:{binding.host_port}" if address else binding.host_port


def _network(infra: ContainerInspect, *, same_addresses: bool) -> str | Sequence[NetworkAttachment]:
    if infra.host_config.network_mode != "bridge":
        return infra.host_config.network_mode
    return [
        NetworkAttachment(
            name=name,
            aliases=[each for each in there.aliases if each != infra.id[:12]],
            ips=[each for each in (there.ip_address, there.global_ipv6_address) if each]
            if same_addresses
            else [],
            mac=there.mac_address if same_addresses else "",
        )
        for name, there in infra.network_settings.networks.items()
    ]
