"""How a container or a pod is set into networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError

from ._namespaces import namespace
from ._parameters import Address, Spec, address, parts, renamed
from .network_parts import NetworkAttachment, Port

__all__ = ["ContainerNetworkOptions", "NetworkingOptions"]


def _host_address(text: str) -> str:
    return text if text == "host-gateway" else address(text)


HostAddress = Annotated[str, AfterValidator(_host_address)]


class NetworkingOptions(TypedDict, total=False):
    """The networking that containers and pods have; that of a pod is for all its containers."""

    network: str | NetworkAttachment | Sequence[NetworkAttachment | str]
    """``bridge``, ``none``, ``host``, ``private``, ``pod``, ``container:NAME``, ``ns:PATH``,
    ``pasta``, ``slirp4netns`` (these two also with options, ``slirp4netns:mtu=1400``); anything
    else is the name of a network, or of several: ``lab``, ``lab:ip=10.99.0.7,alias=web``. Podman 6
    sets several up in this order, older ones by name."""
    ports: Sequence[Port | str | int]
    """Texts are ``[[IP:]HOST:]CONTAINER[/PROTOCOL]``; a bare number is a container's port."""
    dns: Sequence[Address]
    dns_search: Sequence[str]
    dns_options: Sequence[str]
    hosts: Mapping[str, HostAddress]
    """Addresses by host name, for /etc/hosts; ``host-gateway`` is the server's own (Podman 4.7 or
    newer)."""
    hosts_file: str
    """What /etc/hosts begins with: a path on the server's host, ``image`` or ``none``. Podman 5.4
    or newer."""


class ContainerNetworkOptions(NetworkingOptions, total=False):
    """How a container is set into networks."""

    expose: Sequence[str | int]
    """Ports that ``publish_all`` publishes: 80, ``"53/udp"``."""
    publish_all: bool
    use_image_hosts: bool
    """Leave /etc/hosts as the image has it; so it is for the next two."""
    use_image_hostname: bool
    """Podman 5.4 or newer."""
    use_image_resolv_conf: bool


def networking_spec(options: NetworkingOptions) -> Spec:
    """The members that containers' and pods' specifications share."""
    spec = renamed(
        options,
        {"dns": "dns_server", "dns_search": "dns_search", "dns_options": "dns_option"},
    )
    spec |= _networks(options.get("network", ()))
    if "ports" in options:
        given = options["ports"]
        ports = [each if isinstance(each, Port) else Port.parse(str(each)) for each in given]
        spec["portmappings"] = [port.wire() for port in ports]
    if "hosts" in options:
        spec["hostadd"] = [f"{name}:{address}" for name, address in options["hosts"].items()]
    return spec


def network_spec(options: ContainerNetworkOptions) -> Spec:
    """The members of a container's specification."""
    spec = networking_spec(options) | renamed(
        options,
        {
            "hosts_file": "base_hosts_file",
            "publish_all": "publish_image_ports",
            "use_image_hosts": "use_image_hosts",
            "use_image_hostname": "use_image_hostname",
            "use_image_resolv_conf": "use_image_resolve_conf",
        },
    )
    if "expose" in options:
        spec["expose"] = _exposed(options["expose"])
    return spec


_MODES = ("bridge", "none", "host", "private", "pod", "pasta", "slirp4netns", "container", "ns")


def _networks(given: str | NetworkAttachment | Sequence[NetworkAttachment | str]) -> Spec:
    if not given:
        return {}
    if isinstance(given, str):
        mode, _, rest = given.partition(":")
        if mode == "bridge" and rest:
            given = f"default:{rest}"  # the server's word for its own network
        elif mode in ("pasta", "slirp4netns"):
            options = {"network_options": {mode: rest.split(",")}} if rest else {}
            return {"netns": {"nsmode": mode}, **options}
        elif mode in _MODES:
            return {"netns": namespace("network", given, _MODES)}
    if isinstance(given, str | NetworkAttachment):
        given = [given]
    attachments = parts(given, NetworkAttachment.parse)
    networks = {each.name: each.wire() for each in attachments}
    if len(networks) < len(attachments):
        raise ParameterError("network: a network is named twice")
    order = {"networkOrder": list(networks)} if len(networks) > 1 else {}
    return {"netns": {"nsmode": "bridge"}, "Networks": networks, **order}


def _exposed(ports: Sequence[str | int]) -> dict[str, str]:
    protocols: dict[str, list[str]] = {}
    for port in (Port.parse(str(each)) for each in ports):
        if port.host or port.host_ip:
            raise ParameterError("expose: only the container's port and the protocol go here")
        for number in range(port.container, port.container + port.range):
            protocols.setdefault(str(number), []).append(port.protocol)
    return {number: ",".join(names) for number, names in protocols.items()}
