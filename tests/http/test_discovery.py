"""The first call of a client: it finds the service, or says what it tried."""

from __future__ import annotations

import asyncio
import json
import pickle
import socket
import threading
from typing import TYPE_CHECKING, Protocol

import pytest

import podlib
from podlib.connection.sockets import Candidate
from podlib.errors import (
    APIError,
    ClosedError,
    ConnectError,
    FileError,
    ProtocolError,
    TimedOutError,
)

from .servers import Peer, ScriptedServer, answering

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Serve

    Reported = Callable[..., str]

pytestmark = pytest.mark.timeout(30)

PING = (
    b"HTTP/1.1 200 OK\r\nLibpod-API-Version: 5.4.2\r\nServer: Libpod/5.4.2 (linux)\r\n"
    b"Content-Length: 2\r\n\r\nOK"
)
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Exists(Protocol):
    """A first call, by either flavour: whether container ``web`` exists."""

    def __call__(
        self, url: str | None = None, head: float | None = None, connection: str | None = None
    ) -> bool: ...


def blocking(
    url: str | None = None, head: float | None = None, connection: str | None = None
) -> bool:
    with podlib.Podman(url, connection=connection) as podman:
        return podman.with_timeouts(head=head).containers.exists("web")


def with_asyncio(
    url: str | None = None, head: float | None = None, connection: str | None = None
) -> bool:
    async def exists() -> bool:
        async with podlib.AsyncPodman(url, connection=connection) as podman:
            return await podman.with_timeouts(head=head).containers.exists("web")

    return asyncio.run(exists())


@pytest.fixture(autouse=True)
def _nothing_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Podman has no files here, and there are no variables."""
    for name in ("CONTAINER_CONNECTION", "CONTAINER_HOST", "PODMAN_SOCKET_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PODMAN_CONNECTIONS_CONF", "")
    monkeypatch.setenv("CONTAINERS_CONF", "/dev/null")


@pytest.fixture(params=[blocking, with_asyncio])
def exists(request: pytest.FixtureRequest) -> Exists:
    """Each flavour in turn."""
    flavour: Exists = request.param
    return flavour


def test_the_version_is_learnt_once_and_the_path_follows_it(serve: Serve, exists: Exists) -> None:
    server = serve(answering(PING, NO_CONTENT))
    assert exists(server.path)
    assert server.requests == ["GET /libpod/_ping", "GET /v5.4.2/libpod/containers/web/exists"]


@pytest.mark.parametrize("form", ["{}", "unix://{}"])
def test_a_path_and_a_uri_name_the_same_socket(serve: Serve, exists: Exists, form: str) -> None:
    assert exists(form.format(serve(answering(PING, NO_CONTENT)).path))


@pytest.mark.parametrize("name", ["CONTAINER_HOST", "PODMAN_SOCKET_PATH"])
def test_the_environment_names_the_socket(
    serve: Serve, exists: Exists, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"unix://{serve(answering(PING, NO_CONTENT)).path}")
    assert exists()


def test_the_first_usual_socket_that_answers_is_used(
    serve: Serve, exists: Exists, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = serve(answering(PING, NO_CONTENT))
    usual = [
        Candidate(str(tmp_path / "none"), "first"),
        Candidate(server.path, "second"),
    ]

    def candidates(*_: object, **__: object) -> list[Candidate]:
        return usual

    for module in ("podlib._async.client", "podlib._sync.client"):
        monkeypatch.setattr(f"{module}.candidates", candidates)
    assert exists()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the connections that Podman knows."""
    path = tmp_path / "podman-connections.json"
    monkeypatch.setenv("PODMAN_CONNECTIONS_CONF", str(path))
    return path


def knows(file: Path, default: str = "", **uris: str) -> None:
    """Write down connections."""
    found = {name: {"URI": uri} for name, uri in uris.items()}
    file.write_text(json.dumps({"Connection": {"Default": default, "Connections": found}}))


def test_a_connection_by_its_name(serve: Serve, exists: Exists, file: Path) -> None:
    knows(file, "there", here=f"unix://{serve(answering(PING, NO_CONTENT)).path}", there="ssh://vm")
    assert exists(connection="here")


def test_the_default_connection(serve: Serve, exists: Exists, file: Path) -> None:
    knows(file, "here", here=f"unix://{serve(answering(PING, NO_CONTENT)).path}")
    assert exists()


def test_no_other_host_is_taken_for_one_that_is_far(
    serve: Serve, exists: Exists, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answering(PING, NO_CONTENT))
    monkeypatch.setenv("PODMAN_SOCKET_PATH", server.path)
    knows(file, "there", there="tcp://127.0.0.1:1")
    with pytest.raises(ConnectError, match=f"connection 'there' of {file}: cannot connect to tcp:"):
        exists()
    assert server.requests == []


def test_a_connection_that_does_not_answer_is_named(exists: Exists, file: Path) -> None:
    knows(file, "here", here="unix:///nonexistent/podman.sock")
    with pytest.raises(ConnectError, match=f"connection 'here' of {file}: cannot connect to /none"):
        exists()


def test_a_broken_file_is_named(exists: Exists, file: Path) -> None:
    file.write_text("{")
    with pytest.raises(FileError, match=f"^{file} is malformed"):
        exists()


# -- nothing answers -----------------------------------------------------------------------------


