"""Moving a running container from one host to another, and losing none.

At every moment exactly one of these holds: it runs on the source; it is frozen there, with its
checkpoint kept; it runs on the target. docs/migration.md tells the whole story.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from podlib import models
from podlib.errors import MigrationError, PodmanError
from podlib.http.flow_async import in_thread, uninterrupted
from podlib.migration_journal import Journal

from .moves import AsyncMove

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Unpack

    from .client import AsyncPodman

Progress: TypeAlias = "Callable[[models.MigrationProgress], object]"


async def async_migrate(
    container: str,
    source: AsyncPodman,
    target: AsyncPodman,
    *,
    stall: float = 60.0,
    answer: float = 600.0,
    journal: str | os.PathLike[str] | None = None,
    through: models.ThroughFile | models.ThroughRegistry | None = None,
    progress: Progress | None = None,
    **options: Unpack[models.MoveOptions],
) -> models.Migration:
    """Move the running ``container`` from the service ``source`` to ``target``.

    It keeps its id, its name and the state of its processes; its named volumes travel with it,
    and its image is sent if the target lacks it. ``stall``: seconds that a transfer may stand
    still; ``answer``: seconds that each host has to freeze, or to start, the container.
    ``progress`` is called with each step. ``journal``: a file that is there while the container is
    under way, by which :func:`async_recover_migration` finishes or undoes what a killed process
    left. The checkpoint goes from socket to socket, or ``through`` a file or a
    registry.
    :class:`podlib.models.MoveOptions` has the other options.

    What :func:`async_plan_migration` finds to be a blocker is refused. Any failure before the
    target's container was seen running restores it on the source. Raises
    MigrationError, whose ``location`` says where the container is, and whose ``plan`` what is in
    the way; NotFoundError if the source has no such container, ConnectError if it does not
    answer, ParameterError for an option that is unknown. A cancellation or Ctrl-C is
    raised once the container is safe, back on the source or, if it had arrived, on the target; a
    note of the exception says where.
    """
    checked = models.move_options(options)
    facts = await source.containers.inspect(container)
    source = source.with_timeouts(idle=stall, head=answer, total=None)
    target = target.with_timeouts(idle=stall, head=answer, total=None)
    written = None if journal is None else Journal(journal)
    if written is not None:
        await in_thread(written.refuse_left)
    move = AsyncMove(facts, source, target, checked, progress, written, through)
    try:
        await move.check()
        await move.send_image()
    except MigrationError:
        raise
    except PodmanError as error:
        raise move.failure(error, "source") from error
    try:
        return await uninterrupted(move.move, move.interrupt)
    except PodmanError:
        raise
    except BaseException as error:
        error.add_note(f"container {move.name!r} is now: {move.location}")
        raise
