"""A socket of this machine that leads to a TCP port elsewhere, with TLS or without."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
from typing import TYPE_CHECKING

from podlib.errors import (
    ClosedError,
    ConnectError,
    FileError,
    PodmanError,
    TimedOutError,
    TruncatedError,
)

from .keeper import Keeper
from .pump import Plain, Pump

if TYPE_CHECKING:
    from collections.abc import Callable

    from podlib.connection.places import Far

    from .pump import Wire
    from .tls import Trust

_BACKLOG = 4096
_QUIET = 60
"""Seconds without a byte after which the kernel asks whether the other side is still there."""


class Bridge:
    """Listens at a socket, and passes on what comes. Each connection has a thread."""

    def __init__(self, place: Far) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._keeper: Keeper | None = None
        self._listener: socket.socket | None = None
        self._limit: float | None = None
        self._trust: Trust | None = None
        self._failed: PodmanError | None = None
        self._closed = False

    def is_open(self) -> bool:
        """Whether it listens."""
        return self._listener is not None

    def open(self, limit: float | None) -> str:
        """Listen, if that was not done yet; the socket."""
        with self._lock:
            if self._closed:
                raise ClosedError("the client was closed")
            self._limit = limit
            keeper = self._keeper = self._keeper or self._listen()
            return keeper.socket

    def _listen(self) -> Keeper:
        if self._place.has_tls:
            from .tls import Trust

            self._trust = Trust(self._place)
        keeper = Keeper()
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(keeper.socket)
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            keeper.close()
            raise FileError(f"cannot make {keeper.socket}: {error}", path=keeper.socket) from error
        self._listener = listener
        _start("podlib-bridge", self._accept, listener)
        return keeper

    def _accept(self, listener: socket.socket) -> None:
        with listener, contextlib.suppress(OSError):  # it was closed
            while True:
                local, _ = listener.accept()
                _start("podlib-connection", self._pass_on, local)

    def _pass_on(self, local: socket.socket) -> None:
        """One connection, from its beginning to its end."""
        with local:
            try:
                remote, wire = self._connect()
            except PodmanError as error:
                self._failed = error
                return
            self._failed = None
            with remote:
                try:
                    Pump(local, remote, wire).run()
                except PodmanError as error:
                    self._failed = error

    def _connect(self) -> tuple[socket.socket, Wire]:
        remote = self._dial()
        if self._trust is None:
            return remote, Plain()
        try:
            return remote, self._trust.shake_hands(remote)
        except BaseException:
            remote.close()
            raise

    def _dial(self) -> socket.socket:
        place, limit = self._place, self._limit
        try:
            remote = socket.create_connection((place.host, place.port), limit)
        except OSError as error:
            if isinstance(error, TimeoutError) and error.errno is None:
                message = f"{place.name} did not accept a connection within {limit:g} s"
                raise TimedOutError(message, limit="connect") from error
            reasons = {errno.ECONNREFUSED: "nobody listens there"}
            reason = reasons.get(error.errno or 0, error.strerror or str(error))
            raise ConnectError(f"cannot connect to {place.name}: {reason}") from error
        remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        remote.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _QUIET)
        return remote

    def has_dropped(self) -> bool:
        """No."""
        return False

    def explain(self, error: PodmanError) -> PodmanError:
        """Why the other side was not reached, if that is so."""
        failed = self._failed
        return failed if failed is not None and isinstance(error, TruncatedError) else error

    def close(self) -> None:
        """Listen no more."""
        with self._lock:
            self._closed = True
            listener, self._listener = self._listener, None
            if listener is not None and self._owner == os.getpid():
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)  # wakes the thread, which closes it
            if self._keeper is not None:
                self._keeper.close()


def _start(name: str, work: Callable[[socket.socket], None], sock: socket.socket) -> None:
    threading.Thread(target=work, args=[sock], name=name, daemon=True).start()
