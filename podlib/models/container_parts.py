"""The parts of a container's specification that have parts of their own.

Each part has a ``wire`` method, which gives what the server takes for it, and where Podman's
command line has a short notation, a ``parse`` method for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from podlib.errors import ParameterError

from ._parameters import Part, nanoseconds, size_in_bytes

__all__ = ["Device", "Health", "Mount", "NetworkAttachment", "Port", "Secret", "Ulimit"]

_VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", re.ASCII)
_PORTS = re.compile(
    r"(?:(?:(?P<ip>\[[^\]]+\]|[^:\[\]]*):)?(?P<host>\d*|\d+-\d+):)?"
    r"(?P<container>\d+|\d+-\d+)(?:/(?P<protocol>\w+))?",
    re.ASCII,
)
_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}", re.ASCII)
_UNLIMITED = 2**64 - 1


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("this must be an absolute path")
    return path


def _address(text: str) -> str:
    return str(ip_address(text))


def _address_or_empty(text: str) -> str:
    return text and _address(text)


def _mac(text: str) -> str:
    if text and not _MAC.fullmatch(text):
        raise ValueError("this must be a MAC address such as 92:d0:c6:0a:29:33")
    return text


AbsolutePath = Annotated[str, AfterValidator(_absolute)]
Address = Annotated[str, AfterValidator(_address)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]


class Mount(Part):
    """A volume, a path of the host, a tmpfs or an image, in the container's file tree."""

    type: Literal["volume", "bind", "tmpfs", "image"] = "volume"
    source: str = ""
    """A volume's name (``""``: a new one of its own), a path on the server's host, an image."""
    target: AbsolutePath
    read_only: bool = False
    options: Sequence[str] = ()
    """Podman's words, such as ``Z``, ``U``, ``nocopy``, ``rslave``; ``O`` makes a bind an overlay
    whose changes are thrown away."""
    size: int | str | None = None
    """Of a tmpfs: bytes, or such as ``"64m"``. Half the host's memory otherwise."""
    mode: Annotated[int, Field(ge=0, le=0o7777)] | None = None
    """Of a tmpfs: the permissions of its top."""
    subpath: str = ""
    """Of a volume or an image: only what is below this path in it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``[SOURCE:]TARGET[:OPTION,…]``, as ``data:/var/lib/data:ro,Z``."""
        fields = text.split(":")
        if len(fields) == 1:
            return cls(target=text)
        source, target, *rest = fields
        if not source or len(rest) > 1:
            raise ParameterError(f"mounts: {text!r} is not SOURCE:TARGET or SOURCE:TARGET:OPTIONS")
        options = rest[0].split(",") if rest else []
        kind: Literal["bind", "volume"] = "bind" if source.startswith("/") else "volume"
        return cls(type=kind, source=source, target=target, options=options)

    def wire(self) -> tuple[str, dict[str, object]]:
        """Which of the specification's lists it belongs to, and its entry there."""
        if self.type == "tmpfs":
            return "mounts", self._tmpfs()
        if self.size is not None or self.mode is not None:
            raise ParameterError(f"mounts: {self.target}: size and mode are for a tmpfs only")
        if self.type == "image":
            return "image_volumes", self._image()
        if self.type == "bind":
            return self._bind()
        return "volumes", self._volume()

    def _options(self) -> list[str]:
        return [*self.options, *(["ro"] if self.read_only and "ro" not in self.options else [])]

    def _tmpfs(self) -> dict[str, object]:
        if self.source or self.subpath:
            raise ParameterError(f"mounts: {self.target}: a tmpfs has no source")
        options = self._options()
        if self.size is not None:
            options.append(f"size={size_in_bytes('size', self.size)}")
        if self.mode is not None:
            options.append(f"mode={self.mode:04o}")
        return {
            "type": "tmpfs", "source": "tmpfs", "destination": self.target, "options": options
        }  # fmt: skip

    def _image(self) -> dict[str, object]:
        if not self.source or self.options:
            raise ParameterError(f"mounts: {self.target}: an image has a source and no options")
        return {
            "Source": self.source,
            "Destination": self.target,
            "ReadWrite": not self.read_only,
            "subPath": self.subpath,
        }

    def _bind(self) -> tuple[str, dict[str, object]]:
        if not self.source.startswith("/") or self.subpath:
            raise ParameterError(
                f"mounts: {self.source!r}: a bind's source is an absolute path on the server's host"
            )
        place: dict[str, object] = {"source": self.source, "destination": self.target}
        options = self._options()
        if "O" in options:
            options.remove("O")
            return "overlay_volumes", {**place, "options": options}
        return "mounts", {"type": "bind", **place, "options": options}

    def _volume(self) -> dict[str, object]:
        if self.source and not _VOLUME_NAME.fullmatch(self.source):
            raise ParameterError(f"mounts: {self.source!r} is no name of a volume")
        return {
            "Name": self.source,
            "Dest": self.target,
            "Options": self._options(),
            "SubPath": self.subpath,
            "IsAnonymous": not self.source,
        }


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

    def wire(self) -> dict[str, object]:
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


