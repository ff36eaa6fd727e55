"""``make demo``: a container that counts moves to another real Podman host while it counts.

The last line says what was measured; the exit status is 0 only if nothing of the count was lost
or counted twice, the container is gone from the first host and runs on the second.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import podlib
from tests.testbed import CHECKPOINTING, Host, TestbedError, session

if TYPE_CHECKING:
    from podlib import Podman
    from podlib.models import Migration, MigrationProgress

NAME = "counter"
IMAGE = "localhost/counter:latest"
INTERVAL = 0.1
COUNTING = ("check", "image", "checkpoint")  # the phases that find it counting
CONTEXT = Path(__file__).with_name("counter")


@dataclass(frozen=True)
class Count:
    """One line of the counter's log: the number, and when it was counted (epoch seconds)."""

    number: int
    time: float


@dataclass
class Follower:
    """Reads a container's log as it grows, in a thread of its own."""

    host: Host
    counts: list[Count] = field(default_factory=list[Count])

    def start(self) -> None:
        """Begin to read; it ends with the container."""
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        try:
            with (
                podlib.Podman(self.host.socket) as podman,
                podman.containers.logs(NAME, follow=True) as lines,
            ):
                for line in lines:
                    self.counts.append(parse(line.text))
        except podlib.PodmanError:
            pass  # the host ended before the container did: the demo was interrupted

    def last(self) -> int:
        """The last number read, 0 before the first."""
        return self.counts[-1].number if self.counts else 0

    def wait_for(self, number: int) -> None:
        """Show the count until it has come to ``number``."""
        shown = Line(f"  {self.host.name} counts")
        deadline = time.monotonic() + 30
        while self.last() < number:
            if time.monotonic() > deadline:
                raise TestbedError(f"the counter on {self.host.name} stands still at {self.last()}")
            shown.update(str(self.last()))
            time.sleep(INTERVAL / 2)
        shown.update(str(self.last()))
        shown.end()


class Line:
    """A line of output that changes until it ends; where that cannot be, it is written once."""

    def __init__(self, head: str) -> None:
        self.head = head
        self.text = ""

    def update(self, text: str) -> None:
        """Show ``text`` after the line's head."""
        self.text = text
        if sys.stdout.isatty():
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write(f"\r\033[K{str(self)[:width]}")
            sys.stdout.flush()

    def end(self) -> None:
        """Leave the line as it is."""
        sys.stdout.write("\n" if sys.stdout.isatty() else f"{self}\n")
        sys.stdout.flush()

    def __str__(self) -> str:
        return f"{self.head} {self.text}"


class Progress:
    """Shows a migration: one line for each phase, with its time and its bytes."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.event: MigrationProgress | None = None
        self.line = Line("")
        self.began = 0.0

    def __call__(self, event: MigrationProgress) -> None:
        """Take one event of the migration."""
        if self.event is None or event.phase != self.event.phase:
            self.end()
            self.line = Line(f"  {event.phase:<11}")
            self.began = time.monotonic()
        self.event = event
        self._show(event)

    def _show(self, event: MigrationProgress) -> None:
        seconds = f"{time.monotonic() - self.began:.2f} s"
        amount = size(event.bytes) if event.bytes else ""
        count = f" ({NAME} at {self.follower.last()})" if event.phase in COUNTING else ""
        self.line.update(f"{seconds:>6}  {amount:>8}  {event.message}{count}")

    def end(self) -> None:
        """Leave the last phase's line, with all the time it took."""
        if self.event is not None:
            self._show(self.event)
            self.line.end()
            self.event = None


@dataclass(frozen=True)
class Findings:
    """What the logs of both hosts tell of the counter."""

    before: Count
    after: Count
    lost: int
    doubled: int
    frozen: float

    @classmethod
    def read(cls, source: list[Count], target: list[Count]) -> Findings:
        """Judge by what was logged on each host; the target's log begins with the source's."""
        counts = sorted({*source, *target}, key=lambda count: count.time)
        numbers = [count.number for count in counts]
        before = source[-1]
        gaps = [later.time - earlier.time for earlier, later in pairwise(counts)]
        return cls(
            before=before,
            after=next(count for count in counts if count.time > before.time),
            lost=len(set(range(1, max(numbers) + 1)) - set(numbers)),
            doubled=len(numbers) - len(set(numbers)) + len(target) - len(set(target)),
            frozen=max(gaps) - INTERVAL,
        )


def parse(text: str) -> Count:
    """A line of the counter's log."""
    number, stamp = text.split()
    return Count(int(number), float(stamp))


def size(amount: int) -> str:
    """Bytes for reading."""
    return f"{amount / 1e6:.2f} MB" if amount >= 1e6 else f"{amount / 1e3:.0f} kB"


def say(text: str) -> None:
    """A line of output, at once also in a pipe."""
    print(text, flush=True)


def build(podman: Podman, host: Host) -> None:
    """Build the counter's image, its log shown as it comes."""
    say(f"building {IMAGE} on {host.name}")
    context = host.share / "context"
    shutil.copytree(CONTEXT, context)
    shutil.copy(host.busybox, context / "busybox")
    podman.images.build(context, tags=[IMAGE], progress=lambda line: say(f"  {line}"))


def move(host_a: Host, host_b: Host) -> bool:
    """Start the counter on one host, move it to the other, and say what was measured."""
    with podlib.Podman(host_a.socket) as source, podlib.Podman(host_b.socket) as target:
        build(source, host_a)
        say(f"starting {NAME} on {host_a.name}")
        source.containers.create(IMAGE, name=NAME)
        source.containers.start(NAME)
        on_a, on_b = Follower(host_a), Follower(host_b)
        on_a.start()
        on_a.wait_for(30)
        say(f"moving {NAME} to {host_b.name} while it counts")
        progress = Progress(on_a)
        try:
            migration = podlib.migrate(NAME, source, target, progress=progress)
        finally:
            progress.end()
        on_b.start()
        on_b.wait_for(on_a.last() + 20)
        on_a.thread.join(timeout=5)
        with target.containers.logs(NAME) as lines:
            findings = Findings.read(on_a.counts, [parse(line.text) for line in lines])
        gone = not source.containers.exists(NAME)
        runs = target.containers.inspect(NAME).state.status == "running"
    return report(host_a, host_b, migration, findings, gone=gone, runs=runs)


def report(
    host_a: Host, host_b: Host, migration: Migration, found: Findings, *, gone: bool, runs: bool
) -> bool:
    """Print the last lines; whether all went well."""
    say(
        f"sent {size(migration.image_bytes)} of image and {size(migration.archive_bytes)} of "
        f"checkpoint; frozen {migration.frozen:.2f} s by podlib's own measure"
    )
    if not gone:
        say(f"{NAME} is still on {host_a.name}")
    if not runs:
        say(f"{NAME} does not run on {host_b.name}")
    if found.doubled:
        say(f"{found.doubled} counts counted twice")
    good = gone and runs and not found.lost and not found.doubled
    say(
        f"{'migrated' if good else 'FAILED to migrate'} {NAME}: "
        f"{host_a.name} (Podman {migration.source_version}) at {found.before.number} -> "
        f"{host_b.name} (Podman {migration.target_version}) at {found.after.number}, "
        f"frozen {found.frozen:.2f} s, {found.lost} counts lost"
    )
    return good


def main() -> int:
    """Run the demo; the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        say("starting two Podman hosts")
        with session(CHECKPOINTING) as hosts:
            for host in hosts.values():
                say(f"  {host.name}: Podman {host.version}")
            good = move(*hosts.values())
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    except (TestbedError, podlib.PodmanError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
