"""A private folder and child processes that end when this process ends, however that comes.

A shell watches a pipe whose other end this process holds: when this process closes it, or is
killed, the shell ends the child and removes the folder. ``PR_SET_PDEATHSIG`` would tie the child
to the thread that started it, and leave the folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from podlib.errors import ClosedError, FileError

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence

_SHELL = "/bin/sh"
_PATIENCE = 10.0
"""Seconds that a child has to end when it is asked to."""
_LAST_LINES = 5
"""How much of what a child said its ending shows."""

# The lines that it reads are ids of children; an empty one says that the last has ended.
_WATCH = """
while read -r line; do child=$line; done
rm -rf -- "$1"
[ "$child" ] || exit 0
kill "$child"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "$child" || exit 0
    sleep 0.2
done
kill -KILL "$child"
"""

# A child says who it is by itself: its parent might be killed before it can.
_HAND_OVER = """
echo $$
export LISTEN_FDS=1 LISTEN_PID=$$
exec "$@" 3<&0 0</dev/null 1>/dev/null
"""
_WITH_OUTPUT = """
echo $$
exec "$@" 1>&0 0</dev/null
"""

_keepers: weakref.WeakSet[Keeper] = weakref.WeakSet()


class Keeper:
    """The folder with a socket in it, and at most one child at a time."""

    def __init__(self) -> None:
        self._folder = _make_folder()
        self.socket = str(self._folder / "podman.sock")
        """Where the socket is, or will be."""
        self._log = self._folder / "log"
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        reading, self._pipe = os.pipe()
        try:
            # A session of its own: Ctrl-C on a terminal is none of its business.
            self._shell = subprocess.Popen(  # noqa: S603 -- the words are ours
                [_SHELL, "-c", _WATCH, "podlib", str(self._folder)],
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._pipe)
            self._remove()
            raise FileError(f"cannot run {_SHELL}: {error.strerror}", path=_SHELL) from error
        finally:
            os.close(reading)
        _keepers.add(self)

    def hand_over(
        self, listener: socket.socket, words: Sequence[str], environ: Mapping[str, str]
    ) -> None:
        """Start a service that finds ``listener`` by systemd's protocol."""
        self._start(_HAND_OVER, listener.fileno(), words, environ)

    def run(self, output: int, words: Sequence[str]) -> None:
        """Start a command that writes to the descriptor ``output``."""
        self._start(_WITH_OUTPUT, output, words, os.environ)

    def _start(
        self, script: str, passed: int, words: Sequence[str], environ: Mapping[str, str]
    ) -> None:
        if self._pipe < 0:
            raise ClosedError("the client was closed, or belongs to the process that this is of")
        self.end()
        with self._log.open("wb") as log, self._lock:
            self._child = subprocess.Popen(  # noqa: S603 -- the program is the caller's choice
                [_SHELL, "-c", script, "podlib", *words],
                stdin=passed,
                stdout=self._pipe,
                stderr=log,
                env=environ,
                start_new_session=True,
            )

    @property
    def _is_ours(self) -> bool:
        """False in the child of a fork, which is not to touch what belongs to its parent."""
        return self._process == os.getpid()

    def runs(self) -> bool:
        """Whether the child runs."""
        return not self._is_ours or (self._child is not None and not self.has_ended(0))

    def has_ended(self, limit: float) -> bool:
        """Whether the child has ended, or does within ``limit`` seconds."""
        child = self._child
        if child is None or not self._is_ours:
            return False
        try:
            child.wait(limit)
        except subprocess.TimeoutExpired:
            return False
        with self._lock, suppress(OSError):  # that somebody killed the shell
            if child is self._child:  # its id may be another process's by now
                os.write(self._pipe, b"\n")
        return True

    def ending(self) -> str:
        """How the child ended, and what it said at last."""
        said = "\n".join(self.said().splitlines()[-_LAST_LINES:])
        status = f"ended with status {self._child.returncode}" if self._child else "did not start"
        return f"{status}: {said}" if said else status

    def said(self, since: int = 0) -> str:
        """What the child wrote to its standard error, from a byte on."""
        try:
            return self._log.read_bytes()[since:].decode(errors="replace").strip()
        except FileNotFoundError:
            return ""

    def said_bytes(self) -> int:
        """How much that is by now."""
        return self._log.stat().st_size if self._log.exists() else 0

    def hang_up(self) -> None:
        """Ask the child to end, also while another thread waits for it."""
        if self._child is not None and self._is_ours:
            self._child.terminate()

    def end(self) -> None:
        """End the child, if there is one that has not ended by itself."""
        self.hang_up()
        if self._child is not None and self._is_ours and not self.has_ended(_PATIENCE):
            self._child.kill()
            self.has_ended(_PATIENCE)

    def close(self) -> None:
        """End the child, and remove the folder."""
        self.end()
        if self._let_go() and self._is_ours:
            self._shell.wait()
            self._remove()

    def _let_go(self) -> bool:
        pipe, self._pipe = self._pipe, -1
        if pipe >= 0:
            os.close(pipe)
        return pipe >= 0

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _make_folder() -> Path:
    parent = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = os.access(parent, os.W_OK)  # after sudo it may be another user's
    try:
        return Path(tempfile.mkdtemp(prefix="podlib-", dir=parent if usable else None))
    except OSError as error:
        where = str(error.filename)
        raise FileError(f"cannot make {where}: {error.strerror}", path=where) from error


def _after_fork() -> None:
    for keeper in list(_keepers):  # else the shell would wait for this process too
        keeper._let_go()


os.register_at_fork(after_in_child=_after_fork)
