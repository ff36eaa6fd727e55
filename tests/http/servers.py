"""A server that plays a script to each connection: whatever bytes, whenever, and odd ends."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import termios
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Script = Callable[["Peer"], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
JOIN_SECONDS = 20


class Gone(Exception):  # noqa: N818 -- no error: clients may leave
    """The client closed the connection."""


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket, number: int, requests: list[str]) -> None:
        self.sock = sock
        self.number = number
        """Which connection of the server it is, from 0."""
        self._requests = requests
        self._buffer = b""

    def head(self) -> bytes:
        """The next request's head. Raises Gone at the end of the connection."""
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self._some()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        self._requests.append(head.partition(b" HTTP/1.1")[0].decode())
        return head

    def body(self, head: bytes) -> bytes:
        """The body that follows ``head``."""
        for line in head.lower().split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name == b"content-length":
                return self.exactly(int(value))
            if name == b"transfer-encoding":
                return b"".join(iter(self._chunk, b""))
        return b""

    def _chunk(self) -> bytes:
        size = int(self._line(), 16)
        data = self.exactly(size)
        self._line()
        return data

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._buffer += self._some()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def exactly(self, size: int) -> bytes:
        """That many bytes."""
        parts = [self._buffer[:size]]
        self._buffer = self._buffer[size:]
        size -= len(parts[0])
        while size:
            parts.append(self._some(size))
            size -= len(parts[-1])
        return b"".join(parts)

    def discard(self, size: int) -> None:
        """Take that many bytes, in constant memory."""
        taken = min(size, len(self._buffer))
        self._buffer = self._buffer[taken:]
        size -= taken
        space = bytearray(65_536)
        while size > 0:
            count = self.sock.recv_into(space, min(size, len(space)))
            if not count:
                raise Gone
            size -= count

    def discard_chunks(self) -> int:
        """Take a body in chunks, in constant memory: its size."""
        whole = 0
        while size := int(self._line(), 16):
            self.discard(size)
            self._line()
            whole += size
        self._line()
        return whole

    def _some(self, size: int = 65_536) -> bytes:
        data = self.sock.recv(size)
        if not data:
            raise Gone
        return data

    def send(self, *parts: bytes) -> None:
        """Send each part by itself."""
        for part in parts:
            self.sock.sendall(part)

    def wait_until_read(self) -> None:
        """Until the client has received all that was sent."""
        waiting = bytearray(4)
        while fcntl.ioctl(self.sock, termios.TIOCOUTQ, waiting) or any(waiting):
            time.sleep(0.001)

    def wait_for_end(self) -> None:
        """Read until the client closes its end."""
        with contextlib.suppress(Gone, ConnectionResetError):  # the latter: it left bytes unread
            while True:
                self._some()


class ScriptedServer:
    """Listens on a Unix socket, or on TCP, and plays ``script`` to each connection.

    Each has a thread of its own.
    """

    def __init__(
        self, path: Path | str | None, script: Script, *, backlog: int = 64, port: int = 0
    ) -> None:
        self.path = str(path or "")
        self.requests: list[str] = []
        """``GET /target`` of all requests, in their order."""
        self.connections = 0
        self._script = script
        self._errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(self.path or ("127.0.0.1", port))
        self._listener.listen(backlog)
        self.port = 0 if path else self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:  # shut down
                return
            peer = Peer(sock, self.connections, self.requests)
            self.connections += 1
            self._open.add(sock)
            self._start(partial(self._play, peer))

    def _play(self, peer: Peer) -> None:
        try:
            self._script(peer)
        except (Gone, OSError):  # the client left, as clients may
            pass
        except BaseException as error:  # noqa: BLE001 -- told at the end of the test
            self._errors.append(error)
        finally:
            self._open.discard(peer.sock)
            peer.sock.close()

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):  # it has just ended
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(JOIN_SECONDS)
            assert not thread.is_alive(), "a script does not end"
        if self._errors:
            raise self._errors[0]


def answering(*answers: bytes) -> Script:
    """Each request gets the next answer, whatever connection it comes by; then the last again."""
    left = list(answers)

    def script(peer: Peer) -> None:
        while True:
            peer.body(peer.head())
            peer.send(left.pop(0) if len(left) > 1 else left[0])

    return script


def chunked(*blocks: bytes) -> bytes:
    """An answer in chunks, with extensions and trailers."""
    data = b"".join(b'%x;note="a;b"\r\n%b\r\n' % (len(block), block) for block in blocks)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n"
    return head + data + b"0;last\r\nDigest: abc\r\nOther: x\r\n\r\n"
