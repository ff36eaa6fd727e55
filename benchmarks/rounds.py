"""Runs clients in turn, round after round, and keeps what each round took."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .compiler import SetupError
from .server import CPUS

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
Measure = Literal["cpu", "wall"]
Cores = Literal["same", "apart"]


@dataclass(frozen=True)
class Setting:
    """How to measure.

    ``cores`` is where client and server run; left to the scheduler they land now on one core and
    now on two, which changes the figures up to threefold. CPU per call is taken on the ``same``
    core: ``apart`` each message pays for waking the other core, which in a virtual machine costs
    more than the client's own work, and none of it is the client's doing. Throughput is taken
    ``apart``, as beside a real Podman: on the same core the server's copying counts as well, and
    nobody streams with one core. ``--cores`` takes both in one place.
    """

    socket: str
    quick: bool
    cores: Cores

    @property
    def client_cpu(self) -> int:
        """The server's is the first."""
        return CPUS[0 if self.cores == "same" else -1]


@dataclass
class Client:
    """One client and its task, and what its rounds took.

    ``amount`` is the work of one round: calls, or bytes. ``rounds`` is set lower for clients so
    slow that they would take most of the time.
    """

    name: str
    peer: str
    task: str
    amount: int
    options: dict[str, str | int] = field(default_factory=dict[str, str | int])
    rounds: int = 1000
    results: list[dict[str, float]] = field(default_factory=list[dict[str, float]])

    def per_unit(self, measure: Measure) -> float:
        """Seconds per call or per byte: the median of the rounds."""
        return statistics.median(result[measure] for result in self.results) / self.amount

    @property
    def growth(self) -> float:
        """Growth of memory in bytes during the first transfer of the process."""
        return self.results[0]["growth"]


def run(
    setting: Setting, clients: Sequence[Client], rounds: int, warm_up: int | None = None
) -> None:
    """Runs every client's task ``rounds`` times, in turns: A B C A B C."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(_started(client, setting.client_cpu)) for client in clients
        ]
        if warm_up is not None:
            for client, process in zip(clients, processes, strict=True):
                _round(client, process, warm_up)
        for number in range(rounds):
            for client, process in zip(clients, processes, strict=True):
                if number < client.rounds:
                    client.results.append(_round(client, process, client.amount))


def ratio(one: Client, other: Client, measure: Measure) -> float:
    """What ``one`` takes per unit over what ``other`` takes.

    The median of the ratios of rounds that ran one after the other: both met the same machine,
    which two figures taken from different rounds did not.
    """
    pairs = zip(one.results, other.results, strict=False)
    ratios = [mine[measure] / theirs[measure] for mine, theirs in pairs]
    return statistics.median(ratios) * other.amount / one.amount


def _started(client: Client, cpu: int) -> subprocess.Popen[str]:
    job = {"peer": client.peer, "task": client.task, "options": client.options, "cpu": cpu}
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worker", json.dumps(job)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _round(client: Client, process: subprocess.Popen[str], amount: int) -> dict[str, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{amount}\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise SetupError(f"the benchmark of {client.name} ({client.task}) failed, see above")
    result: dict[str, float] = json.loads(line)
    return result
