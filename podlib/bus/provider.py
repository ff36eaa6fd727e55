"""Who does what requests ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .messages import Entry, Envelope, Payload


class Provider(Protocol):
    """Answers requests. Raises RefusalError, or a PodmanError, for what cannot be done."""

    async def handle(self, action: str, event: Envelope) -> Payload | None:
        """The answer; None: it comes by itself when it is known, or from another worker."""
        ...

    async def overhear(self, action: str, event: Envelope) -> Payload | None:
        """The same for an event that all workers get; None: it is for others."""
        ...

    async def look_after(self) -> None:
        """Care for what dead workers left. Called at the beginning, and now and then."""
        ...

    async def stop(self, limit: float | None) -> list[Entry]:
        """End within about ``limit`` seconds; the runs that had not begun, for other workers.

        None: at once, and the runs go on, for the next worker of this machine.
        """
        ...


OVERHEARD = ("delete.request", "delete.response")
"""What all workers listen to, besides the requests of which each goes to one of them: a run can be
deleted by the worker only that has it."""
