"""Save what can be saved of a Podman host that will be gone in a moment.

    python spot_notice.py host-a.sock host-b.sock --deadline 90s --save archives

Run it where the notice arrives, on a machine that stays. One container after the other is moved:
those with the highest label ``spot.priority`` first, of equals the one with the least memory. What
does not fit in the time that is left, or cannot move, is frozen into an archive in the folder
``--save``; what does not fit there either is left running. Exit status: 0: all are safe; 1: some
are not, and each has its line; 2: nothing was begun.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import podlib

if TYPE_CHECKING:
    from podlib.models import ContainerSummary, MigrationPlan

LABEL = "spot.priority"
UNITS = {"s": 1, "m": 60, "h": 3600}
OVERHEAD = 3.0
"""Seconds that a move takes even if there is hardly any memory."""
RESERVE = 2.0
"""Seconds before the deadline at which a move is broken off, so that it can be undone in time."""


@dataclass(frozen=True)
class Candidate:
    """One running container."""

    plan: MigrationPlan
    priority: int

    @property
    def id(self) -> str:
        """The container's."""
        return self.plan.container_id

    @property
    def bytes(self) -> int:
        """About what has to travel."""
        return (self.plan.memory_bytes or 0) + self.plan.root_fs_bytes + self.plan.image_bytes

    def seconds(self, rate: float) -> float:
        """About how long that takes at ``rate`` bytes a second."""
        return OVERHEAD + self.bytes / rate


def in_order(candidates: list[Candidate]) -> list[Candidate]:
    """The most important first, of equals the smallest: so the most are saved."""
    return sorted(candidates, key=lambda each: (-each.priority, each.bytes, each.plan.name))


class Rescue:
    """What can be done until the deadline."""

    def __init__(
        self,
        source: podlib.AsyncPodman,
        target: podlib.AsyncPodman,
        arguments: argparse.Namespace,
        end: float,
    ) -> None:
        self._source = source
        self._target = target
        self._save_folder: Path | None = arguments.save
        self._rate = arguments.rate * 1e6
        self._save_rate = arguments.save_rate * 1e6
        self._end = end

    async def run(self) -> bool:
        """Try them all; whether all are safe."""
        listed = await self._source.containers.list(filters={"status": ["running", "paused"]})
        found = [await self._candidate(each) for each in listed]
        safe = [await self._rescue(each) for each in in_order([one for one in found if one])]
        print(f"{sum(safe)} of {len(safe)} are safe, {self._left:.0f} s are left", flush=True)
        return all(safe)

    async def _candidate(self, container: ContainerSummary) -> Candidate | None:
        try:
            plan = await podlib.async_plan_migration(container.id, self._source, self._target)
        except podlib.NotFoundError:  # it has ended
            return None
        label = container.labels.get(LABEL, "0")
        return Candidate(plan, int(label) if label.lstrip("-").isdecimal() else 0)

    @property
    def _left(self) -> float:
        return self._end - time.monotonic()

    async def _rescue(self, each: Candidate) -> bool:
        """Move it, else save it, else leave it; whether it is safe."""
        for way in (self._move, self._save):
            try:
                async with asyncio.timeout(self._left - RESERVE):
                    done = await way(each)
            except TimeoutError:
                say(each, "it was broken off: the time is over")
            except podlib.PodmanError as error:
                say(each, str(error))
                if isinstance(error, podlib.MigrationError) and error.location != "source":
                    return error.location == "target"
            else:
                if done:
                    say(each, done)
                    return True
        return await self._has_arrived(each)

    async def _has_arrived(self, each: Candidate) -> bool:
        """A move that is broken off too late to be undone is finished."""
        try:
            arrived = not await self._source.containers.exists(each.id)
        except podlib.PodmanError as error:
            say(each, f"UNKNOWN: {error}")
            return False
        say(each, "moved after all" if arrived else "LEFT RUNNING, it will end with its host")
        return arrived

    async def _move(self, each: Candidate) -> str:
        """What was done; "" if it does not fit."""
        if self._misses("a move", each, each.seconds(self._rate)):
            return ""
        moved = await podlib.async_migrate(each.id, self._source, self._target)
        return f"moved, frozen for {moved.frozen:.1f} s"

    async def _save(self, each: Candidate) -> str:
        """What was done; "" if it does not fit, or nobody wants it."""
        if self._save_folder is None:
            return ""
        if any(finding.kind == "auto-remove" for finding in each.plan.blockers):
            say(each, "not saved: with --rm there is no way back if that fails")
            return ""
        if self._misses("saving", each, each.seconds(self._save_rate)):
            return ""
        path = self._save_folder / f"{each.plan.name}.tar"
        await podlib.async_save_checkpoint(each.id, self._source, path)
        return f"saved to {path} and frozen; podlib.load_checkpoint wakes it elsewhere"

    def _misses(self, what: str, each: Candidate, needs: float) -> bool:
        left = max(0.0, self._left - RESERVE)
        if needs > left:
            say(each, f"{what} takes about {needs:.0f} s, {left:.0f} s are left")
        return needs > left


def say(candidate: Candidate, what: str) -> None:
    """One line, at once: this machine may be the next."""
    print(f"{candidate.plan.name}: {what}", flush=True)


def duration(text: str) -> float:
    """Seconds of such as ``90s``, ``2m``, ``1h``."""
    if text[-1:] not in UNITS or not text[:-1].isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not such as 90s, 2m or 1h")
    return float(int(text[:-1]) * UNITS[text[-1]])


async def run(arguments: argparse.Namespace) -> int:
    """Rescue them; the exit status."""
    end = time.monotonic() + arguments.deadline
    async with (
        podlib.AsyncPodman(arguments.source) as source,
        podlib.AsyncPodman(arguments.target) as target,
    ):
        if arguments.save:
            arguments.save.mkdir(mode=0o700, parents=True, exist_ok=True)
        return 0 if await Rescue(source, target, arguments, end).run() else 1


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="socket of the host that will be gone")
    parser.add_argument("target", help="socket of the host that takes its containers")
    parser.add_argument("--deadline", type=duration, required=True, help="such as 90s or 2m")
    parser.add_argument("--save", type=Path, help="a folder for archives of what cannot move")
    parser.add_argument("--rate", type=float, default=50, help="MB/s of a move (default: 50)")
    parser.add_argument("--save-rate", type=float, default=100, help="MB/s to disk (default: 100)")
    try:
        return asyncio.run(run(parser.parse_args()))
    except (podlib.PodmanError, OSError) as error:
        print(f"spot_notice: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 1


if __name__ == "__main__":
    sys.exit(main())
