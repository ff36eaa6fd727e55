"""Published ports, and networks to be attached to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from podlib.errors import ParameterError

from ._parameters import Address, Part, Spec, address

__all__ = ["NetworkAttachment", "Port"]

_PORTS = re.compile(
    r"(?:(?:(?P<ip>\[[^\]]+\]|[^:\[\]]*):)?(?P<host>\d{0,5}|\d{1,5}-\d{1,5}):)?"
    r"(?P<container>\d{1,5}|\d{1,5}-\d{1,5})(?:/(?P<protocol>\w+))?",
    re.ASCII,
)
_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}", re.ASCII)


def _address_or_empty(text: str) -> str:
    return text and address(text)


def _mac(text: str) -> str:
    if text and not _MAC.fullmatch(text):
        raise ValueError("this must be a MAC address such as 92:d0:c6:0a:29:33")
    return text


PortNumber = Annotated[int, Field(ge=1, le=65535)]


class Port(Part):
    """One port, or ``range`` ports from this on, published on the host."""

    container: PortNumber
    host: PortNumber | None = None
    """``None``: the server chooses a free one."""
    host_ip: Annotated[str, AfterValidator(_address_or_empty)] = ""
    """``""``: all addresses of the host."""
    protocol: Literal["tcp", "udp", "sctp"] = "tcp"
    range: Annotated[int, Field(ge=1, le=65535)] = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``[[IP:][HOST]:]CONTAINER[/PROTOCOL]``; ports may be ranges, ``8000-8010``."""
        if not (match := _PORTS.fullmatch(text)):
            raise ParameterError(f"ports: {text!r} is not [[IP:]HOST:]CONTAINER[/PROTOCOL]")
        container, count = _range(text, match["container"])
        host, host_count = _range(text, match["host"]) if match["host"] else (None, count)
        if count != host_count:
            raise ParameterError(f"ports: {text!r}: the two ranges differ in length")
        fields: dict[str, Any] = {
            "container": container,
            "host": host,
            "host_ip": (match["ip"] or "").strip("[]"),
            "protocol": (match["protocol"] or "tcp").lower(),
            "range": count,
        }
        return cls(**fields)

    def wire(self) -> Spec:
        """The entry in ``portmappings``."""
        if max(self.container, self.host or 0) + self.range > 65536:
            raise ParameterError(f"ports: {self.range} ports from {self.container} on are too many")
        return {
            "container_port": self.container,
            "host_port": self.host or 0,
            "host_ip": self.host_ip,
            "protocol": self.protocol,
            "range": self.range,
        }


def _range(text: str, ports: str) -> tuple[int, int]:
    first, _, last = ports.partition("-")
    count = int(last or first) - int(first) + 1
    if count < 1:
        raise ParameterError(f"ports: {text!r}: {ports} ends before it begins")
    return int(first), count


class NetworkAttachment(Part):
    """A named network, and the container's place in it."""

    name: Annotated[str, Field(min_length=1)]
    aliases: Sequence[str] = ()
    ips: Sequence[Address] = ()
    """Fixed addresses; the network chooses otherwise."""
    mac: Annotated[str, AfterValidator(_mac)] = ""
    interface: str = ""
    """The interface's name in the container; ``eth0``, … otherwise."""
    options: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Of the network's driver. Podman 5.4 or newer."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``NAME[:OPTION=VALUE,…]``, as ``lab:ip=10.99.0.7,alias=web,mac=…``.

        ``ip``, ``ip6``, ``mac``, ``alias`` and ``interface_name``; others are of the driver.
        """
        name, _, rest = text.partition(":")
        fields: dict[str, Any] = {"name": name, "aliases": [], "ips": [], "options": {}}
        for option in filter(None, rest.split(",")):
            key, equals, value = option.partition("=")
            if not (equals and value):
                raise ParameterError(f"network: {text!r}: {option!r} is not OPTION=VALUE")
            if key in ("ip", "ip6"):
                fields["ips"].append(value)
            elif key == "alias":
                fields["aliases"].append(value)
            elif key in ("mac", "interface_name"):
                fields[key.removesuffix("_name")] = value
            else:
                fields["options"][key] = value
        return cls(**fields)

    def wire(self) -> Spec:
        """The entry in ``Networks``."""
        entry: Spec = {
            "aliases": list(self.aliases),
            "static_ips": list(self.ips),
            "static_mac": self.mac,
            "interface_name": self.interface,
            "options": dict(self.options),
        }
        return {name: value for name, value in entry.items() if value}
