from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from podlib import models, versions
from podlib.errors import NotSupportedError

SINCE, PARAMETERS = versions.SINCE, versions.PARAMETERS
OLDEST = "4.3.1"


@pytest.fixture(autouse=True)
def _tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "SINCE", {"GET new": "5.6.0"})
    monkeypatch.setattr(versions, "GONE", {"POST old": "5.0.0"})
    monkeypatch.setattr(versions, "PARAMETERS", {"POST build": {"5.3.0": "quiet retry a.b a.*.c"}})


@pytest.mark.parametrize(
    ("operation", "server"),
    [
        ("GET new", "5.6.0"),
        ("GET new", "5.6.0-dev"),
        ("GET new", "5.10.1"),
        ("GET new", "10.0.0-rc1"),
        ("POST old", "4.9.3"),
        ("GET other", "4.3.1"),
    ],
)
def test_what_the_server_has(operation: str, server: str) -> None:
    versions.check(operation, {"retry": 3}, server)


@pytest.mark.parametrize(
    ("operation", "server", "needs"),
    [
        ("GET new", "5.5.2", "5.6.0 or newer"),
        ("GET new", "4.3.1", "5.6.0 or newer"),
        ("POST old", "5.0.0", "older than 5.0.0"),
        ("POST old", "5.0.0-dev", "older than 5.0.0"),
    ],
)
def test_an_operation_that_the_server_lacks(operation: str, server: str, needs: str) -> None:
    with pytest.raises(NotSupportedError) as caught:
        versions.check(operation, {}, server)
    error = caught.value
    assert (error.feature, error.needs, error.server) == (operation, needs, server)
    assert str(error) == f"{operation} needs Podman {needs}; this service is Podman {server}"


def test_a_parameter_that_the_server_lacks() -> None:
    with pytest.raises(NotSupportedError, match="the parameter 'retry' of POST build needs"):
        versions.check("POST build", {"retry": 3}, "5.2.9")
    versions.check("POST build", {"retry": 3}, "5.3.0")


@pytest.mark.parametrize("value", [True, 0, 0.0, "0", [0], {"a": ""}])
def test_a_parameter_that_is_asked_for(value: object) -> None:
    with pytest.raises(NotSupportedError):
        versions.check("POST build", {"quiet": value}, "4.3.1")


@pytest.mark.parametrize("value", [None, False, "", [], (), {}])
def test_a_parameter_that_nobody_asks_for(value: object) -> None:
    versions.check("POST build", {"retry": value}, "4.3.1")


@pytest.mark.parametrize(
    ("a", "expected"),
    [
        ({"b": 1}, True),
        ({"b": False}, False),
        ({"x": {"c": "text"}}, True),
        ({"x": {"c": ""}, "c": 1}, False),
        ([{"x": 1}, {"c": 1}], True),
        ([{"x": {"c": 1}}, "c", None, {"c": None}], False),
        ("c", False),
        (None, False),
        ([], False),
    ],
)
def test_members_of_members(a: object, expected: bool) -> None:
    if expected:
        with pytest.raises(NotSupportedError):
            versions.check("POST build", {"a": a}, "4.3.1")
    else:
        versions.check("POST build", {"a": a}, "4.3.1")


# -- the tables themselves -------------------------------------------------------------------------


def test_tables_are_sorted() -> None:
    for table in (SINCE, PARAMETERS):
        assert list(table) == sorted(table)
    for new in PARAMETERS.values():
        assert list(new) == sorted(new, key=versions._number)
        for names in new.values():
            assert names.split() == sorted(names.split())


def test_versions_are_whole_and_newer_than_the_oldest() -> None:
    for version in (*SINCE.values(), *(each for new in PARAMETERS.values() for each in new)):
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert versions._number(version) > versions._number(OLDEST)


def test_no_parameter_is_as_old_as_its_operation_or_named_twice() -> None:
    for operation, new in PARAMETERS.items():
        assert min(map(versions._number, new)) > versions._number(SINCE.get(operation, OLDEST))
        names = [name for names in new.values() for name in names.split()]
        assert len(set(names)) == len(names)


def test_podlib_sends_all_that_the_tables_name() -> None:
    """Under another spelling, a name would never be checked."""
    folder = Path(versions.__file__).parent
    sources = [*folder.glob("_async/*.py"), *folder.glob("models/*.py"), *folder.glob("*.py")]
    sources += folder.glob("build/*.py")
    texts = [path.read_text() for path in sources if path.name != "versions.py"]
    words = set(re.findall(r"[\w-]+", "\n".join(texts)))
    tables = " ".join(" ".join(new.values()) for new in PARAMETERS.values())
    unknown = set(re.findall(r"[\w-]+", tables)) - words
    assert {name for name in unknown if not name.startswith("health_")} == set()


def test_the_names_of_a_health_check_are_put_together() -> None:
    check: dict[str, Any] = {"command": ["true"], "interval": 1, "timeout": 1, "retries": 1}
    more: dict[str, Any] = {"start_period": 1, "on_failure": "kill", "log_destination": "/"}
    startup = models.StartupHealth(**check, successes=1)
    health = models.Health(**check, **more, max_log_count=1, max_log_size=1, startup=startup)
    _, body = models.container_update_spec({"health": health})
    new = PARAMETERS["POST containers/{}/update"]["5.4.0"].split()
    assert set(body) == {name for name in new if name.startswith("health_")}
