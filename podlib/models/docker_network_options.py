"""New networks and volumes, as the Docker-compatible API takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError

from ._parameters import Spec, check_options, parts, renamed
from .network_create import Subnet

__all__ = [
    "DockerNetworkOptions",
    "DockerVolumeOptions",
    "docker_network_spec",
    "docker_volume_spec",
]


@with_config(ConfigDict(extra="forbid", strict=True, defer_build=True))
class DockerNetworkOptions(TypedDict, total=False):
    """All that can be said through Docker's API of a new network besides its name."""

    driver: str
    """``bridge`` (unless said), ``macvlan``, ``ipvlan``, or a plugin of the server's host."""
    subnets: Sequence[Subnet | str]
    """Texts are such as ``10.89.0.0/24``. The server chooses a free one unless told. Of a subnet's
    ``lease_range``, a part such as ``10.89.0.128/25``."""
    ipv6_enabled: bool
    internal: bool
    """No way out of the host."""
    labels: Mapping[str, str]
    options: Mapping[str, str]
    """The driver's."""
    ipam_driver: str
    """``host-local``, ``dhcp`` or ``none``."""


_network = TypeAdapter(DockerNetworkOptions)


def docker_network_spec(name: str, options: DockerNetworkOptions) -> Spec:
    """The body of a create. Raises ``ParameterError``."""
    options = check_options("network options", _network, options, DockerNetworkOptions)
    same = {
        "driver": "Driver",
        "ipv6_enabled": "EnableIPv6",
        "internal": "Internal",
        "labels": "Labels",
        "options": "Options",
    }
    spec: Spec = {"Name": name, **renamed(options, same)}
    ipam: Spec = {}
    if "ipam_driver" in options:
        ipam["Driver"] = options["ipam_driver"]
    if "subnets" in options:
        ipam["Config"] = [_subnet(each) for each in parts(options["subnets"], Subnet.parse)]
    return {**spec, "IPAM": ipam} if ipam else spec


def _subnet(subnet: Subnet) -> Spec:
    subnet.wire()  # its checks
    spec: Spec = {"Subnet": subnet.subnet}
    if subnet.gateway:
        spec["Gateway"] = subnet.gateway
    if subnet.lease_range is not None:
        if not isinstance(subnet.lease_range, str) or "-" in subnet.lease_range:
            raise ParameterError("lease_range: Docker's API takes a part of the subnet only")
        spec["IPRange"] = subnet.lease_range
    return spec


@with_config(ConfigDict(extra="forbid", strict=True, defer_build=True))
class DockerVolumeOptions(TypedDict, total=False):
    """All that can be said through Docker's API of a new volume besides its name."""

    driver: str
    """``local`` (unless said), ``image``, or a plugin of the server."""
    options: Mapping[str, str]
    """The driver's. Of ``local``: ``type``, ``device`` and ``o``, as of ``mount``."""
    labels: Mapping[str, str]


_volume = TypeAdapter(DockerVolumeOptions)


def docker_volume_spec(name: str, options: DockerVolumeOptions) -> Spec:
    """The body of a create. Raises ``ParameterError``."""
    options = check_options("volume options", _volume, options, DockerVolumeOptions)
    same = {"driver": "Driver", "options": "DriverOpts", "labels": "Labels"}
    return {"Name": name, **renamed(options, same)}
