"""The container of a run: made within its limits, found again, read and removed."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from podlib.errors import (
    APIError,
    ConflictError,
    ConnectError,
    NotFoundError,
    PodmanError,
    ProtocolError,
    PullError,
    TimedOutError,
)
from podlib.http.frames import FrameSplitter
from podlib.replies import NOT_STARTED

from . import log
from .messages import Entry, RefusalError, Run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from podlib import AsyncPodman
    from podlib.models import ContainerInspect, ContainerOptions, ContainerSummary

    from .options import Limits

NAME = "podlib-bus-{}"
RUN_ID = "podlib.bus.run-id"
WORKER = "podlib.bus.worker"
OWNER = "podlib.bus.owner"
CORRELATION = "podlib.bus.correlation-id"
ANSWER = "podlib.bus.answer"
TIMEOUT = "podlib.bus.timeout"

UNAVAILABLE = (ConnectError, ProtocolError, TimedOutError)
"""What a service raises that is not there, or goes away."""

_CALL = 60.0
"""Seconds in which the service must begin to answer."""
_PULL = 600.0
_BEYOND = 30
"""Seconds after its time limit, when Podman ends a container by itself: the worker is dead then."""
_LOG = 64 << 20
"""Bytes of a log; then Podman begins it anew."""
_LINE = 47
"""Bytes that each line takes in it, beside its text."""
_PAUSE = 0.5
_LAST_OUTPUT = 10.0
"""Seconds after the end of a container for what it wrote last."""


class Ended(NamedTuple):
    """What came of a container."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    truncated: bool = False


