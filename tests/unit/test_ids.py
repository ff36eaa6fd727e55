from __future__ import annotations

import pytest

from podlib.errors import NotFoundError
from podlib.ids import check_meant, may_be_id

ID = "7e20a68a608f" + 52 * "0"


@pytest.mark.parametrize("name", ["7", "db", "cafe", "0123", ID])
def test_what_may_be_an_id(name: str) -> None:
    assert may_be_id(name)


@pytest.mark.parametrize("name", ["", "web", "DB", "db-1", "db\n", "٣", "7e 2"])
def test_what_is_no_id(name: str) -> None:
    assert not may_be_id(name)


@pytest.mark.parametrize("name", ["7e20", "web", ID, ID[:12], ID[:13]])
def test_what_was_meant(name: str) -> None:
    check_meant(name, "7e20" if name == "7e20" else "web", ID, "networks/{}/json")


@pytest.mark.parametrize("name", ["7", "7e20", ID[:11], "we", "7f20a68a608f"])
def test_what_was_not_meant(name: str) -> None:
    with pytest.raises(NotFoundError, match=f"nothing has the name '{name}'") as caught:
        check_meant(name, "web", ID, "networks/{}/json")
    error = caught.value
    assert (error.status, error.method, error.path) == (404, "GET", f"networks/{name}/json")
