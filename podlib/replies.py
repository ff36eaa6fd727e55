"""From an answer's status and body to podlib's errors. No I/O."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from .errors import APIError, BadRequestError, ConflictError, NotFoundError

if TYPE_CHECKING:
    from .http.common import Reply

_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    404: NotFoundError,
    409: ConflictError,
}


_CONFLICTS = frozenset({"that name is already in use", "container state improper"})
"""Causes that the server reports as 500, though they are conflicts."""


def api_error(reply: Reply, method: str, target: str) -> APIError:
    """The error for an answer whose status says that the call failed."""
    message, cause = _explanation(reply.body)
    kind = _BY_STATUS.get(reply.status, APIError)
    if reply.status == 500 and cause in _CONFLICTS:
        kind = ConflictError
    path = target.partition("?")[0]
    return kind(reply.status, message, cause=cause, method=method, path=path)


def _explanation(body: bytes) -> tuple[str, str]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        text = body[:500].decode("utf-8", "replace").strip()
        return text or "the server gave no reason", ""
    fields = cast("dict[str, object]", document)
    cause = str(fields.get("cause") or "")
    return str(fields.get("message") or cause or "the server gave no reason"), cause
