"""Builds by servers that play a script: streams that are cut, contexts of any size."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncPodman, BuildError, Podman, PodmanError, ProtocolError, TruncatedError
from podlib.tar import END, tar_bytes

from .servers import answering

if TYPE_CHECKING:
    from podlib.models import BuiltImage

    from .conftest import Serve
    from .servers import Peer

ID = "0f9b" * 16
LOG = (
    *("STEP 1/2: FROM busybox\n", "STEP 2/2: RUN echo ä\n", "ä\n", "COMMIT localhost/x\n"),
    *("--> 0f9b0f9b0f9b\n", "Successfully tagged localhost/x:latest\n", f"{ID}\n"),
)
PING = b"HTTP/1.1 200 OK\r\nLibpod-API-Version: 5.8.6\r\nContent-Length: 2\r\n\r\nOK"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
MIB = 1 << 20
PATIENCE = 20.0


def lines(*log: str) -> list[bytes]:
    return [json.dumps({"stream": text}, ensure_ascii=False).encode() + b"\n" for text in log]


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece)


WHOLE = HEAD + chunked(*lines(*LOG)) + b"0\r\n\r\n"


@pytest.fixture(params=["blocking", "asyncio"])
def flavour(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def build(flavour: str, path: str, context: object = None) -> BuiltImage:
    contents = {"Containerfile": "FROM busybox"} if context is None else context

    async def in_asyncio() -> BuiltImage:
        async with AsyncPodman(path) as podman:
            return await podman.images.build(contents)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- any context

    if flavour == "asyncio":
        return asyncio.run(in_asyncio())
    with Podman(path) as podman:
        return podman.images.build(contents)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- likewise


def test_a_whole_log(serve: Serve, flavour: str) -> None:
    built = build(flavour, serve(answering(PING, WHOLE)).path)
    assert (built.id, built.tags) == (ID, ["localhost/x:latest"])
    assert built.log[2] == "ä"


def test_a_connection_that_is_cut_at_any_byte(serve: Serve) -> None:
    cuts = iter(range(len(WHOLE)))

    def script(peer: Peer) -> None:
        peer.body(peer.head())
        peer.send(PING)
        peer.body(peer.head())
        peer.send(WHOLE[: next(cuts)])

    server = serve(script)
    for _ in range(len(WHOLE)):
        with pytest.raises((TruncatedError, ProtocolError)):
            build("blocking", server.path)
    assert next(cuts, None) is None


def test_a_log_that_ends_at_any_byte(serve: Serve) -> None:
    """The answer is whole, but the log in it is not."""
    log = b"".join(lines(*LOG))
    last = len(log) - 1  # without its line end, the last line is still whole
    ends = iter(range(last))

    def script(peer: Peer) -> None:
        while True:
            peer.body(peer.head())
            peer.send(PING)
            for end in ends:
                peer.body(peer.head())
                peer.send(HEAD + chunked(log[:end]) + b"0\r\n\r\n")

    with Podman(serve(script).path) as podman:
        for _ in range(last):
            with pytest.raises(PodmanError):
                podman.images.build({"Containerfile": "FROM busybox"})
    assert next(ends, None) is None


def test_an_error_within_the_log(serve: Serve, flavour: str) -> None:
    error = json.dumps({"error": 'building at STEP "RUN echo ä": exit status 3\n'}).encode() + b"\n"
    body = HEAD + chunked(*lines(*LOG[:3]), error, *lines("never\n")) + b"0\r\n\r\n"
    with pytest.raises(BuildError, match="exit status 3; the log ends with") as caught:
        build(flavour, serve(answering(PING, body)).path)
    assert caught.value.log == ["STEP 1/2: FROM busybox", "STEP 2/2: RUN echo ä", "ä"]
    assert caught.value.exit_code == 3
    assert caught.value.step is not None
    assert caught.value.step.number == 2


# -- contexts --------------------------------------------------------------------------------


class Swallower:
    """Takes the body of a build, whatever its size, and says that it was built."""

    def __init__(self) -> None:
        self.size = 0

    def __call__(self, peer: Peer) -> None:
        peer.body(peer.head())
        peer.send(PING)
        peer.head()
        self.size = peer.discard_chunks()
        peer.send(WHOLE)


def memory(field: str) -> int:
    """Of this process, in bytes: ``VmRSS`` now, ``VmHWM`` at most."""
    text = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if field in line) * 1024


def test_a_large_context_takes_no_memory(serve: Serve, tmp_path: Path, flavour: str) -> None:
    for name in ("a", "b"):
        (tmp_path / "context").mkdir(exist_ok=True)
        with (tmp_path / "context" / name).open("wb") as file:
            file.truncate(256 * MIB)
    build(flavour, serve(answering(PING, WHOLE)).path)  # what is imported does not count
    swallower = Swallower()
    path = serve(swallower).path
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM starts again: proc(5)
    before = memory("VmRSS")
    assert build(flavour, path, tmp_path / "context").id == ID
    assert memory("VmHWM") - before < 64 * MIB
    assert swallower.size > 512 * MIB


class Waiting:
    """An archive whose second reader waits until it is let go: the first looks what it is."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go = threading.Event()
        self.went = False
        self._reads = 0
        self._data = io.BytesIO(tar_bytes("file", b"") + END)

    def read(self, size: int) -> bytes:
        self._reads += 1
        if self._reads == 2:
            self.asked.set()
            self.went = self.go.wait(PATIENCE)
        return self._data.read(size)


def test_an_event_loop_goes_on_while_a_context_is_read(serve: Serve) -> None:
    archive = Waiting()

    async def in_asyncio(path: str) -> BuiltImage:
        async with AsyncPodman(path) as podman:
            call = podman.images.build(archive, containerfile_text="FROM busybox")
            task = asyncio.create_task(call)
            await asyncio.to_thread(archive.asked.wait, PATIENCE)
            archive.go.set()
            return await task

    assert asyncio.run(in_asyncio(serve(answering(PING, WHOLE)).path)).id == ID
    assert archive.went
