"""Bare sockets: the least that the work can cost in Python."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.documents import MANY

from .common import API, SMALL, UPLOAD, Framing, Run, check, download_target, spread

if TYPE_CHECKING:
    from collections.abc import Generator

SMALL_REQUEST = f"GET {SMALL} HTTP/1.1\r\nHost: d\r\nAccept: application/json\r\n\r\n".encode()


@contextmanager
def connected(path: str) -> Generator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        yield connection


@contextmanager
def small(path: str) -> Generator[Run]:
    with connected(path) as connection:

        def run(count: int) -> None:
            for _ in range(count):
                connection.sendall(SMALL_REQUEST)
                data = connection.recv(65536)
                while (missing := missing_bytes(data)) > 0:
                    data += connection.recv(missing)
                json.loads(body_of(data))

        yield run


def body_of(data: bytes) -> bytes:
    return data[data.index(b"\r\n\r\n") + 4 :]


def missing_bytes(data: bytes) -> int:
    """How much is still to come of a response with Content-Length."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 65536
    start = data.index(b"Content-Length: ") + 16
    return end + 4 + int(data[start : data.index(b"\r", start)]) - len(data)


@contextmanager
def loads(path: str) -> Generator[Run]:
    """No socket at all: the list is fetched once, then only parsed."""
    connection = HTTPConnection("d")
    with connected(path) as connection.sock:
        connection.request("GET", f"{API}/containers/json")
        document = connection.getresponse().read()

        def run(count: int) -> None:
            for _ in range(count):
                check(len(json.loads(document)), MANY)

        yield run


@contextmanager
def small_async(path: str, under_way: int) -> Generator[Run]:
    """The event loop's own socket calls, a connection for each call under way."""
    connections = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(under_way)]
    for connection in connections:
        connection.connect(path)
        connection.setblocking(False)

    async def call() -> None:
        loop = asyncio.get_running_loop()
        connection = connections.pop()
        await loop.sock_sendall(connection, SMALL_REQUEST)
        data = await loop.sock_recv(connection, 65536)
        while (missing := missing_bytes(data)) > 0:
            data += await loop.sock_recv(connection, missing)
        json.loads(body_of(data))
        connections.append(connection)

    with asyncio.Runner() as runner:
        yield lambda count: runner.run(spread(call, count, under_way))
    for connection in connections:
        connection.close()


@contextmanager
def download(path: str, framing: Framing, block: int) -> Generator[Run]:
    """Receives into one buffer; of a chunked body, all bytes as they come, unparsed."""
    buffer = bytearray(block)
    with connected(path) as connection:

        def run(size: int) -> None:
            left = request_download(connection, size, framing)
            while left > 0:
                left -= connection.recv_into(buffer)

        yield run


@contextmanager
def exec_output(path: str, block: int) -> Generator[Run]:
    """Receives into one buffer, head and frames as they come, unparsed."""
    buffer = bytearray(block)

    def run(size: int) -> None:
        frames, rest = divmod(size, 8192)
        check(rest, 0)
        received = 0
        with connected(path) as connection:
            head = f"POST {API}/exec/{size}/start HTTP/1.1\r\nHost: d\r\nUpgrade: tcp\r\n\r\n"
            connection.sendall(head.encode())
            while count := connection.recv_into(buffer):
                received += count
        check(received > frames * 8200, True)

    yield run


def request_download(connection: socket.socket, size: int, framing: Framing) -> int:
    """Asks for a body and reads the head; gives the number of bytes on the wire after it."""
    target = download_target(size, framing)
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: d\r\n\r\n".encode())
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(4096)
    return wire_size(size, framing) - len(body_of(data))


def wire_size(size: int, framing: Framing) -> int:
    if framing == "length":
        return size
    pieces, rest = divmod(size, 32768)
    check(rest, 0)
    return pieces * (len("8000\r\n") + 32768 + len("\r\n")) + len("0\r\n\r\n")


@contextmanager
def upload(path: str, file: str) -> Generator[Run]:
    with connected(path) as connection, Path(file).open("rb") as source:

        def run(size: int) -> None:
            start_upload(connection, size)
            check(connection.sendfile(source, 0, size), size)
            finish_upload(connection, size)

        yield run


def start_upload(connection: socket.socket, size: int) -> None:
    head = f"POST {UPLOAD} HTTP/1.1\r\nHost: d\r\nContent-Length: {size}\r\n\r\n"
    connection.sendall(head.encode())


def finish_upload(connection: socket.socket, size: int) -> None:
    data = connection.recv(65536)
    while (missing := missing_bytes(data)) > 0:
        data += connection.recv(missing)
    check(json.loads(body_of(data))["bytes"], size)


@contextmanager
def pump(path: str, framing: Framing, block: int) -> Generator[Run]:
    """Sends on all that comes, unparsed, as a body whose length is known."""
    view = memoryview(bytearray(block))
    with connected(path) as source, connected(path) as target:

        def run(size: int) -> None:
            left = request_download(source, size, framing)
            total = left
            start_upload(target, total)
            while left > 0:
                received = source.recv_into(view)
                target.sendall(view[:received])
                left -= received
            finish_upload(target, total)

        yield run
