"""A tunnel by the user's own OpenSSH: with its configuration, agent, jump hosts and known hosts."""

from __future__ import annotations

import os
import select
import shutil
import threading
from typing import TYPE_CHECKING

from podlib.errors import ClosedError, ConnectError, PodmanError, TimedOutError, TruncatedError

from .keeper import Keeper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podlib.connection.places import Far

_ASK = "podman info --format '{{.Host.RemoteSocket.Path}}'"
_PATIENCE = 1.0
"""Seconds that ssh has to end when it listens no more."""
_SETTLING = 0.2
"""Likewise when a connection ended: it may have been but that one."""
_OPTIONS = {
    "BatchMode": "yes",  # nobody is there to answer questions
    "ControlMaster": "no",  # a master would keep the tunnel when its client is gone
    "ControlPath": "none",
    "RemoteCommand": "none",
}
_TUNNEL = {
    "PermitLocalCommand": "yes",  # it is run when the tunnel stands, and tells us so
    "LocalCommand": "echo",
    "StreamLocalBindUnlink": "yes",
}
_MACHINE = {"StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null"}
"""For machines of ``podman machine``, which Podman does not ask for their keys either."""


class SSHTunnel:
    """One ``ssh`` for all connections of a client, started anew when it has ended."""

    def __init__(self, place: Far) -> None:
        self._place = place
        self._path = place.path
        self._lock = threading.Lock()
        self._keeper: Keeper | None = None
        self._stands = False
        self._told = 0
        """How much of what ssh wrote was passed on."""
        self._closed = False

    def is_open(self) -> bool:
        """Whether ssh runs, and has connected."""
        return self._stands and self._keeper is not None and self._keeper.runs()

    def open(self, limit: float | None) -> str:
        """Have ssh connect, if it is not connected."""
        with self._lock:
            self._check_open()
            keeper = self._keeper = self._keeper or Keeper()
            if not self.is_open():
                self._stands = False
                self._path = self._path or self._ask(keeper, limit)
                forward = f"{keeper.socket}:{self._path}"
                self._run(keeper, self._command(_TUNNEL, "-N", "-L", forward), limit)
                self._stands = True
                self._told = 0
            return keeper.socket

    def _ask(self, keeper: Keeper, limit: float | None) -> str:
        """The path of the user's socket there, as Podman says it."""
        said = self._run(keeper, [*self._command({}), _ASK], limit)
        path = said.strip().removeprefix("unix://")
        if not path.startswith("/"):
            name = self._place.name
            raise ConnectError(f"{name}: podman info names no socket; write {name}/run/…")
        return path

    def _command(self, more: Mapping[str, str], *flags: str) -> list[str]:
        program, place = shutil.which("ssh"), self._place
        if program is None:
            raise ConnectError(f"cannot connect to {place.name}: there is no program 'ssh'")
        words = [program, "-T", *flags]
        options = {**_OPTIONS, **more, **(_MACHINE if place.is_machine else {})}
        for name, text in options.items():
            words += ["-o", f"{name}={text}"]
        for flag, value in (("-p", place.port), ("-l", place.user), ("-i", place.identity)):
            words += [flag, str(value)] if value else []
        return [*words, "--", place.host]

    def _run(self, keeper: Keeper, words: list[str], limit: float | None) -> str:
        """Start ssh; the first line that it writes, which says that it has connected."""
        output, writing = os.pipe()
        with os.fdopen(output, "rb") as reading:
            try:
                keeper.run(writing, words)
            finally:
                os.close(writing)
            if self._closed:  # meanwhile, by another thread
                keeper.hang_up()
            if not _readable(output, limit):
                keeper.end()
                message = f"ssh did not connect to {self._place.name} within {limit:g} s"
                raise TimedOutError(message, limit="connect")
            line = reading.readline()
        self._check_open()
        if not line:
            keeper.end()
            raise ConnectError(f"cannot connect to {self._place.name}: ssh {keeper.ending()}")
        return line.decode(errors="replace")

    def has_dropped(self) -> bool:
        """Whether ssh has ended: it listens no more before it does."""
        return self._keeper is not None and self._keeper.has_ended(_PATIENCE)

    def explain(self, error: PodmanError) -> PodmanError:
        """What ssh said of a connection that ended."""
        keeper = self._keeper
        if keeper is None or not isinstance(error, ConnectError | TruncatedError):
            return error
        keeper.has_ended(_SETTLING)
        with self._lock:
            said, self._told = keeper.said(self._told), keeper.said_bytes()
        if "open failed" in said:  # ssh's words for a socket that nobody listens at
            name = self._place.name.removesuffix(self._path)
            return ConnectError(f"{name}: nobody listens at {self._path} there; ssh says: {said}")
        return type(error)(f"{error}; ssh says: {said}") if said else error

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError("the client was closed")

    def close(self) -> None:
        """End ssh."""
        self._closed = True
        if self._keeper is not None:
            self._keeper.hang_up()  # whoever waits for it to connect has the lock
        with self._lock:
            if self._keeper is not None:
                self._keeper.close()


def _readable(fd: int, limit: float | None) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(None if limit is None else limit * 1000))
