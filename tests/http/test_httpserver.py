"""An ordinary HTTP server of others' making, werkzeug's through pytest-httpserver, and httpx."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

import podlib
from podlib.http import AsyncUnixTransport, UnixTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from werkzeug import Request

    from .conftest import Connect

pytestmark = pytest.mark.timeout(30)

PODMAN = {"Libpod-API-Version": "5.4.2", "Server": "Libpod/5.4.2 (linux)"}


@pytest.fixture(scope="module")
def _listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HTTPServer, str]]:
    path = str(tmp_path_factory.mktemp("werkzeug") / "http.sock")
    server = HTTPServer(host=f"unix://{path}", threaded=True)  # threaded: with keep-alive
    server.start()
    yield server, path
    server.stop()


@pytest.fixture
def http(_listening: tuple[HTTPServer, str]) -> Iterator[HTTPServer]:
    server, _ = _listening
    server.clear()
    yield server
    server.check_assertions()


@pytest.fixture
def path(_listening: tuple[HTTPServer, str]) -> str:
    return _listening[1]


def whats_sent(request: Request) -> Response:
    fields = {name.lower(): value for name, value in request.headers.items()}
    sent = {
        "method": request.method,
        "query": request.query_string.decode(),
        "fields": fields,
        "body": request.get_data().decode(),
    }
    return Response(json.dumps(sent), content_type="application/json")


def in_chunks(_: Request) -> Response:
    return Response((b"%d," % i for i in range(1_000)), content_type="text/plain")


def slowly(_: Request) -> Response:
    def blocks() -> Iterator[bytes]:
        yield b"first"
        time.sleep(0.6)
        yield b"second"

    return Response(blocks())


# -- the client itself ---------------------------------------------------------------------------


def test_what_a_server_sees_of_a_request(http: HTTPServer, path: str, connect: Connect) -> None:
    http.expect_request("/echo").respond_with_handler(whats_sent)
    client = connect(path)
    reply = client.request("PUT", "/echo?a=b%20c", [("X-Tag", "1"), ("Accept", "*/*")], b"hello")
    sent = reply.json()
    assert isinstance(sent, dict)
    assert (sent["method"], sent["query"], sent["body"]) == ("PUT", "a=b%20c", "hello")
    assert sent["fields"]["x-tag"] == "1"
    assert sent["fields"]["content-length"] == "5"


def test_chunks_of_another_server(http: HTTPServer, path: str, connect: Connect) -> None:
    http.expect_request("/chunks").respond_with_handler(in_chunks)
    reply = connect(path).request("GET", "/chunks")
    assert reply.headers["transfer-encoding"] == "chunked"
    assert reply.body == b"".join(b"%d," % i for i in range(1_000))


def test_chunks_sent_to_another_server(http: HTTPServer, path: str, connect: Connect) -> None:
    http.expect_request("/echo").respond_with_handler(whats_sent)
    reply = connect(path).request("POST", "/echo", body=iter([b"one,", b"", b"two"]))
    assert reply.json()["body"] == "one,two"  # type: ignore[index]  # pyright: ignore[reportIndexIssue, reportUnknownVariableType] -- JSON is any object
    assert reply.status == 200


def test_a_head_request(http: HTTPServer, path: str, connect: Connect) -> None:
    http.expect_request("/", method="HEAD").respond_with_data("the body that is not sent")
    reply = connect(path).request("HEAD", "/")
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["content-length"] == "25"


# -- a Podman client against a fake service ------------------------------------------------------


def test_the_escape_hatch_reaches_any_route(http: HTTPServer, path: str) -> None:
    http.expect_request("/libpod/_ping").respond_with_data("OK", headers=PODMAN)
    route = "/v5.4.2/libpod/volumes/my%2Fvolume/json"
    http.expect_request(
        "/v5.4.2/libpod/volumes/my/volume/json",  # werkzeug shows paths unquoted
        query_string="all=true&filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D",
        headers={"X-Extra": "1"},
    ).respond_with_json({"Name": "my/volume"})
    with podlib.Podman(path) as podman:
        reply = podman.request(
            "GET",
            "volumes/{}/json",
            "my/volume",
            query={"all": True, "filters": {"label": ["a=b"]}, "left": None},
            headers={"X-Extra": "1"},
        )
        assert reply.json() == {"Name": "my/volume"}
        assert podman.server_version == "5.4.2"
    request, _ = http.log[-1]
    assert request.environ["RAW_URI"].startswith(route)


async def test_a_stream_of_json_lines(http: HTTPServer, path: str) -> None:
    """Cut anywhere, also within characters and records."""
    lines = [{"stream": f"Zeile {i}: \u2028 \x85 ä\r"} for i in range(200)]
    data = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    http.expect_request("/libpod/_ping").respond_with_data("OK", headers=PODMAN)
    http.expect_request("/v5.4.2/libpod/build").respond_with_handler(
        lambda _: Response(data[i : i + 7] for i in range(0, len(data), 7))
    )
    from podlib.http.frames import LineSplitter

    async with podlib.AsyncPodman(path) as podman:
        reply = await podman.request("POST", "build")
    splitter = LineSplitter()
    found = [*splitter.feed(reply.body), *splitter.end()]
    assert [json.loads(line) for line in found] == lines


def test_a_pull_with_the_bytes_of_a_blob(http: HTTPServer, path: str) -> None:
    """As Podman 6 tells of it, cut anywhere."""
    blob = f"sha256:{'ab' * 32}"
    progress = [
        {"status": "pulling", "progressComponentID": blob, "total": -1},
        {"status": "pulling", "progressComponentID": blob, "current": 1 << 40, "total": 1 << 41},
        {"status": "success", "progressComponentID": blob, "current": 1 << 41, "total": 1 << 41},
    ]
    lines = [{"status": "pulling", "stream": "Copying", "pullProgress": each} for each in progress]
    last = {"status": "success", "images": ["cd" * 32], "id": "cd" * 32}
    data = b"".join(json.dumps(line).encode() + b"\n" for line in [*lines, last])
    http.expect_request("/libpod/_ping").respond_with_data("OK", headers=PODMAN)
    http.expect_request(
        "/v5.4.2/libpod/images/pull", query_string="reference=web&policy=always&pullProgress=true"
    ).respond_with_handler(lambda _: Response(data[i : i + 7] for i in range(0, len(data), 7)))
    told: list[podlib.models.PullProgress] = []
    with podlib.Podman(path) as podman:
        assert podman.images.pull("web", progress=told.append).id == last["id"]
    sizes = [(p.current, p.total) for line in told if (p := line.pull_progress)]
    assert sizes == [(0, -1), (1 << 40, 1 << 41), (1 << 41, 1 << 41)]


# -- httpx over podlib's connections -------------------------------------------------------------


@pytest.fixture
def client(path: str) -> Iterator[httpx.Client]:
    with httpx.Client(transport=UnixTransport(path), base_url="http://podman") as client:
        yield client


@pytest.fixture
async def async_client(path: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = AsyncUnixTransport(path)
    async with httpx.AsyncClient(transport=transport, base_url="http://podman") as client:
        yield client


def test_httpx_get_and_post(http: HTTPServer, client: httpx.Client) -> None:
    http.expect_request("/echo").respond_with_handler(whats_sent)
    sent = client.get("/echo", params={"a": "b c"}, headers={"X-Tag": "1"}).json()
    assert (sent["method"], sent["query"], sent["body"]) == ("GET", "a=b+c", "")
    assert sent["fields"]["x-tag"] == "1"
    sent = client.post("/echo", content=b"hello").json()
    assert (sent["method"], sent["body"]) == ("POST", "hello")
    assert sent["fields"]["content-length"] == "5"
    sent = client.post("/echo", json={"a": 1}).json()
    assert sent["fields"]["content-type"] == "application/json"
    assert json.loads(sent["body"]) == {"a": 1}


def test_httpx_sees_status_and_fields(http: HTTPServer, client: httpx.Client) -> None:
    http.expect_request("/").respond_with_data("no", status=409, headers={"X-Why": "because"})
    response = client.get("/")
    assert response.status_code == 409
    assert response.headers["x-why"] == "because"
    assert response.text == "no"


def test_httpx_streams_both_ways(http: HTTPServer, client: httpx.Client) -> None:
    http.expect_request("/chunks").respond_with_handler(in_chunks)
    http.expect_request("/echo").respond_with_handler(whats_sent)
    with client.stream("GET", "/chunks") as response:
        assert b"".join(response.iter_bytes()) == b"".join(b"%d," % i for i in range(1_000))
    sent = client.post("/echo", content=iter([b"one,", b"two"])).json()
    assert sent["body"] == "one,two"


def test_httpx_leaves_a_stream_early(http: HTTPServer, client: httpx.Client) -> None:
    http.expect_request("/slow").respond_with_handler(slowly)
    http.expect_request("/chunks").respond_with_handler(in_chunks)
    with client.stream("GET", "/slow") as response:
        assert next(response.iter_bytes()) == b"first"
    assert client.get("/chunks").status_code == 200


def test_limits_are_httpxs_own_errors(http: HTTPServer, client: httpx.Client) -> None:
    http.expect_request("/slow").respond_with_handler(slowly)
    with pytest.raises(httpx.ReadTimeout) as caught:
        client.get("/slow", timeout=0.1)
    assert caught.value.request.url.path == "/slow"


def test_errors_are_httpxs_own(tmp_path: Path) -> None:
    with (
        httpx.Client(transport=UnixTransport(str(tmp_path / "none"))) as client,
        pytest.raises(httpx.ConnectError, match="no such socket"),
    ):
        client.get("http://podman/")


async def test_httpx_with_asyncio(http: HTTPServer, async_client: httpx.AsyncClient) -> None:
    async def blocks() -> AsyncIterator[bytes]:
        yield b"one,"
        yield b"two"

    http.expect_request("/echo").respond_with_handler(whats_sent)
    http.expect_request("/chunks").respond_with_handler(in_chunks)
    http.expect_request("/slow").respond_with_handler(slowly)
    assert (await async_client.get("/echo")).json()["method"] == "GET"
    assert (await async_client.post("/echo", content=b"hello")).json()["body"] == "hello"
    assert (await async_client.post("/echo", content=blocks())).json()["body"] == "one,two"
    async with async_client.stream("GET", "/chunks") as response:
        got = b"".join([block async for block in response.aiter_bytes()])
    assert got == b"".join(b"%d," % i for i in range(1_000))
    with pytest.raises(httpx.ReadTimeout):
        await async_client.get("/slow", timeout=0.1)


async def test_errors_are_httpxs_own_with_asyncio(tmp_path: Path) -> None:
    transport = AsyncUnixTransport(str(tmp_path / "none"))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx.ConnectError, match="no such socket"):
            await client.get("http://podman/")
