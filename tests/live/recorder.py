"""Watches all calls of the live tests: which operations succeeded, and what was answered.

Every answer is held against its model: written out again, it must be the JSON that came.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

import podlib.models
from podlib._async.verbs import AsyncVerbs
from podlib._sync.verbs import Verbs

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

T = TypeVar("T")
CALLS = ("_request", "_response", "_raw")
"""The methods of the verbs that all calls go through."""


class Recorder:
    """What was called, and answered, since ``install``."""

    def __init__(self) -> None:
        self.operations: defaultdict[str, set[str]] = defaultdict(set)
        """By ``sync 5.8.6`` and the like: the operations that succeeded."""
        self.answers: dict[tuple[str, str], bytes] = {}
        """The longest and the shortest by model: ``("ContainerInspect", "long")``."""

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Watch from now on, until ``patch`` is undone."""
        for name in CALLS:
            patch.setattr(AsyncVerbs, name, self._watched_async(getattr(AsyncVerbs, name)))
            patch.setattr(Verbs, name, self._watched_sync(getattr(Verbs, name)))
        decode = podlib.models.decode

        def checking_decode(model: type[T], data: bytes) -> T:
            value = decode(model, data)
            if check_round_trip(value, data):
                self._keep(model, data)
            return value

        patch.setattr(podlib.models, "decode", checking_decode)

    def _watched_async(self, call: Any) -> Any:
        async def watched(verbs: Any, method: str, route: str, *rest: Any, **named: Any) -> Any:
            answer = await call(verbs, method, route, *rest, **named)
            self.operations[f"async {verbs._link.version}"].add(f"{method} {route}")
            return answer

        return watched

    def _watched_sync(self, call: Any) -> Any:
        def watched(verbs: Any, method: str, route: str, *rest: Any, **named: Any) -> Any:
            answer = call(verbs, method, route, *rest, **named)
            self.operations[f"sync {verbs._link.version}"].add(f"{method} {route}")
            return answer

        return watched

    def _keep(self, model: Any, data: bytes) -> None:
        name = f"list[{get_args(model)[0].__name__}]" if get_args(model) else model.__name__
        longest = self.answers.get((name, "long"), b"")
        shortest = self.answers.get((name, "short"), data)
        self.answers[name, "long"] = max(longest, data, key=len)
        self.answers[name, "short"] = min(shortest, data, key=len)

    def write_operations(self, file: Path) -> None:
        """The operations that succeeded, as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        document = {where: sorted(found) for where, found in sorted(self.operations.items())}
        file.write_text(json.dumps(document, indent=1) + "\n")


def check_round_trip(value: object, data: bytes) -> bool:
    """Hold a decoded value against its JSON; whether it has any models."""
    each = cast("list[object]", value) if isinstance(value, list) else [value]
    found = [one for one in each if isinstance(one, podlib.models.Model)]
    if not found or len(found) < len(each):
        return False
    again = [model.model_dump(by_alias=True) for model in found]
    document = json.loads(data)
    assert again == (document if isinstance(value, list) else [document])
    return True