class Health(Part):
    """A health check. Times are in seconds; the defaults are those of Podman's command line.

    A ``command`` of several words is run as it is, a single text by the container's shell.
    """

    command: str | Sequence[str]
    interval: float | timedelta = 30
    """0: no timer; the check runs only when it is asked for."""
    timeout: float | timedelta = 30
    start_period: float | timedelta = 0
    retries: Annotated[int, Field(ge=1)] = 3
    on_failure: Literal["none", "kill", "restart", "stop"] = "none"

    def wire(self) -> dict[str, object]:
        """The entries ``healthconfig`` and ``health_check_on_failure_action``."""
        command = self.command
        test = ["CMD-SHELL", command] if isinstance(command, str) else ["CMD", *command]
        config = {
            "Test": test,
            "Interval": nanoseconds("health: interval", self.interval),
            "Timeout": nanoseconds("health: timeout", self.timeout),
            "StartPeriod": nanoseconds("health: start_period", self.start_period),
            "Retries": self.retries,
        }
        # The server counts the actions; its 1 is "invalid".
        action = {"none": 0, "kill": 2, "restart": 3, "stop": 4}[self.on_failure]
        return {"healthconfig": config, "health_check_on_failure_action": action}


UlimitName = Literal[
    "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc",
    "rss", "rtprio", "rttime", "sigpending", "stack",
]  # fmt: skip


class Ulimit(Part):
    """A resource limit of the container's process. -1 is no limit."""

    name: UlimitName
    soft: Annotated[int, Field(ge=-1)]
    hard: Annotated[int, Field(ge=-1)] | None = None
    """``None``: the same as ``soft``."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``NAME=SOFT[:HARD]``."""
        match = re.fullmatch(r"(\w+)=(-?\d+)(?::(-?\d+))?", text, re.ASCII)
        if not match:
            raise ParameterError(f"ulimits: {text!r} is not NAME=SOFT or NAME=SOFT:HARD")
        name, soft, hard = match.groups()
        fields: dict[str, Any] = {
            "name": name.lower(), "soft": int(soft), "hard": int(hard) if hard else None
        }  # fmt: skip
        return cls(**fields)

    def wire(self) -> dict[str, object]:
        """The entry in ``r_limits``, whose numbers are unsigned and names bare."""
        soft, hard = (
            _UNLIMITED if limit == -1 else limit
            for limit in (self.soft, self.soft if self.hard is None else self.hard)
        )
        if soft > hard:
            raise ParameterError(f"ulimits: {self.name}: the soft limit is above the hard one")
        return {"type": self.name, "soft": soft, "hard": hard}


class Device(Part):
    """A device of the server's host in the container."""

    host: AbsolutePath
    container: AbsolutePath | None = None
    """``None``: the same path."""
    permissions: Annotated[str, Field(pattern="^[rwm]+$")] = "rwm"

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``HOST[:CONTAINER][:PERMISSIONS]``."""
        host, *rest = text.split(":")
        fields: dict[str, Any] = {"host": host}
        if rest and rest[0].startswith("/"):
            fields["container"] = rest.pop(0)
        if rest:
            fields["permissions"] = rest.pop(0)
        if rest:
            raise ParameterError(f"devices: {text!r} is not HOST[:CONTAINER][:PERMISSIONS]")
        return cls(**fields)

    def wire(self) -> dict[str, object]:
        """The entry in ``devices``, whose one field the server takes apart."""
        return {"path": f"{self.host}:{self.container or self.host}:{self.permissions}"}


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

    def wire(self) -> dict[str, object]:
        """The entry in ``Networks``."""
        entry: dict[str, object] = {
            "aliases": list(self.aliases),
            "static_ips": list(self.ips),
            "static_mac": self.mac,
            "interface_name": self.interface,
            "options": dict(self.options),
        }
        return {name: value for name, value in entry.items() if value}


class Secret(Part):
    """A secret of the server as a file in the container."""

    name: Annotated[str, Field(min_length=1)]
    target: str = ""
    """The file: below ``/run/secrets`` if relative; ``""`` is the secret's name."""
    uid: Annotated[int, Field(ge=0)] = 0
    gid: Annotated[int, Field(ge=0)] = 0
    mode: Annotated[int, Field(ge=0, le=0o7777)] = 0o444
    """The server's own default would be a file that nobody may read."""

    def wire(self) -> dict[str, object]:
        """The entry in ``secrets``."""
        return {
            "Source": self.name,
            "Target": self.target,
            "UID": self.uid,
            "GID": self.gid,
            "Mode": self.mode,
        }
