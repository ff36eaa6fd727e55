"""Templates such as ``{{.Os}}/{{.Architecture}}``, over the names of a document."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast

from .failures import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATH = re.compile(r"\{\{\s*((?:\.\w+)+)\s*\}\}", re.ASCII)


def filled(template: str, document: object, aliases: Mapping[str, str] | None = None) -> str:
    """The template with the values that its paths lead to. Raises UsageError for one to nowhere.

    Upper and lower case are told apart only where a document has both. ``aliases``, in lower
    case, are further names. Texts stand as they are, all else as JSON.
    """
    rest = _PATH.sub("", template)
    if "{{" in rest or "}}" in rest:
        raise UsageError(
            f"--format: {template!r} has more than paths in braces",
            advice="write paths such as {{.Os}} or {{.Host.Arch}}",
        )

    def value(match: re.Match[str]) -> str:
        return _text(_found(document, match[1], aliases or {}))

    return _PATH.sub(value, template)


def _found(document: object, path: str, aliases: Mapping[str, str]) -> object:
    place = document
    for name in path[1:].split("."):
        key = _key(place, name, aliases)
        if key is None:
            raise UsageError(f"--format: there is no {path}{_names(place)}")
        place = cast("dict[str, object]", place)[key]
    return place


def _key(place: object, name: str, aliases: Mapping[str, str]) -> str | None:
    if not isinstance(place, dict):
        return None
    keys = cast("dict[str, object]", place)
    if name in keys:
        return name
    wanted = aliases.get(name.lower(), name).lower()
    return next((key for key in keys if key.lower() == wanted), None)


def _names(place: object) -> str:
    if not isinstance(place, dict):
        return ""
    return f"; there are {', '.join(cast('dict[str, object]', place))}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
