"""Bodies of requests, from wherever they come, and servers that do not want them."""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING

import pytest

from podlib.errors import FileError, TruncatedError

from .servers import OK, Peer, ScriptedServer, answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Connect, Serve
    from .flavours import Answer, Body

pytestmark = pytest.mark.timeout(60)

BODY = bytes(range(256)) * 12_000  # 3 MB: several times what the sockets hold


class Recorder:
    """Keeps the heads and bodies of requests, and answers each with 200."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []

    def __call__(self, peer: Peer) -> None:
        while True:
            head = peer.head()
            self.heads.append(head)
            self.bodies.append(peer.body(head))
            peer.send(OK)


class Reader:
    """Reads like a file, and has no descriptor."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._data.read(min(size, 10_007))


def blocks(data: bytes) -> Iterator[bytes]:
    yield b""  # an empty chunk would be the end of the body
    for i in range(0, len(data), 100_003):
        yield data[i : i + 100_003]
        yield b""


def pieces(data: bytes) -> list[memoryview]:
    """More of them than the kernel takes in one call, empty ones too."""
    view, step = memoryview(data), max(len(data) // 3_000, 1)
    return [view[:0], *(view[i : i + step] for i in range(0, len(data), step)), view[:0]]


SOURCES: dict[str, Callable[[bytes], Body]] = {
    "bytes": lambda data: data,
    "BytesIO": io.BytesIO,
    "a reader": Reader,
    "a generator": blocks,
    "a list": lambda data: [*blocks(data)],
    "views": lambda data: [memoryview(data)[:1_000], memoryview(data)[1_000:]],
    "pieces": lambda data: [[memoryview(data)[:0]], [], pieces(data)],
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("data", [b"", b"short", BODY], ids=["nothing", "little", "much"])
def test_a_body_arrives_whole(serve: Serve, connect: Connect, source: str, data: bytes) -> None:
    record = Recorder()
    server = serve(record)
    client = connect(server)
    for _ in range(2):
        assert client.request("POST", "/", body=SOURCES[source](data)).body == b"ok"
    assert record.bodies == [data, data]
    framing = b"Content-Length: %d" % len(data) if source == "bytes" else b"chunked"
    assert framing in record.heads[0]
    assert server.connections == 1


@pytest.mark.parametrize("offset", [0, 1, 100_000, len(BODY), len(BODY) + 5])
def test_a_file_is_sent_from_where_it_stands(
    serve: Serve, connect: Connect, tmp_path: Path, offset: int
) -> None:
    path = tmp_path / "body"
    path.write_bytes(BODY)
    record = Recorder()
    with path.open("rb") as file:
        file.seek(offset)
        connect(serve(record)).request("POST", "/", body=file)
    assert record.bodies == [BODY[offset:]]
    assert b"Content-Length: %d" % max(len(BODY) - offset, 0) in record.heads[0]


def test_uploads_of_files_keep_their_connection(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    """However quickly the answer follows the last byte."""
    path = tmp_path / "body"
    path.write_bytes(bytes(300_000))
    server = serve(Recorder())
    client = connect(server)
    for _ in range(300):
        with path.open("rb") as file:
            client.request("POST", "/", body=file)
    assert server.connections == 1


def test_a_buffered_file_is_sent_from_where_its_reader_stands(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    path = tmp_path / "body"
    path.write_bytes(BODY)
    record = Recorder()
    with path.open("rb") as file:
        file.read(10)  # the descriptor itself stands further on: the reader read ahead
        connect(serve(record)).request("POST", "/", body=file)
    assert record.bodies == [BODY[10:]]


def test_a_pipe_is_sent_in_chunks(serve: Serve, connect: Connect) -> None:
    reading, writing = os.pipe()
    record = Recorder()
    with open(reading, "rb", buffering=0) as file:  # noqa: PTH123 -- a descriptor has no path
        with open(writing, "wb") as writer:  # noqa: PTH123 -- likewise
            writer.write(b"through a pipe")
        connect(serve(record)).request("POST", "/", body=file)
    assert record.bodies == [b"through a pipe"]
    assert b"chunked" in record.heads[0]


def test_a_file_that_shrinks_is_an_error(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(BODY)

    def script(peer: Peer) -> None:
        peer.head()
        os.truncate(path, len(BODY) // 2)
        peer.wait_for_end()

    server = serve(script)
    with path.open("rb") as file, pytest.raises(FileError, match="shorter") as caught:
        connect(server).request("POST", "/", body=file)
    assert caught.value.path == str(path)


def test_a_file_that_grows_is_sent_as_it_was(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    path = tmp_path / "body"
    path.write_bytes(BODY)
    bodies: list[bytes] = []

    def script(peer: Peer) -> None:
        while True:
            head = peer.head()
            with path.open("ab") as file:
                file.write(b"more")
            bodies.append(peer.body(head))
            peer.send(OK)

    server = serve(script)
    client = connect(server)
    with path.open("rb") as file:
        client.request("POST", "/", body=file)
    client.request("GET", "/")
    assert bodies == [BODY, b""]
    assert server.connections == 1


def test_a_file_that_is_not_for_reading_is_an_error(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    path = tmp_path / "body"
    with path.open("wb") as file:
        file.write(b"data")
        file.flush()
        file.seek(0)
        with pytest.raises(FileError, match="cannot read"):
            connect(serve(answering(OK))).request("POST", "/", body=file)


class Ours(Exception):  # noqa: N818 -- any exception of a caller
    pass


@pytest.mark.parametrize("after", [0, 3, 40])
def test_what_the_callers_blocks_raise_comes_through(
    serve: Serve, connect: Connect, after: int
) -> None:
    raised = Ours("unchanged")

    def failing() -> Iterator[bytes]:
        yield from [b"x" * 65_536] * after
        raise raised

    def script(peer: Peer) -> None:
        head = peer.head()
        if peer.number == 0:
            peer.wait_for_end()
            ended.set()
        else:
            peer.body(head)
            peer.send(OK)

    ended = threading.Event()
    client = connect(serve(script))
    with pytest.raises(Ours) as caught:
        client.request("POST", "/", body=failing())
    assert caught.value is raised
    assert ended.wait(10), "the connection is closed: half a body is on it"
    assert client.request("POST", "/").body == b"ok"


# -- servers that answer before they have read the body ------------------------------------------

REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 7\r\n\r\nbecause"


def then_close(peer: Peer) -> None:
    peer.head()
    peer.send(REFUSAL)


def then_close_with_a_part_read(peer: Peer) -> None:
    peer.head()
    peer.discard(300_000)
    peer.send(REFUSAL)


def then_keep_open_without_reading(peer: Peer) -> None:
    peer.head()
    peer.send(REFUSAL)
    stays.wait(20)


def answers_slowly(peer: Peer) -> None:
    peer.head()
    for i in range(len(REFUSAL)):
        peer.send(REFUSAL[i : i + 1])
    stays.wait(20)


stays = threading.Event()


@pytest.fixture
def _until_the_end() -> Iterator[None]:
    stays.clear()
    yield
    stays.set()


@pytest.mark.usefixtures("_until_the_end")
@pytest.mark.parametrize("source", ["bytes", "a file", "a generator", "an endless generator"])
@pytest.mark.parametrize(
    "script",
    [then_close, then_close_with_a_part_read, then_keep_open_without_reading, answers_slowly],
)
def test_an_answer_before_the_end_of_the_upload_ends_it(
    tmp_path: Path, connect: Connect, source: str, script: Callable[[Peer], None]
) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65_536

    path = tmp_path / "body"
    path.write_bytes(BODY)
    bodies: dict[str, Callable[[], Body]] = {
        "bytes": lambda: BODY,
        "a generator": lambda: blocks(BODY),
        "an endless generator": endless,
    }
    with ScriptedServer(tmp_path / "s", script) as server, path.open("rb") as file:
        client = connect(server)
        for _ in range(2):
            body = file if source == "a file" else bodies[source]()
            reply = client.request("POST", "/", body=body)
            assert (reply.status, reply.body) == (400, b"because")
        assert server.connections == 2, "half a request was left on the first one"
        stays.set()


@pytest.mark.parametrize("source", ["bytes", "a generator"])
def test_a_server_that_goes_without_an_answer(serve: Serve, connect: Connect, source: str) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.discard(100_000)

    server = serve(script)
    with pytest.raises(TruncatedError):
        connect(server).request("POST", "/", body=SOURCES[source](BODY))
    assert server.connections == 1


@pytest.mark.parametrize("source", ["bytes", "a generator"])
def test_informational_heads_do_not_stop_an_upload(
    serve: Serve, connect: Connect, source: str
) -> None:
    """Cut in two as well: a half head must not stop it either."""
    bodies: list[bytes] = []

    def script(peer: Peer) -> None:
        head = peer.head()
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Pro")
        peer.wait_until_read()
        peer.send(b"cessing\r\n\r\n")
        bodies.append(peer.body(head))
        peer.send(OK)

    assert connect(serve(script)).request("POST", "/", body=SOURCES[source](BODY)).body == b"ok"
    assert bodies == [BODY]


# -- memory --------------------------------------------------------------------------------------

LARGE = 300 << 20


def by_blocks(answer: Answer) -> Iterator[int]:
    yield from map(len, answer.iter_bytes())


def by_pieces(answer: Answer) -> Iterator[int]:
    for pieces in answer.iter_pieces():
        yield sum(map(len, pieces))


def resident() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 -- measured often
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Growth:
    """The most that memory grew since the first look."""

    def __init__(self) -> None:
        self._first = resident()
        self.most = 0

    def look(self) -> None:
        self.most = max(self.most, resident() - self._first)


@pytest.mark.parametrize("source", ["a file", "a generator"])
def test_a_large_upload_takes_no_memory(
    serve: Serve, connect: Connect, tmp_path: Path, source: str
) -> None:
    growth = Growth()

    def script(peer: Peer) -> None:
        peer.head()
        if source == "a file":
            for _ in range(10):
                peer.discard(LARGE // 10)
                growth.look()
        else:
            peer.discard_chunks()
        peer.send(OK)

    def generated() -> Iterator[bytes]:
        block = b"x" * (1 << 20)
        for i in range(LARGE >> 20):
            yield block
            if i % 30 == 0:
                growth.look()

    path = tmp_path / "body"
    path.touch()
    os.truncate(path, LARGE)  # a hole: it takes no disk
    with path.open("rb") as file:
        body: Body = file if source == "a file" else generated()
        assert connect(serve(script)).request("POST", "/", body=body).body == b"ok"
    assert growth.most < 16 << 20


@pytest.mark.parametrize("way", [by_blocks, by_pieces])
def test_a_large_download_takes_no_memory(
    serve: Serve, connect: Connect, way: Callable[[Answer], Iterator[int]]
) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"8000\r\n" + bytes(0x8000) + b"\r\n"
        for _ in range(LARGE // 0x8000 // 32):
            peer.send(chunk * 32)
        peer.send(b"0\r\n\r\n")

    client = connect(serve(script))
    size = 0
    with client.stream("GET", "/") as answer:
        growth = Growth()
        for count, taken in enumerate(way(answer)):
            size += taken
            if count % 500 == 0:
                growth.look()
    assert size == LARGE
    assert growth.most < 16 << 20
