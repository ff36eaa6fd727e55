"""Which of all connections is used: variables, then files, then the usual sockets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from podlib.errors import ConnectError

from .files import Layers
from .found import Connection

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT_SOCKET = "/run/podman/podman.sock"


def find_connections() -> list[Connection]:
    """All places where a Podman service may be, by what the variables and Podman's files say.

    Nothing is connected. First what ``CONTAINER_HOST`` names, then all named connections, by
    name, then the socket of ``PODMAN_SOCKET_PATH``, or the usual ones without that variable.
    ``is_default`` marks what ``Podman()`` takes; if none is marked, it raises ConnectError.

    Reads ``podman-connections.json``, and ``containers.conf`` in all its places. Raises FileError
    for one that cannot be read or understood.
    """
    return listed(os.environ)


def listed(environ: Mapping[str, str]) -> list[Connection]:
    """What ``find_connections`` answers in that environment."""
    layers = Layers(environ)
    known = _known(layers)
    try:
        default = _chosen(environ, layers)[0]
    except ConnectError:  # the name of the default is wrong: so there is none
        default = None
    found = [*_host(environ), *(known[name] for name in sorted(known)), *_sockets(environ)]
    return [each._replace(is_default=each == default) for each in found]


def chosen(environ: Mapping[str, str], name: str | None = None) -> list[Connection]:
    """The connections to try: that of this ``name``, else those that ``Podman()`` takes."""
    layers = Layers(environ)
    return _chosen(environ, layers) if name is None else [_named(name, "", layers)]


def _chosen(environ: Mapping[str, str], layers: Layers) -> list[Connection]:
    if name := environ.get("CONTAINER_CONNECTION"):
        return [_named(name, "CONTAINER_CONNECTION", layers)]
    return _host(environ) or _active(layers) or _sockets(environ)


def _host(environ: Mapping[str, str]) -> list[Connection]:
    uri = environ.get("CONTAINER_HOST")
    identity = environ.get("CONTAINER_SSHKEY", "")
    return [Connection("", uri, "CONTAINER_HOST", identity)] if uri else []


def _active(layers: Layers) -> list[Connection]:
    for layer in layers:
        if layer.active is not None:
            return [_named(layer.active, str(layer.path), layers)] if layer.active else []
    return []


def _sockets(environ: Mapping[str, str]) -> list[Connection]:
    if path := environ.get("PODMAN_SOCKET_PATH"):
        return [Connection("", path, "PODMAN_SOCKET_PATH")]
    root = Connection("", _uri(ROOT_SOCKET), "the system's socket", is_usual=True)
    uid = os.getuid()
    if uid == 0:
        return [root]
    runtime = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}"
    user = f"{runtime}/podman/podman.sock"
    return [Connection("", _uri(user), "the user's socket", is_usual=True), root]


def _uri(path: str) -> str:
    return f"unix://{quote(path)}"


def _named(name: str, origin: str, layers: Layers) -> Connection:
    for layer in layers:
        if found := layer.connections.get(name):
            return found
    from podlib.spelling import unknown

    who = f"{origin} names the connection {name!r}, but" if origin else "connection:"
    raise ConnectError(
        f"{who} {unknown(name, _known(layers))}; `podlib connections` shows those that there are"
    )


def _known(layers: Layers) -> dict[str, Connection]:
    """All connections by name; of two of one name, the one that counts more."""
    found: dict[str, Connection] = {}
    for layer in layers:
        found = {**layer.connections, **found}
    return found
