"""Parts of a container's specification that are texts to people and objects to the server.

Each part has a ``wire`` method, which gives what the server takes for it, and where Podman's
command line has a short notation, a ``parse`` method for it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from podlib.errors import ParameterError

from ._parameters import AbsolutePath, Count, Part, Spec

__all__ = ["Device", "DeviceRule", "IdRange", "Rdma", "Secret", "Ulimit"]

_UNLIMITED = 2**64 - 1
_CDI = re.compile(r"[a-zA-Z][a-zA-Z0-9._-]*/[a-zA-Z][a-zA-Z0-9._-]*=[a-zA-Z0-9._:-]+", re.ASCII)


def _device(text: str) -> str:
    if not text.startswith("/") and not _CDI.fullmatch(text):
        raise ValueError("this must be an absolute path, or a CDI name such as vendor.com/gpu=0")
    return text


Access = Annotated[str, Field(pattern="^[rwm]+$")]


class Device(Part):
    """A device of the server's host in the container."""

    host: Annotated[str, AfterValidator(_device)]
    """A path, or a name of the Container Device Interface, as ``nvidia.com/gpu=all``."""
    container: AbsolutePath | None = None
    """``None``: the same path."""
    permissions: Access = "rwm"

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``HOST[:CONTAINER][:PERMISSIONS]``, or a CDI name."""
        if _CDI.fullmatch(text):
            return cls(host=text)
        host, *rest = text.split(":")
        fields: dict[str, Any] = {"host": host}
        if rest and rest[0].startswith("/"):
            fields["container"] = rest.pop(0)
        if rest:
            fields["permissions"] = rest.pop(0)
        if rest:
            raise ParameterError(f"devices: {text!r} is not HOST[:CONTAINER][:PERMISSIONS]")
        return cls(**fields)

    def notation(self) -> str:
        """As on Podman's command line."""
        if self.host.startswith("/"):
            return f"{self.host}:{self.container or self.host}:{self.permissions}"
        if self.container or self.permissions != "rwm":
            raise ParameterError(f"devices: {self.host}: a CDI name says all that there is to say")
        return self.host

    def wire(self) -> Spec:
        """The entry in ``devices``, whose one field the server takes apart."""
        return {"path": self.notation()}


class DeviceRule(Part):
    """Devices that the container may use once it has nodes for them."""

    type: Literal["a", "b", "c"]
    """All, block or character devices."""
    major: Count | None = None
    """``None`` is any; so it is for ``minor``."""
    minor: Count | None = None
    access: Access = "rwm"

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``TYPE MAJOR:MINOR ACCESS``, as ``c 10:* rw``."""
        match = re.fullmatch(r"([abc]) (\d{1,9}|\*):(\d{1,9}|\*) (\w+)", text, re.ASCII)
        if not match:
            raise ParameterError(f"device_cgroup_rules: {text!r} is not TYPE MAJOR:MINOR ACCESS")
        major, minor = (None if number == "*" else int(number) for number in match.group(2, 3))
        fields: dict[str, Any] = {
            "type": match[1], "major": major, "minor": minor, "access": match[4]
        }  # fmt: skip
        return cls(**fields)

    def wire(self) -> Spec:
        """The entry in ``device_cgroup_rule``."""
        numbers = {"major": self.major, "minor": self.minor}
        return {
            "allow": True,
            "type": self.type,
            "access": self.access,
            **{name: number for name, number in numbers.items() if number is not None},
        }


class IdRange(Part):
    """``size`` user or group ids of a user namespace, from ``container`` on, and whose they are."""

    container: Count
    host: Count
    size: Annotated[int, Field(ge=1, le=2**32 - 1)]

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``CONTAINER:HOST:SIZE``, as ``0:100000:65536``."""
        if not re.fullmatch(r"\d{1,10}:\d{1,10}:\d{1,10}", text, re.ASCII):
            raise ParameterError(f"{text!r} is not CONTAINER:HOST:SIZE, as in '0:100000:65536'")
        container, host, size = map(int, text.split(":"))
        return cls(container=container, host=host, size=size)

    def wire(self) -> Spec:
        """The entry in ``UIDMap`` or ``GIDMap``."""
        return {"container_id": self.container, "host_id": self.host, "size": self.size}


class Rdma(Part):
    """What may be had of an RDMA device; ``None`` is no limit."""

    hca_handles: Count | None = None
    hca_objects: Count | None = None

    def wire(self) -> Spec:
        """The entry in ``rdma``."""
        limits = {"hcaHandles": self.hca_handles, "hcaObjects": self.hca_objects}
        return {name: limit for name, limit in limits.items() if limit is not None}


class Secret(Part):
    """A secret of the server as a file in the container."""

    name: Annotated[str, Field(min_length=1)]
    target: str = ""
    """The file: below ``/run/secrets`` if relative; ``""`` is the secret's name."""
    uid: Count = 0
    gid: Count = 0
    mode: Annotated[int, Field(ge=0, le=0o7777)] = 0o444
    """The server's own default would be a file that nobody may read."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``NAME[,OPTION=VALUE…]``, as ``token,target=/etc/token,uid=1000,mode=0400``."""
        name, *options = text.split(",")
        fields: dict[str, Any] = {"name": name}
        for option in options:
            if option == "type=env":
                raise ParameterError(f"secrets: {name}: environment variables go to secret_env")
            if option == "type=mount":
                continue
            key, _, value = option.partition("=")
            try:
                fields[key] = value if key == "target" else int(value, 8 if key == "mode" else 10)
            except ValueError as error:
                raise ParameterError(f"secrets: {text!r}: {option!r} is no such option") from error
        return cls(**fields)

    def wire(self) -> Spec:
        """The entry in ``secrets``."""
        return {
            "Source": self.name,
            "Target": self.target,
            "UID": self.uid,
            "GID": self.gid,
            "Mode": self.mode,
        }


UlimitName = Literal[
    "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc",
    "rss", "rtprio", "rttime", "sigpending", "stack",
]  # fmt: skip


Limit = Annotated[int, Field(ge=-1, le=2**63 - 1)]


class Ulimit(Part):
    """A resource limit of the container's process. -1 is no limit."""

    name: UlimitName
    soft: Limit
    hard: Limit | None = None
    """``None``: the same as ``soft``."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``NAME=SOFT[:HARD]``."""
        match = re.fullmatch(r"(\w+)=(-?\d{1,19})(?::(-?\d{1,19}))?", text, re.ASCII)
        if not match:
            raise ParameterError(f"ulimits: {text!r} is not NAME=SOFT or NAME=SOFT:HARD")
        name, soft, hard = match.groups()
        fields: dict[str, Any] = {
            "name": name.lower(), "soft": int(soft), "hard": int(hard) if hard else None
        }  # fmt: skip
        return cls(**fields)

    def wire(self) -> Spec:
        """The entry in ``r_limits``, whose numbers are unsigned and names bare."""
        soft, hard = (
            _UNLIMITED if limit == -1 else limit
            for limit in (self.soft, self.soft if self.hard is None else self.hard)
        )
        if soft > hard:
            raise ParameterError(f"ulimits: {self.name}: the soft limit is above the hard one")
        return {"type": self.name, "soft": soft, "hard": hard}
