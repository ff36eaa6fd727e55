"""The connections of one client, for both flavours: those at work, and those kept for later."""

from __future__ import annotations

import os
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from podlib.errors import ClosedError, ProtocolError

from .common import MAX_IDLE, Timeouts

if TYPE_CHECKING:
    from podlib.tunnels import Tunnel

    from .wire import Receiver


class Poolable(Protocol):
    """What a pool needs to know of a connection."""

    receiver: Receiver
    spoiled: bool
    """True when a request was not sent to its end: no other may follow it."""

    def is_readable(self) -> bool:
        """Whether bytes, or the end of the connection, are there."""
        ...

    def interrupt(self) -> None:
        """Wake who uses the connection, and who will close it."""
        ...

    def disown(self) -> None:
        """Close this process's end only."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


C = TypeVar("C", bound=Poolable)

_pools: weakref.WeakSet[Pool[Any]] = weakref.WeakSet()


class Pool(Generic[C]):
    """The base of both clients. A connection belongs to one call at a time."""

    def __init__(
        self, path: str, timeouts: Timeouts | None = None, tunnel: Tunnel | None = None
    ) -> None:
        self.path = path
        """The socket; ``""`` until the tunnel was opened."""
        self.tunnel = tunnel
        """What makes the socket; its owner closes it."""
        self.timeouts = timeouts or Timeouts()
        self._idle: deque[C] = deque()
        self._active: set[C] = set()
        self._closed = False
        _pools.add(self)

    def check_open(self) -> None:
        """Raise ClosedError if the client was closed, be it while a call was under way."""
        if self._closed:
            raise ClosedError("the client was closed")

    def take_idle(self) -> C | None:
        """A connection that waits for a next call; None if there is none."""
        self.check_open()
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                return None
            if not connection.is_readable():
                self._active.add(connection)
                return connection
            connection.close()  # the service closed it, or said what nobody asked for
        return None

    def put_to_work(self, connection: C) -> None:
        """A new connection begins its first call."""
        self._active.add(connection)
        if self._closed:  # meanwhile, by another thread or task
            self.give_up(connection)
            self.check_open()

    def give_back(self, connection: C) -> None:
        """The call is over: keep the connection for the next, or close it."""
        receiver = connection.receiver
        if not receiver.reusable:
            try:
                receiver.skip_buffered()
            except ProtocolError:  # what is left is no HTTP: nobody wants it any more
                connection.spoiled = True
        reusable = receiver.reusable and not connection.spoiled
        if not reusable or self._closed or len(self._idle) >= MAX_IDLE:
            self.give_up(connection)
            return
        self._active.discard(connection)
        self._idle.append(connection)
        if self._closed:  # meanwhile, by another thread
            self.forget_idle()

    def give_up(self, connection: C) -> None:
        """Close a connection."""
        self._active.discard(connection)
        connection.close()

    def shut(self) -> None:
        """Close all connections. Calls that are under way end with ClosedError."""
        self._closed = True
        for connection in list(self._active):
            connection.interrupt()
        self.forget_idle()

    def forget_idle(self) -> None:
        """Close the connections that wait for a next call."""
        while self._idle:
            self._idle.pop().close()

    def disown(self) -> None:
        """In the child of a fork: the connections are the parent's, which goes on using them."""
        for connection in self._idle:
            connection.disown()
        self._idle.clear()
        self._active.clear()


def _after_fork() -> None:
    for pool in list(_pools):
        pool.disown()


os.register_at_fork(after_in_child=_after_fork)
