"""Whole processes: the command ``podlib`` beside a podman-py script that does the same.

A backend starts one process for each operation, so most of what it pays is the start. The server
is a few lines of Python in a thread here, for all that counts is the CPU of the processes.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import TYPE_CHECKING, Any

from .documents import FEW, summaries
from .imports import cpu_seconds
from .report import Goal, Row
from .rounds import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator

    from .rounds import Setting

_SHORT, _LIST = Goal("≤", 1 / 3), Goal("≤", 0.9)

CALLS: dict[str, tuple[Goal, str, str]] = {
    "ping": (_SHORT, "ping", "client.ping() and 'Pong'"),
    "version": (_SHORT, "version", "client.version()['Version']"),
    "exists": (_SHORT, "exists app", "client.images.exists('app')"),
    "kill": (_SHORT, "kill web", "client.containers.get('web').kill('SIGKILL')"),
    "ps": (
        _LIST,
        "ps",
        (
            "[(each.id, *map(each.attrs.get, ('Names', 'State', 'Image', 'Created')))"
            " for each in client.containers.list()]"
        ),
    ),
    "images": (
        _LIST,
        "images",
        (
            "[(each.id, each.tags, *map(each.attrs.get, ('Size', 'Created', 'Digest')))"
            " for each in client.images.list()]"
        ),
    ),
    "inspect": (_LIST, "inspect app", "client.images.get('app').attrs"),
}
"""By command: the goal, the words for podlib, and what podman-py is asked for."""

PODLIB = "import sys; sys.path.insert(0, {root!r}); from podlib.cli import main; main({words!r})"
PODMAN_PY = (
    "import json, podman; client = podman.PodmanClient(base_url='unix://{socket}'); "
    "print(json.dumps({{'success': True, 'data': {expression}}}))"
)


def rows(setting: Setting) -> list[Row]:
    """A row of each client for each command: the CPU of the whole process."""
    with _service() as socket:
        return [row for name in CALLS for row in _rows(name, socket, setting)]


def _rows(name: str, socket: str, setting: Setting) -> list[Row]:
    goal, words, expression = CALLS[name]
    arguments = ["--socket", socket, *words.split()]
    programs = {
        "podlib": PODLIB.format(root=str(ROOT), words=arguments),
        "podman-py": PODMAN_PY.format(socket=socket, expression=expression),
    }
    seconds: dict[str, list[float]] = {client: [] for client in programs}
    for number in range(6 if setting.quick else 21):
        for client, program in programs.items():
            taken = cpu_seconds(program, quiet=True)
            if number:  # the first compiles modules and brings them into the page cache
                seconds[client].append(taken)
    pairs = zip(seconds["podlib"], seconds["podman-py"], strict=True)
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    what = f"command {name}, whole process: CPU"
    figures = {client: statistics.median(taken) * 1e3 for client, taken in seconds.items()}
    return [
        Row(what, "podlib", figures["podlib"], "ms", ratio, "podman-py", goal),
        Row(what, "podman-py", figures["podman-py"], "ms"),
    ]


# -- the service ---------------------------------------------------------------------------------

_IMAGE: dict[str, Any] = {
    "Id": "b" * 64,
    "RepoTags": ["localhost/app:latest"],
    "Created": 1_763_805_600,
    "Size": 7_654_321,
    "Digest": f"sha256:{'c' * 64}",
    "Labels": {"app": "web"},
    "Names": ["localhost/app:latest"],
    "Os": "linux",
    "Architecture": "amd64",
}
_ANSWERS: dict[str, object] = {
    "/_ping": "OK",
    "/version": {"Version": "5.4.2", "ApiVersion": "1.41"},
    "/containers/json": summaries(FEW),
    "/containers/web/json": {"Id": "0" * 64, "Name": "web", "State": {"Status": "running"}},
    "/images/json": [{**_IMAGE, "Id": f"{number:064x}"} for number in range(FEW)],
    "/images/app/json": _IMAGE,
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer by the end of the path; 204 to all else."""
        path = self.path.partition("?")[0]
        for end, document in _ANSWERS.items():
            if path.endswith(end):
                self._answer(200, b"OK" if end == "/_ping" else json.dumps(document).encode())
                return
        self._answer(204, b"")

    do_POST = do_GET  # noqa: N815 -- the class calls it so
    do_HEAD = do_GET  # noqa: N815 -- likewise

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Libpod-API-Version", "5.4.2")
        if body:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(body)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as the class has it
        """Nothing is logged."""


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@contextmanager
def _service() -> Generator[str]:
    with tempfile.TemporaryDirectory(prefix="podlib-bench-") as folder:
        socket = str(Path(folder, "podman.sock"))
        with _Server(socket, _Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield socket
            server.shutdown()
