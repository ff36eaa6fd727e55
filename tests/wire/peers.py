"""Reads the same bytes with podlib's Receiver and with h11, and says what each made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import h11

from podlib.errors import ProtocolError
from podlib.http.wire import BLOCK, LARGE_BLOCK, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Answer:
    """What a reader took out of the bytes of one answer."""

    informed: list[int] = field(default_factory=list[int])
    status: int = 0
    fields: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    body: bytes = b""
    keep_alive: bool = False
    complete: bool = False
    error: bool = False


class Source:
    """Bytes that arrive in the given pieces, as from a socket."""

    def __init__(self, pieces: Iterable[bytes], *, ends: bool) -> None:
        self._pieces = [piece for piece in pieces if piece]
        self._ends = ends
        self.ended = False

    def recv(self, size: int) -> bytes | None:
        """At most ``size`` bytes, ``b""`` at the end; None if nothing more comes, nor an end."""
        assert size > 0
        if not self._pieces:
            self.ended = self._ends
            return b"" if self._ends else None
        piece = self._pieces.pop(0)
        if len(piece) > size:
            self._pieces.insert(0, piece[size:])
        return piece[:size]


class Starved(Exception):  # noqa: N818 -- no error: the bytes are all read, and more are needed
    """The reader needs more bytes than there are."""


def podlib_reads(
    pieces: Iterable[bytes],
    *,
    method: str = "GET",
    ends: bool = True,
    receiver: Receiver | None = None,
    in_pieces: bool = False,
) -> Answer:
    """The answer as podlib's Receiver reads it, in one of the two ways of its owners."""
    receiver = receiver or Receiver()
    receiver.expect(method)
    answer = Answer()
    source = Source(pieces, ends=ends)
    try:
        _read_head(receiver, source, answer)
        (_read_pieces if in_pieces else _read_body)(receiver, source, answer)
    except Starved:
        return answer
    except ProtocolError:
        answer.error = True
        return answer
    answer.complete = True
    answer.keep_alive = receiver.keep_alive
    return answer


def fill(receiver: Receiver, source: Source) -> None:
    """Receive once into the receiver's buffer."""
    space = receiver.space()
    assert 0 < len(space) <= LARGE_BLOCK
    data = source.recv(len(space))
    if data is None:
        raise Starved
    space[: len(data)] = data
    receiver.received(len(data))


def _read_head(receiver: Receiver, source: Source, answer: Answer) -> None:
    while True:
        head = receiver.head()
        if head is None:
            fill(receiver, source)
        elif head.status < 200 and head.status != 101:
            answer.informed.append(head.status)
        else:
            answer.status = head.status
            fields = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in head.items()]
            answer.fields = _free(fields)
            return


def _free(fields: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The fields but those of the framing, which h11 rewrites; the body tells of them."""
    return [f for f in fields if f[0] not in {b"content-length", b"transfer-encoding"}]


def _read_body(receiver: Receiver, source: Source, answer: Answer) -> None:
    while True:
        if want := receiver.direct:
            data = source.recv(want)
            if data is None:
                raise Starved
            receiver.took(len(data))
            answer.body += data
            continue
        block = receiver.block()
        if block is None:
            fill(receiver, source)
        elif block:
            answer.body += block
        else:
            return


def _read_pieces(receiver: Receiver, source: Source, answer: Answer) -> None:
    receiver.enlarge()
    while not receiver.finished:
        if pieces := receiver.pieces():
            answer.body += b"".join(pieces)
        elif not receiver.finished:
            fill(receiver, source)


def h11_reads(pieces: Iterable[bytes], *, method: str = "GET", ends: bool = True) -> Answer:
    """The answer as h11 reads it."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "d")]))
    connection.send(h11.EndOfMessage())
    answer = Answer()
    source = Source(pieces, ends=ends)
    try:
        while not answer.complete:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                data = source.recv(BLOCK)
                if data is None:
                    return answer
                connection.receive_data(data)
            elif isinstance(event, h11.PAUSED):
                return answer
            else:
                _note(event, answer)
    except h11.RemoteProtocolError:
        answer.error = True
        return answer
    # h11 tells of the end of a connection only when it is asked for the next event
    answer.keep_alive = connection.their_state is h11.DONE and not source.ended
    return answer


def _note(event: object, answer: Answer) -> None:
    if isinstance(event, h11.InformationalResponse):
        answer.informed.append(event.status_code)
    elif isinstance(event, h11.Response):
        answer.status = event.status_code
        answer.fields = _free(event.headers)
    elif isinstance(event, h11.Data):
        answer.body += event.data
    elif isinstance(event, h11.EndOfMessage):
        answer.complete = True
    else:  # the connection ended before the answer began
        assert isinstance(event, h11.ConnectionClosed)
        answer.error = True
        answer.complete = True
