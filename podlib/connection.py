"""Where Podman is: an explicit path or URI, the environment, then the usual sockets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from .errors import ConnectError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT_SOCKET = "/run/podman/podman.sock"


class Candidate(NamedTuple):
    """A socket that may be Podman's: its ``path``, and its ``origin``, for error messages."""

    path: str
    origin: str


def candidates(
    url: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None
) -> list[Candidate]:
    """The sockets to try, in their order.

    ``url`` (a path or ``unix://`` URI), else ``CONTAINER_HOST``, else ``PODMAN_SOCKET_PATH``: the
    first that is given is the only one tried. Else the usual sockets: for root the system's, for a
    user the user's own and then the system's. Raises ParameterError for what is no such URI.
    """
    environ = os.environ if environ is None else environ
    if url is not None:
        return [Candidate(_socket_path(os.fspath(url)), "as given")]
    for name in ("CONTAINER_HOST", "PODMAN_SOCKET_PATH"):
        if value := environ.get(name):
            return [Candidate(_socket_path(value), f"from {name}")]
    return _usual(environ)


def _usual(environ: Mapping[str, str]) -> list[Candidate]:
    root = Candidate(ROOT_SOCKET, "the system's socket")
    uid = os.getuid()
    if uid == 0:
        return [root]
    runtime = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}"
    return [Candidate(f"{runtime}/podman/podman.sock", "the user's socket"), root]


def _socket_path(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    if not separator:
        if not url:
            raise ParameterError("the socket's path is empty")
        return url
    if scheme != "unix":
        raise ParameterError(f"cannot connect by {scheme}://: podlib speaks unix:// and paths")
    parts = urlsplit(url)
    if parts.netloc or not parts.path.startswith("/"):
        raise ParameterError(f"{url!r} has no absolute path; write unix:///run/podman/podman.sock")
    return unquote(parts.path)


def nothing_answers(tried: Sequence[tuple[Candidate, ConnectError]]) -> ConnectError:
    """The error for when no candidate answered: what was tried, and how to start the service."""
    lines = [f"  {candidate.origin}: {error}" for candidate, error in tried]
    socket = tried[0][0].path
    by_user = "" if os.getuid() == 0 else "--user "
    return ConnectError(
        "no Podman service answers. Tried:\n"
        + "\n".join(lines)
        + f"\nStart one with `systemctl {by_user}start podman.socket`, or with "
        f"`podman system service --time=0 unix://{socket}`;\n"
        "or name another socket: Podman('/path/to/podman.sock') or CONTAINER_HOST."
    )