def test_no_socket_says_what_was_tried_and_how_to_start_one(
    exists: Exists, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("podlib.connection.order.ROOT_SOCKET", str(tmp_path / "root.sock"))
    monkeypatch.setattr("os.getuid", lambda: 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(ConnectError) as caught:
        exists()
    message = str(caught.value)
    assert f"the user's socket: cannot connect to {tmp_path}/podman/podman.sock: no such" in message
    assert f"the system's socket: cannot connect to {tmp_path}/root.sock" in message
    assert "systemctl --user start podman.socket" in message
    assert f"podman system service --time=0 unix://{tmp_path}/podman/podman.sock" in message
    assert "CONTAINER_HOST" in message


def test_a_socket_without_a_listener(exists: Exists, tmp_path: Path) -> None:
    path = str(tmp_path / "dead.sock")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
    with pytest.raises(ConnectError, match="nobody listens there") as caught:
        exists(path)
    assert "as given" in str(caught.value)
    assert path in str(caught.value)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nonexistent/podman.sock", "no such socket"),
        ("/etc/passwd", "nobody listens|not a socket"),
        ("/" + "x" * 200, "too long"),
        ("/a\0b", "no such socket"),
    ],
)
def test_a_path_that_is_no_socket(exists: Exists, path: str, reason: str) -> None:
    with pytest.raises(ConnectError, match=reason):
        exists(path)


def test_a_service_that_stops_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "service.sock"
    with podlib.Podman(path) as podman:
        with pytest.raises(ConnectError):
            podman.containers.exists("web")
        with ScriptedServer(path, answering(PING, NO_CONTENT)):
            assert podman.containers.exists("web")
        path.unlink()
        with pytest.raises(ConnectError, match="no such socket"):
            podman.containers.exists("web")
        with ScriptedServer(path, answering(NO_CONTENT)):
            assert podman.containers.exists("web")


# -- something else answers ----------------------------------------------------------------------


def test_a_server_that_is_no_podman(serve: Serve, exists: Exists) -> None:
    docker = b"HTTP/1.1 404 Not Found\r\nServer: Docker/27\r\nContent-Length: 0\r\n\r\n"
    server = serve(answering(docker))
    with pytest.raises(ProtocolError) as caught:
        exists(server.path)
    message = str(caught.value)
    assert f"{server.path} is not a Podman service" in message
    assert "404" in message
    assert "Docker/27" in message


def test_a_server_that_speaks_no_http(serve: Serve, exists: Exists) -> None:
    def script(peer: Peer) -> None:
        peer.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        peer.wait_for_end()

    with pytest.raises(ProtocolError, match=r"not HTTP/1\.1.*SSH-2\.0"):
        exists(serve(script).path)


def test_a_server_that_says_nothing_runs_into_the_limit(serve: Serve, exists: Exists) -> None:
    server = serve(Peer.wait_for_end)
    with pytest.raises(TimedOutError) as caught:
        exists(server.path, head=0.1)
    assert caught.value.limit == "head"
    assert "GET /libpod/_ping" in str(caught.value)


@pytest.mark.parametrize(
    "version", [b"../../containers", b"5.4.2 HTTP/1.1", b"5/x", b"?a=b", b"5#"]
)
def test_a_version_that_would_change_the_path(serve: Serve, exists: Exists, version: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\nLibpod-API-Version: %b\r\nContent-Length: 0\r\n\r\n" % version
    server = serve(answering(answer, NO_CONTENT))
    with pytest.raises(ProtocolError):
        exists(server.path)
    assert server.requests == ["GET /libpod/_ping"]


def test_an_error_of_the_service_names_route_and_cause(serve: Serve, exists: Exists) -> None:
    body = b'{"cause":"boom","message":"it went boom","response":500}'
    error = b"HTTP/1.1 500 Oh\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with pytest.raises(APIError) as caught:
        exists(serve(answering(PING, error)).path)
    found = caught.value
    assert (found.status, found.message, found.cause) == (500, "it went boom", "boom")
    assert (found.method, found.path) == ("GET", "/v5.4.2/libpod/containers/web/exists")
    assert str(pickle.loads(pickle.dumps(found))) == str(found)  # noqa: S301 -- our own bytes


# -- closing while the service is looked for -----------------------------------------------------


def test_closing_ends_a_first_call_that_waits(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        asked.set()
        peer.wait_for_end()

    asked = threading.Event()
    podman = podlib.Podman(serve(script).path)
    raised: list[BaseException] = []

    def first_call() -> None:
        try:
            podman.containers.exists("web")
        except podlib.PodmanError as error:
            raised.append(error)

    thread = threading.Thread(target=first_call)
    thread.start()
    assert asked.wait(10)
    podman.close()
    thread.join(10)
    assert not thread.is_alive()
    assert [type(error) for error in raised] == [ClosedError]


async def test_closing_ends_a_first_call_that_waits_in_another_task(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        asked.set()
        peer.wait_for_end()

    asked = threading.Event()
    podman = podlib.AsyncPodman(serve(script).path)
    task = asyncio.ensure_future(podman.containers.exists("web"))
    assert await asyncio.to_thread(asked.wait, 10)
    await podman.close()
    with pytest.raises(ClosedError):
        await asyncio.wait_for(task, 10)


def test_many_first_calls_at_once_leave_no_connection(serve: Serve) -> None:
    together = threading.Barrier(8)

    def script(peer: Peer) -> None:
        while True:
            if b"_ping" in peer.head():
                together.wait(10)
                peer.send(PING)
            else:
                peer.send(NO_CONTENT)

    with podlib.Podman(serve(script).path) as podman:
        threads = [
            threading.Thread(target=podman.containers.exists, args=(f"c{i}",)) for i in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
