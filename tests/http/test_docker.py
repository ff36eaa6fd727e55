"""The Docker-compatible side against odd servers: nothing of requests comes through."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from pytest_httpserver import HTTPServer

from podlib import (
    AsyncPodman,
    BadRequestError,
    ClosedError,
    ConflictError,
    ConnectError,
    MissingPackageError,
    NotFoundError,
    NotSupportedError,
    Podman,
    ProtocolError,
    ResponseModelError,
    TimedOutError,
    TruncatedError,
)
from podlib.errors import APIError

from .conftest import open_sockets
from .test_threads import in_a_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Serve
    from .servers import Peer, Script

pytestmark = pytest.mark.timeout(60)

FIELDS = b"Libpod-API-Version: 5.8.6\r\nApi-Version: 1.41\r\n"
PATIENCE = 20.0


def plain(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, FIELDS, len(body), body)


def playing(play: Callable[[Peer, str], object]) -> Script:
    """Pings are answered; ``play`` has the rest: ``GET /v1.41/info`` and the like."""

    def script(peer: Peer) -> None:
        while True:
            head = peer.head()
            call = head.partition(b" HTTP/1.1")[0].decode()
            if call.endswith("/_ping"):
                peer.send(plain(b"OK"))
            else:
                peer.body(head)
                play(peer, call)

    return script


def answering(answer: bytes) -> Script:
    return playing(lambda peer, _: peer.send(answer))


ANSWERS = {
    "400": (plain(b'{"message":"no"}', b"400 Bad Request"), BadRequestError),
    "404": (plain(b'{"message":"no"}', b"404 Not Found"), NotFoundError),
    "409": (plain(b'{"message":"no"}', b"409 Conflict"), ConflictError),
    "500": (plain(b'{"message":"no"}', b"500 Internal Server Error"), APIError),
    "500 without a reason": (plain(b"", b"500 Internal Server Error"), APIError),
    "500 for a taken name": (
        plain(b'{"cause":"network already exists","message":"no"}', b"500 Oops"),
        ConflictError,
    ),
    "a redirect": (plain(b"[]", b"301 Moved"), ResponseModelError),
    "broken JSON": (plain(b'{"ID":'), ResponseModelError),
    "another type": (plain(b"[]"), ResponseModelError),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", ProtocolError),
    "a wrong chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ProtocolError,
    ),
    "another length": (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", ResponseModelError),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_odd_answers(serve: Serve, name: str) -> None:
    answer, kind = ANSWERS[name]

    def play(peer: Peer, _: str) -> None:
        peer.send(answer)
        peer.sock.shutdown(2)

    with Podman(serve(playing(play)).path) as podman, pytest.raises(kind):
        podman.docker.system.info()


def test_a_server_of_others_making(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = str(tmp_path_factory.mktemp("werkzeug") / "http.sock")
    server = HTTPServer(host=f"unix://{path}", threaded=True)
    fields = {"Libpod-API-Version": "5.4.2", "Api-Version": "1.40"}
    server.expect_request("/libpod/_ping").respond_with_data("OK", headers=fields)
    server.expect_request("/_ping").respond_with_data("OK", headers=fields)
    server.expect_request("/v1.40/volumes/v").respond_with_json({"Name": "v"})
    server.expect_request("/v1.40/volumes").respond_with_data("{", status=200)
    server.expect_request("/v1.40/networks/n").respond_with_json({"message": "no"}, status=404)
    server.expect_request("/v1.40/info").respond_with_data("<html>", status=502)
    server.start()
    try:
        with Podman(path) as podman:
            assert podman.docker.volumes.inspect("v").name == "v"
            with pytest.raises(ResponseModelError):
                podman.docker.volumes.list()
            with pytest.raises(NotFoundError, match="no"):
                podman.docker.networks.inspect("n")
            with pytest.raises(APIError, match="<html>"):
                podman.docker.system.info()
            assert podman.docker.api_version == "1.40"
    finally:
        server.stop()


def test_names_stay_quoted_on_their_way(serve: Serve) -> None:
    server = serve(answering(plain(b'{"message":"no"}', b"404 Not Found")))
    names = ["json", "..", "a/b", "é", "a b", "%2E", "x?y#z", "create", "~a"]
    with Podman(server.path) as podman:
        for name in names:
            with pytest.raises(NotFoundError):
                podman.docker.images.inspect(name)
    targets = [each.split("/images/")[1] for each in server.requests if "/images/" in each]
    assert targets == [
        *("%6Ason/json", "%2E%2E/json", "a%2Fb/json", "%C3%A9/json", "a%20b/json"),
        *("%252E/json", "x%3Fy%23z/json", "%63reate/json", "~a/json"),
    ]


def test_a_service_without_this_api(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        while True:
            peer.head()
            peer.send(b"HTTP/1.1 200 OK\r\nLibpod-API-Version: 5.8.6\r\nContent-Length: 0\r\n\r\n")

    with Podman(serve(script).path) as podman, pytest.raises(ProtocolError, match="Docker"):
        podman.docker.system.info()


def test_what_an_old_server_lacks_is_not_sent(serve: Serve) -> None:
    old = plain(b"OK").replace(b"5.8.6", b"4.3.1")

    def script(peer: Peer) -> None:
        while True:
            assert b"_ping" in peer.head()
            peer.send(old)

    with Podman(serve(script).path) as podman, pytest.raises(NotSupportedError, match=r"5\.1"):
        podman.docker.containers.update("web", memory="1m")


def test_nobody_listens(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("none") / "none.sock"
    with Podman(path) as podman, pytest.raises(ConnectError):
        podman.docker.system.info()


def test_a_service_that_is_gone(serve: Serve) -> None:
    from podlib.docker.client_sync import DockerClient

    client = DockerClient(serve(answering(plain(b"{}"))).path + "-gone")
    with pytest.raises(ConnectError, match="no such socket"):
        client.request("GET", "/info")
    client.close()


def test_limits(serve: Serve) -> None:
    go_on = threading.Event()

    def play(peer: Peer, call: str) -> None:
        if call.endswith("/info"):
            go_on.wait(PATIENCE)
        else:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            go_on.wait(PATIENCE)

    with Podman(serve(playing(play)).path) as podman:
        podman.docker.system.ping()
        for limits, call in (
            ({"head": 0.05}, "info"),
            ({"idle": 0.05}, "version"),
            ({"total": 0.05}, "info"),
            ({"total": 0.05}, "version"),
        ):
            with pytest.raises(TimedOutError) as caught:
                getattr(podman.with_timeouts(**limits).docker.system, call)()
            assert {caught.value.limit} == limits.keys()
        go_on.set()


def test_a_service_that_ends_before_it_answers(serve: Serve) -> None:
    def play(peer: Peer, _: str) -> None:
        peer.sock.shutdown(2)

    with Podman(serve(playing(play)).path) as podman, pytest.raises(TruncatedError):
        podman.docker.system.info()


def test_an_idle_connection_that_the_service_closed_is_not_used(serve: Serve) -> None:
    def play(peer: Peer, _: str) -> None:
        peer.send(plain(b'{"Version":"1"}'))
        peer.sock.shutdown(2)

    with Podman(serve(playing(play)).path) as podman:
        assert {podman.docker.system.version().version for _ in range(5)} == {"1"}


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_connection_that_is_closed_as_the_request_goes_out(
    serve: Serve, asynchronous: bool
) -> None:
    """The second call of each connection is read, and the connection closed without an answer."""
    seen: dict[Peer, int] = {}

    def play(peer: Peer, _: str) -> None:
        seen[peer] = seen.get(peer, 0) + 1
        if seen[peer] == 2:
            peer.sock.shutdown(2)
        else:
            peer.send(plain(b'{"Version":"1"}'))

    server = serve(playing(play))

    async def versions() -> set[str]:
        async with AsyncPodman(server.path) as podman:
            return {(await podman.docker.system.version()).version for _ in range(5)}

    if asynchronous:
        assert asyncio.run(versions()) == {"1"}
    else:
        with Podman(server.path) as podman:
            assert {podman.docker.system.version().version for _ in range(5)} == {"1"}
    assert sum("/version" in each for each in server.requests) == 9, "four of five were sent twice"


def test_a_post_is_not_sent_twice(serve: Serve) -> None:
    def play(peer: Peer, call: str) -> None:
        if call.startswith("POST"):
            peer.sock.shutdown(2)
        else:
            peer.send(plain(b'{"Version":"1"}'))

    server = serve(playing(play))
    with Podman(server.path) as podman:
        podman.docker.system.version()
        with pytest.raises(TruncatedError):
            podman.docker.containers.start("web")
    assert sum("/start" in each for each in server.requests) == 1


def test_uploads(serve: Serve) -> None:
    bodies: list[bytes] = []

    def script(peer: Peer) -> None:
        while True:
            head = peer.head()
            if b"_ping" in head:
                peer.send(plain(b"OK"))
            else:
                bodies.append(peer.body(head))
                peer.send(plain(b'{"stream":"Loaded image: a:1\\n"}\n'))

    data = bytes(range(256)) * 2_000

    async def blocks() -> object:
        for at in range(0, len(data), 10_000):
            yield data[at : at + 10_000]

    async def load(path: str) -> None:
        async with AsyncPodman(path) as podman:
            assert (await podman.docker.images.load(data)).names == ["a:1"]
            await podman.docker.images.load(blocks())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- blocks are bytes

    server = serve(script)
    with Podman(server.path) as podman:
        podman.docker.images.load(data)
        podman.docker.images.load(iter([data[:100], data[100:]]))
    asyncio.run(load(server.path))
    assert bodies == [data] * 4


def test_what_a_callers_blocks_raise_comes_as_it_is(serve: Serve) -> None:
    def blocks() -> Iterator[bytes]:
        yield b"first"
        raise OSError("mine")

    def play(peer: Peer, _: str) -> None:
        peer.send(plain(b"{}"))

    with Podman(serve(playing(play)).path) as podman, pytest.raises(OSError, match="mine"):
        podman.docker.images.load(blocks())


# -- threads and tasks ----------------------------------------------------------------------------


def echo(peer: Peer, call: str) -> None:
    name = call.rpartition("/")[2]
    peer.send(plain(json.dumps({"Name": name}).encode()))


def test_fifty_threads_on_one_client(serve: Serve) -> None:
    server = serve(playing(echo))
    with Podman(server.path) as podman:

        def calls(thread: int) -> bool:
            names = [f"v{thread}-{at}" for at in range(20)]
            return all(podman.docker.volumes.inspect(name).name == name for name in names)

        with ThreadPoolExecutor(50) as threads:
            assert all(threads.map(calls, range(50)))
    assert server.connections <= 2 + 50 + 50  # of threads that came while the first one asked


async def test_two_hundred_tasks_on_one_client(serve: Serve) -> None:
    waiting = threading.Semaphore(0)
    go_on = threading.Event()

    def play(peer: Peer, call: str) -> None:
        waiting.release()
        go_on.wait(PATIENCE)
        echo(peer, call)

    async with AsyncPodman(serve(playing(play)).path) as podman:

        async def call(number: int) -> str:
            return (await podman.docker.volumes.inspect(f"v{number}")).name

        tasks = [asyncio.create_task(call(number)) for number in range(200)]
        for _ in tasks:  # all are under way at once
            assert await asyncio.to_thread(waiting.acquire, timeout=PATIENCE)
        go_on.set()
        assert await asyncio.gather(*tasks) == [f"v{number}" for number in range(200)]
    await asyncio.get_running_loop().shutdown_default_executor()


async def test_a_cancelled_task_ends_at_once_and_closes_its_connection(serve: Serve) -> None:
    begun, left = threading.Event(), threading.Event()

    def play(peer: Peer, call: str) -> None:
        if call.endswith("/info"):
            begun.set()
            peer.wait_for_end()
            left.set()
        echo(peer, call)

    async with AsyncPodman(serve(playing(play)).path) as podman:
        task = asyncio.create_task(podman.docker.system.info())
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        start = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - start < 5  # the answer never comes
        assert await asyncio.to_thread(left.wait, PATIENCE)
        assert (await podman.docker.volumes.inspect("v")).name == "v"
    await asyncio.get_running_loop().shutdown_default_executor()


async def test_a_cancelled_upload_whose_blocks_do_not_come(serve: Serve) -> None:
    begun = threading.Event()

    def script(peer: Peer) -> None:
        while True:
            if b"_ping" in peer.head():
                peer.send(plain(b"OK"))
            else:
                begun.set()
                peer.wait_for_end()
                return

    async def blocks() -> object:
        yield b"first"
        await asyncio.sleep(PATIENCE)

    async with AsyncPodman(serve(script).path) as podman:
        load = podman.docker.images.load(blocks())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- blocks are bytes
        task = asyncio.create_task(load)
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await asyncio.get_running_loop().shutdown_default_executor()


def test_closing_ends_the_calls_of_other_threads(serve: Serve) -> None:
    begun = threading.Event()

    def play(peer: Peer, _: str) -> None:
        begun.set()
        peer.wait_for_end()

    podman = Podman(serve(playing(play)).path)
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(podman.docker.system.info)
        assert begun.wait(PATIENCE)
        podman.close()
        with pytest.raises(ClosedError):
            call.result(PATIENCE)
    with pytest.raises(ClosedError):
        podman.docker.system.info()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_has_connections_of_its_own(serve: Serve) -> None:
    server = serve(playing(echo))
    with Podman(server.path) as podman:
        assert podman.docker.volumes.inspect("parent").name == "parent"
        assert in_a_child(lambda: podman.docker.volumes.inspect("child").name == "child")
        connections = server.connections
        assert podman.docker.volumes.inspect("again").name == "again"
        assert server.connections == connections


def test_one_layer_for_all_views_of_a_client(serve: Serve) -> None:
    server = serve(playing(echo))
    with Podman(server.path) as podman:
        podman.docker.volumes.inspect("a")
        podman.with_timeouts(total=9).docker.volumes.inspect("b")
        assert server.connections == 2  # one to find the service, one of the layer
        assert open_sockets() > 0


# -- docker-py ------------------------------------------------------------------------------------


def test_docker_py_that_is_missing(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docker", None)
    monkeypatch.delitem(sys.modules, "podlib.docker.sdk", raising=False)
    told = r"pip install 'podlib\[docker\]'"
    with (
        Podman(serve(playing(echo)).path) as podman,
        pytest.raises(MissingPackageError, match=told) as caught,
    ):
        podman.docker.sdk()
    assert (caught.value.package, caught.value.extra) == ("docker-py", "docker")
