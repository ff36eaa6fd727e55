"""What servers play for the calls of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.recorded import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.http.servers import Peer, Script

    from .table import Call

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
_RUNNING = next(
    answer
    for file in sorted(FOLDER.glob("*/ContainerInspect*.json"))
    if b'"Running": true' in (answer := file.read_bytes())
)
_NOT_FOUND = b'{"cause":"not found","message":"not found","response":404}'


def chunk(block: bytes) -> bytes:
    """A part of a body."""
    return b"%x\r\n%b\r\n" % (len(block), block)


def chunks(blocks: Iterable[bytes]) -> bytes:
    """Parts of a body."""
    return b"".join(map(chunk, blocks))


def plain(body: bytes, status: bytes = b"200 OK") -> bytes:
    """A short answer of Podman 5.8."""
    fields = (
        b"Libpod-API-Version: 5.8.6\r\nApi-Version: 1.41\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\n"
    )
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, fields, len(body), body)


def playing(call: Call, play: Callable[[Peer], object]) -> Script:
    """Play to each request that is ``call``, then close; other requests have usual answers."""
    method, _, route = call.route.partition(" ")
    wanted = f"{method} {call.path}{route}".encode()

    def script(peer: Peer) -> None:
        while True:
            head = peer.head()
            peer.body(head)
            target = head.partition(b" HTTP/1.1")[0].partition(b"?")[0]
            if target == wanted:
                play(peer)
                return
            peer.send(_usual(target))

    return script


def _usual(target: bytes) -> bytes:
    if target.endswith(b"/_ping"):
        return plain(b"OK")
    if target.endswith(b"/containers/web/json"):  # a checkpoint asks whether it runs on
        return plain(_RUNNING)
    return plain(_NOT_FOUND, b"404 Not Found")
