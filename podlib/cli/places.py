"""``connections``: where Podman may be, which of them is used and why, and whether it answers."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from podlib.connection.found import Connection
from podlib.errors import ConnectError, PodmanError

from .call import Command
from .failures import CommandError
from .tables import Table

if TYPE_CHECKING:
    from .call import Call
    from .parser import Parser

_PASSWORD = re.compile(r"(://[^:@/]*):.*@")
_ASTRAY = Connection("", "", "variables and files", is_default=True)
"""A default that does not exist: its test says why no command can go on."""


def _options(parser: Parser) -> None:
    parser.add_argument(
        "--timeout", type=float, default=5.0, metavar="SECONDS", help="for each test (default: 5)"
    )


def _connections(call: Call) -> object:
    from podlib import find_connections

    found = find_connections()
    used = _used(call, found)
    if used not in found:
        found = [used, *found]
    return [_entry(each, each == used, call.options.timeout) for each in found]


def _used(call: Call, found: list[Connection]) -> Connection:
    """What the other commands would take, by what was said and by the variables."""
    options = call.options
    if options.connection is not None:
        return _named(options.connection, found)
    if options.socket is not None:
        return Connection("", options.socket, "--socket")
    if path := os.environ.get("PODMAN_SOCKET_PATH"):
        return Connection("", path, "PODMAN_SOCKET_PATH", is_default=_is_default(path, found))
    return next((each for each in found if each.is_default), _ASTRAY)


def _named(name: str, found: list[Connection]) -> Connection:
    for each in found:
        if each.name == name:
            return each
    from podlib.spelling import unknown

    names = [each.name for each in found if each.name]
    raise CommandError(f"--connection: {unknown(name, names)}")


def _is_default(path: str, found: list[Connection]) -> bool:
    return any(each.uri == path and each.is_default for each in found)


def _entry(connection: Connection, used: bool, timeout: float) -> dict[str, Any]:
    version, error = "", ""
    try:
        version = _version(connection, timeout)
    except PodmanError as problem:
        # Of the one place that was tried, its own error says it best.
        cause = problem.__cause__
        error = str(cause if isinstance(cause, ConnectError) else problem)
    return {
        "name": connection.name,
        "uri": _PASSWORD.sub(r"\1:***@", connection.uri),
        "source": connection.source,
        "used": used,
        "default": connection.is_default,
        "machine": connection.is_machine,
        "version": version,
        "error": error,
    }


def _version(connection: Connection, timeout: float) -> str:
    """The version of the service there; raises what is in the way."""
    from podlib import Podman

    by_name = connection.name or None
    url = None if by_name or connection == _ASTRAY else connection.uri
    key = connection.identity if connection.uri.startswith("ssh:") and not by_name else ""
    client = Podman(url, connection=by_name, identity=key or None, connect_timeout=timeout)
    with client as podman:
        podman.with_timeouts(total=timeout).request("GET", "_ping")
        return podman.server_version


def _show(data: list[dict[str, Any]]) -> Table:
    rows = [
        (
            "*" if each["used"] else "",
            each["name"],
            each["uri"],
            each["source"],
            each["version"] or each["error"],
        )
        for each in data
    ]
    return Table(("USED", "NAME", "URI", "FROM", "ANSWER"), rows)


COMMANDS = {
    "connections": Command(
        "where podlib looks for Podman, and what answers",
        _connections,
        _show,
        _options,
        "  podlib connections\n  podlib --connection build connections --timeout 2",
    )
}
