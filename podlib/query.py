"""From Python values to paths and queries: one place for all routes. No I/O."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, quote_plus

from .errors import ParameterError
from .spelling import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

_LITERALS = frozenset(
    {
        *("add", "create", "export", "import", "json", "kube", "load", "local", "prune"),
        *("pull", "remove", "scp", "search", "showmounted", "stats"),
    }
)
"""Words that stand in some route where a name stands in another. `DELETE images/remove` without
its parameters removes every unused image: a name may never be taken for such a word."""


_CONTAINER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
"""Of pods too. The server looks for an id with a pattern, in which `%` and a leading `_` would find
any: `remove("%")` would remove whatever container is there."""


@lru_cache(maxsize=1024)
def path(route: str, *names: str) -> str:
    """``route`` with its ``{}`` filled in: ``path("containers/{}/json", "web")``.

    Each name is quoted, so that none of them can lead to another route. Raises ParameterError for
    what cannot be a name.
    """
    if route.count("{}") != len(names):
        raise ParameterError(f"the route {route!r} does not take {len(names)} names")
    if route.startswith("containers/{}"):
        container(names[0])
    elif route.startswith("pods/{}"):
        pod(names[0])
    for name in names:
        route = route.replace("{}", _quoted(name), 1)
    return route


def container(name: str) -> str:
    """The name or id of a container, to be sent elsewhere than in a path; or ParameterError."""
    if not _CONTAINER.fullmatch(name):
        raise ParameterError(f"not the name or id of a container: {name!r}")
    return name


def pod(name: str) -> str:
    """The name or id of a pod, likewise."""
    if not _CONTAINER.fullmatch(name):
        raise ParameterError(f"not the name or id of a pod: {name!r}")
    return name


def _quoted(name: str) -> str:
    if name in _LITERALS or name in {".", ".."}:  # the server routes by the path as it is quoted
        return f"%{ord(name[0]):02X}{name[1:].replace('.', '%2E')}"
    if not name:
        raise ParameterError("the name is empty")
    try:
        return quote(name, safe="")
    except UnicodeEncodeError as error:
        raise ParameterError(f"not a name: {name!r}") from error


def query(parameters: Mapping[str, object]) -> str:
    """``parameters`` as a query, with its question mark; ``""`` if there are none.

    None is left out; lists are repeated; mappings are sent as JSON; times as seconds.
    """
    pairs = [
        f"{quote_plus(name)}={_value(item)}"
        for name, value in parameters.items()
        if value is not None
        for item in _items(value)
    ]
    return "?" + "&".join(pairs) if pairs else ""


def _items(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)


def _value(item: object) -> str:
    try:
        return quote_plus(_text(item))
    except UnicodeEncodeError as error:
        raise ParameterError(f"not a text that can be sent: {item!r}") from error


def _text(value: object) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Mapping):
        try:
            return json.dumps(value, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise ParameterError(f"cannot send {value!r} as a parameter: {error}") from error
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ParameterError(f"the time {value} has no time zone")
        return repr(value.timestamp())
    if isinstance(value, timedelta):
        return repr(value.total_seconds())
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, os.PathLike):
        return os.fsdecode(cast("os.PathLike[str]", value))
    raise ParameterError(f"cannot send a {type(value).__name__} as a parameter: {value!r}")


def duration(span: float | timedelta | None) -> str | None:
    """A span of time as Go reads it, such as ``500ms``; a number is in seconds."""
    found = seconds(span)
    return None if found is None else f"{round(found * 1000)}ms"


def seconds(span: float | timedelta | None) -> float | None:
    """A span of time as a number of seconds, which is not negative."""
    if span is None:
        return None
    found = span.total_seconds() if isinstance(span, timedelta) else span
    if not 0 <= found < math.inf:
        raise ParameterError(f"{span} is no span of time")
    return found


def flag(value: bool | None) -> str | None:
    """A parameter that is True unless said, and that not all servers know.

    As a text, False counts as asked for: see ``versions.check``.
    """
    return None if value is None else _text(value)


def filters(given: Mapping[str, object] | None, known: type) -> Mapping[str, Sequence[str]] | None:
    """Filters as the server reads them: a list of texts for each name.

    ``known`` is the noun's TypedDict of filters: another name raises ParameterError. So does a
    list without values, for which the server lets everything pass: a prune would remove it all.
    """
    if not given:
        return None
    for name, value in given.items():
        if name not in known.__annotations__:
            raise ParameterError(f"filters: {unknown(name, known.__annotations__)}")
        if not _items(value):
            raise ParameterError(f"filters: {name}: there is no value")
    return {
        name: [_text(item) for item in _items(value)]
        for name, value in given.items()
        if value is not None
    }
