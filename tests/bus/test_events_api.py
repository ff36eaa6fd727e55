"""What an Events API, or something in its place, may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib.bus.events_api import ROUTE, EventsAPI
from podlib.bus.tokens import TokenSource
from podlib.errors import BusError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_httpserver import HTTPServer

TOKEN = "hush.hush.hush"  # noqa: S105 -- it guards nothing


@pytest.fixture
async def api(httpserver: HTTPServer) -> AsyncIterator[EventsAPI]:
    made = EventsAPI(httpserver.url_for(""), TokenSource(None, {"BUS_API_TOKEN": TOKEN}))
    yield made
    await made.close()


async def heard(api: EventsAPI) -> list[bytes]:
    async with api.listen("a.b", delivery="broadcast") as lines:
        return [line async for line in lines]


async def test_a_page_is_no_stream_and_no_acceptance(
    httpserver: HTTPServer, api: EventsAPI
) -> None:
    page = "<html>\nPlease log in\n</html>\n"
    httpserver.expect_request(f"{ROUTE}/stream").respond_with_data(page, content_type="text/html")
    httpserver.expect_request(ROUTE).respond_with_data(page, content_type="text/html")
    for asked in (heard(api), api.publish("a.b", "c", {})):
        with pytest.raises(BusError, match="no Events API: it sends text/html") as caught:
            await asked
        assert caught.value.passes


async def test_what_is_not_accepted_is_not_published(
    httpserver: HTTPServer, api: EventsAPI
) -> None:
    httpserver.expect_request(ROUTE).respond_with_json({"accepted": False})
    with pytest.raises(BusError, match="does not accept"):
        await api.publish("a.b", "c", {})


async def test_acceptance_needs_no_body(httpserver: HTTPServer, api: EventsAPI) -> None:
    httpserver.expect_request(ROUTE).respond_with_data(status=202, content_type="application/json")
    assert (await api.publish("a.b", "c", {})).accepted


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_a_token_that_comes_back_is_not_told(
    httpserver: HTTPServer, api: EventsAPI, status: int
) -> None:
    text = f"{'x' * 289}\n wrong: Bearer {TOKEN}"
    httpserver.expect_request(f"{ROUTE}/stream").respond_with_data(text, status)
    httpserver.expect_request(ROUTE).respond_with_json({"error": text[250:]}, status)
    for asked in (heard(api), api.publish("a.b", "c", {})):
        with pytest.raises(BusError, match=str(status)) as caught:
            await asked
        assert "hus" not in str(caught.value)
        assert "\n" not in str(caught.value)  # a line of the worker's standard error
