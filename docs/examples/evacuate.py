"""Move all running containers of one Podman host to another, and report on each.

    python evacuate.py host-a.sock host-b.sock --journals journals

``--plan`` only says what would stand in the way. Exit status: 0: all have moved, or could; 1: not
all, and the report says why; 2: nothing was begun. SIGTERM and Ctrl-C end it once every container
that is under way is safe.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import podlib
from podlib import models

if TYPE_CHECKING:
    from podlib.models import ContainerSummary, MigrationProgress

WHERE = {"source": "stayed", "target": "moved", "frozen": "FROZEN", "unknown": "UNKNOWN"}
"""How the report names what a MigrationError says."""


@dataclass(frozen=True)
class Outcome:
    """What became of one container; ``problem`` is empty if nothing is left to do."""

    name: str
    state: str
    detail: str
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.state:<8} {self.name:<20} {self.problem or self.detail}"


class Evacuation:
    """All moves from one host to the other."""

    def __init__(
        self,
        source: podlib.AsyncPodman,
        target: podlib.AsyncPodman,
        options: models.MoveOptions,
        journals: Path,
        at_once: int,
    ) -> None:
        self._source = source
        self._target = target
        self._options = options
        self._journals = journals
        self._turn = asyncio.Semaphore(at_once)
        self.outcomes: list[Outcome] = []

    async def plan(self, container: ContainerSummary) -> None:
        """Say what would happen, and change nothing."""
        name = container.names[0]
        try:
            plan = await podlib.async_plan_migration(
                container.id, self._source, self._target, **self._options
            )
        except podlib.PodmanError as error:
            self._note(Outcome(name, "unknown", "", str(error)))
            return
        print(plan, end="\n\n", flush=True)
        blockers = "; ".join(each.message for each in plan.blockers)
        state = "blocked" if blockers else "can move"
        self._note(Outcome(name, state, f"{len(plan.warnings)} warnings", blockers))

    async def move(self, container: ContainerSummary) -> None:
        """Move one container when its turn comes. What fails is noted, and stops no other."""
        name = container.names[0]
        async with self._turn:
            try:
                moved = await podlib.async_migrate(
                    container.id,
                    self._source,
                    self._target,
                    journal=self._journals / f"{name}.journal",
                    progress=lambda event: say(name, event),
                    **self._options,
                )
            except podlib.MigrationError as error:
                self._note(Outcome(name, WHERE[error.location], "", str(error)))
            except podlib.NotFoundError:
                self._note(Outcome(name, "gone", "it has ended meanwhile"))
            except podlib.PodmanError as error:
                self._note(Outcome(name, "stayed", "", str(error)))
            except asyncio.CancelledError as error:
                notes = getattr(error, "__notes__", ["interrupted before it was touched"])
                self._note(Outcome(name, "stopped", "", "; ".join(notes)))
                raise
            else:
                size = f"{moved.archive_bytes / 1e6:.1f} MB"
                self._note(Outcome(name, "moved", f"frozen for {moved.frozen:.1f} s, {size}"))

    def _note(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def report(self, seconds: float) -> int:
        """Print what became of each; the exit status."""
        for outcome in sorted(self.outcomes, key=lambda each: (bool(each.problem), each.name)):
            print(outcome)
        done = sum(not each.problem for each in self.outcomes)
        print(f"{done} of {len(self.outcomes)} without a problem, in {seconds:.1f} s", flush=True)
        return 0 if done == len(self.outcomes) else 1


def positive(text: str) -> int:
    """A number of moves."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 or more")
    return int(text)


def say(name: str, event: MigrationProgress) -> None:
    """One line for each step; those about bytes come too often."""
    if not event.bytes:
        print(f"{name}: {event.phase}", flush=True)


async def run(arguments: argparse.Namespace) -> int:
    """Move or plan them all; the exit status."""
    options = models.MoveOptions(
        tcp_established=arguments.tcp_established,
        file_locks=arguments.file_locks,
        ignore_static_ip=arguments.ignore_static_ip,
    )
    async with (
        podlib.AsyncPodman(arguments.source) as source,
        podlib.AsyncPodman(arguments.target) as target,
    ):
        await target.system.ping()
        containers = await source.containers.list(filters={"status": ["running", "paused"]})
        arguments.journals.mkdir(mode=0o700, parents=True, exist_ok=True)
        evacuation = Evacuation(source, target, options, arguments.journals, arguments.at_once)
        step = evacuation.plan if arguments.plan else evacuation.move
        began = time.monotonic()
        status = 1
        try:
            async with asyncio.TaskGroup() as group:  # it waits for all, also when it is cancelled
                for container in containers:
                    group.create_task(step(container))
        finally:
            status = evacuation.report(time.monotonic() - began)
        return status


async def until_terminated(arguments: argparse.Namespace) -> int:
    """SIGTERM does what Ctrl-C does: each move that is under way is finished or undone first."""
    task = asyncio.ensure_future(run(arguments))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="socket of the host that is to be emptied")
    parser.add_argument("target", help="socket of the host that takes its containers")
    parser.add_argument("--journals", type=Path, default=Path("journals"), help="a folder for them")
    parser.add_argument("--at-once", type=positive, default=2, help="moves at a time (2)")
    parser.add_argument("--plan", action="store_true", help="change nothing, say what would be")
    parser.add_argument("--tcp-established", action="store_true", help="keep open connections")
    parser.add_argument("--file-locks", action="store_true", help="move holders of locks too")
    parser.add_argument("--ignore-static-ip", action="store_true", help="new addresses there")
    try:
        return asyncio.run(until_terminated(parser.parse_args()))
    except (podlib.PodmanError, OSError) as error:
        print(f"evacuate: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
