"""What both flavours of the client share: limits, replies, and what a body is."""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from podlib.errors import ConnectError, FileError, ParameterError, ProtocolError, TimedOutError

if TYPE_CHECKING:
    from .wire import Head

MAX_IDLE: Final = 256
"""Connections that a client keeps for later. An idle one costs the service a few KiB."""
MOST_PARTS: Final = 1024
"""Pieces that the kernel takes in one call."""
_FOREVER: Final = 1e9
SEND_BLOCK: Final = 1 << 20
"""Bytes of a file that are handed to the kernel at once."""
_SEND_BUFFER: Final = 1 << 20
_SO_SNDBUFFORCE: Final = 32  # Linux's number: Python's socket module does not name it

_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class Timeouts:
    """Limits of one call, in seconds; None: no limit.

    ``connect``: until the socket accepts. ``head``: from the request's end until the answer's
    head. ``idle``: a body, up or down, may stand still for so long. ``total``: the whole call.
    """

    # No dataclass: to import their module takes longer than many a program that uses podlib.
    __slots__ = ("connect", "head", "idle", "total")

    def __init__(
        self,
        connect: float | None = 10.0,
        head: float | None = None,
        idle: float | None = None,
        total: float | None = None,
    ) -> None:
        self.connect = _checked("connect", connect)
        self.head = _checked("head", head)
        self.idle = _checked("idle", idle)
        self.total = _checked("total", total)

    def changed(self, **limits: float | None) -> Timeouts:
        """The same limits, but for those that are named."""
        return Timeouts(**{**{name: getattr(self, name) for name in self.__slots__}, **limits})

    def start(self, method: str, target: str) -> Clock:
        """The clock of a call that begins now."""
        if self.head is None and self.idle is None and self.total is None:
            return _NO_LIMITS
        return Clock(self, method, target)


def _checked(name: str, limit: float | None) -> float | None:
    if limit is not None and not 0 < limit < _FOREVER:
        raise ParameterError(f"the {name} limit must be a number of seconds, not {limit!r}")
    return limit


class Clock:
    """The limits of one call under way."""

    __slots__ = ("_deadline", "_head_end", "_what", "head", "idle", "limited")

    def __init__(self, timeouts: Timeouts, method: str, target: str) -> None:
        self.head = timeouts.head
        self.idle = timeouts.idle
        self._what = (method, target)
        self._head_end: float | None = None
        total = timeouts.total
        self._deadline = None if total is None else time.monotonic() + total
        self.limited = not (self.head is None and self.idle is None and total is None)
        """Whether there is any limit."""

    def limit(self, name: str) -> float | None:
        """Seconds that may pass now while waiting for ``name`` (``head`` or ``idle``)."""
        if not self.limited:
            return None
        now = time.monotonic()
        limits = [] if self.idle is None or name == "head" else [self.idle]
        if name == "head" and self._head_end is not None:
            limits.append(self._head_end - now)
        if self._deadline is not None:
            limits.append(self._deadline - now)
        left = min(limits, default=None)
        if left is not None and left <= 0:
            raise self.expired(name)
        return left

    def sent(self) -> None:
        """The request is sent: its answer's head is due."""
        if self.head is not None:
            self._head_end = time.monotonic() + self.head

    def expired(self, name: str) -> TimedOutError:
        """The error for a limit that ran out while waiting for ``name``."""
        if self._deadline is not None and time.monotonic() >= self._deadline:
            name = "total"
        method, target = self._what
        message = f"{method} {target} was not done in time ({name} limit)"
        return TimedOutError(message, limit=name)


_NO_LIMITS = Clock(Timeouts(), "", "")


class Reply:
    """An answer that was read to its end."""

    __slots__ = ("body", "head", "status")

    def __init__(self, head: Head, body: bytes) -> None:
        self.head = head
        self.status = head.status
        self.body = body

    def header(self, name: str) -> str | None:
        """The value of a header field, or None."""
        return self.head.get(name)

    @property
    def headers(self) -> dict[str, str]:
        """The header fields, their names in lower case."""
        return {name.lower(): value for name, value in self.head.items()}

    def json(self) -> object:
        """The body as JSON. Raises ProtocolError if it is none."""
        try:
            return json.loads(self.body.decode())  # loads would first guess the encoding
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"the answer is not JSON: {self.body[:200]!r}") from error


@runtime_checkable
class Readable(Protocol):
    """An open binary file, or what reads like one."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        ...


class FileRange:
    """The rest of a regular file: sent by the kernel, its length known beforehand."""

    __slots__ = ("fd", "left", "name", "offset")

    def __init__(self, fd: int, offset: int, left: int, name: str) -> None:
        self.fd = fd
        self.offset = offset
        self.left = left
        self.name = name

    def send(self, sock: int) -> int:
        """Send what the socket takes now. Raises BlockingIOError if that is nothing."""
        try:
            sent = os.sendfile(sock, self.fd, self.offset, min(self.left, SEND_BLOCK))
        except OSError as error:
            if error.errno in {errno.EAGAIN, errno.EPIPE, errno.ECONNRESET}:
                raise
            raise FileError(f"cannot read {self.name}: {error.strerror}", path=self.name) from error
        if not sent:
            raise FileError(f"{self.name} became shorter while it was sent", path=self.name)
        self.offset += sent
        self.left -= sent
        return sent


def measure(body: object) -> tuple[FileRange | None, int | None]:
    """What the kernel can send by itself of ``body``, and its length; None: not known."""
    if isinstance(body, bytes):
        return None, len(body)
    part = _file_range(body)
    return part, part.left if part else None


def _file_range(body: object) -> FileRange | None:
    """``body`` as a range that the kernel can send, if it is an open regular file."""
    fileno = getattr(body, "fileno", None)
    if fileno is None or not isinstance(body, Readable):
        return None
    try:
        fd = fileno()
        status = os.fstat(fd)
    except OSError:  # io.UnsupportedOperation is one too: no file behind it
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    tell = getattr(body, "tell", None)
    offset = tell() if tell is not None else os.lseek(fd, 0, os.SEEK_CUR)
    name = str(getattr(body, "name", fd))
    return FileRange(fd, offset, max(status.st_size - offset, 0), name)


def unsent(parts: list[bytes | memoryview], sent: int) -> list[bytes | memoryview]:
    """What of ``parts`` is left when ``sent`` bytes of them are gone."""
    if len(parts) == 1 and sent == len(parts[0]):
        return []
    for index, part in enumerate(parts):
        if sent < len(part):
            return [memoryview(part)[sent:], *parts[index + 1 :]]
        sent -= len(part)
    return []


def widen(sock: socket.socket) -> None:
    """Let a long body go out in few large steps: sender and service wait less for each other.

    Only root may go beyond the kernel's limit for all.
    """
    for option in (_SO_SNDBUFFORCE, socket.SO_SNDBUF):
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, option, _SEND_BUFFER)
            return


def may_repeat(method: str, body: object) -> bool:
    """Whether a request may be sent again when a reused connection turns out to be dead."""
    return method in _REPEATABLE and (body is None or isinstance(body, bytes))


def connect_error(path: str, error: OSError | ValueError) -> ConnectError:
    """Why nothing answers at ``path``."""
    reasons = {
        errno.ENOENT: "no such socket",
        errno.ECONNREFUSED: "nobody listens there (a service that ended leaves its socket)",
        errno.EACCES: "permission denied",
        errno.EAGAIN: "the service does not accept connections",
    }
    code = error.errno if isinstance(error, OSError) else None
    reason = reasons.get(code or 0, str(error))
    return ConnectError(f"cannot connect to {path}: {reason}")
