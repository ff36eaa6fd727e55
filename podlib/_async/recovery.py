"""What a killed process left half-way: finished, or undone, by what both hosts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib import models
from podlib.checkpoint_files import remove_archive
from podlib.errors import MigrationError, NotFoundError, ParameterError, PodmanError
from podlib.http.flow_async import in_thread, sleep, uninterrupted
from podlib.migration_journal import JournalEntry, age, read_journal, remove_journal

from .checkpoints import at_rest, patiently
from .fences import AsyncFence, is_it, late
from .ways import forget

if TYPE_CHECKING:
    import os

    from podlib.models.migration import Where

    from .client import AsyncPodman

_SETTLE = 0.3


async def async_recover_migration(
    source: AsyncPodman,
    target: AsyncPodman,
    container: str | None = None,
    *,
    name: str | None = None,
    journal: str | os.PathLike[str] | None = None,
) -> models.MigrationRecovery:
    """Finish or undo a migration whose process was killed; where the container runs now.

    ``journal`` is the file that :func:`async_migrate` was given, which is removed afterwards.
    Without one, ``container`` names the container and ``name`` what it was to be called at the
    target, if that is another name. Then the facts on both hosts must do: it runs on the target,
    and the frozen one is removed from the source; or it does not, and it is brought back on the
    source, once it is sure that the target does not start it late. That may take 10 seconds, and
    for large containers longer. Where nothing is to be done, nothing is done.

    Raises MigrationError where only somebody who looks can decide, such as when it runs on both
    hosts, or when a host does not answer; NotFoundError if neither host has it; FileError for a
    journal that cannot be read.
    """
    if journal is not None:
        entry = await in_thread(lambda: read_journal(journal))
        elapsed = await in_thread(lambda: age(journal))
        if container not in {None, entry.name, entry.container_id}:
            raise ParameterError(f"{journal} is the journal of {entry.name!r}, not {container!r}")
        recovery = AsyncRecovery(source, target, entry, late(entry.archive_bytes) - elapsed)
        recovery.unsure = entry.archive_bytes > 0
    elif container is not None:
        entry = await _by_facts(container, name, source, target)
        recovery = AsyncRecovery(source, target, entry, late(0))
    else:
        raise ParameterError("container: name it, or give a journal")
    try:
        recovered = await uninterrupted(recovery.run)
    except MigrationError:
        raise
    except NotFoundError:
        if journal is not None:
            await in_thread(lambda: remove_journal(journal))
        raise
    except PodmanError as error:
        raise recovery.stuck(str(error), "unknown") from error
    if journal is not None:
        await recovery.clear()
        await in_thread(lambda: remove_journal(journal))
    return recovered


async def _by_facts(
    container: str, name: str | None, source: AsyncPodman, target: AsyncPodman
) -> JournalEntry:
    """What a journal would say: without another name, the container has the same id."""
    try:
        facts = await source.containers.inspect(container)
    except NotFoundError:
        facts = await target.containers.inspect(name or container)
    else:
        if name is None and not facts.state.running:
            await _look_for_another_name(facts, target)
    there = name if name and name != facts.name else facts.id
    return JournalEntry(facts.id, facts.name, there, source="", target="")


async def _look_for_another_name(here: models.ContainerInspect, target: AsyncPodman) -> None:
    """Raise MigrationError if it may be at the target by another name: a copy is no sign of that.

    What is restored keeps its host name, which is its old id unless somebody chose another.
    """
    if here.config.hostname != here.id[:12]:
        return
    for each in await target.containers.list(filters={"ancestor": [here.image]}, all=True):
        facts = await target.containers.inspect(each.id)
        if facts.id != here.id and facts.config.hostname == here.config.hostname:
            message = (
                f"the migration of container {here.name!r} was not recovered: the target has "
                f"{facts.name!r}, which was restored from a checkpoint of it. If that is where it "
                f"was to go, give name={facts.name!r}; if that is an older copy, give "
                f"name={here.name!r}."
            )
            raise MigrationError(message, phase="recover", location="frozen")


def _is_it(there: models.ContainerInspect, here: models.ContainerInspect) -> bool:
    return is_it(there, here.id, here.image, here.config.hostname)


class AsyncRecovery:
    """One migration that is to be settled."""

    def __init__(
        self, source: AsyncPodman, target: AsyncPodman, entry: JournalEntry, patience: float
    ) -> None:
        self._source = source
        self._target = target
        self._entry = entry
        self._patience = patience
        self.unsure = True
        """Whether the target may have the whole archive."""
        self._did: list[str] = []

    async def run(self) -> models.MigrationRecovery:
        """Settle it. Raises MigrationError, NotFoundError."""
        here = await self._look(self._source, self._entry.container_id)
        if here is not None and here.state.running:  # or is its checkpoint just beginning?
            await sleep(_SETTLE)
            here = await self._look(self._source, self._entry.container_id)
        there = await self._look(self._target, self._entry.there)
        if there is not None and here is not None and not _is_it(there, here):
            there = None
        if here is None:
            return self._of_target_alone(there)
        if self._entry.copies:
            return await self._without_copy(there)
        if there is not None and there.state.running:
            return await self._finish(here)
        return await self._undo(here, there)

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
        await self._source.containers.remove(here.id)
        self._did.append("removed the frozen container from the source")
        return self._settled("target")

    async def _undo(
        self, here: models.ContainerInspect, there: models.ContainerInspect | None
    ) -> models.MigrationRecovery:
        # While it makes an image, Podman has the checkpoint on disk, but does not tell of it yet.
        on_disk = here.state.checkpointed or self._entry.checkpoint_image
        if not here.state.running and not on_disk:
            problem = f"it is {here.state.status} on the source and has no checkpoint there: "
            problem += "no migration left it so, unless it was to go through a registry; then "
            problem += f"`podman container restore {here.id[:12]}` brings it back"
            raise self.stuck(problem, "source")
        if here.state.running and there is None:
            return self._settled("source")
        fence = AsyncFence(
            self._target,
            there=self._entry.there,
            name=self._entry.name if self._entry.there == here.id else self._entry.there,
            image=here.image,
            hostname=here.config.hostname,
        )
        if self.unsure or there is not None:
            if await fence.close():
                return await self._finish(here)
            if there is not None:
                self._did.append("removed what was left of it on the target")
        if not here.state.running:
            await self._thaw(here)
        await fence.lift(self._patience)
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