class Written:
    """What a container wrote: of stdout and of stderr, the first ``most`` bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept = {"stdout": bytearray(), "stderr": bytearray()}
        self.truncated = False
        self.log_size = 0
        """How large a log of it is, at most."""

    def take(self, stream: str, data: bytes) -> None:
        """One more piece."""
        self.log_size += len(data) + _LINE * (data.count(b"\n") + 1)
        kept = self._kept["stderr" if stream == "stderr" else "stdout"]
        space = self._most - len(kept)
        self.truncated = self.truncated or len(data) > space
        kept += data[:space]

    def text(self, stream: str) -> str:
        """All that is kept."""
        return self._kept[stream].decode("utf-8", "replace")


class Box:
    """The containers of the worker called ``worker``."""

    def __init__(self, podman: AsyncPodman, worker: str, limits: Limits) -> None:
        self._podman = podman.with_timeouts(head=_CALL)
        self._patient = podman
        self._worker = worker
        self._limits = limits
        self._log_size = max(_LOG, 4 * limits.most_output)
        self._pulls: dict[str, asyncio.Lock] = {}

    # -- before it runs --------------------------------------------------------------------------

    async def have(self, image: str) -> None:
        """Pull an image that the store lacks. Raises RefusalError."""
        async with self._pulls.setdefault(image, asyncio.Lock()):
            if await self._podman.images.exists(image):
                return
            log.info("pulling", image=image)
            limited = self._patient.with_timeouts(total=_PULL)
            try:
                await limited.images.pull(image, policy="missing", quiet=True)
            except (PullError, APIError) as error:
                message = f"the image {image} is not on the host and cannot be pulled: {error}"
                raise RefusalError("not_found", message) from error

    async def has(self, image: str) -> bool:
        """Whether the store has an image."""
        return await self._podman.images.exists(image)

    async def create(self, entry: Entry, run: Run) -> str:
        """Make the container: its id. Raises RefusalError if its name is taken."""
        try:
            made = await self._podman.containers.create(run.image, **self._options(entry, run))
        except ConflictError as error:
            message = f"the run {run.run_id} is under way elsewhere, or its name is taken: {error}"
            raise RefusalError("bad_request", message) from error
        return made.id

    def _options(self, entry: Entry, run: Run) -> ContainerOptions:
        limits = self._limits
        options: ContainerOptions = {
            "name": NAME.format(run.run_id),
            "labels": {
                RUN_ID: run.run_id,
                WORKER: self._worker,
                OWNER: run.owner,
                CORRELATION: entry.correlation_id,
                ANSWER: entry.name,
                TIMEOUT: repr(run.timeout),
            },
            "env": run.env,
            "memory": limits.memory,
            "cpus": limits.cpus,
            "pids_limit": limits.pids,
            "network": limits.network,
            "read_only": limits.read_only,
            "image_volumes": "tmpfs",
            "no_new_privileges": True,
            "http_proxy": False,
            "restart": "no",
            "systemd": "false",
            "health": "none",
            "log_driver": "k8s-file",
            "log_options": {"max-size": str(self._log_size)},
            "timeout": math.ceil(run.timeout) + _BEYOND,
        }
        if run.args:
            options["command"] = run.args
        return options

    @asynccontextmanager
    async def started(self, container: str) -> AsyncGenerator[asyncio.Task[Written]]:
        """Start it, attached before: what it writes, once it has ended."""
        async with self._podman.containers.attach(container) as session:
            await self._podman.containers.start(container)

            async def read() -> Written:
                written = Written(self._limits.most_output)
                async for stream, data in session.output():
                    written.take(stream, data)
                return written

            reading = asyncio.create_task(read())
            try:
                yield reading
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    # -- while it runs ---------------------------------------------------------------------------

    async def until_end(self, run: Run) -> bool:
        """Wait until it does not run any more; whether the service was there all the time."""
        name, steady = NAME.format(run.run_id), True
        while True:
            try:
                await self._patient.containers.wait(name, interval=0.1)
            except UNAVAILABLE as error:
                log.warning("waiting for the service", run_id=run.run_id, error=str(error))
                await asyncio.sleep(_PAUSE)
                steady = False
            else:
                return steady

    async def find(self, run_id: str) -> ContainerInspect | None:
        """The container of a run, if there is one, and it is one."""
        try:
            found = await self._podman.containers.inspect(NAME.format(run_id))
        except NotFoundError:
            return None
        return found if found.config.labels.get(RUN_ID) == run_id else None

    # -- afterwards ------------------------------------------------------------------------------

    async def collect(self, run: Run, reading: asyncio.Task[Written] | None = None) -> Ended:
        """Its exit code and output."""
        written = None
        if reading:
            await asyncio.wait({reading}, timeout=_LAST_OUTPUT)
            if reading.done() and not reading.exception():
                written = reading.result()
        found = await self.find(run.run_id)
        if found is None:
            raise RefusalError("not_found", f"the container of run {run.run_id} was removed")
        state = found.state
        seconds = 0.0
        if state.started_at and state.finished_at:
            seconds = max(0.0, (state.finished_at - state.started_at).total_seconds())
        # The log, as long as it is whole: of a container that ends at once, conmon may not have
        # seen yet who is attached.
        if written is None or written.log_size < self._log_size // 2:
            written = await self._log(found.id)
        stdout, stderr = written.text("stdout"), written.text("stderr")
        return Ended(state.exit_code, stdout, stderr, seconds, written.truncated)

    async def _log(self, container: str) -> Written:
        written = Written(self._limits.most_output)
        frames = FrameSplitter()
        containers = self._podman.containers
        # Not `logs`, whose lines do not tell whether the last one had an end.
        async with containers._stream(
            "GET", "containers/{}/logs", container, stdout=True, stderr=True
        ) as response:
            async for block in response.iter_bytes():
                for stream, data in frames.feed(block):
                    written.take(stream, data)
            frames.end()
        return written

    async def remove(self, container: str) -> None:
        """End and remove a container, by its id: a name may be another worker's by now.

        What cannot be removed is found later, by its labels.
        """
        try:
            await self._podman.containers.remove(
                container, force=True, timeout=0, volumes=True, ignore=True
            )
        except NotFoundError:
            return
        except PodmanError as error:
            log.warning("container not removed", container=container, error=str(error))

    async def remove_own(self, run_id: str) -> None:
        """The same for a run of which it is not known whether this worker made the container."""
        try:
            found = await self.find(run_id)
        except PodmanError as error:
            log.warning("container not removed", run_id=run_id, error=str(error))
            return
        if found is not None and found.config.labels.get(WORKER) == self._worker:
            await self.remove(found.id)

    async def all(self) -> list[ContainerSummary]:
        """The containers of runs of all workers of this Podman, running or not."""
        found = await self._podman.containers.list(all=True, filters={"label": RUN_ID})
        # Anybody can give a container labels: those of runs have the name that goes with them.
        return [each for each in found if NAME.format(each.labels[RUN_ID]) in each.names]

    async def ping(self) -> str:
        """The service's version."""
        version = await self._podman.system.version()
        return version.version


def not_started(error: APIError) -> Ended | None:
    """What a container ended with whose command cannot run, as with ``podman run``."""
    if (code := NOT_STARTED.get(error.cause)) is None:
        return None
    return Ended(code, "", error.message, 0.0)


def entry_of(found: ContainerSummary, worker: str, podman: str) -> Entry | None:
    """What a container's labels tell of a run of which nothing else is known."""
    labels = found.labels
    try:
        timeout = float(labels.get(TIMEOUT, ""))
    except ValueError:
        return None
    if not labels.get(CORRELATION) or not labels.get(ANSWER):
        return None
    run = Run(
        run_id=labels[RUN_ID],
        image=found.image,
        args=found.command,
        env={},
        timeout=timeout,
        owner=labels.get(OWNER, ""),
        started=found.created.timestamp(),
    )
    return Entry(
        key=key_of(run.run_id),
        worker=worker,
        name=labels[ANSWER],
        correlation_id=labels[CORRELATION],
        podman=podman,
        run=run,
    )


def key_of(run_id: str) -> str:
    """The name of a run in the store."""
    return f"run-{run_id}"
