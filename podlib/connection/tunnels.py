"""What to say of a place that no Unix socket leads to: which tunnel makes one that does."""

from __future__ import annotations

import re
from shlex import join
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from podlib.errors import ConnectError, ParameterError

if TYPE_CHECKING:
    from .found import Connection

_PASSWORD = re.compile(r"(://[^:@/]*):.*@")
_HERE = "./podman.sock"
_THERE = "/run/podman/podman.sock"


def unreachable(uri: str, origin: str, found: Connection | None) -> ConnectError:
    """The error for the place ``uri``; a password in it is not shown."""
    shown = _PASSWORD.sub(r"\1:***@", uri)
    try:
        parts = urlsplit(uri)
        command = _tunnel(parts, found)
    except ValueError:  # Python's error would show the password
        raise ParameterError(f"{origin}: {shown} is no URI") from None
    advice = "name a socket: Podman('/path/to/podman.sock')"
    if command:
        advice = f"open a tunnel, `{join(command)}`, and use Podman('{_HERE}')"
    return ConnectError(
        f"{origin}: podlib cannot connect to {shown}, for it speaks to Unix sockets only; {advice}"
    )


def _tunnel(parts: SplitResult, found: Connection | None) -> list[str]:
    """The command for it, while which runs there is a socket here."""
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "ssh" and host:
        key = ["-i", found.identity] if found and found.identity else []
        login = f"{unquote(parts.username)}@{host}" if parts.username else host
        forward = f"{_HERE}:{unquote(parts.path) or _THERE}"
        return ["ssh", "-N", "-L", forward, *(["-p", str(port)] if port else []), *key, login]
    if parts.scheme == "tcp" and host and port:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return ["socat", f"UNIX-LISTEN:{_HERE},fork,mode=600", _over(address, found)]
    return []


def _over(address: str, found: Connection | None) -> str:
    files = {
        "cafile": found.tls_ca if found else "",
        "certificate": found.tls_cert if found else "",
        "key": found.tls_key if found else "",
    }
    options = [f"{name}={file}" for name, file in files.items() if file]
    return ",".join([f"OPENSSL:{address}", *options]) if options else f"TCP:{address}"
