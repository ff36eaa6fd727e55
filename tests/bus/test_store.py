from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from podlib.bus import store as stores
from podlib.bus.messages import Entry, Run
from podlib.bus.store import Store
from podlib.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def entry(run_id: str, worker: str = "one", podman: str = "") -> Entry:
    run = Run(run_id=run_id, image="x", args=[], env={}, timeout=5, owner="")
    return Entry(
        key=f"run-{run_id}", worker=worker, name="n", correlation_id="c", podman=podman, run=run
    )


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "state", "one")
    made.enter()
    yield made
    made.leave()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "state", "two")
    made.enter()
    yield made
    made.leave()


def test_one_claims(one: Store, two: Store) -> None:
    for number in range(20):
        with ThreadPoolExecutor(4) as pool:
            claims = [pool.submit(each.claim, entry(f"r{number}")) for each in [one, two] * 2]
        assert sorted(claim.result() for claim in claims) == [False, False, False, True]
    assert not [each for each in (one.folder / "open").iterdir() if each.name.startswith(".")]


def test_what_is_done_is_not_claimed_again(one: Store, two: Store) -> None:
    mine = entry("r")
    assert one.claim(mine)
    mine.answer = {"exit_code": 0}
    one.write(mine)
    one.finish(mine)
    assert not two.claim(entry("r", "two"))
    found = two.read("run-r")
    assert found is not None
    assert found.answer == {"exit_code": 0}
    assert not list((one.folder / "open").iterdir())


def test_answers_that_are_no_runs_are_not_kept(one: Store) -> None:
    answer = Entry(key="answer-1", worker="one", name="n", correlation_id="c", answer={})
    one.write(answer)
    one.finish(answer)
    assert one.read("answer-1") is None


def test_who_lives(one: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "state", "two")
    assert one.lives("one") is True
    assert one.lives("two") is None
    assert one.lives("../workers/one") is None
    other.enter()
    assert one.lives("two") is True
    other.leave()
    assert one.lives("two") is False


def test_what_a_dead_worker_left_is_adopted_once(one: Store, two: Store, tmp_path: Path) -> None:
    dead = Store(tmp_path / "state", "dead")
    dead.enter()
    for number in range(6):
        assert dead.claim(entry(f"r{number}", "dead"))
    assert dead.claim(entry("elsewhere", "dead", podman="/other.sock"))
    assert one.adopt((), "") == []
    dead.leave()
    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(each.adopt, (), "") for each in (one, two)]
    adopted = [each for future in found for each in future.result()]
    assert sorted(each.key for each in adopted) == [f"run-r{number}" for number in range(6)]
    assert one.adopt([each.key for each in adopted], "") == []
    assert two.adopt([each.key for each in adopted], "") == []


def test_answers_are_adopted_whichever_podman_they_are_from(one: Store) -> None:
    run = entry("r", "dead", podman="/other.sock")
    run.answer = {"exit_code": 0}
    one.write(run)
    one.write(Entry(key="answer-1", worker="dead", name="n", correlation_id="c", answer={}))
    adopted = one.adopt((), "/podman.sock")
    assert [each.key for each in adopted] == ["answer-1", "run-r"]


def test_files_are_the_owners(one: Store) -> None:
    assert one.claim(entry("r"))
    for path in one.folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_old_answers_are_forgotten(one: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "KEEP_ENTRIES", 3)
    for number in range(6):
        one.write(entry(f"r{number}"))
        one.finish(entry(f"r{number}"))
        file = one.folder / "done" / f"run-r{number}"
        written = time.time() - (100_000 if number == 5 else number)
        os.utime(file, (written, written))
    one.forget()
    assert {each.name for each in (one.folder / "done").iterdir()} == {"run-r0", "run-r1", "run-r2"}


def test_a_file_that_is_damaged_is_left_alone(one: Store) -> None:
    (one.folder / "open" / "run-x").write_text("{")
    assert one.adopt((), "") == []
    assert one.read("run-x") is None


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot use"):
        Store(tmp_path / "file", "one").enter()
