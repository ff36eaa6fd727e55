"""A group of containers that moves: all arrive, or all go on where they were.

Each container goes the steps of a single move; between freezing, sending, confirming and removing
the group waits for all of them.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import FileError, MigrationError, NotFoundError, PodmanError
from podlib.http.flow_async import gathered, in_thread
from podlib.migration_journal import GroupEntry, GroupJournal, MemberJournal
from podlib.migration_rules import had_warned

from .checkpoints import patiently
from .moves import AsyncMove
from .places import AsyncMadePlaces
from .unloading import AsyncUnloading

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from podlib.models.migration import Phase

    from .client import AsyncPodman
    from .group_plan import Survey

    Progress = Callable[[models.MigrationProgress], object]

_WORST_FIRST = ("unknown", "frozen", "target", "source")


class AsyncGroup:
    """One group under way."""

    def __init__(
        self,
        survey: Survey,
        source: AsyncPodman,
        target: AsyncPodman,
        progress: Progress | None,
        journal: str | os.PathLike[str] | None,
        at_once: int,
    ) -> None:
        self.name = survey.members.name
        self.title = survey.members.title
        self._survey = survey
        self._progress = progress
        self._telling = threading.RLock()
        self._journal = None if journal is None else GroupJournal(journal)
        self._at_once = at_once
        self._source = source
        self._places = AsyncMadePlaces(target)
        self._phase: Phase = "check"
        self._interrupted = False
        self._complaint: Exception | None = None
        self._failed: tuple[BaseException, Phase] | None = None  # what ended it, and where
        self._waves = [
            [self._move(each, source, target) for each in wave] for wave in survey.members.waves
        ]
        self._moves = [move for wave in self._waves for move in wave]

    def _move(
        self,
        container: models.ContainerInspect,
        source: AsyncPodman,
        target: AsyncPodman,
    ) -> AsyncMove:
        wanted = self._survey.luggage.get(container.name, ())
        # Its volumes are there by then.
        options = models.move_options({**self._survey.options, "ignore_volumes": True})
        journal = None if self._journal is None else MemberJournal(self._journal)
        move = AsyncMove(container, source, target, options, self._report, journal, None)
        if wanted:
            command = [container.path, *container.args]
            move.luggage = AsyncUnloading(target, wanted, container.image, command)
        return move

    def _report(self, event: models.MigrationProgress) -> None:
        """Tell the caller, one event at a time. What that raises ends the whole group's move."""
        self._phase = event.phase
        if self._progress is None:
            return
        with self._telling:
            try:
                self._progress(event)
            except Exception as error:
                if event.phase in {"check", "image"}:
                    raise
                self._complaint = self._complaint or error
                self.interrupt()

    @property
    def location(self) -> str:
        """Where its containers are: the worst of all."""
        found = {move.location for move in self._moves}
        return next((each for each in _WORST_FIRST if each in found), "source")

    # -- before anything is touched --------------------------------------------------------------

    def check(self) -> None:
        """Refuse what has a blocker. Raises MigrationError."""
        self._report(models.MigrationProgress("check", f"checking {self.title} and both hosts"))
        plan = self._survey.plan
        if plan.blockers:
            error = self._failure("; ".join(each.message for each in plan.blockers))
            error.plan = plan
            raise error

    async def send_images(self) -> None:
        """Give the target the images that it lacks, while the containers still run."""
        for move in self._moves:
            await move.send_image()

    # -- while they are frozen -------------------------------------------------------------------

    def interrupt(self) -> None:
        """Go back, unless all are about to arrive."""
        self._interrupted = True
        if not all(move.delivered for move in self._moves):
            for move in self._moves:
                move.interrupt()

    def _stop_if_interrupted(self) -> None:
        if self._interrupted and not all(move.delivered for move in self._moves):
            raise PodmanError("the migration was interrupted")

    async def run(self) -> models.GroupMigration:
        """Freeze, transfer, confirm, remove. Runs to its end whatever happens."""
        try:
            return await self._run()
        finally:
            if self._complaint is not None:
                raise self._complaint

    async def _run(self) -> models.GroupMigration:
        await self._begin()
        try:
            await self._places.make(self._survey.places, self._note_places)
            frozen = await self._transfer()
            await gathered([each.confirm for each in self._moves], self._at_once)
            await self._note(lambda entry: replace(entry, arrived=True))
        except BaseException as error:  # noqa: BLE001 -- also when the event loop ends all tasks
            cause, phase = self._failed or (error, self._phase)
            failure = await self._undo(cause, phase)
            raise failure from cause
        await self._remove()
        try:
            await self._end()
        except FileError as error:
            message = f"{self.title} runs on the target, but {error}. Remove that file by hand."
            raise self._told(message, self._phase) from error
        return models.GroupMigration(
            name=self.name,
            members=tuple(move.done() for move in self._moves),
            networks=tuple(self._places.networks),
            volumes=tuple(self._places.volumes),
            frozen=frozen,
        )

    async def _transfer(self) -> float:
        """For how long not all ran. Those that start last are frozen first.

        So nobody waits for long for one that is frozen already.
        """
        self._stop_if_interrupted()
        began = time.monotonic()
        for wave in reversed(self._waves):
            await gathered([partial(self._freeze, each) for each in wave], self._at_once)
        for wave in self._waves:
            await gathered([partial(self._send, each) for each in wave], self._at_once)
        return time.monotonic() - began

    async def _freeze(self, move: AsyncMove) -> None:
        self._stop_if_interrupted()
        try:
            await move.freeze()
        except BaseException as error:
            self._fail(error)
            raise

    async def _send(self, move: AsyncMove) -> None:
        try:
            await self._delivered(move)
        except BaseException as error:
            self._fail(error)
            raise

    async def _delivered(self, move: AsyncMove) -> None:
        try:
            await move.send()
        except BaseException as error:
            if not await move.arrived_nevertheless(error):
                raise

    def _fail(self, error: BaseException) -> None:
        """One has failed: the others need not go on."""
        self._failed = self._failed or (error, self._phase)
        self.interrupt()

    async def _remove(self) -> None:
        """All have arrived: one that cannot be removed from the source stays, and is told of."""
        problems: list[MigrationError] = []
        for move in self._moves:
            move.location = "target"
        for move in reversed(self._moves):
            try:
                await move.remove()
            except MigrationError as error:
                problems += [error]
        if problems:
            raise self._failure("; ".join(map(str, problems))) from problems[0]
        pod = self._survey.members.pod
        if pod is not None and not self._survey.members.staying:
            await self._remove_pod(pod)

    async def _remove_pod(self, pod: models.PodInspect) -> None:
        """Nothing is left in it but what it was made with."""
        try:
            await patiently(lambda: self._source.pods.remove(pod.id, force=True, timeout=0))
        except NotFoundError:
            return
        except PodmanError as error:
            raise self.failure(error) from error

    # -- when something fails --------------------------------------------------------------------

    async def _undo(self, error: BaseException, phase: Phase) -> MigrationError:
        """Let all go on where they were: first none is left on the target, then they are woken."""
        problems = [
            *await gathered([partial(self._evict, each) for each in self._moves], self._at_once)
        ]
        for wave in self._waves:
            problems += await gathered([partial(self._thaw, each) for each in wave], self._at_once)
        await gathered([each.lift for each in self._moves], len(self._moves))
        if not any(move.location == "frozen" for move in self._moves):  # they may run there
            problems += await self._places.unmake()
        if self.location == "source":
            try:
                await self._end()
            except FileError as problem:
                problems += [str(problem)]
        why = "; then ".join([str(error) or type(error).__name__, *filter(None, problems)])
        return self._failure(why, phase, had_warned(error, self._survey.plan.warnings))

    async def _evict(self, move: AsyncMove) -> str:
        try:
            await move.evict()
        except PodmanError as error:
            move.location = "frozen"
            return f"{move.name}: {error}"
        return ""

    async def _thaw(self, move: AsyncMove) -> str:
        if move.location == "frozen":  # it may run on the target
            return ""
        try:
            await move.thaw()
        except PodmanError as error:
            return f"{move.name}: {error}"
        return ""

    def failure(self, problem: BaseException) -> MigrationError:
        """What failed, where the containers are now, and what to do."""
        return self._failure(str(problem) or type(problem).__name__)

    def _failure(self, why: str, phase: Phase | None = None, hint: str = "") -> MigrationError:
        location = self.location
        what = "was migrated, but not cleared away" if location == "target" else "was not migrated"
        where = " ".join(f"{move.name}: {move.advice}" for move in self._moves)
        return self._told(f"{self.title} {what}: {why}. {where}{hint}", phase or self._phase)

    def _told(self, message: str, phase: Phase) -> MigrationError:
        failure = MigrationError(message, phase=phase, location=self.location)
        failure.locations = {move.name: move.location for move in self._moves}
        return failure

    # -- for who must go on if this process is killed --------------------------------------------

    async def _begin(self) -> None:
        waves = tuple(tuple(move.entry() for move in wave) for wave in self._waves)
        if self._journal is not None:
            journal = self._journal
            await in_thread(lambda: journal.begin(GroupEntry(self.name, waves)))

    async def _note(self, change: Callable[[GroupEntry], GroupEntry]) -> None:
        if self._journal is not None:
            journal = self._journal
            await in_thread(lambda: journal.change(change))

    async def _note_places(self) -> None:
        made = self._places
        networks, volumes, pods = tuple(made.networks), tuple(made.volumes), tuple(made.pods)
        await self._note(
            lambda entry: replace(entry, networks=networks, volumes=volumes, pods=pods)
        )

    async def _end(self) -> None:
        """It is known where all of them run."""
        if self._journal is not None:
            await in_thread(self._journal.end)
