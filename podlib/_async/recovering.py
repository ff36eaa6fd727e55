"""One container that a killed process left half-way: finished, or undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from podlib import models
from podlib.checkpoint_files import remove_archive
from podlib.errors import MigrationError, NotFoundError, PodmanError
from podlib.http.flow_async import in_thread, sleep

from .checkpoints import at_rest, patiently
from .fences import AsyncFence, is_it, late
from .ways import forget

if TYPE_CHECKING:
    from podlib.migration_journal import JournalEntry
    from podlib.models.migration import Where

    from .client import AsyncPodman

Both: TypeAlias = "tuple[models.ContainerInspect | None, models.ContainerInspect | None]"
"""A container on the source and on the target."""

_SETTLE = 0.3


def written_down(
    source: AsyncPodman, target: AsyncPodman, entry: JournalEntry, elapsed: float
) -> AsyncRecovery:
    """What a journal tells of, which is ``elapsed`` seconds old."""
    recovery = AsyncRecovery(source, target, entry, late(entry.archive_bytes) - elapsed)
    recovery.unsure = entry.archive_bytes > 0
    return recovery


def _is_it(there: models.ContainerInspect, here: models.ContainerInspect) -> bool:
    return is_it(there, here.id, here.image, here.config.hostname)


def _is_the_same(one: models.ContainerInspect, other: models.ContainerInspect) -> bool:
    """Whether both come from one service. What was restored elsewhere was started later there."""
    began, ended = one.state.started_at, one.state.finished_at
    alike = (began, ended) == (other.state.started_at, other.state.finished_at)
    return one.id == other.id and began is not None and alike


class AsyncRecovery:
    """One migration that is to be settled."""

    def __init__(
        self, source: AsyncPodman, target: AsyncPodman, entry: JournalEntry, patience: float
    ) -> None:
        self._source = source
        self._target = target
        self.name = entry.name
        self._entry = entry
        self._patience = patience
        self.unsure = True
        """Whether the target may have the whole archive."""
        self._did: list[str] = []
        self._fence: AsyncFence | None = None

    async def run(self) -> models.MigrationRecovery:
        """Settle it. Raises MigrationError, NotFoundError."""
        here, there = await self.look()
        if here is None:
            return self._of_target_alone(there)
        if self._entry.copies:
            return await self._without_copy(there)
        if there is not None and there.state.running:
            return await self._finish(here)
        return await self._undo(here, there)

    async def look(self) -> Both:
        """What it is on both hosts. Raises MigrationError where these are one."""
        here = await self._look(self._source, self._entry.container_id)
        if here is not None and here.state.running:  # or is its checkpoint just beginning?
            await sleep(_SETTLE)
            here = await self._look(self._source, self._entry.container_id)
        there = await self._look(self._target, self._entry.there)
        if there is not None and here is not None:
            if _is_the_same(there, here):
                location = "source" if here.state.running else "frozen"
                raise self.stuck("source and target are the same service", location)
            if not _is_it(there, here):
                there = None
        return here, there

    async def _look(self, podman: AsyncPodman, name: str) -> models.ContainerInspect | None:
        try:
            return await at_rest(lambda: podman.containers.inspect(name))
        except NotFoundError:
            return None

    def _of_target_alone(self, there: models.ContainerInspect | None) -> models.MigrationRecovery:
        if there is None:
            message = f"neither host has the container {self._entry.name!r}"
            path = f"containers/{self._entry.container_id}/json"
            raise NotFoundError(404, message, cause="", method="GET", path=path)
        if there.state.checkpointed and not there.state.running:
            problem = "the source does not have it, and on the target it is frozen. If it was to "
            problem += "move away from there, name the two the other way round"
            raise self.stuck(problem, "frozen")
        return self._settled("target")

    async def _without_copy(
        self, there: models.ContainerInspect | None
    ) -> models.MigrationRecovery:
        """It was only to be copied: a copy that does not run is removed."""
        if there is not None and not there.state.running:
            await self._target.containers.remove(there.id, force=True, timeout=0)
            self._did.append("removed what was left of the copy on the target")
        return self._settled("source")

    async def _finish(self, here: models.ContainerInspect) -> models.MigrationRecovery:
        if here.state.running:
            raise self.stuck("it runs on both hosts; stop the one whose state is older", "unknown")
        await sleep(_SETTLE)
        there = await self._look(self._target, self._entry.there)
        if there is None or not there.state.running:
            return await self._undo(here, there)
        return await self.release(here)

    async def release(self, here: models.ContainerInspect | None) -> models.MigrationRecovery:
        """It has arrived: the frozen one is in nobody's way any more."""
        if here is not None:
            await self._source.containers.remove(here.id)
            self._did.append("removed the frozen container from the source")
        return self._settled("target")

    async def _undo(
        self, here: models.ContainerInspect, there: models.ContainerInspect | None
    ) -> models.MigrationRecovery:
        if await self.undo(here, there):
            return await self._finish(here)
        return await self.lift()

    async def undo(
        self,
        here: models.ContainerInspect,
        there: models.ContainerInspect | None,
        *,
        evict: bool = False,
    ) -> bool:
        """Bring it back on the source, unless it runs on the target: whether it does.

        With ``evict`` it is removed from there even then. Raises MigrationError.
        """
        # While it makes an image, Podman has the checkpoint on disk, but does not tell of it yet.
        on_disk = here.state.checkpointed or self._entry.checkpoint_image
        if not here.state.running and not on_disk:
            problem = f"it is {here.state.status} on the source and has no checkpoint there: "
            problem += "no migration left it so, unless it was to go through a registry; then "
            problem += f"`podman container restore {here.id[:12]}` brings it back"
            raise self.stuck(problem, "source")
        if here.state.running and there is None:
            return False
        fence = AsyncFence(
            self._target,
            there=self._entry.there,
            name=self._entry.name if self._entry.there == here.id else self._entry.there,
            image=here.image,
            hostname=here.config.hostname,
        )
        if self.unsure or there is not None:
            if await fence.close(evict=evict):
                return True
            self._fence = fence
            if there is not None:
                self._did.append("removed what was left of it on the target")
        if not here.state.running:
            await self._thaw(here)
        return False

    async def lift(self) -> models.MigrationRecovery:
        """It runs on the source, and can come up late on the target no more."""
        if self._fence is not None:
            await self._fence.lift(self._patience)
        return self._settled("source")

    async def _thaw(self, here: models.ContainerInspect) -> None:
        entry = self._entry
        try:
            await self._source.containers.restore(
                here.id, tcp_established=entry.tcp_established, file_locks=entry.file_locks
            )
        except PodmanError as error:
            raise self.stuck(str(error), "frozen") from error
        facts = await patiently(lambda: self._source.containers.inspect(here.id))
        if not facts.state.running:
            raise self.stuck(f"it was brought back and is {facts.state.status} now", "source")
        self._did.append("brought it back on the source")

    async def clear(self) -> None:
        """It is known where the container runs: remove what it was to go through."""
        if self._entry.archive:
            await in_thread(lambda: remove_archive(self._entry.archive))
        if self._entry.checkpoint_image:
            for podman in (self._source, self._target):
                await forget(podman, self._entry.checkpoint_image)

    def _settled(self, location: Where) -> models.MigrationRecovery:
        return models.MigrationRecovery(
            container_id=self._entry.container_id,
            name=self._entry.name,
            location=location,
            did=tuple(self._did),
        )

    def stuck(self, problem: str, location: str) -> MigrationError:
        """It could not be settled; nothing was lost by trying."""
        done = f" Done so far: {', '.join(self._did)}." if self._did else ""
        message = f"the migration of container {self._entry.name!r} was not recovered: {problem}."
        return MigrationError(message + done, phase="recover", location=location)
