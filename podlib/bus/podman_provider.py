"""Does what requests ask for, with Podman."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from podlib.errors import PodmanError

from . import names
from .containers import key_of
from .messages import DeletePayload, Entry, RefusalError, Run, RunPayload, read, run_id_of
from .static_provider import image_of

if TYPE_CHECKING:
    from .answers import Answers
    from .containers import Box
    from .messages import Envelope, Payload
    from .options import Settings
    from .runs import Runs

_GRACE = 2.0
"""Seconds in which another worker that has a run will have answered that it is deleted."""
_REMEMBERED = 10_000


class PodmanProvider:
    """A provider whose runs are containers."""

    def __init__(
        self, settings: Settings, box: Box, runs: Runs, answers: Answers, podman: str
    ) -> None:
        self._settings = settings
        self._box = box
        self._runs = runs
        self._answers = answers
        self._podman = podman
        self._deleting = _Seen()
        self._deleted = _Seen()

    async def handle(self, action: str, event: Envelope) -> Payload | None:
        """See Provider."""
        if action == "run":
            return await self._run(event)
        if action == "delete":
            return await self._delete(event)
        if action == "status":
            return {"items": self._runs.items()}
        if action == "runner.status":
            return {"status": await self._status()}
        if action == "runner.start":
            await self._box.ping()
            await self._box.have(self._settings.codex_image)
            return {"accepted": True, "action": "start"}
        await self._runs.delete_all()
        return {"deleted": True}

    async def _status(self) -> Payload:
        image, details = self._settings.codex_image, dict[str, object]()
        details |= {"image": image, "runs": self._runs.count, "most_runs": self._settings.max_runs}
        try:
            details["version"] = await self._box.ping()
            details["image_present"] = await self._box.has(image)
        except PodmanError as error:
            details["message"] = str(error)
            return {"state": "unavailable", "provider": "podman", "details": details}
        return {"state": "ready", "provider": "podman", "details": details}

    # -- runs ------------------------------------------------------------------------------------

    async def _run(self, event: Envelope) -> Payload | None:
        run = self._wanted(event)
        entry = Entry(
            key=key_of(run.run_id),
            worker=self._settings.consumer,
            name=names.response(self._settings.prefix, "run"),
            correlation_id=event.correlation_id,
            podman=self._podman,
            run=run,
        )
        known = await self._runs.begin(entry, run)
        if known is None:
            return None  # it is answered when it has ended
        if not known.settled and known.entry.correlation_id == event.correlation_id:
            return None  # so it is: this is the same request once more
        return await self._runs.answer_of(known.entry)

    def _wanted(self, event: Envelope) -> Run:
        payload, limits = read(RunPayload, event.payload), self._settings.limits
        timeout = payload.timeout_seconds or limits.timeout
        if timeout > limits.most_timeout:
            most = f"{limits.most_timeout:g}"
            raise RefusalError("bad_request", f"timeout_seconds: {timeout:g} is more than {most}")
        args = payload.args if payload.command is None else payload.command
        return Run(
            run_id=payload.run_id or run_id_of(event),
            image=image_of(payload, self._settings),
            profile=payload.profile or "",
            args=args or [],
            env=payload.env or {},
            timeout=timeout,
            owner=event.owner[:256],
        )

    # -- the worker that has a run deletes it, the others keep silent -----------------------------

    async def overhear(self, action: str, event: Envelope) -> Payload | None:
        """See Provider."""
        if action == "delete.response":
            self._deleted.add(event.correlation_id)
            return None
        return await self._delete_own(event)

    async def _delete(self, event: Envelope) -> Payload | None:
        run_id = read(DeletePayload, event.payload).run_id
        if own := await self._delete_own(event):
            return own
        if event.id in self._deleting or await self._deleted.wait_for(event.correlation_id, _GRACE):
            return None
        if await self._runs.delete(run_id):
            return {"deleted": True, "run_id": run_id}
        raise RefusalError("not_found", f"there is no run {run_id}")

    async def _delete_own(self, event: Envelope) -> Payload | None:
        """Delete a run that is this worker's; None if it is not, or that is done already."""
        run_id = read(DeletePayload, event.payload).run_id
        if not await self._runs.has(run_id) or event.id in self._deleting:
            return None  # looked at last, for the event comes twice: to all, and to one of them
        self._deleting.add(event.id)
        await self._runs.delete(run_id)
        return {"deleted": True, "run_id": run_id}

    # -- life ------------------------------------------------------------------------------------

    async def look_after(self) -> None:
        """See Provider."""
        await self._runs.sweep()

    async def stop(self, limit: float | None) -> list[Entry]:
        """See Provider."""
        return await self._runs.stop(limit)


class _Seen:
    """What came by lately."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, text: str) -> bool:
        return text in self._found

    def add(self, text: str) -> None:
        """Remember it."""
        self._found[text] = None
        if len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)

    async def wait_for(self, text: str, seconds: float) -> bool:
        """Whether it comes by within so many seconds."""
        end = asyncio.get_running_loop().time() + seconds
        while text not in self:
            if asyncio.get_running_loop().time() > end:
                return False
            await asyncio.sleep(0.02)
        return True
