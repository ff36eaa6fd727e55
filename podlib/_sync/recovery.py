# Generated from podlib/_async/recovery.py: edit there.
"""What a killed process left half-way: finished, or undone, by what both hosts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib.errors import MigrationError, NotFoundError, ParameterError, PodmanError
from podlib.http.flow_sync import in_thread, uninterrupted
from podlib.migration_journal import (
    GroupEntry,
    JournalEntry,
    age,
    read_journal,
    remove_journal,
)

from .fences import late
from .group_recovery import GroupRecovery
from .recovering import Recovery, written_down

if TYPE_CHECKING:
    import os

    from podlib import models

    from .client import Podman


def recover_migration(
    source: Podman,
    target: Podman,
    container: str | None = None,
    *,
    journal: str | os.PathLike[str] | None = None,
) -> models.MigrationRecovery:
    """Finish or undo a migration whose process was killed; where the container runs now.

    ``journal`` is the file that :func:`migrate` or :func:`migrate_project` was given,
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
        entry = _by_facts(container, source, target)
        return _settled(Recovery(source, target, entry, late(0)))
    written = in_thread(lambda: read_journal(journal))
    elapsed = in_thread(lambda: age(journal))
    names = {written.name}
    recovery: Recovery | GroupRecovery
    if isinstance(written, GroupEntry):
        recovery = GroupRecovery(source, target, written, elapsed)
    else:
        names |= {written.container_id}
        recovery = written_down(source, target, written, elapsed)
    if container is not None and container not in names:
        raise ParameterError(f"{journal} is the journal of {written.name!r}, not {container!r}")
    try:
        recovered = _settled(recovery)
        recovery.clear()
    except NotFoundError:
        in_thread(lambda: remove_journal(journal))
        raise
    in_thread(lambda: remove_journal(journal))
    return recovered


def _settled(recovery: Recovery | GroupRecovery) -> models.MigrationRecovery:
    try:
        return uninterrupted(recovery.run)
    except (MigrationError, NotFoundError):
        raise
    except PodmanError as error:
        raise recovery.stuck(str(error), "unknown") from error


def _by_facts(container: str, source: Podman, target: Podman) -> JournalEntry:
    """What a journal would say: the container is the same if it has the same id."""
    try:
        facts = source.containers.inspect(container)
    except NotFoundError:
        facts = target.containers.inspect(container)
    return JournalEntry(facts.id, facts.name, facts.id, source="", target="")
