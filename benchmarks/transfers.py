"""Throughput of large bodies, and how far the client's memory grows meanwhile.

The figure is the median of the rounds, as for the calls: two processes that fill and empty one
socket fall now into a fast rhythm and now into a slow one, and the best of 27 rounds of a raw loop
(nine with each block size) would be luckier than the best of nine. Each client's rounds take turns
with the others'. Memory is that of the first transfer, before which the process has none behind
it. The raw loop is run with several block sizes and its best one is what podlib is held against.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from . import rounds
from .report import Goal, Row
from .rounds import Client, Setting

if TYPE_CHECKING:
    from collections.abc import Generator

GIB = 1 << 30
ROUNDS = 9
RAW_BLOCKS = (1 << 16, 1 << 18, 1 << 20)
MEMORY = Goal("≤", 4)
FRAMINGS = {"length": "Content-Length", "chunked": "chunks of 32 KiB"}


def download_rows(setting: Setting) -> list[Row]:
    rows = _download_rows(setting, "length", 0.9)
    return rows + _download_rows(setting, "chunked", 0.75)


def _download_rows(setting: Setting, framing: str, bound: float) -> list[Row]:
    size = _size(setting)

    def client(name: str, peer: str, task: str, amount: int) -> Client:
        return Client(name, peer, task, amount, {"path": setting.socket, "framing": framing})

    podlib = client("podlib", "with_podlib", "download", size)
    podlib_async = client("podlib, asyncio", "with_podlib", "download_async", size)
    raw = _raw("recv_into", "download", size, {"path": setting.socket, "framing": framing})
    others = [
        client("http.client", "http_client", "download", size // 4),
        client("httpx", "with_httpx", "download", size // 8),
        client("httpx, asyncio", "with_httpx", "download_async", size // 16),
        client("aiohttp", "with_aiohttp", "download_async", size // 8),
    ]
    rounds.run(setting, [podlib, podlib_async, *raw, *others], _rounds(setting))
    what = f"download, {FRAMINGS[framing]}"
    best = min(raw, key=_seconds_per_byte)
    goal = Goal("≥", bound)
    return [
        _row(what, podlib, best, goal),
        _row(what, podlib_async, best, goal),
        *(_row(what, other, best) for other in [best, *others]),
        _memory_row(what, podlib),
        _memory_row(what, podlib_async),
    ]


def exec_rows(setting: Setting) -> list[Row]:
    """Output of a command, in frames of 8 KiB, taken apart: 1 GiB."""
    size = _size(setting) // 2
    options: dict[str, str | int] = {"path": setting.socket}
    podlib = Client("podlib", "with_podlib", "exec_output", size, options)
    podlib_async = Client("podlib, asyncio", "with_podlib", "exec_output_async", size, options)
    raw = _raw("recv_into", "exec_output", size, options)
    docker = Client("docker-py", "docker_py", "exec_output", size // 4, options)
    podman = Client("podman-py", "podman_py", "exec_output", size // 8, options)
    rounds.run(setting, [podlib, podlib_async, *raw, docker, podman], _rounds(setting))
    what = "output of exec"
    best = min(raw, key=_seconds_per_byte)
    return [
        _row(what, podlib, docker, Goal("≥", 2)),
        _row(what, podlib_async, docker, Goal("≥", 1.5)),
        _row(what, podlib, best),
        _row(what, podlib_async, best),
        *(_row(what, other, best) for other in (best, docker, podman)),
        _memory_row(what, podlib),
        _memory_row(what, podlib_async),
    ]


def upload_rows(setting: Setting) -> list[Row]:
    size = _size(setting)
    with _file(size) as file:
        options: dict[str, str | int] = {"path": setting.socket, "file": file}
        podlib = Client("podlib", "with_podlib", "upload", size, options)
        raw = Client("raw sendfile", "raw", "upload", size, options)
        rounds.run(setting, [podlib, raw], _rounds(setting))
    what = "upload from a file"
    return [
        _row(what, podlib, raw, Goal("≥", 0.85)),
        _row(what, raw, raw),
        _memory_row(what, podlib),
    ]


def pump_rows(setting: Setting) -> list[Row]:
    return [row for framing in FRAMINGS for row in _pump_rows(setting, framing)]


def _pump_rows(setting: Setting, framing: str) -> list[Row]:
    size = _size(setting)
    options: dict[str, str | int] = {"path": setting.socket, "framing": framing}
    podlib = Client("podlib", "with_podlib", "pump", size, options)
    raw = _raw("recv_into + sendall", "pump", size, options)
    rounds.run(setting, [podlib, *raw], _rounds(setting))
    what = f"pump, {FRAMINGS[framing]}"
    best = min(raw, key=_seconds_per_byte)
    return [
        _row(what, podlib, best, Goal("≥", 0.8)),
        _row(what, best, best),
        _memory_row(what, podlib),
    ]


def _raw(name: str, task: str, size: int, options: dict[str, str | int]) -> list[Client]:
    return [
        Client(f"raw {name}, {block >> 10} KiB", "raw", task, size, {**options, "block": block})
        for block in RAW_BLOCKS
    ]


def _size(setting: Setting) -> int:
    return GIB // 4 if setting.quick else 2 * GIB


def _rounds(setting: Setting) -> int:
    return 3 if setting.quick else ROUNDS


@contextmanager
def _file(size: int) -> Generator[str]:
    """A sparse file: it takes no room on the disk, and once read it is in the page cache."""
    with tempfile.NamedTemporaryFile(prefix="podlib-bench-") as file:
        file.truncate(size)
        while file.read(1 << 20):
            pass
        yield file.name


def _seconds_per_byte(client: Client) -> float:
    return client.per_unit("wall")


def _row(what: str, client: Client, to: Client, goal: Goal | None = None) -> Row:
    speed = 1 / _seconds_per_byte(client)
    if client is to:
        return Row(what, client.name, speed / 1e9, "GB/s")
    ratio = speed * _seconds_per_byte(to)
    return Row(what, client.name, speed / 1e9, "GB/s", ratio, to.name, goal)


def _memory_row(what: str, client: Client) -> Row:
    return Row(f"{what}: memory growth", client.name, client.growth / (1 << 20), "MiB", goal=MEMORY)
