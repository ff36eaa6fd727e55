"""Checks the worker without Podman and without an Events API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from podlib.errors import BusError

from . import names
from .messages import RefusalError, RunPayload, envelope, read
from .static_provider import StaticProvider

if TYPE_CHECKING:
    from .options import Settings


async def check(settings: Settings) -> None:
    """Ask the static provider for everything once. Raises BusError if an answer is not right."""
    provider = StaticProvider(settings)
    payloads = {
        "run": {"profile": "codex", "command": ["true"], "timeout_seconds": 5},
        "delete": {"run_id": "self-test"},
    }
    for action in names.ACTIONS:
        name = names.request(settings.prefix, action)
        asked = {
            "id": "self-test",
            "name": name,
            "correlationId": "self-test",
            "payload": payloads.get(action, {}),
        }
        try:
            answer = await provider.handle(action, envelope(json.dumps(asked).encode()))
        except RefusalError as refusal:
            raise BusError(f"self-test: {name}: {refusal}", status=0) from refusal
        if not answer or "error" in answer:
            raise BusError(f"self-test: {name} is answered with {answer}", status=0)
    try:
        read(RunPayload, {"image": "x", "mounts": ["/:/host"]})
    except RefusalError:
        return
    raise BusError("self-test: a request for mounts is not refused", status=0)
