"""Which server versions have which operations and parameters. No I/O.

Podlib speaks to Podman 4.3 and newer: what every such server has is not in the tables. An
operation is its method and its route below ``libpod/``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .errors import NotSupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping

SINCE = {
    "DELETE artifacts/remove": "5.8.2",
    "DELETE artifacts/{}": "5.8.2",
    "DELETE quadlets": "5.8.2",
    "DELETE quadlets/{}": "5.8.2",
    "GET artifacts/json": "5.8.2",
    "GET artifacts/{}/extract": "5.8.2",
    "GET artifacts/{}/json": "5.8.2",
    "GET images/{}/resolve": "5.4.2",
    "GET quadlets/json": "5.8.2",
    "GET quadlets/{}/exists": "5.8.2",
    "GET quadlets/{}/file": "5.8.2",
    "GET secrets/{}/exists": "5.4.2",
    "GET volumes/{}/export": "5.8.2",
    "POST artifacts/add": "5.8.2",
    "POST artifacts/local/add": "5.8.2",
    "POST artifacts/pull": "5.8.2",
    "POST artifacts/{}/push": "5.8.2",
    "POST kube/apply": "5.4.2",
    "POST local/build": "5.8.2",
    "POST local/images/load": "5.8.2",
    "POST networks/{}/update": "5.4.2",
    "POST quadlets": "5.8.2",
    "POST system/check": "5.4.2",
    "POST volumes/{}/import": "5.8.2",
}
"""The first version that has an operation."""

GONE: dict[str, str] = {}
"""The first version that no longer has an operation."""

PARAMETERS: dict[str, dict[str, str]] = {
    "POST containers/{}/restore": {"tcpClose": "5.8.2"},
}
"""By operation: the first version that reads a parameter, be it of the query or of the body."""

LIMITS = SINCE.keys() | GONE.keys() | PARAMETERS.keys()
"""The operations that not every server takes as they are."""


def check(operation: str, parameters: Mapping[str, object], server: str) -> None:
    """Raise NotSupportedError if ``server`` lacks the operation, or a parameter that is asked for.

    A parameter that is None, False or empty is not asked for.
    """
    version = _number(server)
    if (since := SINCE.get(operation)) and version < _number(since):
        raise NotSupportedError(operation, needs=f"{since} or newer", server=server)
    if (gone := GONE.get(operation)) and version >= _number(gone):
        raise NotSupportedError(operation, needs=f"older than {gone}", server=server)
    for name, first in PARAMETERS.get(operation, {}).items():
        if parameters.get(name) and version < _number(first):
            feature = f"the parameter {name!r} of {operation}"
            raise NotSupportedError(feature, needs=f"{first} or newer", server=server)


def _number(version: str) -> tuple[int, ...]:
    """``(5, 8, 2)``; a development version counts as the one that it becomes."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
