"""One migration under way: its steps, and the way back from each.

At every moment exactly one of these holds: the container runs on the source; it is frozen there,
with its checkpoint kept; it runs on the target. docs/migration.md tells the whole story.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import (
    APIError,
    FileError,
    MigrationError,
    NotFoundError,
    PodmanError,
    RestoreFailedError,
)
from podlib.http.flow_async import in_thread, sleep
from podlib.migration_journal import JournalEntry
from podlib.migration_rules import had_warned

from .checkpoints import PATIENCE, patiently
from .fences import AsyncFence, is_it, late
from .migration_plan import gather, planned
from .restored_volumes import give_back, mounted
from .ways import way

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from podlib.migration_journal import Journal
    from podlib.models.migration import Phase
    from podlib.models.migration_options import MoveOptions

    from .client import AsyncPodman
    from .unloading import AsyncUnloading
    from .ways import Through

    Progress = Callable[[models.MigrationProgress], object]

_REPORT_EVERY = 0.1
_SETTLE = 0.2
_GLANCE = 2.0
"""Seconds that the source has to say that the container is still frozen."""

_ADVICE = {
    "source": "It is on the source ({status}).",
    "frozen": (
        "It is frozen on the source, and its checkpoint is kept there. Once you have made sure "
        "that it does not run on the target, `podman container restore {id}` brings it back."
    ),
    "target": (
        "It runs on the target. `podman rm {id}` removes the frozen one that is left on the source."
    ),
    "unknown": (
        "The source does not answer. When it does, `podman container restore {id}` brings the "
        "container back, should it be frozen."
    ),
}


class AsyncMove:
    """One migration under way: on its own (:meth:`move`), or step by step in a group."""

    def __init__(
        self,
        container: models.ContainerInspect,
        source: AsyncPodman,
        target: AsyncPodman,
        options: MoveOptions,
        progress: Progress | None,
        journal: Journal | None,
        through: Through | None,
    ) -> None:
        self.facts = container
        self.id = container.id
        self.name = container.name
        self.source = source
        self.target = target
        self.options = options
        self._copies = bool(options.get("leave_running"))
        self._there = options.get("name", self.id)
        """What to ask the target for. Its id is what it was, unless it gets another name."""
        self._arrived = ""
        """Its id at the target."""
        self._progress = progress
        self._phase: Phase = "check"
        self._image_bytes = 0
        self._reported = 0.0
        self._began = 0.0  # when it was to freeze
        self._frozen = 0.0
        self._interrupted = False
        self._complaint: Exception | None = None  # what the caller's progress raised
        self._delivered = 0.0  # when the target may have got the whole archive
        self._answered = False  # whether the target has said what became of it
        self.luggage: AsyncUnloading | None = None
        self._fence: AsyncFence | None = None
        self._folders_are_back = False
        self.architecture = ""
        self._warnings: Sequence[models.Finding] = ()
        self._through = through
        self._way = way(through, self)
        self._journal = journal
        self.location = "source"
        """Where the container is, in the words of MigrationError.location."""

    @property
    def volumes(self) -> dict[str, str]:
        """Where its named volumes are mounted, as far as they travel."""
        return {} if self.options.get("ignore_volumes") else mounted(self.facts)

    @property
    def keeps_connections(self) -> bool:
        """CRIU freezes no open connection unless it may keep it, also if it is to be closed."""
        return bool(self.options.get("tcp_established") or self.options.get("tcp_close"))

    @property
    def delivered(self) -> bool:
        """Whether the target may have the whole archive."""
        return self._delivered > 0

    def entry(self) -> JournalEntry:
        """What a journal says of it."""
        options = self.options
        return JournalEntry(
            container_id=self.id,
            name=self.name,
            there=self._there,
            source=self.source.socket,
            target=self.target.socket,
            copies=self._copies,
            tcp_established=self.keeps_connections,
            file_locks=options.get("file_locks", False),
            archive=self._way.archive,
            checkpoint_image=self._way.image,
        )

    def _enter(self, phase: Phase, message: str) -> None:
        self._phase = phase
        self.report(message)

    def report(self, message: str, count: int = 0) -> None:
        """Tell the caller how far it is."""
        self._reported = time.monotonic()
        if self._progress is None:
            return
        try:
            self._progress(models.MigrationProgress(self._phase, message, count))
        except Exception as error:
            if self._phase in {"check", "image"}:
                raise
            self._complaint = self._complaint or error
            self.interrupt()

    # -- before anything is touched --------------------------------------------------------------

    async def check(self) -> None:
        """Look for what would stop the container from arriving. Raises MigrationError."""
        self._enter("check", f"checking {self.name} and both hosts")
        facts = await gather(self.facts, self.source, self.target, self.options, self._through)
        self.architecture = facts.source.host.arch
        plan = planned(facts)
        if plan.blockers:
            error = self.failure("; ".join(each.message for each in plan.blockers), "source")
            error.plan = plan
            raise error
        self._warnings = plan.warnings
        await self._way.prepare()

    async def send_image(self) -> None:
        """Give the target the container's image, while the container still runs."""
        image = self.facts.image
        if await self.target.images.exists(image):
            return
        self._enter("image", f"sending image {self.facts.image_name}")
        details = await self.source.images.inspect(image)
        docker = "docker" in details.manifest_type  # the other format would change the image's id
        named = self.facts.image_name in details.repo_tags
        async with self.source.images.save_stream(
            self.facts.image_name if named else image,
            format="docker-archive" if docker else "oci-archive",
        ) as image_blocks:
            await self.target.images.load(self._counted(image_blocks))
        self.report(f"sent image {self.facts.image_name}", self._image_bytes)
        if not await self.target.images.exists(image):
            raise self.failure(f"the target did not take its image {image}", "source")

    async def _counted(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for block in blocks:
            self._image_bytes += len(block)
            self.report_bytes(f"sending image {self.facts.image_name}", self._image_bytes)
            yield block

    def report_bytes(self, message: str, count: int) -> None:
        """Tell it now and then."""
        if time.monotonic() - self._reported >= _REPORT_EVERY:
            self.report(message, count)

    # -- while the container is frozen -----------------------------------------------------------

    def interrupt(self) -> None:
        """Go back, unless the container is about to arrive."""
        self._interrupted = True
        if not self._delivered:
            self._way.interrupt()

    async def move(self) -> models.Migration:
        """Checkpoint, transfer, confirm, remove. Runs to its end whatever happens."""
        try:
            moved = await self._move()
        except NotFoundError as error:
            await self._settle(f"{error.message}, and")
            raise
        except MigrationError as error:
            if error.location == "source":
                await self._settle(f"{error} Then:")
            elif error.location == "target":  # only the frozen one is left, which the journal tells
                await self._settle(f"{error} Then:", ended=False)
            raise
        else:
            await self._settle(f"container {self.name!r} runs on the target, but")
        finally:
            if self._complaint is not None:
                raise self._complaint
        return moved

    async def _settle(self, told: str, *, ended: bool = True) -> None:
        """It is known where the container runs: nothing else is needed.

        Raises MigrationError if a file cannot be removed: that it runs must be said as well.
        """
        try:
            await self._way.clear()
            if ended:
                await self._note(lambda journal: journal.end())
        except FileError as error:
            message = f"{told} {error}. Remove that file by hand."
            raise MigrationError(message, phase=self._phase, location=self.location) from error

    async def _note(self, what: Callable[[Journal], None]) -> None:
        if self._journal is not None:
            journal = self._journal
            await in_thread(lambda: what(journal))

    async def _move(self) -> models.Migration:
        await self._note(lambda journal: journal.begin(self.entry()))
        try:
            await self.freeze()
            await self.send()
            await self.confirm()
        except BaseException as error:  # also when the event loop ends all tasks
            if isinstance(error, NotFoundError) and self._phase == "checkpoint":
                raise  # somebody else has moved or removed it meanwhile
            if not await self.arrived_nevertheless(error):
                failure = await self._undo(error)
                raise failure from error
        try:
            await self._give_folders_back()
        except PodmanError as error:
            problem = f"the folders of its volumes belong to root there: {error}"
            raise self.failure(problem, "target") from error
        if not self._copies:
            self.location = "target"
            await self.remove()
        return self.done()

    def done(self) -> models.Migration:
        """It has moved."""
        self._enter("done", f"{self.name} runs on the target")
        return models.Migration(
            container_id=self._arrived or self._there,
            name=self.options.get("name", self.name),
            frozen=self._frozen,
            archive_bytes=self._way.size,
            image_bytes=self._image_bytes,
            source_version=self.source.server_version,
            target_version=self.target.server_version,
        )

    async def freeze(self) -> None:
        """Freeze it on the source. Raises CheckpointFailedError: then it runs on."""
        self._enter("checkpoint", f"freezing {self.name}")
        self._began = time.monotonic()
        await self._way.freeze()

    async def send(self) -> None:
        """Let the target have it, and start it. Raises RestoreFailedError."""
        self._enter("transfer", f"sending {self.name}")
        try:
            await self._way.send()
            self._answered = True
            self._frozen = time.monotonic() - self._began
        except (RestoreFailedError, APIError):
            self._answered = True
            raise
        with suppress(PodmanError):  # once it is known to run, it is tried again
            await self._give_folders_back()

    async def _give_folders_back(self) -> None:
        if not self._folders_are_back:
            await give_back(self.target, self._there, self.volumes, self._way.folders)
            self._folders_are_back = True

    async def deliver(self, count: int) -> None:
        """The target is about to have all ``count`` bytes: until now it can be interrupted."""
        self.report(f"starting {self.name} on the target", count)
        await self._note(lambda journal: journal.deliver(self.entry(), count))
        await self._stop_if_awake()
        self.stop_if_interrupted()
        self._delivered = time.monotonic()

    async def _stop_if_awake(self) -> None:
        """End it here, if somebody let it run on, on the source. Raises PodmanError.

        By hand, say, or by recovering a move that is under way. A source that does not answer now
        has frozen it all the same.
        """
        if self._copies:
            return
        try:
            facts = await self.source.with_timeouts(total=_GLANCE).containers.inspect(self.id)
        except PodmanError:
            return
        if facts.state.running:
            raise PodmanError("somebody let it run on, on the source, while it was under way")

    def stop_if_interrupted(self) -> None:
        """End it here, if somebody wants it to end. Raises PodmanError."""
        if self._interrupted:
            raise PodmanError("the migration was interrupted")

    async def confirm(self) -> None:
        """Make sure that it runs on the target, and still does a moment later."""
        self._enter("confirm", f"making sure that {self.name} runs on the target")
        for pause in (0, _SETTLE):
            await sleep(pause)
            facts = await patiently(lambda: self.target.containers.inspect(self._there))
            if not facts.state.running:
                status = f"{facts.state.status}, exit code {facts.state.exit_code}"
                problem = f"it did not go on running on the target ({status})"
                raise RestoreFailedError(f"container {self.name!r}", problem)
            self._arrived = facts.id

    async def remove(self) -> None:
        """Remove it from the source. Raises MigrationError."""
        self._enter("remove", f"removing {self.name} from the source")
        try:
            await patiently(lambda: self.source.containers.remove(self.id))
        except NotFoundError:
            return
        except PodmanError as error:
            raise self.failure(error, "target") from error

    # -- when something fails --------------------------------------------------------------------

    async def arrived_nevertheless(self, error: BaseException) -> bool:
        """Whether the container runs on the target; if it does not, nothing of it is left there.

        Raises MigrationError when nobody can say: then the source must not be restored.
        """
        if not self._delivered:
            return False  # an archive that is not complete is not restored
        if isinstance(error, RestoreFailedError | APIError):
            arrived = await self._target_gave_up()
        else:
            arrived = await self._comes_up() or await self._fenced_off(error)
        self._frozen = self._frozen or time.monotonic() - self._began
        return arrived

    async def _fenced_off(self, error: BaseException) -> bool:
        """Nobody knows what the target does: keep the container away from it, unless it runs."""
        fence = self._new_fence()
        try:
            await self.target.system.ping()  # it had its time to come back
            runs = await fence.close()
        except PodmanError as problem:
            raise self.failure(f"{error}; then {problem}", self._untouched) from error
        self._fence = fence
        return runs

    def _new_fence(self) -> AsyncFence:
        return AsyncFence(
            self.target,
            there=self._there,
            name=self.options.get("name", self.name),
            image=self.facts.image,
            hostname=self.facts.config.hostname,
        )

    @property
    def _untouched(self) -> str:
        """Where it is while nobody wakes it on the source."""
        return "source" if self._copies else "frozen"

    async def _target_gave_up(self) -> bool:
        """The target said that it failed: remove what may be left there, unless it runs."""
        try:
            facts = await patiently(lambda: self.target.containers.inspect(self._there))
            if not self._is_it(facts):
                return False
            if facts.state.running:
                self._arrived = facts.id
                return True
            await patiently(lambda: self.target.containers.remove(facts.id, force=True, timeout=0))
        except NotFoundError:
            return False
        except PodmanError as problem:
            raise self.failure(problem, self._untouched) from problem
        return False

    def _is_it(self, facts: models.ContainerInspect) -> bool:
        return is_it(facts, self.id, self.facts.image, self.facts.config.hostname)

    async def _comes_up(self) -> bool:
        """The connection was lost while the target restored: wait for the container to run there.

        That it is not there yet says nothing: the target may still be unpacking the archive.
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(PodmanError):  # not there yet, or the target does not answer yet
                facts = await self.target.containers.inspect(self._there)
                if facts.state.running and self._is_it(facts):
                    self._arrived = facts.id
                    return True
            await sleep(_SETTLE)
        return False

    async def _undo(self, error: BaseException) -> MigrationError:
        phase = self._phase
        self._enter("undo", f"bringing {self.name} back on the source")
        hint = had_warned(error, self._warnings)
        try:
            self.facts = await self._way.thaw()
        except PodmanError as problem:
            location = "frozen" if self._way.froze else "unknown"
            return self.failure(f"{error}; then {problem}", location, phase, hint)
        await self.lift()
        if self._way.refused:
            hint = " It was stopped, or frozen by somebody else, when this move began to freeze it."
        return self.failure(error, "source", phase, hint)

    async def lift(self) -> None:
        """A fence that cannot be taken away again is no reason to fail otherwise."""
        if self._fence is None:
            return
        with suppress(PodmanError):
            await self._fence.lift(late(self._way.size) - (time.monotonic() - self._delivered))

    async def evict(self) -> None:
        """See to it that the target has it no more, and will not get it, whether it runs or not.

        Raises PodmanError if nobody can say: then it must stay frozen on the source.
        """
        if not self.delivered or self._fence is not None:
            return
        fence = self._new_fence()
        if self._answered:
            await fence.evict()
        else:
            await fence.close(evict=True)
            self._fence = fence

    async def thaw(self) -> None:
        """Let it run on, on the source. Raises PodmanError: then it stays frozen."""
        self._enter("undo", f"bringing {self.name} back on the source")
        self.location = "frozen" if self._way.froze else "unknown"
        self.facts = await self._way.thaw()
        self.location = "source"

    @property
    def advice(self) -> str:
        """Where it is, and what to do."""
        return _ADVICE[self.location].format(id=self.id[:12], status=self.facts.state.status)

    def failure(
        self,
        problem: BaseException | str,
        location: str,
        phase: Phase | None = None,
        hint: str = "",
    ) -> MigrationError:
        """What failed in this phase, where the container is now, and what to do."""
        self.location = location
        what = "was migrated, but not cleared away" if location == "target" else "was not migrated"
        why = (str(problem) or type(problem).__name__).rstrip(".")
        message = f"container {self.name!r} {what}: {why}. {self.advice}{hint}"
        return MigrationError(message, phase=phase or self._phase, location=location)
