"""Watches all calls of the live tests: which operations succeeded, and what was answered.

Every answer is held against its model: written out again, it must be the JSON that came.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import podlib.models
from podlib._async.verbs import AsyncVerbs
from podlib._sync.verbs import Verbs
from tests.recorded import Recorded, on_the_wire

if TYPE_CHECKING:
    from collections import defaultdict

    import pytest

T = TypeVar("T")
CALLS = ("_request", "_response", "_raw")
"""The methods of the verbs that all calls go through."""
_version = ContextVar("_version", default="")
"""The server's version in this task's or thread's last call."""


class Recorder:
    """What was called, and answered, since ``install``."""

    def __init__(self, operations: defaultdict[str, set[str]]) -> None:
        self._operations = operations
        self.answers = Recorded()

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Watch from now on, until ``patch`` is undone."""
        for name in CALLS:
            patch.setattr(AsyncVerbs, name, self._watched_async(getattr(AsyncVerbs, name)))
            patch.setattr(Verbs, name, self._watched_sync(getattr(Verbs, name)))
        decode = podlib.models.decode

        @wraps(decode)
        def checking_decode(model: type[T], data: bytes) -> T:
            value = decode(model, data)
            assert on_the_wire(value) == json.loads(data)
            self.answers.add(_version.get(), model, value, data)
            return value

        patch.setattr(podlib.models, "decode", checking_decode)

    def _watched_async(self, call: Any) -> Any:
        async def watched(verbs: Any, method: str, route: str, *rest: Any, **named: Any) -> Any:
            answer = await call(verbs, method, route, *rest, **named)
            self._succeeded("async", verbs._link.version, f"{verbs._API}{method} {route}")
            return answer

        return watched

    def _watched_sync(self, call: Any) -> Any:
        def watched(verbs: Any, method: str, route: str, *rest: Any, **named: Any) -> Any:
            answer = call(verbs, method, route, *rest, **named)
            self._succeeded("sync", verbs._link.version, f"{verbs._API}{method} {route}")
            return answer

        return watched

    def _succeeded(self, flavour: str, version: str, operation: str) -> None:
        self._operations[f"{flavour} {version}"].add(operation)
        _version.set(version)
