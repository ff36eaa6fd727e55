"""Throughput of a build's context from a folder, and how far the client's memory grows meanwhile.

docker-py and podman-py write the archive to a temporary file first, and get an eighth of the size.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from . import rounds
from .report import Goal, Row
from .rounds import Client, Setting

if TYPE_CHECKING:
    from collections.abc import Sequence

GIB = 1 << 30
ROUNDS = 5
WHAT = "build context, from a folder"
MEMORY = Goal("≤", 8)


def rows(setting: Setting) -> list[Row]:
    size = GIB // 4 if setting.quick else 2 * GIB
    with ExitStack() as stack:

        def client(name: str, peer: str, task: str, amount: int) -> Client:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="podlib-bench-"))
            _fill(Path(folder), amount)
            options: dict[str, str | int] = {"path": setting.socket, "folder": folder}
            return Client(name, peer, task, amount, options)

        podlib = client("podlib", "with_podlib", "build", size)
        podlib_async = client("podlib, asyncio", "with_podlib", "build_async", size)
        others = [
            client("docker-py", "docker_py", "build", size // 8),
            client("podman-py", "podman_py", "build", size // 8),
        ]
        rounds.run(setting, [podlib, podlib_async, *others], 3 if setting.quick else ROUNDS)
    return [*_speeds(podlib, [podlib_async, *others]), *map(_memory, (podlib, podlib_async))]


def _fill(folder: Path, size: int) -> None:
    """A Containerfile, and a sparse file: it takes no room on the disk."""
    (folder / "Containerfile").write_text("FROM scratch\n")
    with (folder / "data").open("wb") as file:
        file.truncate(size)


def _speeds(first: Client, others: Sequence[Client]) -> list[Row]:
    speed = 1 / first.per_unit("wall")
    found = [Row(WHAT, first.name, speed / 1e9, "GB/s")]
    for each in others:
        other = 1 / each.per_unit("wall")
        found.append(Row(WHAT, each.name, other / 1e9, "GB/s", other / speed, first.name))
    return found


def _memory(client: Client) -> Row:
    growth = client.growth / (1 << 20)
    return Row(f"{WHAT}: memory growth", client.name, growth, "MiB", goal=MEMORY)
