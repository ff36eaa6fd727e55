"""From an answer's status and body to podlib's errors. No I/O."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from .errors import APIError, BadRequestError, ConflictError, NotFoundError, StreamError

if TYPE_CHECKING:
    from .http.common import Reply

_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    404: NotFoundError,
    409: ConflictError,
}


_BY_CAUSE: dict[str, type[APIError]] = {
    "that name is already in use": ConflictError,
    "container state improper": ConflictError,
    "exec session state improper": ConflictError,
    "layer is not mounted": ConflictError,
    "top can only be used on running containers": ConflictError,
    "UNIQUE constraint failed: ContainerConfig.Name": ConflictError,
    "network already exists": ConflictError,
    "network is already connected": ConflictError,
    "network is being used": ConflictError,
    "secret name in use": ConflictError,
    "volume already exists": ConflictError,
    "artifact already exists": ConflictError,
    "file already exists in artifact": ConflictError,
    "pod already exists": ConflictError,
    "image not known": NotFoundError,
    "layer not known": NotFoundError,
    "tag not known": NotFoundError,
    "no such pod": NotFoundError,
    "no such container": NotFoundError,
}

NOT_STARTED = {
    "OCI runtime attempted to invoke a command that was not found": 127,
    "OCI permission denied": 126,
}
"""Exit codes, as those of ``podman run``, by the cause of a start that fails."""
"""For causes that the server reports as 500, as failures of its own, or as forbidden: 403."""


def api_error(reply: Reply, method: str, target: str) -> APIError:
    """The error for an answer whose status says that the call failed."""
    message, cause = _explanation(reply.body)
    by_cause = _BY_CAUSE.get(cause, APIError) if reply.status in {403, 500} else APIError
    kind = _BY_STATUS.get(reply.status, by_cause)
    path = target.partition("?")[0]
    return kind(reply.status, message, cause=cause, method=method, path=path)


def stream_error(line: bytes) -> StreamError | None:
    """The error for a line of a stream that is one; None for others.

    The status is sent by then, so the server writes where the next item would be what else were
    the answer.
    """
    if not line.startswith(b'{"cause":'):
        return None
    return StreamError(f"the server ended the stream: {_explanation(line)[0]}")


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
    errors = fields.get("Errs") or fields.get("errors")
    if isinstance(errors, list) and errors:
        # A report of a pod or a manifest list: some of its containers or images did not follow.
        return "; ".join(map(str, cast("list[object]", errors))), cause
    message = fields.get("message") or fields.get("error") or cause or "the server gave no reason"
    return str(message), cause
