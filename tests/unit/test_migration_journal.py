"""The file that tells what a killed migration left."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from podlib import FileError
from podlib.migration_journal import (
    FORMAT,
    GROUP_FORMAT,
    GroupEntry,
    GroupJournal,
    Journal,
    JournalEntry,
    MemberJournal,
    age,
    read_journal,
)

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = JournalEntry("a" * 64, "web", "a" * 64, "/a.sock", "/b.sock", file_locks=True)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.begin(ENTRY)
    assert read_journal(journal.path) == ENTRY
    assert journal.path.stat().st_mode & 0o777 == 0o600
    journal.deliver(ENTRY, 1234)
    assert read_journal(journal.path) == replace(ENTRY, archive_bytes=1234)
    assert 0 <= age(journal.path) < 60
    journal.end()
    journal.end()  # it is gone already
    assert [*tmp_path.iterdir()] == []


def test_one_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.begin(ENTRY)
    with pytest.raises(FileError, match="journal of a migration of 'web' that was not finished"):
        journal.begin(ENTRY)
    assert read_journal(journal.path) == ENTRY


OTHER = replace(ENTRY, container_id="b" * 64, name="db")
GROUP = GroupEntry("shop", ((OTHER,), (ENTRY,)), networks=("shop_default",))


def test_the_containers_of_a_group_write_into_one_file(tmp_path: Path) -> None:
    journal = GroupJournal(tmp_path / "journal")
    journal.begin(GROUP)
    assert read_journal(journal.path) == GROUP
    MemberJournal(journal).deliver(ENTRY, 1234)
    journal.change(lambda group: replace(group, arrived=True, volumes=("data",)))
    arrived = replace(ENTRY, archive_bytes=1234)
    assert read_journal(journal.path) == GroupEntry(
        "shop", ((OTHER,), (arrived,)), arrived=True, networks=("shop_default",), volumes=("data",)
    )
    assert journal.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileError, match="journal of a migration of 'shop' that was not finished"):
        GroupJournal(journal.path).begin(GROUP)
    with pytest.raises(FileError, match="journal of a migration of 'shop'"):
        Journal(journal.path).begin(ENTRY)
    journal.end()
    assert [*tmp_path.iterdir()] == []


RIGHT = {"format": FORMAT, **asdict(ENTRY)}
RIGHT_GROUP = {"format": GROUP_FORMAT, **asdict(GROUP)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "{}",
        json.dumps(RIGHT | {"format": "another"}),
        json.dumps(RIGHT | {"copies": "yes"}),
        json.dumps(RIGHT | {"archive_bytes": True}),
        json.dumps({name: value for name, value in RIGHT.items() if name != "there"}),
        json.dumps(RIGHT_GROUP | {"format": FORMAT}),
        json.dumps(RIGHT_GROUP | {"arrived": "yes"}),
        json.dumps(RIGHT_GROUP | {"name": 1}),
        json.dumps(RIGHT_GROUP | {"waves": {}}),
        json.dumps(RIGHT_GROUP | {"waves": [[1]]}),
        json.dumps(RIGHT_GROUP | {"waves": [[RIGHT | {"copies": 1}]]}),
        json.dumps(RIGHT_GROUP | {"volumes": [1]}),
    ],
)
def test_what_is_no_journal(tmp_path: Path, text: str) -> None:
    path = tmp_path / "journal"
    path.write_text(text)
    with pytest.raises(FileError, match="is no journal of a migration"):
        read_journal(path)
    with pytest.raises(FileError, match="is no journal"):
        Journal(path).begin(ENTRY)
    assert path.read_text() == text


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for call in (read_journal, age):
        with pytest.raises(FileError, match="cannot read"):
            call(tmp_path / "journal")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match="cannot remove"):
        Journal(tmp_path / "folder").end()
