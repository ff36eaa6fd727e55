"""The list of libpod's operations, what podlib has of it, and the script that counts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from podlib import versions
from scripts.api_coverage import Coverage, Reason, covered, is_current, main, tried
from scripts.sources import FLAVOURS, ROOT, Flavour, Operation, operation_of, operations, table

if TYPE_CHECKING:
    from pathlib import Path

DESCRIBED = ["4.3.1", "5.4.2", "5.8.2", "6.0.0"]
"""The versions whose descriptions operations.txt is made from."""

ALL = operations()
KEYS = [each.key for each in ALL]
METHODS = {name: Flavour(name).methods for name in FLAVOURS}


# -- the list, and podlib/versions.py ----------------------------------------------------------


def test_the_list_is_complete_and_in_order() -> None:
    described = [each.api for each in ALL if each.described]
    assert (described.count("libpod"), described.count("docker")) == (132, 62)
    assert len(set(KEYS)) == len(KEYS)
    routes = [(each.route.replace("{", "~"), each.method) for each in ALL]
    assert routes == sorted(routes)
    assert {each.since for each in ALL} <= {*DESCRIBED, "undescribed"}
    assert {each.gone for each in ALL} <= {*DESCRIBED, ""}
    assert {each.means for each in ALL} <= {*map(str, ALL), ""}


@pytest.mark.parametrize(
    "operation", [each for each in ALL if each.described and not each.means], ids=str
)
def test_versions_agrees_with_what_the_servers_describe(operation: Operation) -> None:
    """A version that is not described may have brought it, or dropped it, in between."""
    number = versions._number
    since = versions.SINCE.get(operation.key, DESCRIBED[0])
    gone = versions.GONE.get(operation.key)
    before = DESCRIBED[: DESCRIBED.index(operation.since)]
    assert number(since) <= number(operation.since)
    assert not before or number(since) > number(before[-1])
    assert bool(gone) == bool(operation.gone)
    if gone:
        last = DESCRIBED[DESCRIBED.index(operation.gone) - 1]
        assert number(last) < number(gone) <= number(operation.gone)


def test_versions_knows_no_other_operations() -> None:
    assert [key for key in sorted(versions.LIMITS) if not operation_of(key, KEYS)] == []


# -- the methods -------------------------------------------------------------------------------


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_a_docstring_names_is_sent_and_is_an_operation(flavour: str) -> None:
    for method in METHODS[flavour]:
        named = {call: operation_of(call, KEYS) for call in method.names}
        sent = {operation_of(call, KEYS) for call in method.sends}
        assert "" not in named.values(), f"{method.name} names what is no operation: {named}"
        assert sent >= set(named.values()), f"{method.name} names {named}, sends {sent}"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_who_sends_something_says_so(flavour: str) -> None:
    silent = [each.name for each in METHODS[flavour] if each.sends and not each.names]
    assert silent == []


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_public_method_has_a_docstring(flavour: str) -> None:
    assert [each.name for each in METHODS[flavour] if not each.doc] == []


def test_the_flavours_have_the_same_methods() -> None:
    here, there = ({each.name: each.sends for each in found} for found in METHODS.values())
    assert here == there


def test_a_method_that_sends_through_helpers() -> None:
    sends = {each.name: each.sends for each in METHODS["async"]}
    assert "POST containers/{}/checkpoint" in sends["containers.checkpoint_to"]
    assert "POST containers/import/restore" in sends["containers.restore_from"]
    assert sends["close"] == set()


# -- the script --------------------------------------------------------------------------------

PING = Operation("GET", "/libpod/_ping", "4.3.1")
RESTORE = Operation("POST", "/libpod/containers/{name}/restore", "4.3.1")
NEW = Operation("GET", "/libpod/quadlets/json", "5.8.2")
SOME = [PING, RESTORE, NEW]
EACH = {each.key for each in SOME}
BOTH = {"sync": EACH, "async": EACH}


def coverage(live: dict[str, set[str]], *reasons: str, **flavours: set[str]) -> Coverage:
    rows = [Reason(*reason.split(None, 3)) for reason in reasons]
    return Coverage("libpod", SOME, BOTH | flavours, live, rows)


@pytest.mark.parametrize(
    ("call", "key"),
    [
        ("GET containers/{}/json", "GET containers/{}/json"),
        ("POST containers/import/restore", "POST containers/{}/restore"),
        ("POST containers/restore", ""),
        ("GET containers/{}/restore", ""),
        ("GET networks/json", "GET networks/json"),
    ],
)
def test_the_operation_of_a_call(call: str, key: str) -> None:
    assert operation_of(call, KEYS) == key


def test_what_is_covered() -> None:
    found = covered("sync", ALL)
    assert {"GET _ping", "POST containers/{}/restore"} <= found
    assert found == covered("async", ALL)
    assert "" not in found


def test_what_a_description_means_is_covered_if_it_is() -> None:
    slip = Operation("POST", "/libpod/restore", "4.3.1", "5.4.2", means=str(RESTORE))
    assert {RESTORE.key, slip.key} <= covered("sync", [*SOME, slip])
    lost = Operation("POST", "/libpod/restore", "4.3.1", "5.4.2", means="GET /libpod/no")
    assert lost.key not in covered("sync", [*SOME, lost])


def test_an_operation_is_tried_if_both_flavours_did_it() -> None:
    document = {
        "async 4.3.1": ["GET _ping"],
        "async 5.8.6": ["GET _ping", "POST containers/import/restore", "GET no/such"],
        "sync 10.0.1": ["GET _ping"],
        "sync 5.8.6": ["GET no/such", "POST containers/import/restore"],
        "sync 4.3.1": ["GET _ping"],
    }
    assert list(tried(document, SOME).items()) == [
        ("10.0.1", set()),
        ("5.8.6", {RESTORE.key}),
        ("4.3.1", {PING.key}),
    ]


def test_the_counts_and_what_was_not_tried() -> None:
    live = {"5.8.6": EACH, "4.3.1": {PING.key}}
    found = coverage(live, f"4.3 {RESTORE} its CRIU is too old", sync={PING.key})
    headline = "libpod 1/3 sync, 3/3 async, live-tested 3 on 5.8.6, 1 on 4.3.1"
    assert found.headline() == headline
    assert [*found.report()][:2] == ["", "libpod: not live-tested on 4.3.1:"]
    assert [" ".join(line.split()) for line in [*found.report()][2:]] == [
        f"{RESTORE} its CRIU is too old",
        f"{NEW} needs Podman {versions.SINCE[NEW.key]} or newer",
    ]


def test_what_no_method_has_is_a_problem() -> None:
    found = coverage({"5.8.6": EACH}, **{"async": {PING.key, NEW.key}})
    assert [*found.problems()] == [
        f"{RESTORE}: no async method names it in its docstring and sends it"
    ]


def test_what_is_not_tried_without_a_reason_is_a_problem() -> None:
    live = {"5.8.6": {PING.key, RESTORE.key}, "5.4.2": {PING.key, RESTORE.key}}
    problem = f"{NEW}: not tested on 5.8.6, and tests/api has no reason"
    assert [*coverage(live).problems()] == [problem]
    assert [*coverage(live, f"4 {NEW} nobody knows").problems()] == [problem]
    for where in ("5", "5.8", "5.8.6", "*"):
        assert [*coverage(live, f"{where} {NEW} it needs systemd").problems()] == []


def test_a_reason_that_is_not_needed_is_a_problem() -> None:
    live = {"5.8.6": EACH, "5.4.2": EACH - {NEW.key}}
    tested = f"{NEW}: tested on 5.8.6, though it has a reason not to be"
    assert [*coverage(live, f"* {NEW} it needs systemd").problems()] == [tested]
    idle = f"{NEW.method} {NEW.route}: the reason for 5.4.2 is not needed"
    assert [*coverage(live, f"5.4.2 {NEW} too old").problems()] == [idle]
    unknown = "GET /libpod/no: the reason for * is not needed"
    assert [*coverage(live, "* GET /libpod/no such").problems()] == [unknown]
    assert [*coverage(live, f"9 {PING} not of this run").problems()] == []


def test_the_reasons_are_about_operations() -> None:
    known = {(each.method, each.route) for each in ALL}
    rows = [Reason(*line.split(None, 3)) for line in table("untested.txt")]
    assert [row for row in rows if (row.method, row.route) not in known] == []
    assert [row for row in rows if not row.text] == []


def test_an_old_file_is_not_current(tmp_path: Path) -> None:
    file = tmp_path / "operations.json"
    assert not is_current(file)
    file.write_text("{}")
    changed = (ROOT / "podlib" / "versions.py").stat().st_mtime
    os.utime(file, (changed - 1, changed - 1))
    assert not is_current(file)
    os.utime(file, (2**33, 2**33))
    assert is_current(file)


def test_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "operations.json"
    file.write_text('{"sync 5.8.6": ["GET _ping"], "async 5.8.6": ["GET _ping", "GET info"]}')
    os.utime(file, (2**33, 2**33))
    monkeypatch.setattr("sys.argv", ["api_coverage", str(file)])
    assert main() == 1
    first, second, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("libpod ")
    assert first.endswith("live-tested 1 on 5.8.6")
    assert second == "docker 62/62 sync, 62/62 async, live-tested 0 on 5.8.6"
    assert "and tests/api has no reason" in last
