"""The command, run in this process against a server that plays a script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from podlib.cli import main
from tests.command import Result
from tests.http.servers import Peer, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Run = Callable[..., "Result"]


def answer(document: object, status: int = 200) -> bytes:
    """A JSON answer of a service that is Podman 5.4.2."""
    body = b"OK" if document is None else json.dumps(document).encode()
    head = f"HTTP/1.1 {status} X\r\nLibpod-API-Version: 5.4.2\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


class Service:
    """A Podman service that answers a few routes."""

    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, bytes] = {}
        """By ``GET images/json``, without the query."""
        self.server = ScriptedServer(folder / "podman.sock", self._play)

    def gives(self, answers: Mapping[str, object]) -> None:
        """Answer so with status 200."""
        self.answers |= {route: answer(document) for route, document in answers.items()}

    def _play(self, peer: Peer) -> None:
        while True:
            head = peer.head()
            peer.body(head)
            method, target = head.split(b" ")[:2]
            route = target.decode().partition("?")[0].partition("/libpod/")[2]
            key = f"{method.decode()} {route}"
            ping = answer(None) if route == "_ping" else None
            missing = answer({"cause": "no such thing", "message": f"no {route}"}, 404)
            peer.send(ping or self.answers.get(key, missing))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    with made.server:
        yield made


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CONTAINER_HOST", "CONTAINER_CONNECTION", "PODMAN_SOCKET_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def run(service: Service, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command against that service."""

    def run(*words: str) -> Result:
        status = main(["--socket", service.server.path, *words])
        captured = capfd.readouterr()
        return Result(status, captured.out, captured.err)

    return run
