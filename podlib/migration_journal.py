"""What is written down while a container is under way, for whoever must finish or undo the move.

A journal is one small file. It is there from the moment at which the container may be frozen until
it is known where it runs, so that a process that was killed leaves word.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .errors import FileError
from .files import NewFile

if TYPE_CHECKING:
    import os

FORMAT = "podlib-migration-1"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One migration under way."""

    container_id: str
    name: str
    there: str
    """What the target has it under: its id, or the other name that was asked for."""
    source: str
    """The socket of the source's service."""
    target: str
    copies: bool = False
    """It was to run on, on the source (``leave_running``)."""
    tcp_established: bool = False
    file_locks: bool = False
    archive: str = ""
    """The file that it was to go through, and that nobody wants afterwards."""
    checkpoint_image: str = ""
    """The image that it was to go through; recovery removes it from both hosts."""
    archive_bytes: int = 0
    """Of the archive, once the target may have it whole; 0: it cannot have it, so that it does
    not start the container."""


class Journal:
    """The journal of one migration. Every failure is a FileError."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def begin(self, entry: JournalEntry) -> None:
        """The container may be frozen from now on."""
        if self.path.exists():
            left = read_journal(self.path)
            message = f"{self.path} is the journal of a migration of {left.name!r} that was not "
            message += "finished: recover that first"
            raise FileError(message, path=str(self.path))
        self._write(entry)

    def deliver(self, entry: JournalEntry, archive_bytes: int) -> None:
        """The target is about to have the whole archive."""
        self._write(replace(entry, archive_bytes=archive_bytes))

    def _write(self, entry: JournalEntry) -> None:
        document = {"format": FORMAT, **asdict(entry)}
        with NewFile(self.path) as file:
            file.write([json.dumps(document, indent=2).encode() + b"\n"])

    def end(self) -> None:
        """It is known where the container runs."""
        remove_journal(self.path)


def remove_journal(path: str | os.PathLike[str]) -> None:
    """The migration is settled."""
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"cannot remove {path}: {error.strerror}", path=str(path)) from error


def read_journal(path: str | os.PathLike[str]) -> JournalEntry:
    """What a journal says. Raises FileError if there is none, or it is something else."""
    try:
        document: object = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}", path=str(path)) from error
    except ValueError as error:
        raise FileError(f"{path} is no journal of a migration", path=str(path)) from error
    if not isinstance(document, dict):
        raise FileError(f"{path} is no journal of a migration", path=str(path))
    members = cast("dict[str, object]", document)
    kinds = {"str": str, "bool": bool, "int": int}
    found = {each.name: members.get(each.name) for each in fields(JournalEntry)}
    right = all(type(found[each.name]) is kinds[str(each.type)] for each in fields(JournalEntry))
    if members.get("format") != FORMAT or not right:
        raise FileError(f"{path} is no journal of a migration", path=str(path))
    return JournalEntry(**found)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- each was held against its field's type


def age(path: str | os.PathLike[str]) -> float:
    """Seconds since the journal was written last."""
    try:
        return max(0.0, time.time() - Path(path).stat().st_mtime)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}", path=str(path)) from error
