"""A group that a killed process left half-way: finished, or undone, by journal and facts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import MigrationError, NotFoundError, PodmanError
from podlib.http.flow_async import sleep

from .places import AsyncMadePlaces
from .recovering import AsyncRecovery, written_down

if TYPE_CHECKING:
    from podlib.migration_journal import GroupEntry
    from podlib.models.migration import Where

    from .client import AsyncPodman
    from .recovering import Both

_SETTLE = 0.3


class AsyncGroupRecovery:
    """One group that is to be settled."""

    def __init__(
        self, source: AsyncPodman, target: AsyncPodman, entry: GroupEntry, elapsed: float
    ) -> None:
        self._entry = entry
        self._source = source
        self._members = [written_down(source, target, each, elapsed) for each in entry.members]
        self._places = AsyncMadePlaces(target, entry.networks, entry.volumes, entry.pods)

    async def run(self) -> models.MigrationRecovery:
        """Settle it. Raises MigrationError."""
        found = [await each.look() for each in self._members]
        if not self._entry.arrived and all(_has_arrived(each) for each in found):
            await sleep(_SETTLE)
            found = [await each.look() for each in self._members]
        if self._entry.arrived or all(_has_arrived(each) for each in found):
            return await self._finish(found)
        return await self._undo(found)

    async def _finish(self, found: list[Both]) -> models.MigrationRecovery:
        """All have arrived, though one may have ended at the target since."""
        for member, (here, there) in zip(self._members, found, strict=True):
            if here is not None and here.state.running:
                raise self.stuck(f"{member.name} runs on the source again", "unknown")
            if here is not None and there is None:
                raise self.stuck(f"{member.name} is not on the target any more", "unknown")
        settled = [
            await member.release(here)
            for member, (here, _) in zip(self._members, found, strict=True)
        ]
        if self._entry.pods:
            await self._remove_empty_pod()
        return self._settled("target", settled)

    async def _remove_empty_pod(self) -> None:
        """The pod that is left on the source, if nobody is in it any more."""
        with suppress(NotFoundError):
            pod = await self._source.pods.inspect(self._entry.name)
            if all(each.id == pod.infra_container_id for each in pod.containers):
                await self._source.pods.remove(pod.id, force=True, timeout=0)

    async def _undo(self, found: list[Both]) -> models.MigrationRecovery:
        problems: list[str] = []
        for member, both in zip(self._members, found, strict=True):
            problems += await self._brought_back(member, both)
        if problems:
            raise self.stuck("; ".join(problems), "frozen")
        settled = [await each.lift() for each in self._members]
        if left := await self._places.unmake():
            raise self.stuck("; ".join(left), "source")
        return self._settled("source", settled)

    async def _brought_back(self, member: AsyncRecovery, both: Both) -> list[str]:
        """What kept it from that; one that cannot be brought back does not keep the others."""
        here, there = both
        if here is None:
            return [f"{member.name} is not on the source any more"]
        try:
            await member.undo(here, there, evict=True)
        except PodmanError as error:
            return [str(error)]
        return []

    async def clear(self) -> None:
        """Nothing lies between the hosts."""

    def _settled(
        self, location: Where, members: list[models.MigrationRecovery]
    ) -> models.MigrationRecovery:
        did = tuple(f"{each.name}: {text}" for each in members for text in each.did)
        return models.MigrationRecovery("", self._entry.name, location, did, tuple(members))

    def stuck(self, problem: str, location: str) -> MigrationError:
        """It could not be settled; nothing was lost by trying."""
        message = f"the migration of {self._entry.name!r} was not recovered: {problem}."
        return MigrationError(message, phase="recover", location=location)


def _has_arrived(both: Both) -> bool:
    here, there = both
    runs_here = here is not None and here.state.running
    return there is not None and there.state.running and not runs_here
