"""Below the nouns: any route, limits on a call, and the bare connection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

import pytest

from podlib import APIError, BadRequestError, NotFoundError, ParameterError, TimedOutError
from podlib.http.frames import FrameSplitter

from .steps import read, run, running

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from podlib.http.unix_async import AsyncRawConnection
    from tests.testbed import Host


async def test_any_route(podman: AsyncPodman, host: Host, image: str) -> None:
    reply = await podman.request("GET", "info")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert cast("dict[str, dict[str, object]]", reply.json())["host"]["hostname"] == host.name
    reply = await podman.request("GET", "images/{}/exists", image)
    assert (reply.status, reply.body) == (204, b"")
    query = {"all": True, "filters": {"name": ["made"]}}
    assert (await podman.request("GET", "containers/json", query=query)).json() == []
    body = b'{"image": "%s", "name": "made"}' % image.encode()
    headers = {"Content-Type": "application/json"}
    reply = await podman.request("POST", "containers/create", headers=headers, body=body)
    assert reply.status == 201
    found = (await podman.request("GET", "containers/json", query=query)).json()
    assert len(cast("list[object]", found)) == 1
    assert (await podman.request("DELETE", "containers/{}", "made")).status == 200


async def test_errors_say_what_was_asked(podman: AsyncPodman, host: Host) -> None:
    with pytest.raises(NotFoundError) as caught:
        await podman.request("GET", "containers/{}/json", "unknown", query={"size": True})
    error = caught.value
    assert (error.status, error.method) == (404, "GET")
    assert error.path == f"/v{host.version}/libpod/containers/unknown/json"
    assert error.cause == "no such container"
    assert "unknown" in error.message
    with pytest.raises(NotFoundError):
        await podman.request("GET", "no/such/route")
    with pytest.raises(BadRequestError, match="at least one stream"):
        await podman.request("GET", "containers/{}/logs", "unknown")
    with pytest.raises(APIError, match="invalid character") as broken:
        await podman.request("POST", "containers/create", body=b"no json")
    assert broken.value.status == 500
    with pytest.raises(ParameterError, match="''"):
        await podman.request("GET", "containers/{}/json", "")
    assert (await podman.request("GET", "_ping")).status == 200


async def test_limits_of_a_call(podman: AsyncPodman, image: str) -> None:
    command = ["sh", "-c", "echo begun; sleep 10"]  # Podman 4.3 answers with the log's first line
    container = await run(podman, image, command=command, network="none")

    async def limit(view: AsyncPodman) -> str:
        began = time.monotonic()
        with pytest.raises(TimedOutError) as caught:
            await view.containers.wait(container)
        assert 0.2 <= time.monotonic() - began < 5
        return caught.value.limit

    assert await limit(podman.with_timeouts(total=0.2)) == "total"
    assert await limit(podman.with_timeouts(head=0.2)) == "head"
    view = podman.with_timeouts(idle=0.2, head=30, total=60)
    with pytest.raises(TimedOutError) as caught:
        await read(view.containers.logs(container, follow=True))
    assert caught.value.limit == "idle"
    assert await running(view, container)
    assert await running(podman, container)


async def test_service_that_was_restarted_between_calls(podman: AsyncPodman, host: Host) -> None:
    await podman.system.ping()
    host.kill_service()
    host.start_service()
    assert (await podman.system.version()).version == host.version


async def test_attach(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=["cat"], stdin=True, network="none")
    query = {"stream": True, "stdin": True, "stdout": True, "stderr": True}
    path = f"containers/{container}/attach"
    async with await podman._link.upgrade("POST", path, query) as raw:
        await raw.send(b"hello\n")
        assert await received(raw, 6) == b"hello\n"
        large = bytes(range(256)) * 1000
        await raw.send(large)
        assert await received(raw, len(large)) == large
        await raw.send(b"end")
        await raw.close_write()
        assert await received(raw, 3) == b"end"
        assert await raw.receive() == b""
    assert await podman.containers.wait(container, timeout=10) == 0


async def received(raw: AsyncRawConnection, size: int) -> bytes:
    """What came on stdout, ``size`` bytes of it."""
    frames = FrameSplitter()
    data = b""
    while len(data) < size:
        block = await raw.receive()
        assert block, "the connection ended"
        for stream, piece in frames.feed(block):
            assert stream == "stdout"
            data += piece
    frames.end()
    return data


async def test_attach_to_what_is_not_there(podman: AsyncPodman) -> None:
    with pytest.raises(NotFoundError, match="unknown"):
        await podman._link.upgrade("POST", "containers/unknown/attach", {"stream": True})
