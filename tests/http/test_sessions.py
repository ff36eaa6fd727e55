"""Sessions with a server that plays a script: odd upgrades, odd cuts, odd ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from podlib import AsyncPodman, ConflictError, ConnectError, Podman, ProtocolError, TruncatedError
from podlib.models import ExecResult, Output

from .servers import Gone, Peer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Serve
    from .servers import Script

pytestmark = pytest.mark.timeout(60)

HEADS = {
    "101": b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
    "200": b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n",
    "100 first": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n",
    "with a length": b"HTTP/1.1 101 UPGRADED\r\nContent-Length: 0\r\n\r\n",
}
STREAM = b"\1\0\0\0\0\0\0\3one\2\0\0\0\0\0\0\3two\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1!"
RESULT = ExecResult(7, b"one!", b"two")


class Play(Protocol):
    """What a server does with a bare connection."""

    def __call__(self, peer: Peer, /) -> None: ...


def podman(play: Play, dies: Callable[[], bool] = lambda: False) -> Script:
    """A Podman of which one command can be run, with exit code 7; unless it ``dies`` when asked."""

    def script(peer: Peer) -> None:
        while True:
            head = peer.head()
            peer.body(head)
            if b"/start " in head:
                play(peer)
                return
            if b"/json " in head and dies():
                return
            answers: dict[bytes, object] = {
                b"/exec ": {"Id": "e1"},
                b"/exec/e1/json ": {
                    "ID": "e1",
                    "ExitCode": 7,
                    "OpenStdin": True,
                    "ProcessConfig": {"entrypoint": "x"},
                },
            }
            body = next((json.dumps(each) for end, each in answers.items() if end in head), "OK")
            peer.send(
                b"HTTP/1.1 200 OK\r\nLibpod-API-Version: 5.8.2\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(body), body.encode())
            )

    return script


def sending(*parts: bytes) -> Play:
    """Each part is sent when the one before it was read."""

    def play(peer: Peer) -> None:
        for part in parts:
            peer.send(part)
            peer.wait_until_read()

    return play


def ran(path: str, flavour: str, data: bytes | None = None) -> ExecResult:
    """What became of a command."""

    async def in_asyncio() -> ExecResult:
        async with AsyncPodman(path) as client:
            return await client.exec.run("box", ["x"], input=data)

    if flavour == "asyncio":
        return asyncio.run(in_asyncio())
    with Podman(path) as client:
        return client.exec.run("box", ["x"], input=data)


both = pytest.mark.parametrize("flavour", ["blocking", "asyncio"])


@both
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("together", [True, False], ids=["together", "apart"])
def test_upgrades(serve: Serve, head: bytes, flavour: str, *, together: bool) -> None:
    """Whatever the head says, and whether or not output comes in its packet."""
    parts = [head + STREAM] if together else [head, STREAM]
    assert ran(serve(podman(sending(*parts))).path, flavour) == RESULT


@both
def test_cuts_at_every_byte(serve: Serve, flavour: str) -> None:
    data = HEADS["101"] + STREAM
    for at in range(1, len(data)):
        server = serve(podman(sending(data[:at], data[at:])))
        assert ran(server.path, flavour) == RESULT, at


@both
def test_single_bytes(serve: Serve, flavour: str) -> None:
    data = HEADS["200"] + STREAM
    server = serve(podman(sending(*(data[at : at + 1] for at in range(len(data))))))
    assert ran(server.path, flavour) == RESULT


@both
def test_ends_at_every_byte(serve: Serve, flavour: str) -> None:
    """Within a frame it is an error; between frames it is how output ends."""
    between = {0, 11, 22, 30, len(STREAM)}
    for at in range(len(STREAM) + 1):
        server = serve(podman(sending(HEADS["101"] + STREAM[:at])))
        if at in between:
            assert ran(server.path, flavour).exit_code == 7
        else:
            with pytest.raises(TruncatedError, match="within a frame"):
                ran(server.path, flavour, b"some")


@both
def test_what_is_no_frame(serve: Serve, flavour: str) -> None:
    server = serve(podman(sending(HEADS["101"] + b"OCI runtime error: no such file")))
    with pytest.raises(ProtocolError, match="not a frame"):
        ran(server.path, flavour)


@both
def test_a_refusal(serve: Serve, flavour: str) -> None:
    body = b'{"cause":"","message":"it was started already","response":409}'
    head = b"HTTP/1.1 409 Conflict\r\nContent-Length: %d\r\n\r\n" % len(body)
    with pytest.raises(ConflictError, match="started already"):
        ran(serve(podman(sending(head + body))).path, flavour)


@both
def test_input_that_is_not_read(serve: Serve, flavour: str) -> None:
    """The server ends the session in the midst of it: what was written before counts."""

    def play(peer: Peer) -> None:
        peer.send(HEADS["101"] + STREAM)
        peer.exactly(10)

    assert ran(serve(podman(play)).path, flavour, bytes(1 << 24)) == RESULT
    assert not [each for each in threading.enumerate() if each.name == "podlib-alongside"]


@both
def test_all_input_is_read_while_all_output_is_written(serve: Serve, flavour: str) -> None:
    data = bytes(range(256)) * 40_000

    def play(peer: Peer) -> None:
        peer.send(HEADS["200"])
        while True:
            try:
                block = peer.exactly(10_000)
            except Gone:
                return
            peer.send(b"\1\0\0\0" + len(block).to_bytes(4) + block)

    assert ran(serve(podman(play)).path, flavour, data) == ExecResult(7, data, b"")


class Interrupted(Exception):  # noqa: N818 -- as KeyboardInterrupt, which would end the tests
    """A signal came."""


def interrupt(*_: object) -> None:
    raise Interrupted


@pytest.mark.parametrize("data", [None, bytes(1 << 24)], ids=["reading", "writing too"])
def test_an_interrupt(serve: Serve, data: bytes | None) -> None:
    """It closes the connection at once, and ends the thread that writes."""
    ended = threading.Event()

    def play(peer: Peer) -> None:
        peer.send(HEADS["101"] + STREAM)
        peer.wait_until_read()
        os.kill(os.getpid(), signal.SIGUSR1)
        peer.wait_for_end()
        ended.set()

    handler = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with Podman(serve(podman(play)).path) as client:
            with pytest.raises(Interrupted):
                client.exec.run("box", ["x"], input=data)
            assert ended.wait(10)
    finally:
        signal.signal(signal.SIGUSR1, handler)
    assert not [each for each in threading.enumerate() if each.name == "podlib-alongside"]


def test_leaving_closes(serve: Serve) -> None:
    ended = threading.Event()

    def play(peer: Peer) -> None:
        peer.send(HEADS["101"] + STREAM)
        peer.wait_for_end()
        ended.set()

    with Podman(serve(podman(play)).path) as client:
        with client.containers.exec("box", ["x"]) as session:
            assert session.read() == Output("stdout", b"one")
        assert ended.wait(10)


@both
def test_a_service_that_ends_with_a_question_open(serve: Serve, flavour: str) -> None:
    """It is not there any more: that is more than that its answer broke off."""
    asked: list[bool] = []

    def play(peer: Peer) -> None:
        peer.send(HEADS["101"])
        asked.append(False)

    def dies() -> bool:
        if asked:
            asked.append(True)
            Path(server.path).unlink(missing_ok=True)
        return bool(asked)

    server = serve(podman(play, dies))
    with pytest.raises(ConnectError):
        ran(server.path, flavour)
    assert True in asked
