"""A relay before a server of a host, which holds back or cuts what passes."""

from __future__ import annotations

import ctypes
import os
import select
import socket
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from .host import Host

_BLOCK = 16_384
_PATIENCE = 60
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Relay:
    """Listens in the network of ``host`` and passes on to ``port`` there, while it is entered.

    Without a host it listens on the machine.

    It passes on to another host with ``to``, and listens ``at`` a port that is chosen.
    Through each connection go ``limit`` bytes in each direction, if one is set. Then it waits for
    :meth:`release`, or if it ``cuts`` closes the connection.
    """

    def __init__(
        self,
        host: Host | None,
        port: int = 5000,
        *,
        to: Host | None = None,
        at: int = 0,
        limit: int | None = None,
        cuts: bool = False,
    ) -> None:
        self._network = _network(host)
        self._server = _network(to or host)
        self._port = port
        self._at = at
        self._limit = limit
        self._cuts = cuts
        self._listener: socket.socket
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._servers: set[socket.socket] = set()
        self._left = threading.Condition()
        self._released = threading.Event()
        self.address = ""
        """Where the host finds it."""
        self.held = threading.Event()
        """Set once something was held back, or cut."""

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._start(lambda: self._listen(ready))
        if not ready.wait(_PATIENCE):
            raise TimeoutError("the relay does not listen")
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        _end(self._listener)
        for each in [*self._open, *self._servers]:
            _end(each)
        for thread in self._threads:
            thread.join(_PATIENCE)

    @property
    def released(self) -> bool:
        """Whether all may pass."""
        return self._released.is_set()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.address.rpartition(":")[2])

    def drop(self) -> None:
        """Break all connections; others can be made."""
        for each in [*self._open]:
            _end(each)

    def release(self) -> None:
        """Let all pass from now on."""
        self._limit = None
        self._released.set()

    def wait_until_left(self) -> bool:
        """Wait until the host has closed all its connections; False if it does not."""
        with self._left:
            return self._left.wait_for(lambda: not self._open, _PATIENCE)

    # -- threads, which all live in the host's network ---------------------------------------------

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self, ready: threading.Event) -> None:
        _enter(self._network)
        with socket.create_server(("127.0.0.1", self._at)) as self._listener:
            self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
            ready.set()
            with suppress(OSError):  # it ends
                while True:
                    client, _ = self._listener.accept()
                    self._open.add(client)
                    self._start(partial(self._relay, client))

    def _relay(self, client: socket.socket) -> None:
        _enter(self._server)
        with client, suppress(ConnectionRefusedError), self._connect() as server:
            self._servers.add(server)
            back = threading.Thread(target=self._pass, args=[server, client, client], daemon=True)
            back.start()
            self._pass(client, server, client)
            back.join()
            self._servers.discard(server)
        with self._left:
            self._open.discard(client)
            self._left.notify_all()

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port))

    def _pass(self, source: socket.socket, target: socket.socket, client: socket.socket) -> None:
        left = self._limit
        with suppress(OSError):  # one of them has left
            while data := source.recv(min(left or _BLOCK, _BLOCK)):
                target.sendall(data)
                if left is not None and not (left := left - len(data)):
                    left = None
                    self.held.set()
                    if self._cuts and not self.released:
                        break
                    target.sendall(self._kept(source, client))
            else:
                target.shutdown(socket.SHUT_WR)  # it has said all, but may still listen
                return
        _end(source)
        _end(target)

    def _kept(self, source: socket.socket, client: socket.socket) -> bytes:
        """What comes until all may pass. It is taken, for behind it may be the client's end."""
        poll = select.poll()
        poll.register(client, select.POLLRDHUP)
        poll.register(source, select.POLLIN | select.POLLRDHUP * (source is client))
        kept = bytearray()
        while not self.released:
            for number, event in poll.poll(10):
                if number == client.fileno() and event != select.POLLIN:
                    raise ConnectionError("the client has left")
                data = source.recv(_BLOCK)
                kept += data
                if not data:
                    poll.unregister(source)  # the server has said all
        return bytes(kept)


def _network(host: Host | None) -> Path:
    return (host.root.parent if host else Path("/proc/self")) / "ns" / "net"


def _enter(network: Path) -> None:
    """A thread has a network of its own, which threads that it starts share."""
    with network.open() as file:
        if _libc.setns(file.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _end(sock: socket.socket) -> None:
    with suppress(OSError):  # it has ended already
        sock.shutdown(socket.SHUT_RDWR)
