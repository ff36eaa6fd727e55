"""One move: ``python -m benchmarks.migration.client WAY SOURCE TARGET NAME``.

SOURCE and TARGET are the sockets of the services, NAME the container. Prints as JSON how long
freezing it, pumping its archive and waking it took, in seconds; and by how many bytes the process
grew meanwhile. A process for each move, so that none profits from another's memory.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import podlib
from benchmarks.peers.raw import connected
from benchmarks.worker import measured

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

BLOCK = 1 << 18
FREEZE = "containers/{}/checkpoint?export=true&keep=true"
WAKE = "containers/import/restore?import=true&printStats=true"
Figures = dict[str, float]


def main() -> None:
    way, source, target, name = sys.argv[1:]
    print(json.dumps(WAYS[way](source, target, name)))


def with_podlib(source: str, target: str, name: str) -> Figures:
    """``podlib.migrate``; its phases are known by the events of its progress."""
    times: dict[str, list[float]] = {}

    def note(event: podlib.models.MigrationProgress) -> None:
        times.setdefault(event.phase, []).append(time.perf_counter())

    def move(_: int) -> None:
        podlib.migrate(name, here, there, progress=note)

    with podlib.Podman(source) as here, podlib.Podman(target) as there:
        podlib.plan_migration(name, here, there)  # loads what any move needs
        growth = measured(move, 0)["growth"]
    # The last event of the transfer says that all was sent.
    frozen, sent = times["transfer"][0], times["transfer"][-1]
    return figures(times["checkpoint"][0], frozen, sent, times["confirm"][0]) | {"growth": growth}


def bare(source: str, target: str, name: str) -> Figures:
    """The same two requests, the body passed on as it comes: chunks and all, unparsed."""
    found: Figures = {}

    def move(_: int) -> None:
        with connected(source) as here, connected(target) as there:
            found.update(pump(here, there, name))

    growth = measured(move, 0)["growth"]
    return found | {"growth": growth}


def pump(here: socket.socket, there: socket.socket, name: str) -> Figures:
    view = memoryview(bytearray(BLOCK))
    began = time.perf_counter()
    here.sendall(request(FREEZE.format(name), "Content-Length: 0"))
    head, _, piece = received(here, lambda data: b"\r\n\r\n" in data).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200") or b"transfer-encoding: chunked" not in head.lower():
        raise SystemExit(f"the source answered {head.decode()}")
    frozen = time.perf_counter()
    fields = ("Content-Type: application/x-tar", "Transfer-Encoding: chunked")
    there.sendall(request(WAKE, *fields) + piece)
    while count := here.recv_into(view):
        there.sendall(view[:count])
    sent = time.perf_counter()
    answer = received(there, lambda _: False)
    woken = time.perf_counter()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"the target answered {answer.decode(errors='replace')}")
    report: dict[str, Any] = json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])
    restored = report["runtime_restore_duration"] / 1e6
    criu = report["criu_statistics"]["restore_time"] / 1e6
    return figures(began, frozen, sent, woken) | {"restore": restored, "restore_criu": criu}


def request(path: str, *fields: str) -> bytes:
    lines = (f"POST /v5.0.0/libpod/{path} HTTP/1.1", "Host: d", "Connection: close", *fields)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def received(connection: socket.socket, enough: Callable[[bytes], bool]) -> bytes:
    """What comes until there is ``enough``, or no more."""
    data = b""
    while not enough(data) and (piece := connection.recv(1 << 16)):
        data += piece
    return data


def figures(began: float, frozen: float, sent: float, woken: float) -> Figures:
    return {"freeze": frozen - began, "pump": sent - frozen, "wake": woken - sent}


WAYS = {"podlib": with_podlib, "bare": bare}

if __name__ == "__main__":
    main()
