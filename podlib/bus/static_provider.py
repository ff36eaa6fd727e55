"""Answers the same to the same, without Podman: for checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .messages import DeletePayload, RefusalError, RunPayload, read, run_id_of

if TYPE_CHECKING:
    from .messages import Entry, Envelope, Payload
    from .options import Settings


class StaticProvider:
    """A provider whose runs all print their command, and succeed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def handle(self, action: str, event: Envelope) -> Payload | None:
        """See Provider."""
        if action == "run":
            return self._run(event)
        if action == "delete":
            return {"deleted": True, "run_id": read(DeletePayload, event.payload).run_id}
        answers: dict[str, Payload] = {
            "status": {"items": []},
            "runner.status": {"status": {"state": "ready", "provider": "static", "details": {}}},
            "runner.start": {"accepted": True, "action": "start"},
            "runner.delete": {"deleted": True},
        }
        return answers[action]

    def _run(self, event: Envelope) -> Payload:
        payload = read(RunPayload, event.payload)
        args = payload.command or payload.args or []
        return {
            "run_id": payload.run_id or run_id_of(event),
            "runner_name": self._settings.consumer,
            "image": image_of(payload, self._settings),
            "args": args,
            "exit_code": 0,
            "stdout": " ".join(args) + "\n",
            "stderr": "",
            "duration_ms": 0,
            "runtime": "static",
        }

    async def overhear(self, action: str, event: Envelope) -> Payload | None:  # noqa: ARG002 -- Provider's
        """See Provider."""
        return None

    async def look_after(self) -> None:
        """See Provider."""

    async def stop(self, limit: float | None) -> list[Entry]:  # noqa: ARG002 -- Provider's
        """See Provider."""
        return []


def image_of(payload: RunPayload, settings: Settings) -> str:
    """The image that a request means. Raises RefusalError for what it may not have."""
    if payload.profile is not None:
        image = settings.profiles.get(payload.profile)
        if image is None:
            known = ", ".join(settings.profiles)
            raise RefusalError(
                "bad_request", f"profile: there is none of that name; there is {known}"
            )
        return image
    image = payload.image or ""
    if not settings.limits.allows(image):
        raise RefusalError(
            "bad_request", f"image: {image} is not among those that this worker may run"
        )
    return image
