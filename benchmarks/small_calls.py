"""CPU per small JSON call: the request, the response, ``json.loads`` of the same document.

CPU is the client's own, user and system, not the server's. It does not count the time in which
another program has the processor, so it is the steadier measure on a shared machine.
"""

from __future__ import annotations

from . import rounds
from .report import Goal, Row
from .rounds import Client, Setting

ROUNDS = 15
UNDER_WAY = (1, 50, 200)


def sync_rows(setting: Setting) -> list[Row]:
    def client(name: str, peer: str, calls: int, task: str = "small") -> Client:
        return Client(name, peer, task, calls, {"path": setting.socket})

    raw = client("raw socket", "raw", 4000)
    podlib = client("podlib", "with_podlib", 4000)
    podman_py = client("podman-py", "podman_py", 300)
    others = [
        client("podlib, typed model", "with_podlib", 3000, "small_typed"),
        client("http.client", "http_client", 1500),
        client("httpx", "with_httpx", 300),
        client("docker-py", "docker_py", 200),
    ]
    rounds.run(setting, [raw, podlib, podman_py, *others], _rounds(setting), warm_up=100)
    what = "JSON call, sync: CPU"
    return [
        _row(what, podlib, raw, Goal("≤", 1.6)),
        _row(what, podlib, podman_py, Goal("≤", 1 / 8)),
        *(_row(what, other, raw) for other in [raw, *others, podman_py]),
    ]


def list_rows(setting: Setting) -> list[Row]:
    """A list of 1,000 containers, and what their attributes cost who asks for each of them."""

    def client(name: str, peer: str, task: str, count: int, **options: int) -> Client:
        path: dict[str, str | int] = {"path": setting.socket}
        return Client(name, peer, task, count, {**path, **options})

    loads = client("json.loads alone", "raw", "loads", 10)
    podlib = client("podlib", "with_podlib", "listed", 10)
    podman_py = client("podman-py, sparse=False", "podman_py", "listed", 1, sparse=False)
    sparse = client("podman-py, sparse=True", "podman_py", "listed", 5, sparse=True)
    podman_py.rounds = 3
    rounds.run(setting, [loads, podlib, sparse, podman_py], _rounds(setting), warm_up=1)
    what = "list of 1,000 containers: CPU"
    return [
        _row(what, podlib, loads, Goal("≤", 2.5)),
        *(_row(what, other, loads) for other in [loads, sparse, podman_py]),
    ]


def async_rows(setting: Setting) -> list[Row]:
    return [row for count in UNDER_WAY for row in _async_rows(setting, count)]


def _async_rows(setting: Setting, under_way: int) -> list[Row]:
    def client(name: str, peer: str, calls: int, rounds: int = ROUNDS) -> Client:
        options: dict[str, str | int] = {"path": setting.socket, "under_way": under_way}
        return Client(name, peer, "small_async", calls, options, rounds)

    podlib = client("podlib", "with_podlib", 3000)
    aiohttp = client("aiohttp", "with_aiohttp", 1000)
    raw = client("raw event loop", "raw", 3000)
    # httpx scans its pool for every call: with many under way a round takes seconds.
    httpx = client("httpx", "with_httpx", 400, rounds=1)
    rounds.run(setting, [podlib, aiohttp, raw, httpx], _rounds(setting), warm_up=200)
    what = f"JSON call, asyncio, {under_way} under way: CPU"
    return [
        _row(what, podlib, aiohttp, Goal("≤", 1 / 3)),
        *(_row(what, other, aiohttp) for other in (aiohttp, raw, httpx)),
    ]


def _rounds(setting: Setting) -> int:
    return 3 if setting.quick else ROUNDS


def _row(what: str, client: Client, to: Client, goal: Goal | None = None) -> Row:
    figure = client.per_unit("cpu") * 1e6
    if client is to:
        return Row(what, client.name, figure, "µs")
    return Row(what, client.name, figure, "µs", rounds.ratio(client, to, "cpu"), to.name, goal)
