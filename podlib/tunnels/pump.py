"""Passes bytes on between a socket of this machine and one that leads elsewhere."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from functools import partial
from typing import Protocol

_BLOCK = 256 * 1024
_NOTHING = memoryview(b"")
_PATIENCE = 10_000
"""Milliseconds that the other side has to take the rest when nobody is left on this one."""


class Wire(Protocol):
    """What bytes become on their way: themselves, or those of TLS."""

    ended: bool
    """Whether the other side has said all."""

    def encode(self, data: bytes) -> bytes:
        """What is to be sent for ``data``, and for what was received before."""
        ...

    def encode_end(self) -> bytes:
        """What says that no more will be sent."""
        ...

    def decode(self, data: bytes) -> bytes:
        """What was said by ``data``; no data are the end. Raises PodmanError."""
        ...


class Plain:
    """Bytes as they are."""

    def __init__(self) -> None:
        self.ended = False

    def encode(self, data: bytes) -> bytes:
        """The same."""
        return data

    def encode_end(self) -> bytes:
        """Nothing: TCP has its own end."""
        return b""

    def decode(self, data: bytes) -> bytes:
        """The same."""
        self.ended = not data
        return data


class Pump:
    """Passes on all that comes from either socket, until both have ended. Closes neither.

    No more is taken from a side than the other takes.
    """

    def __init__(self, local: socket.socket, remote: socket.socket, wire: Wire) -> None:
        local.setblocking(False)
        remote.setblocking(False)
        self._local, self._remote, self._wire = local, remote, wire
        self._out = _NOTHING
        """What the other side is to take before this one is read again."""
        self._back = _NOTHING
        """What this side is to take before the other is read again."""
        self._saying = True
        """Whether this side may still say something."""
        self._hearing = True
        """Whether the other may."""
        self._left = False
        """Whether nobody is on this side any more."""

    def run(self) -> None:
        """Do so. Raises what ``wire`` raises."""
        while self._saying or self._out or (not self._left and (self._hearing or self._back)):
            poll = select.poll()
            if not self._left:
                poll.register(self._local, _events(self._saying, self._out, self._back))
            # A side of which nothing is wanted would tell again and again that it is gone.
            if wanted := _events(self._hearing, self._back, self._out):
                poll.register(self._remote, wanted)
            try:
                events = poll.poll(_PATIENCE if self._left else None)
                if not events:  # what was said last is not taken, and nobody waits for it
                    return
                for side, event in events:
                    serve = (
                        self._serve_local if side == self._local.fileno() else self._serve_remote
                    )
                    serve(event)
            except BlockingIOError:
                continue
            except OSError:  # one side has broken off, and so does the other
                self._take_last_words()
                return

    def _serve_local(self, event: int) -> None:
        if event & select.POLLHUP:  # what is left to be read fits into the kernel's buffer
            self._left = True
            rest = b"".join(iter(partial(self._local.recv, _BLOCK), b""))
            if self._saying:
                self._saying = False
                self._send(self._wire.encode(rest) + self._wire.encode_end())
        elif self._back:
            self._give_back()
        elif event & select.POLLIN:
            data = self._local.recv(_BLOCK)
            self._saying = bool(data)
            self._send(self._wire.encode(data) if data else self._wire.encode_end())

    def _serve_remote(self, event: int) -> None:
        if self._out:
            self._send(b"")
        if self._hearing and not self._back and event & ~select.POLLOUT:
            said = self._wire.decode(self._remote.recv(_BLOCK))
            self._hearing = not self._wire.ended
            self._back = memoryview(said)
            if answer := self._wire.encode(b""):
                self._send(answer)
            self._give_back()

    def _take_last_words(self) -> None:
        """Pass on what the other side said before it broke off: TLS says so why."""
        with suppress(OSError):
            while data := self._remote.recv(_BLOCK):
                self._local.send(self._wire.decode(data))

    def _send(self, data: bytes) -> None:
        if data:
            self._out = memoryview(bytes(self._out) + data if self._out else data)
        if self._out:
            self._out = self._out[self._remote.send(self._out) :]
        if not self._out and not self._saying:
            self._remote.shutdown(socket.SHUT_WR)

    def _give_back(self) -> None:
        if self._back:
            self._back = self._back[self._local.send(self._back) :]
        if not self._back and not self._hearing:
            self._local.shutdown(socket.SHUT_WR)


def _events(reads: bool, held: memoryview, to_send: memoryview) -> int:
    """What is wanted of a side: it is not read while the other has not taken what it said."""
    return (select.POLLIN if reads and not held else 0) | (select.POLLOUT if to_send else 0)
