"""Moving the containers of a compose project, or of a pod, to another host: all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import MigrationError, PodmanError
from podlib.http.flow_async import uninterrupted

from .group_plan import pod_members, project_members, survey
from .groups import AsyncGroup

if TYPE_CHECKING:
    import os
    from typing import Unpack

    from podlib.models.migration_options import MoveOptions

    from .client import AsyncPodman
    from .group_plan import Members, Survey
    from .migration import Progress


async def async_migrate_project(
    project: str,
    source: AsyncPodman,
    target: AsyncPodman,
    *,
    stall: float = 60.0,
    answer: float = 600.0,
    at_once: int = 4,
    journal: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    **options: Unpack[models.GroupOptions],
) -> models.GroupMigration:
    """Move all running containers of a compose project: all arrive, or all go on where they were.

    They are those with the label ``com.docker.compose.project``. Networks and volumes that the
    target lacks are created there as they are on the source, and the volumes' content travels. All
    are frozen first, the last to start as the first; then they are sent, and go on, in the order
    in which they start, ``at_once`` of them at a time where none depends on another nor shares a
    volume with it. Only when all were seen running are they removed from the source.

    ``stall``, ``answer``, ``journal`` and ``progress`` as for :func:`async_migrate`;
    :func:`async_recover_migration` takes the journal.
    :class:`podlib.models.GroupOptions` has the other options.

    Raises MigrationError, whose ``locations`` says where each container is, and whose ``plan``
    what is in the way; NotFoundError if the source has no container of the project, ConnectError
    if it does not answer, ParameterError for an empty name or an option that is unknown. A
    cancellation or Ctrl-C is raised once all containers are safe; a note of the exception says
    where.
    """
    source = source.with_timeouts(idle=stall, head=answer, total=None)
    target = target.with_timeouts(idle=stall, head=answer, total=None)
    checked, at_once = models.group_options(options), models.at_a_time(at_once)
    members = await project_members(project, source)
    surveyed = await _surveyed(members, source, target, checked)
    return await _moved(AsyncGroup(surveyed, source, target, progress, journal, at_once))


async def async_migrate_pod(
    pod: str,
    source: AsyncPodman,
    target: AsyncPodman,
    *,
    stall: float = 60.0,
    answer: float = 600.0,
    at_once: int = 4,
    journal: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    **options: Unpack[models.GroupOptions],
) -> models.GroupMigration:
    """Move a pod with all its running containers: all arrive, or all go on where they were.

    The pod is created at the target with the same name, labels, shared namespaces, networks,
    addresses and ports; its infra container is a new one. The containers are restored into it. All
    else as for :func:`async_migrate_project`. Raises MigrationError, NotFoundError, ConnectError,
    ParameterError.
    """
    source = source.with_timeouts(idle=stall, head=answer, total=None)
    target = target.with_timeouts(idle=stall, head=answer, total=None)
    checked, at_once = models.group_options(options), models.at_a_time(at_once)
    members = await pod_members(pod, source)
    surveyed = await _surveyed(members, source, target, checked)
    return await _moved(AsyncGroup(surveyed, source, target, progress, journal, at_once))


async def _surveyed(
    members: Members, source: AsyncPodman, target: AsyncPodman, options: MoveOptions
) -> Survey:
    try:
        return await survey(members, source, target, options)
    except PodmanError as error:
        message = f"{members.title} was not migrated: {error}. Nothing was touched."
        raise MigrationError(message, phase="check", location="source") from error


async def _moved(group: AsyncGroup) -> models.GroupMigration:
    try:
        group.check()
        await group.send_images()
    except MigrationError:
        raise
    except PodmanError as error:
        raise group.failure(error) from error
    try:
        return await uninterrupted(group.run, group.interrupt)
    except PodmanError:
        raise
    except BaseException as error:
        error.add_note(f"{group.title} is now: {group.location}")
        raise
