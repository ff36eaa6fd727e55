"""Services at a TCP port: all that calls do goes over it, and errors say what is the matter."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import subprocess
import sys
import threading
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import trustme

import podlib
from podlib.errors import (
    ClosedError,
    ConnectError,
    FileError,
    ParameterError,
    TimedOutError,
    TruncatedError,
)
from tests.http.servers import Peer, ScriptedServer, answering

from .flavours import NO_CONTENT, PING, Exists

if TYPE_CHECKING:
    from pathlib import Path

    from tests.http.servers import Script

    from .conftest import Files, Listen

pytestmark = pytest.mark.timeout(60)

BIG = bytes(range(256)) * 32_768  # 8 MiB


def test_a_call_over_tcp(listen: Listen, exists: Exists) -> None:
    server = listen(answering(PING, NO_CONTENT))
    assert exists(f"tcp://127.0.0.1:{server.port}")
    assert server.requests == ["GET /libpod/_ping", "GET /v5.8.2/libpod/containers/web/exists"]
    assert server.connections == 1


def test_a_call_over_tls(listen: Listen, files: Files, exists: Exists) -> None:
    issued = files.authority.issue_cert("127.0.0.1")
    server = listen(answering(PING, NO_CONTENT), issued)
    assert exists(f"tcp://127.0.0.1:{server.port}", tls_ca=files.ca)


def test_both_sides_show_certificates(listen: Listen, files: Files, exists: Exists) -> None:
    issued = files.authority.issue_cert("127.0.0.1")
    server = listen(answering(PING, NO_CONTENT), issued, files.authority)
    assert exists(f"tcp://127.0.0.1:{server.port}", **files.client())


@pytest.fixture(params=["plain", "tls"])
def place(request: pytest.FixtureRequest, listen: Listen, files: Files) -> Place:
    """Makes clients of a service, with and without TLS."""
    return Place(listen, files if request.param == "tls" else None)


class Place:
    """A service, and its clients."""

    def __init__(self, listen: Listen, files: Files | None) -> None:
        self._listen, self._files = listen, files
        self.url = ""
        self.options: dict[str, Any] = {}

    def serve(self, script: Script) -> None:
        issued = self._files.authority.issue_cert("127.0.0.1") if self._files else None
        server = self._listen(script, issued)
        self.url = f"tcp://127.0.0.1:{server.port}"
        self.options = {"tls_ca": self._files.ca} if self._files else {}

    def client(self) -> podlib.Podman:
        return podlib.Podman(self.url, **self.options)

    def async_client(self) -> podlib.AsyncPodman:
        return podlib.AsyncPodman(self.url, **self.options)


def big_bodies(peer: Peer) -> None:
    while True:
        head = peer.head()
        if b"_ping" in head:
            peer.send(PING)
        elif b"/export" in head:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BIG), BIG)
        else:
            digest = hashlib.sha256(peer.body(head)).hexdigest().encode()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n", digest)


def test_large_bodies_both_ways(place: Place, tmp_path: Path) -> None:
    place.serve(big_bodies)
    (tmp_path / "big").write_bytes(BIG)
    with place.client() as podman:
        with podman._link.stream("GET", "export", {}) as response:
            assert response.read() == BIG
        digest = hashlib.sha256(BIG).hexdigest().encode()
        blocks = (BIG[at : at + 65_536] for at in range(0, len(BIG), 65_536))
        assert podman.request("POST", "images/load", body=blocks).body == digest
        with (tmp_path / "big").open("rb") as file:
            assert podman.request("POST", "images/load", body=file).body == digest


async def test_large_bodies_both_ways_with_asyncio(place: Place) -> None:
    place.serve(big_bodies)
    async with place.async_client() as podman:

        async def both() -> None:
            async with await podman._link.stream("GET", "export", {}) as response:
                assert await response.read() == BIG
            reply = await podman.request("POST", "images/load", body=BIG)
            assert reply.body == hashlib.sha256(BIG).hexdigest().encode()

        await asyncio.gather(*(both() for _ in range(4)))


def bare(peer: Peer) -> None:
    peer.head()
    peer.send(PING)
    peer.body(peer.head())
    peer.send(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
    peer.send(peer.exactly(6).upper())
    rest = b"".join(iter(lambda: peer.sock.recv(100), b""))  # until the end of the input
    peer.send(rest.upper())


def test_a_bare_connection_whose_input_ends_first(place: Place) -> None:
    place.serve(bare)
    with place.client() as podman, podman._link.upgrade("POST", "x", {}) as raw:
        raw.send(b"ready?")
        assert raw.receive() == b"READY?"
        raw.send(b"that is all")
        raw.close_write()
        assert b"".join(iter(raw.receive, b"")) == b"THAT IS ALL"


def test_a_stream_that_stands_still_can_be_left(place: Place) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(PING)
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        peer.wait_for_end()
        ended.set()

    ended = threading.Event()
    place.serve(script)
    with place.client() as podman:
        with podman.containers.export_stream("v") as blocks:
            assert next(iter(blocks)) == b"abc"
        assert ended.wait(10)


def test_a_service_that_breaks_off(place: Place) -> None:
    def script(peer: Peer) -> None:
        if b"_ping" in peer.head():
            peer.send(PING)
            peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")

    place.serve(script)
    with place.client() as podman:
        for _ in range(2):
            with pytest.raises(TruncatedError), podman.containers.export_stream("v") as blocks:
                list(blocks)


# -- nobody answers ------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_a_port_that_is_refused(exists: Exists) -> None:
    port = free_port()
    with pytest.raises(ConnectError) as caught:
        exists(f"tcp://127.0.0.1:{port}")
    place = f"tcp://127.0.0.1:{port}"
    assert str(caught.value) == f"as given: cannot connect to {place}: nobody listens there"


def test_a_name_that_nobody_has(exists: Exists) -> None:
    with pytest.raises(ConnectError, match=r"cannot connect to tcp://nobody\.invalid:1: "):
        exists("tcp://nobody.invalid:1")


def test_a_black_hole_takes_as_long_as_it_may(exists: Exists) -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as hole,
        socket.create_connection(hole.getsockname()),  # its queue is full now
        pytest.raises(TimedOutError, match=r"did not accept .* within 0\.2 s") as caught,
    ):
        exists(f"tcp://127.0.0.1:{hole.getsockname()[1]}", connect_timeout=0.2)
    assert caught.value.limit == "connect"


def test_a_server_that_does_not_agree_on_tls(listen: Listen, files: Files, exists: Exists) -> None:
    server = listen(Peer.wait_for_end)
    with pytest.raises(TimedOutError, match=r"did not agree on TLS within 0\.2 s"):
        exists(f"tcp://127.0.0.1:{server.port}", tls_ca=files.ca, connect_timeout=0.2)


def test_a_service_that_stops_and_comes_back() -> None:
    def once(peer: Peer) -> None:
        while b"_ping" in peer.head():
            peer.send(PING)
        peer.send(NO_CONTENT)

    port = free_port()
    with podlib.Podman(f"tcp://127.0.0.1:{port}") as podman:
        for _ in range(2):
            with pytest.raises(ConnectError, match="nobody listens there"):
                podman.containers.exists("web")
            with ScriptedServer(None, once, port=port):
                assert podman.containers.exists("web")


# -- who refuses whom ----------------------------------------------------------------------------


def refusal(exists: Exists, port: int, **options: str) -> str:
    with pytest.raises(ConnectError) as caught:
        exists(f"tcp://127.0.0.1:{port}", **options)
    message = str(caught.value)
    assert message.startswith(f"as given: tcp://127.0.0.1:{port}: ")
    return message.partition(f"{port}: ")[2]


def test_a_server_that_nobody_vouches_for(listen: Listen, files: Files, exists: Exists) -> None:
    server = listen(answering(PING), trustme.CA().issue_cert("127.0.0.1"))
    said = refusal(exists, server.port, tls_ca=files.ca)
    assert said.startswith("the server's certificate is not trusted here: unable to get local")


def test_a_certificate_that_has_expired(listen: Listen, files: Files, exists: Exists) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    issued = files.authority.issue_cert("127.0.0.1", not_before=past, not_after=past)
    said = refusal(exists, listen(answering(PING), issued).port, tls_ca=files.ca)
    assert said == "the server's certificate is not trusted here: certificate has expired"


def test_a_certificate_of_another_host(listen: Listen, files: Files, exists: Exists) -> None:
    server = listen(answering(PING), files.authority.issue_cert("elsewhere.invalid"))
    said = refusal(exists, server.port, tls_ca=files.ca)
    assert "is not trusted here: IP address mismatch" in said


def test_a_client_without_a_certificate(listen: Listen, files: Files, exists: Exists) -> None:
    issued = files.authority.issue_cert("127.0.0.1")
    server = listen(answering(PING), issued, files.authority)
    said = refusal(exists, server.port, tls_ca=files.ca)
    assert said.startswith("the server refuses this client: certificate required; ")
    assert said.endswith("tls_cert and tls_key")


def test_a_client_that_nobody_vouches_for(listen: Listen, files: Files, exists: Exists) -> None:
    issued = files.authority.issue_cert("127.0.0.1")
    server = listen(answering(PING), issued, files.authority)
    said = refusal(exists, server.port, **files.client(trustme.CA()))
    assert said == "the server refuses this client: unknown ca"


def test_a_server_without_tls(listen: Listen, files: Files, exists: Exists) -> None:
    def script(peer: Peer) -> None:
        peer.send(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    server = listen(script)
    said = refusal(exists, server.port, tls_ca=files.ca)
    assert said == "the server speaks no TLS, or other versions of it"


def test_files_that_are_none(exists: Exists, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    for name in ("none", "empty"):
        file = str(tmp_path / name)
        with pytest.raises(FileError, match=f"^cannot use {file}: ") as caught:
            exists("tcp://127.0.0.1:1", tls_ca=file)
        assert caught.value.path == file
        with pytest.raises(FileError, match=f"^cannot use {file} with the key {file}: "):
            exists("tcp://127.0.0.1:1", tls_cert=file, tls_key=file)


# -- nothing is left -----------------------------------------------------------------------------

SILENT = """
import podlib
podman = podlib.Podman("tcp://127.0.0.1:{}")
podman.containers.exists("web")
print(podman.socket, flush=True)
input()
"""


def test_a_client_that_is_killed_leaves_nothing(listen: Listen, leftovers: Path) -> None:
    server = listen(answering(PING, NO_CONTENT))
    with subprocess.Popen(
        [sys.executable, "-c", SILENT.format(server.port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        socket = process.stdout.readline().strip()
        assert socket.startswith(str(leftovers))
        process.kill()


def test_closing_ends_a_call_that_waits(listen: Listen) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        asked.set()
        peer.wait_for_end()

    asked = threading.Event()
    podman = podlib.Podman(f"tcp://127.0.0.1:{listen(script).port}")
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
    assert [type(error) for error in raised] == [ClosedError]


async def test_cancelling_a_call_closes_its_connection(listen: Listen) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        asked.set()
        peer.wait_for_end()
        ended.set()

    asked, ended = threading.Event(), threading.Event()
    async with podlib.AsyncPodman(f"tcp://127.0.0.1:{listen(script).port}") as podman:
        task = asyncio.ensure_future(podman.containers.exists("web"))
        assert await asyncio.to_thread(asked.wait, 10)
        task.cancel()
        assert await asyncio.to_thread(ended.wait, 10)


def test_the_child_of_a_fork_uses_its_parents_bridge(listen: Listen) -> None:
    server = listen(answering(PING, NO_CONTENT))
    with podlib.Podman(f"tcp://127.0.0.1:{server.port}") as podman:
        assert podman.containers.exists("web")
        with warnings.catch_warnings():  # threads are there, but none that the child needs
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            try:
                podman.containers.exists("web")
                podman.close()
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert podman.containers.exists("web")


# -- what is refused at once ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "options", "told"),
    [
        ("tcp://h:1", {"tls_cert": "c"}, "a certificate and its key go together"),
        ("tcp://h:1", {"identity": "k"}, "tcp:// takes no identity"),
        ("ssh://h", {"tls_ca": "c"}, "ssh:// takes no tls_ca"),
        ("/run/podman.sock", {"identity": "k"}, "unix:// takes no identity"),
    ],
)
def test_files_that_do_not_belong_there(url: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        podlib.Podman(url, **options)
