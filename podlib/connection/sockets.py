"""Which sockets a client tries, and what to say if none can be spoken to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from podlib.errors import ConnectError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .found import Connection


class Candidate(NamedTuple):
    """A socket that may be Podman's: its ``path``, and its ``origin``, for error messages."""

    path: str
    origin: str


def candidates(
    url: str | os.PathLike[str] | None = None,
    connection: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> list[Candidate]:
    """The sockets to try, in their order: what is given, else what Podman itself would take.

    ``url`` is a path or a ``unix://`` URI, ``connection`` a name. Raises ParameterError for what
    is no such URI; ConnectError for a name that is unknown, and for a place that only ssh or TCP
    leads to; FileError for a file of Podman that is needed and cannot be read or understood.
    """
    if url is not None:
        if connection is not None:
            raise ParameterError("give a url or a connection's name, not both")
        return [Candidate(_path(os.fspath(url), "as given"), "as given")]
    from .order import chosen

    found = chosen(os.environ if environ is None else environ, connection)
    return [Candidate(_path(each.uri, each.origin, each), each.origin) for each in found]


def _path(uri: str, origin: str, found: Connection | None = None) -> str:
    if not uri:
        raise ParameterError(f"{origin}: there is no URI and no socket's path")
    if not uri.startswith("unix:"):
        if "://" in uri:
            from .tunnels import unreachable

            raise unreachable(uri, origin, found)
        return uri
    path = uri.removeprefix("unix:").removeprefix("//")
    if not path.startswith("/"):
        raise ParameterError(
            f"{origin}: {uri!r} has no absolute path; write unix:///run/podman/podman.sock"
        )
    return unquote(path)


def nothing_answers(tried: Sequence[tuple[Candidate, ConnectError]]) -> ConnectError:
    """The error for when no candidate answered: what was tried, and how to start the service."""
    lines = [f"  {candidate.origin}: {error}" for candidate, error in tried]
    socket = tried[0][0].path
    by_user = "" if os.getuid() == 0 else "--user "
    error = ConnectError(
        "no Podman service answers. Tried:\n"
        + "\n".join(lines)
        + f"\nStart one with `systemctl {by_user}start podman.socket`, or with "
        f"`podman system service --time=0 unix://{socket}`;\n"
        "or name another socket: Podman('/path/to/podman.sock') or CONTAINER_HOST."
    )
    error.__cause__ = tried[-1][1]
    return error
