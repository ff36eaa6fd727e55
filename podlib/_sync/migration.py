# Generated from podlib/_async/migration.py: edit there.
"""Moving a running container from one host to another, and losing none.

At every moment exactly one of these holds: it runs on the source; it is frozen there, with its
checkpoint kept; it runs on the target. docs/migration.md tells the whole story.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from podlib import models
from podlib.errors import APIError, MigrationError, NotFoundError, PodmanError, RestoreFailedError
from podlib.http.flow_sync import sleep, uninterrupted

from .checkpoints import PATIENCE, Export, patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from podlib.models.migration import Phase

    from .client import Podman

Progress: TypeAlias = "Callable[[models.MigrationProgress], object]"

_REPORT_EVERY = 0.1
_SETTLE = 0.2

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


def migrate(
    container: str,
    source: Podman,
    target: Podman,
    *,
    tcp_established: bool = False,
    file_locks: bool = False,
    stall: float = 60.0,
    answer: float = 600.0,
    progress: Progress | None = None,
) -> models.Migration:
    """Move the running ``container`` from the service ``source`` to ``target``.

    It keeps its id, its name and the state of its processes; its named volumes travel with it,
    and its image is sent if the target lacks it. ``tcp_established`` and ``file_locks`` allow
    processes that hold such. ``stall``: seconds that a transfer may stand still; ``answer``:
    seconds that each host has to freeze, or to start, the container. ``progress`` is called with
    each step.

    Any failure before the target's container was seen running restores it on the source. Raises
    MigrationError, whose ``location`` says where the container is; NotFoundError if the source has
    no such container, ConnectError if it does not answer. A cancellation or Ctrl-C is
    raised once the container is safe, back on the source or, if it had arrived, on the target; a
    note of the exception says where.
    """
    facts = source.containers.inspect(container)
    source = source.with_timeouts(idle=stall, head=answer, total=None)
    target = target.with_timeouts(idle=stall, head=answer, total=None)
    move = _Move(facts, source, target, tcp_established, file_locks, progress)
    try:
        move.check()
        move.send_image()
    except MigrationError:
        raise
    except PodmanError as error:
        raise move.failure(error, "source") from error
    try:
        return uninterrupted(move.move, move.interrupt)
    except PodmanError:
        raise
    except BaseException as error:
        error.add_note(f"container {move.name!r} is now: {move.location}")
        raise


class _Move:
    """One migration under way."""

    def __init__(
        self,
        facts: models.ContainerInspect,
        source: Podman,
        target: Podman,
        tcp_established: bool,
        file_locks: bool,
        progress: Progress | None,
    ) -> None:
        self._facts = facts
        self._id = facts.id
        self.name = facts.name
        self._source = source
        self._target = target
        self._tcp_established = tcp_established
        self._file_locks = file_locks
        self._progress = progress
        self._phase: Phase = "check"
        self._image_bytes = 0
        self._reported = 0.0
        self._export: Export | None = None
        self._interrupted = False
        self._complaint: Exception | None = None  # what the caller's progress raised
        self._delivered = False  # the target may have the whole archive
        self.location = "source"
        """Where the container is, in the words of MigrationError.location."""

    def _enter(self, phase: Phase, message: str) -> None:
        self._phase = phase
        self._report(message)

    def _report(self, message: str, count: int = 0) -> None:
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

    def check(self) -> None:
        """Look for what would stop the container from arriving. Raises MigrationError."""
        self._enter("check", f"checking {self.name} and both hosts")
        facts = self._facts
        self._require(facts.state.status == "running", f"it is {facts.state.status}, not running")
        self._require(not facts.pod, "it belongs to a pod")
        self._require(
            not facts.host_config.auto_remove,
            "Podman removes it as soon as it stops (--rm), and the way back with it",
        )
        for name in (self._id, self.name):
            taken = self._target.containers.exists(name)
            self._require(not taken, f"the target has a container {name!r} already")
        self._check_hosts()
        self._check_networks()
        self._check_volumes()
        self._check_ports()

    def _require(self, fact: bool, problem: str) -> None:
        if not fact:
            raise self.failure(problem, "source")

    def _check_hosts(self) -> None:
        here = (self._source.system.info()).host
        there = (self._target.system.info()).host
        self._require(
            here.arch == there.arch, f"it runs on {here.arch}, the target is {there.arch}"
        )

    def _check_networks(self) -> None:
        for network in self._facts.network_settings.networks:
            known = self._target_has("networks/{}/exists", network)
            self._require(known, f"the target has no network {network!r}; create it first")

    def _check_volumes(self) -> None:
        for mount in self._facts.mounts:
            if mount.type == "volume":
                taken = self._target_has("volumes/{}/exists", mount.name)
                problem = (
                    f"the target has a volume {mount.name!r} already, and would not replace it"
                )
                self._require(not taken, problem)

    def _target_has(self, route: str, name: str) -> bool:
        try:
            self._target.request("GET", route, name)
        except NotFoundError:
            return False
        return True

    def _check_ports(self) -> None:
        wanted = {
            (int(binding.host_port), port.partition("/")[2])
            for port, bindings in self._facts.network_settings.ports.items()
            for binding in bindings
            if binding.host_port
        }
        for other in self._target.containers.list() if wanted else []:
            taken = {
                (mapping.host_port + offset, protocol)
                for mapping in other.ports
                for offset in range(mapping.range)
                for protocol in mapping.protocol.split(",")
            }
            for number, protocol in wanted & taken:
                problem = f"port {number}/{protocol} is taken at the target, by {other.names[0]}"
                raise self.failure(problem, "source")

    def send_image(self) -> None:
        """Give the target the container's image, while the container still runs."""
        image = self._facts.image
        if self._target.images.exists(image):
            return
        self._enter("image", f"sending image {self._facts.image_name}")
        details = self._source.images.inspect(image)
        docker = "docker" in details.manifest_type  # the other format would change the image's id
        named = self._facts.image_name in details.repo_tags
        with self._source.images.save_stream(
            self._facts.image_name if named else image,
            format="docker-archive" if docker else "oci-archive",
        ) as blocks:
            self._target.images.load(self._counted(blocks))
        self._report(f"sent image {self._facts.image_name}", self._image_bytes)
        arrived = self._target.images.exists(image)
        self._require(arrived, f"the target did not take its image {image}")

    def _counted(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._image_bytes += len(block)
            self._report_bytes(f"sending image {self._facts.image_name}", self._image_bytes)
            yield block

    def _report_bytes(self, message: str, count: int) -> None:
        if time.monotonic() - self._reported >= _REPORT_EVERY:
            self._report(message, count)

    # -- while the container is frozen -----------------------------------------------------------

    def interrupt(self) -> None:
        """Go back, unless the container is about to arrive."""
        self._interrupted = True
        if self._export is not None and not self._delivered:
            self._export.interrupt()

    def move(self) -> models.Migration:
        """Checkpoint, transfer, confirm, remove. Runs to its end whatever happens."""
        try:
            return self._move()
        finally:
            if self._complaint is not None:
                raise self._complaint

    def _move(self) -> models.Migration:
        began = time.monotonic()
        export = Export(
            self._source.containers,
            self._id,
            tcp_established=self._tcp_established,
            file_locks=self._file_locks,
        )
        try:
            self._transfer(export)
            frozen = time.monotonic() - began
            self._confirm()
        except BaseException as error:  # also when the event loop ends all tasks
            if not self._arrived_nevertheless(error):
                failure = self._undo(export, error)
                raise failure from error
            frozen = time.monotonic() - began
        self.location = "target"
        self._remove()
        self._enter("done", f"{self.name} runs on the target")
        return models.Migration(
            container_id=self._id,
            name=self.name,
            frozen=frozen,
            archive_bytes=export.size,
            image_bytes=self._image_bytes,
            source_version=self._source.server_version,
            target_version=self._target.server_version,
        )

    def _transfer(self, export: Export) -> None:
        self._export = export
        self._enter("checkpoint", f"freezing {self.name}")
        export.open()
        self._enter("transfer", f"sending {self.name}")
        try:
            self._target.containers.restore_from(
                self._pumped(export),
                tcp_established=self._tcp_established,
                file_locks=self._file_locks,
            )
        finally:
            export.close()

    def _pumped(self, export: Export) -> Iterator[list[memoryview]]:
        self._stop_if_interrupted()
        for pieces in export.pieces():
            self._report_bytes(f"sending {self.name}", export.size)
            yield pieces
            self._stop_if_interrupted()
        self._report(f"starting {self.name} on the target", export.size)
        self._stop_if_interrupted()
        self._delivered = True

    def _stop_if_interrupted(self) -> None:
        if self._interrupted:
            raise PodmanError("the migration was interrupted")

    def _confirm(self) -> None:
        self._enter("confirm", f"making sure that {self.name} runs on the target")
        for pause in (0, _SETTLE):
            sleep(pause)
            facts = patiently(lambda: self._target.containers.inspect(self._id))
            if not facts.state.running:
                status = f"{facts.state.status}, exit code {facts.state.exit_code}"
                problem = f"it did not go on running on the target ({status})"
                raise RestoreFailedError(f"container {self.name!r}", problem)

    def _remove(self) -> None:
        self._enter("remove", f"removing {self.name} from the source")
        try:
            patiently(lambda: self._source.containers.remove(self._id))
        except NotFoundError:
            return
        except PodmanError as error:
            raise self.failure(error, "target") from error

    # -- when something fails --------------------------------------------------------------------

    def _arrived_nevertheless(self, error: BaseException) -> bool:
        """Whether the container runs on the target; if it does not, nothing of it is left there.

        Raises MigrationError when nobody can say: then the source must not be restored.
        """
        if not self._delivered:
            return False  # an archive that is not complete is not restored
        if isinstance(error, RestoreFailedError | APIError):
            return self._target_gave_up()
        if self._comes_up():
            return True
        raise self.failure(error, "frozen") from error

    def _target_gave_up(self) -> bool:
        """The target said that it failed: remove what may be left there, unless it runs."""
        try:
            facts = patiently(lambda: self._target.containers.inspect(self._id))
            if facts.state.running:
                return True
            patiently(lambda: self._target.containers.remove(self._id, force=True, timeout=0))
        except NotFoundError:
            return False
        except PodmanError as problem:
            raise self.failure(problem, "frozen") from problem
        return False

    def _comes_up(self) -> bool:
        """The connection was lost while the target restored: wait for the container to run there.

        That it is not there yet says nothing: the target may still be unpacking the archive.
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(PodmanError):  # not there yet, or the target does not answer yet
                if (self._target.containers.inspect(self._id)).state.running:
                    return True
            sleep(_SETTLE)
        return False

    def _undo(self, export: Export, error: BaseException) -> MigrationError:
        phase = self._phase
        self._enter("undo", f"bringing {self.name} back on the source")
        try:
            self._facts = export.thaw()
        except PodmanError as problem:
            location = "frozen" if export.opened else "unknown"
            return self.failure(f"{error}; then {problem}", location, phase)
        return self.failure(error, "source", phase)

    def failure(
        self, problem: BaseException | str, location: str, phase: Phase | None = None
    ) -> MigrationError:
        """What failed in this phase, where the container is now, and what to do."""
        self.location = location
        what = "was migrated, but not cleared away" if location == "target" else "was not migrated"
        why = str(problem) or type(problem).__name__
        advice = _ADVICE[location].format(id=self._id[:12], status=self._facts.state.status)
        message = f"container {self.name!r} {what}: {why}. {advice}"
        return MigrationError(message, phase=phase or self._phase, location=location)
