"""How many lines of a log come out in a second, one by one, and what many logs at once take.

The server sends each line as a frame in a chunk of its own, as Podman does. docker-py and podman-py
give the frames as bytes; podlib gives lines, of which each knows its stream.
"""

from __future__ import annotations

from . import rounds
from .report import Goal, Row
from .rounds import Client, Setting

ROUNDS = 5
LINES = 1_000_000
FOLLOWERS = 200


def rows(setting: Setting) -> list[Row]:
    lines = LINES // 10 if setting.quick else LINES

    def client(name: str, peer: str, count: int, task: str = "logs", **options: int) -> Client:
        path: dict[str, str | int] = {"path": setting.socket}
        return Client(name, peer, task, count, {**path, **options})

    podlib = client("podlib", "with_podlib", lines)
    one = client("podlib, asyncio", "with_podlib", lines, "logs_async", followers=1)
    many = client(
        f"podlib, asyncio, {FOLLOWERS} at once",
        "with_podlib",
        lines,
        "logs_async",
        followers=FOLLOWERS,
    )
    docker_py = client("docker-py", "docker_py", lines // 20)
    podman_py = client("podman-py", "podman_py", lines // 20)
    clients = [podlib, one, many, docker_py, podman_py]
    rounds.run(setting, clients, 3 if setting.quick else ROUNDS)
    what = "log lines"
    return [
        _row(what, podlib, docker_py, Goal("≥", 4)),
        _row(what, podlib, podman_py, Goal("≥", 4)),
        *(_row(what, other, docker_py) for other in (one, many, docker_py, podman_py)),
        *(_memory_row(what, each) for each in (podlib, many)),
    ]


def _row(what: str, client: Client, to: Client, goal: Goal | None = None) -> Row:
    speed = 1 / client.per_unit("wall")
    if client is to:
        return Row(what, client.name, speed, "lines/s")
    ratio = 1 / rounds.ratio(client, to, "wall")
    return Row(what, client.name, speed, "lines/s", ratio, to.name, goal)


def _memory_row(what: str, client: Client) -> Row:
    return Row(f"{what}: memory growth", client.name, client.growth / (1 << 20), "MiB")
