"""What a worker must not forget, on the disk: what it has accepted, and answers.

Workers of one machine can share a folder. A file in ``open`` is an entry of which something is
still to be done, one in ``done`` an answer that was published; ``workers`` has a lock of each
worker that lives. All is readable by the owner only, and written whole or not at all. The methods
block: they are for threads.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib.errors import FileError
from podlib.files import NewFile, reason

from . import log
from .messages import Entry
from .names import is_short

if TYPE_CHECKING:
    from collections.abc import Container, Generator, Iterator
    from pathlib import Path

KEEP_SECONDS = 24 * 3600.0
KEEP_ENTRIES = 10_000
"""How long, and how many, answered runs are remembered."""
_PATIENCE = 1.0
"""Seconds to wait for a lock that somebody may only be looking at."""


class Store:
    """The folder, as the worker called ``worker`` sees it. Every failure is a FileError."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder = folder
        self.worker = worker
        self._open = folder / "open"
        self._done = folder / "done"
        self._workers = folder / "workers"
        self._lock = -1

    def enter(self) -> None:
        """Make the folders, and be the only worker of this name."""
        with _failing(self.folder):
            for each in (self._open, self._done, self._workers):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self._lock_of(self.worker), os.O_RDWR | os.O_CREAT, 0o600)
        end = time.monotonic() + _PATIENCE
        while not _lock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            if time.monotonic() > end:
                os.close(self._lock)
                message = f"a worker called {self.worker!r} runs already: give another --consumer"
                raise FileError(message, path=str(self._lock_of(self.worker)))
            time.sleep(0.05)

    def leave(self) -> None:
        """Let others have the name, and what is left open."""
        os.close(self._lock)

    def lives(self, worker: str) -> bool | None:
        """Whether that worker runs on this machine; None if it never did."""
        if worker == self.worker:
            return True
        if not is_short(worker):
            return None
        try:
            descriptor = os.open(self._lock_of(worker), os.O_RDONLY)
        except OSError:
            return None
        try:
            return not _lock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        finally:
            os.close(descriptor)

    def claim(self, entry: Entry) -> bool:
        """Write a new entry; False if there is, or was, one of that key."""
        draft = self._open / f".claim-{secrets.token_hex(8)}"
        target = self._open / entry.key
        _write(draft, entry)
        with _failing(target):
            try:
                target.hardlink_to(draft)
            except FileExistsError:
                return False
            finally:
                draft.unlink()
            # Where the other one was a moment ago.
            if (self._done / entry.key).exists():
                target.unlink()
                return False
        return True

    def write(self, entry: Entry) -> None:
        """Write an entry of which something is still to be done."""
        _write(self._open / entry.key, entry)

    def finish(self, entry: Entry) -> None:
        """Nothing is to be done any more for an open entry. Of runs, it is kept.

        Quick, and not for threads: a worker that is killed before this publishes once more.
        """
        with _failing(self._open / entry.key):
            if entry.run is None:
                (self._open / entry.key).unlink(missing_ok=True)
            else:
                (self._open / entry.key).replace(self._done / entry.key)

    def drop(self, key: str) -> None:
        """Forget what is open."""
        with _failing(self._open / key):
            (self._open / key).unlink(missing_ok=True)

    def read(self, key: str) -> Entry | None:
        """The entry of that key, open or done."""
        return self.look(key)[0]

    def look(self, key: str) -> tuple[Entry | None, bool]:
        """The entry of that key, and whether it is open."""
        found = _read(self._open / key)
        return (found, True) if found else (_read(self._done / key), False)

    def replace_answer(self, entry: Entry) -> None:
        """Write another answer for a run that was answered."""
        _write(self._done / entry.key, entry)

    def adopt(self, active: Container[str], podman: str) -> list[Entry]:
        """Take over what is open and belongs to no living worker. ``active`` are this one's own.

        Answers, and what is to run at ``podman``.
        """
        adopted: list[Entry] = []
        with self._alone():
            for key in self._keys():
                entry = None if key in active else _read(self._open / key)
                if entry is None or self._is_anothers(entry):
                    continue
                if entry.answer is None and entry.podman != podman:
                    continue
                entry.worker = self.worker
                _write(self._open / key, entry)
                adopted.append(entry)
        return adopted

    def forget(self) -> None:
        """Remove answers that are older than a day, or too many."""
        with _failing(self._done):
            ages = sorted(
                ((each.stat().st_mtime, each) for each in _files(self._done)), reverse=True
            )
            oldest = time.time() - KEEP_SECONDS
            for number, (written, file) in enumerate(ages):
                if number >= KEEP_ENTRIES or written < oldest:
                    file.unlink(missing_ok=True)

    def _is_anothers(self, entry: Entry) -> bool:
        return entry.worker != self.worker and self.lives(entry.worker) is True

    def _keys(self) -> list[str]:
        with _failing(self._open):
            return sorted(each.name for each in _files(self._open))

    def _lock_of(self, worker: str) -> Path:
        return self._workers / f"{worker}.lock"

    @contextmanager
    def _alone(self) -> Generator[None]:
        """One worker adopts at a time."""
        with _failing(self.folder):
            descriptor = os.open(self.folder / "adopting.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in folder.iterdir() if not each.name.startswith("."))


def _lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    return True


def _write(path: Path, entry: Entry) -> None:
    with NewFile(path) as file:
        file.write([entry.model_dump_json().encode()])


def _read(path: Path) -> Entry | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(f"cannot read {path}: {reason(error)}", path=str(path)) from error
    try:
        return Entry.model_validate_json(data)
    except ValueError:
        log.warning("entry not understood", path=str(path))
        return None


@contextmanager
def _failing(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(f"cannot use {path}: {reason(error)}", path=str(path)) from error
