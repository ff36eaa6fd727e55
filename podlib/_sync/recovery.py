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
    name: str | None = None,
    journal: str | os.PathLike[str] | None = None,
) -> models.MigrationRecovery:
    """Finish or undo a migration whose process was killed; where the container runs now.

    ``journal`` is the file that :func:`migrate` or :func:`migrate_project` was given,
    which is removed afterwards; of a project, ``members`` of the answer tells of each container.
    Without one, ``container`` names the container and ``name`` what it was to be called at the
    target, if that is another name. Then the facts on both hosts must do: it runs on the target,
    and the frozen one is removed from the source; or it does not, and it is brought back on the
    source, once it is sure that the target does not start it late. That may take 10 seconds, and
    for large containers longer. Where nothing is to be done, nothing is done.

    Raises MigrationError where only somebody who looks can decide, such as when it runs on both
    hosts, or when a host does not answer; NotFoundError if neither host has it; FileError for a
    journal that cannot be read.
    """
    if journal is None:
        if container is None:
            raise ParameterError("container: name it, or give a journal")
        entry = _by_facts(container, name, source, target)
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


def _by_facts(container: str, name: str | None, source: Podman, target: Podman) -> JournalEntry:
    """What a journal would say: without another name, the container has the same id."""
    try:
        facts = source.containers.inspect(container)
    except NotFoundError:
        facts = target.containers.inspect(name or container)
    else:
        if name is None and not facts.state.running:
            _look_for_another_name(facts, target)
    there = name if name and name != facts.name else facts.id
    return JournalEntry(facts.id, facts.name, there, source="", target="")


def _look_for_another_name(here: models.ContainerInspect, target: Podman) -> None:
    """Raise MigrationError if it may be at the target by another name: a copy is no sign of that.

    What is restored keeps its host name, which is its old id unless somebody chose another.
    """
    if here.config.hostname != here.id[:12]:
        return
    for each in target.containers.list(filters={"ancestor": [here.image]}, all=True):
        facts = target.containers.inspect(each.id)
        if facts.id != here.id and facts.config.hostname == here.config.hostname:
            message = (
                f"the migration of container {here.name!r} was not recovered: the target has "
                f"{facts.name!r}, which was restored from a checkpoint of it. If that is where it "
                f"was to go, give name={facts.name!r}; if that is an older copy, give "
                f"name={here.name!r}."
            )
            raise MigrationError(message, phase="recover", location="frozen")
