from __future__ import annotations

import pytest

from podlib import versions
from podlib.errors import NotSupportedError


@pytest.fixture(autouse=True)
def _tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "SINCE", {"GET new": "5.6.0"})
    monkeypatch.setattr(versions, "GONE", {"POST old": "5.0.0"})
    monkeypatch.setattr(versions, "PARAMETERS", {"POST build": {"retry": "5.3.0"}})


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


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}])
def test_a_parameter_that_nobody_asks_for(value: object) -> None:
    versions.check("POST build", {"retry": value}, "4.3.1")
