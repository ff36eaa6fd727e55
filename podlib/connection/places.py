"""Places that no Unix socket of this machine leads to: what their URIs say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from podlib.errors import ConnectError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .found import Connection

_PASSWORD = re.compile(r"(://[^:@/]*):.*@")


class Far(NamedTuple):
    """A service behind ssh, or at a TCP port."""

    scheme: str
    """``ssh`` or ``tcp``."""
    host: str
    port: int = 0
    """0: whatever ssh takes."""
    user: str = ""
    path: str = ""
    """The socket there, for ssh; ``""`` if it is to be found out."""
    identity: str = ""
    is_machine: bool = False
    """Whether it is a machine of ``podman machine``, whose host key nobody knows."""
    tls_cert: str = ""
    tls_key: str = ""
    tls_ca: str = ""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = f"{self.user}@" if self.user else ""
        return f"{self.scheme}://{user}{host}" + (f":{self.port}" if self.port else "") + self.path

    @property
    def has_tls(self) -> bool:
        """Whether TLS is spoken there."""
        return bool(self.tls_cert or self.tls_key or self.tls_ca)


class Own(NamedTuple):
    """A service that podlib starts, and how."""

    podman: str = "podman"
    options: Sequence[str] = ()
    environ: Mapping[str, str] = {}


def far(uri: str, origin: str, found: Connection) -> Far:
    """The place that ``uri`` names, with the files of ``found``.

    Raises ParameterError for what is no URI, ConnectError for one that podlib has no way to.
    """
    shown = _PASSWORD.sub(r"\1:***@", uri)
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port or 0
    except ValueError:  # Python's error would show the password
        raise ParameterError(f"{origin}: {shown} is no URI") from None
    if parts.scheme == "ssh" and host:
        return _ssh(parts, Far("ssh", host, port), found, f"{origin}: {shown}")
    if parts.scheme == "tcp" and host and port:
        return _tcp(Far("tcp", host, port), found, f"{origin}: {shown}")
    raise ConnectError(
        f"{origin}: podlib has no way to {shown}; it takes a socket's path, unix:///PATH, "
        "ssh://USER@HOST:PORT/PATH and tcp://HOST:PORT"
    )


def _ssh(parts: SplitResult, place: Far, found: Connection, what: str) -> Far:
    if parts.password is not None:
        raise ParameterError(
            f"{what}: OpenSSH takes no password from a URI; use a key (identity=), or ssh-agent"
        )
    return place._replace(
        user=unquote(parts.username or ""),
        path=unquote(parts.path.rstrip("/")),
        identity=found.identity,
        is_machine=found.is_machine,
    )


def _tcp(place: Far, found: Connection, what: str) -> Far:
    if bool(found.tls_cert) != bool(found.tls_key):
        raise ParameterError(f"{what}: a certificate and its key go together: tls_cert and tls_key")
    return place._replace(tls_cert=found.tls_cert, tls_key=found.tls_key, tls_ca=found.tls_ca)
