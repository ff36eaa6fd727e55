"""What is written down while a container is under way, for whoever must finish or undo the move.

A journal is one small file. It is there from the moment at which the container may be frozen until
it is known where it runs, so that a process that was killed leaves word.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .errors import FileError
from .files import NewFile

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

FORMAT = "podlib-migration-1"
GROUP_FORMAT = "podlib-group-migration-1"


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


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """The containers of a group under way."""

    name: str
    """The group's."""
    waves: tuple[tuple[JournalEntry, ...], ...]
    """In the order in which they start."""
    arrived: bool = False
    """All were seen running on the target: from then on they are removed from the source."""
    networks: tuple[str, ...] = ()
    """Those that were created at the target."""
    volumes: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    """That which was created at the target, for a pod that moves."""

    @property
    def members(self) -> list[JournalEntry]:
        """All of them."""
        return [each for wave in self.waves for each in wave]


class Journal:
    """The journal of one migration. Every failure is a FileError."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def refuse_left(self) -> None:
        """A journal that is there is not overwritten. Raises FileError."""
        refuse_left(self.path)

    def begin(self, entry: JournalEntry) -> None:
        """The container may be frozen from now on."""
        self.refuse_left()
        self._write(entry)

    def deliver(self, entry: JournalEntry, archive_bytes: int) -> None:
        """The target is about to have the whole archive."""
        self._write(replace(entry, archive_bytes=archive_bytes))

    def _write(self, entry: JournalEntry) -> None:
        _write(self.path, {"format": FORMAT, **asdict(entry)})

    def end(self) -> None:
        """It is known where the container runs."""
        remove_journal(self.path)


class GroupJournal:
    """The journal of a group: its containers write into one file, several at a time."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._entry = GroupEntry("", ())

    def begin(self, entry: GroupEntry) -> None:
        """The containers may be frozen from now on."""
        refuse_left(self.path)
        self.change(lambda _: entry)

    def change(self, change: Callable[[GroupEntry], GroupEntry]) -> None:
        """Write down what has changed."""
        with self._lock:
            self._entry = change(self._entry)
            _write(self.path, {"format": GROUP_FORMAT, **asdict(self._entry)})

    def end(self) -> None:
        """It is known where all of them run."""
        remove_journal(self.path)


class MemberJournal(Journal):
    """A group's journal, as one of its containers sees it."""

    def __init__(self, group: GroupJournal) -> None:
        super().__init__(group.path)
        self._group = group

    def _write(self, entry: JournalEntry) -> None:
        def changed(each: JournalEntry) -> JournalEntry:
            return entry if each.container_id == entry.container_id else each

        self._group.change(
            lambda group: replace(
                group, waves=tuple(tuple(map(changed, wave)) for wave in group.waves)
            )
        )


def _write(path: Path, document: dict[str, object]) -> None:
    with NewFile(path) as file:
        file.write([json.dumps(document, indent=2).encode() + b"\n"])


def refuse_left(path: Path) -> None:
    """A journal that is there is not overwritten. Raises FileError."""
    if path.exists():
        left = read_journal(path)
        message = f"{path} is the journal of a migration of {left.name!r} that was not finished: "
        raise FileError(message + "recover that first", path=str(path))


def remove_journal(path: str | os.PathLike[str]) -> None:
    """The migration is settled."""
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"cannot remove {path}: {error.strerror}", path=str(path)) from error


def read_journal(path: str | os.PathLike[str]) -> JournalEntry | GroupEntry:
    """What a journal says. Raises FileError if there is none, or it is something else."""
    try:
        document: object = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}", path=str(path)) from error
    except ValueError:
        document = None
    members = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    try:
        if members["format"] == FORMAT:
            return _entry(members)
        return _group(members)
    except (KeyError, TypeError) as error:
        raise FileError(f"{path} is no journal of a migration", path=str(path)) from error


def _entry(members: dict[str, object]) -> JournalEntry:
    """Raises KeyError, TypeError."""
    kinds = {"str": str, "bool": bool, "int": int}
    found = {each.name: members[each.name] for each in fields(JournalEntry)}
    if any(type(found[each.name]) is not kinds[str(each.type)] for each in fields(JournalEntry)):
        raise TypeError
    return JournalEntry(**found)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- each was held against its field's type


def _group(members: dict[str, object]) -> GroupEntry:
    """Raises KeyError, TypeError."""
    arrived = members["arrived"]
    if members["format"] != GROUP_FORMAT or not isinstance(arrived, bool):
        raise TypeError
    return GroupEntry(
        _text(members["name"]),
        tuple(
            tuple(_entry(_object(each)) for each in _list(wave)) for wave in _list(members["waves"])
        ),
        arrived,
        tuple(_text(each) for each in _list(members["networks"])),
        tuple(_text(each) for each in _list(members["volumes"])),
        tuple(_text(each) for each in _list(members["pods"])),
    )


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return cast("list[object]", value)


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError
    return cast("dict[str, object]", value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def age(path: str | os.PathLike[str]) -> float:
    """Seconds since the journal was written last."""
    try:
        return max(0.0, time.time() - Path(path).stat().st_mtime)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}", path=str(path)) from error
