"""What a killed process left half-way: finished, or undone, by what both hosts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib.errors import MigrationError, NotFoundError, ParameterError, PodmanError
from podlib.http.flow_async import in_thread, uninterrupted
from podlib.migration_journal import (
    GroupEntry,
    JournalEntry,
    age,
    read_journal,
    remove_journal,
)

from .fences import late
from .group_recovery import AsyncGroupRecovery
from .recovering import AsyncRecovery, written_down

if TYPE_CHECKING:
    import os

    from podlib import models

    from .client import AsyncPodman


async def async_recover_migration(
    source: AsyncPodman,
    target: AsyncPodman,
    container: str | None = None,
    *,
    journal: str | os.PathLike[str] | None = None,
) -> models.MigrationRecovery:
    """Finish or undo a migration whose process was killed; where the container runs now.

    ``journal`` is the file that :func:`async_migrate` or :func:`async_migrate_project` was given,
    which is removed afterwards; of a project, ``members`` of the answer tells of each container.
    Without one, ``container`` names the container, and the facts on both hosts must do: it runs on
    the target, then the frozen one is removed from the source; or it does not, then it is brought
    back on the source, once it is sure that the target does not start it late. That may take 10
    seconds, and for large containers longer. Where nothing is to be done, nothing is done.

    Raises MigrationError where only somebody who looks can decide, such as when it runs on both
    hosts, or when a host does not answer; NotFoundError if neither host has it; FileError for a
    journal that cannot be read.
    """
    if journal is None:
        if container is None:
            raise ParameterError("container: name it, or give a journal")
        entry = await _by_facts(container, source, target)
        return await _settled(AsyncRecovery(source, target, entry, late(0)))
    written = await in_thread(lambda: read_journal(journal))
    elapsed = await in_thread(lambda: age(journal))
    names = {written.name}
    recovery: AsyncRecovery | AsyncGroupRecovery
    if isinstance(written, GroupEntry):
        recovery = AsyncGroupRecovery(source, target, written, elapsed)
    else:
        names |= {written.container_id}
        recovery = written_down(source, target, written, elapsed)
    if container is not None and container not in names:
        raise ParameterError(f"{journal} is the journal of {written.name!r}, not {container!r}")
    try:
        recovered = await _settled(recovery)
        await recovery.clear()
    except NotFoundError:
        await in_thread(lambda: remove_journal(journal))
        raise
    await in_thread(lambda: remove_journal(journal))
    return recovered


async def _settled(recovery: AsyncRecovery | AsyncGroupRecovery) -> models.MigrationRecovery:
    try:
        return await uninterrupted(recovery.run)
    except (MigrationError, NotFoundError):
        raise
    except PodmanError as error:
        raise recovery.stuck(str(error), "unknown") from error


async def _by_facts(container: str, source: AsyncPodman, target: AsyncPodman) -> JournalEntry:
    """What a journal would say: the container is the same if it has the same id."""
    try:
        facts = await source.containers.inspect(container)
    except NotFoundError:
        facts = await target.containers.inspect(container)
    return JournalEntry(facts.id, facts.name, facts.id, source="", target="")
