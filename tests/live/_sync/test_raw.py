# Generated from tests/live/_async/test_raw.py: edit there.
"""Below the nouns: any route, limits on a call, and the bare connection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

import pytest

from podlib import APIError, BadRequestError, NotFoundError, ParameterError, TimedOutError
from podlib.http.frames import FrameSplitter

from .steps import read, run, running

if TYPE_CHECKING:
    from podlib import Podman
    from podlib.http.unix_sync import RawConnection
    from tests.testbed import Host


def test_any_route(podman: Podman, host: Host, image: str) -> None:
    reply = podman.request("GET", "info")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert cast("dict[str, dict[str, object]]", reply.json())["host"]["hostname"] == host.name
    reply = podman.request("GET", "images/{}/exists", image)
    assert (reply.status, reply.body) == (204, b"")
    query = {"all": True, "filters": {"name": ["made"]}}
    assert (podman.request("GET", "containers/json", query=query)).json() == []
    body = b'{"image": "%s", "name": "made"}' % image.encode()
    headers = {"Content-Type": "application/json"}
    reply = podman.request("POST", "containers/create", headers=headers, body=body)
    assert reply.status == 201
    found = (podman.request("GET", "containers/json", query=query)).json()
    assert len(cast("list[object]", found)) == 1
    assert (podman.request("DELETE", "containers/{}", "made")).status == 200


def test_errors_say_what_was_asked(podman: Podman, host: Host) -> None:
    with pytest.raises(NotFoundError) as caught:
        podman.request("GET", "containers/{}/json", "unknown", query={"size": True})
    error = caught.value
    assert (error.status, error.method) == (404, "GET")
    assert error.path == f"/v{host.version}/libpod/containers/unknown/json"
    assert error.cause == "no such container"
    assert "unknown" in error.message
    with pytest.raises(NotFoundError):
        podman.request("GET", "no/such/route")
    with pytest.raises(BadRequestError, match="at least one stream"):
        podman.request("GET", "containers/{}/logs", "unknown")
    with pytest.raises(APIError, match="invalid character") as broken:
        podman.request("POST", "containers/create", body=b"no json")
    assert broken.value.status == 500
    with pytest.raises(ParameterError, match="''"):
        podman.request("GET", "containers/{}/json", "")
    assert (podman.request("GET", "_ping")).status == 200


def test_limits_of_a_call(podman: Podman, image: str) -> None:
    command = ["sh", "-c", "echo begun; sleep 10"]  # Podman 4.3 answers with the log's first line
    container = run(podman, image, command=command, network="none")

    def limit(view: Podman) -> str:
        began = time.monotonic()
        with pytest.raises(TimedOutError) as caught:
            view.containers.wait(container)
        assert 0.2 <= time.monotonic() - began < 5
        return caught.value.limit

    assert limit(podman.with_timeouts(total=0.2)) == "total"
    assert limit(podman.with_timeouts(head=0.2)) == "head"
    view = podman.with_timeouts(idle=0.2, head=30, total=60)
    with pytest.raises(TimedOutError) as caught:
        read(view.containers.logs(container, follow=True))
    assert caught.value.limit == "idle"
    assert running(view, container)
    assert running(podman, container)


def test_service_that_was_restarted_between_calls(podman: Podman, host: Host) -> None:
    podman.system.ping()
    host.kill_service()
    host.start_service()
    assert (podman.system.version()).version == host.version


def test_attach(podman: Podman, image: str) -> None:
    container = run(podman, image, command=["cat"], stdin=True, network="none")
    query = {"stream": True, "stdin": True, "stdout": True, "stderr": True}
    path = f"containers/{container}/attach"
    with podman._link.upgrade("POST", path, query) as raw:
        raw.send(b"hello\n")
        assert received(raw, 6) == b"hello\n"
        large = bytes(range(256)) * 1000
        raw.send(large)
        assert received(raw, len(large)) == large
        raw.send(b"end")
        raw.close_write()
        assert received(raw, 3) == b"end"
        assert raw.receive() == b""
    assert podman.containers.wait(container, timeout=10) == 0


def received(raw: RawConnection, size: int) -> bytes:
    """What came on stdout, ``size`` bytes of it."""
    frames = FrameSplitter()
    data = b""
    while len(data) < size:
        block = raw.receive()
        assert block, "the connection ended"
        for stream, piece in frames.feed(block):
            assert stream == "stdout"
            data += piece
    frames.end()
    return data


def test_attach_to_what_is_not_there(podman: Podman) -> None:
    with pytest.raises(NotFoundError, match="unknown"):
        podman._link.upgrade("POST", "containers/unknown/attach", {"stream": True})
