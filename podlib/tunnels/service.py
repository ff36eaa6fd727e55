"""A Podman service of podlib's own: started when it is needed, gone when its client is."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from podlib.errors import ClosedError, ConnectError, FileError, PodmanError, TruncatedError

from .keeper import Keeper

if TYPE_CHECKING:
    from podlib.connection.places import Own

_WHAT = "`podman system service`"
_BACKLOG = 4096
_PATIENCE = 0.5
"""Seconds in which a service that broke off a connection may turn out to have ended."""
_NOT_PASSED_ON = {
    "CONTAINER_CONNECTION",  # with one of these, podman would become a client
    "CONTAINER_HOST",
    "LISTEN_FDNAMES",
    "NOTIFY_SOCKET",
}


class Service:
    """``podman system service``, which gets its listener from here: nothing is waited for."""

    def __init__(self, own: Own) -> None:
        self._own = own
        self._lock = threading.Lock()
        self._keeper: Keeper | None = None
        self._closed = False

    def is_open(self) -> bool:
        """Whether it runs."""
        return self._keeper is not None and self._keeper.runs()

    def open(self, limit: float | None) -> str:  # noqa: ARG002 -- only its answer is waited for
        """Start it, if it does not run; its socket."""
        with self._lock:
            if self._closed:
                raise ClosedError("the client was closed")
            program = self._program()
            keeper = self._keeper = self._keeper or Keeper()
            if not keeper.runs():
                self._start(keeper, program)
            return keeper.socket

    def _program(self) -> str:
        program = shutil.which(self._own.podman)
        if program is None:
            raise ConnectError(
                f"cannot start a Podman service: there is no program {self._own.podman!r}; "
                "install Podman, or say where it is: Podman.transient(podman='/path/to/podman'), "
                "`podlib serve --podman /path/to/podman`"
            )
        return program

    def _start(self, keeper: Keeper, program: str) -> None:
        path = keeper.socket
        words = [program, *self._own.options, "system", "service", "--time=0", f"unix://{path}"]
        environ = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
        environ |= self._own.environ
        try:
            Path(path).unlink(missing_ok=True)  # of one that has ended
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen(_BACKLOG)
                keeper.hand_over(listener, words, environ)
        except OSError as error:
            raise FileError(f"cannot make {path}: {error}", path=path) from error

    def has_dropped(self) -> bool:
        """No."""
        return False

    def explain(self, error: PodmanError) -> PodmanError:
        """Why there is no answer: the service has ended."""
        keeper = self._keeper
        broken_off = isinstance(error, ConnectError | TruncatedError)
        if keeper and broken_off and keeper.has_ended(_PATIENCE):
            return type(error)(f"{_WHAT} {keeper.ending()}")
        return error

    def close(self) -> None:
        """End it, and remove its socket."""
        with self._lock:
            self._closed = True
            if self._keeper is not None:
                self._keeper.close()
