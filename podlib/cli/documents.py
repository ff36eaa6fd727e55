"""Documents of any shape, for people to read."""

from __future__ import annotations

import json
from typing import Any


def listed(value: Any) -> list[Any]:  # noqa: ANN401 -- a member of any document
    """A list of a document, whose writer has null for an empty one."""
    return value or []


def shown(data: object) -> str:
    """A text as it is, all else as indented JSON."""
    return data if isinstance(data, str) else json.dumps(data, indent=2, ensure_ascii=False)
