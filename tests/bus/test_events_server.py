"""The Events API that the worker is tested against does what is documented of the real one."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.events_api import make_token

from .workers import wait_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.events_api import EventsServer

ROUTE = "/api/v1/events"


@pytest.fixture
async def client(server: EventsServer) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {make_token(subject='me')}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as made:
        yield made


async def listen(client: httpx.AsyncClient, count: int, **query: str) -> list[dict[str, Any]]:
    """So many events of a stream, or all if it ends."""
    found: list[dict[str, Any]] = []
    async with client.stream("GET", f"{ROUTE}/stream", params=query) as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        async for line in answer.aiter_lines():
            found.append(json.loads(line))
            if len(found) == count:
                break
    return found


async def publish(client: httpx.AsyncClient, payload: object = None) -> None:
    body = {"name": "a.b", "correlationId": "c", "payload": payload}
    answer = await client.post(ROUTE, json=body)
    assert answer.status_code == 202
    assert answer.json()["accepted"] is True
    assert answer.json()["name"] == "a.b"


async def test_who_may(server: EventsServer, client: httpx.AsyncClient) -> None:
    body = {"name": "a.b"}
    for token, status in {
        "nonsense": 401,
        make_token("other"): 401,
        make_token(ttl=-1): 401,
        make_token(scope="events:listen"): 403,
        make_token(scope="events:send"): 202,
    }.items():
        answer = await client.post(ROUTE, json=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    headers = {"Authorization": f"Bearer {make_token(scope='events:send')}"}
    answer = await client.get(f"{ROUTE}/stream", params={"name": "a.b"}, headers=headers)
    assert answer.status_code == 403
    assert server.board.log[-1]["identity_id"] == "local"


async def test_what_is_wrong(client: httpx.AsyncClient) -> None:
    for body in (b"{", b"[]", b'{"name": "a.*"}', b'{"name": "A.b"}', b'{"name": "a"}', b"{}"):
        assert (await client.post(ROUTE, content=body)).status_code == 400
    for query in (
        {"name": "a.*"},
        {"name": ">"},
        {"name": "a.b", "delivery": "some"},
        {"name": "a.b", "delivery": "unicast"},
        {"name": "a.b", "delivery": "unicast", "group": "a/b"},
    ):
        assert (await client.get(f"{ROUTE}/stream", params=query)).status_code == 400
    assert (await client.get("/other")).status_code == 404


async def test_broadcast_and_replay(server: EventsServer, client: httpx.AsyncClient) -> None:
    await publish(client, 1)
    listeners = [
        asyncio.create_task(listen(client, 2, name="a.b", replay="true")),
        asyncio.create_task(listen(client, 1, name="a.b")),
    ]
    await wait_for("streams", lambda: server.board.listening("a.b") == 2)
    await publish(client, 2)
    found = [[event["payload"] for event in await each] for each in listeners]
    assert found == [[1, 2], [2]]
    past = await listen(client, 9, name="a.b", replay="true", follow="false")
    assert [(event["payload"], event["identity_id"]) for event in past] == [(1, "me"), (2, "me")]
    assert await listen(client, 9, name="a.b", follow="false") == []


async def test_unicast(server: EventsServer, client: httpx.AsyncClient) -> None:
    async def consume(consumer: str, count: int) -> list[int]:
        query = {"name": "a.b", "delivery": "unicast", "group": "g", "consumer": consumer}
        return [event["payload"] for event in await listen(client, count, **query)]

    consumers = [asyncio.create_task(consume(name, 3)) for name in ("one", "two")]
    await wait_for("streams", lambda: server.board.listening("a.b") == 2)
    for number in range(6):
        await publish(client, number)
    found = [await each for each in consumers]
    assert sorted(found[0] + found[1]) == list(range(6))
    await wait_for("streams", lambda: not server.board.listening("a.b"))
    await publish(client, 7)  # nobody is there: it waits
    assert await consume("three", 1) == [7]
