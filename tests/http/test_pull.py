"""Pulls and pushes against servers that play a script: Podman 6, errors and cuts in mid-report."""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from podlib import (
    AsyncPodman,
    Podman,
    PodmanError,
    ProgressDisplay,
    PullError,
    PushError,
    TruncatedError,
)
from podlib.errors import ProtocolError, ResponseModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from podlib import models

    from .conftest import Serve
    from .servers import Peer

    Progress = Callable[[models.PullProgress], object]

IMAGE = "4f" * 32
BLOBS = [f"sha256:{digit * 64}" for digit in "ab"]


def blob(digest: str, status: str, **sizes: int) -> dict[str, Any]:
    """A line of Podman 6 about one blob."""
    progress = {"status": status, **sizes, "progressComponentID": digest}
    return {"status": "pulling", "stream": "Pulling artifact", "pullProgress": progress}


def text(line: str) -> dict[str, Any]:
    return {"status": "pulling", "stream": f"{line}\n"}


LINES: list[dict[str, Any]] = [
    text("Trying to pull registry/image:1..."),
    text(f"Copying blob {BLOBS[0]}"),
    blob(BLOBS[0], "pulling", total=-1),
    blob(BLOBS[1], "skipped"),
    blob(BLOBS[0], "pulling", current=100, total=300),
    blob(BLOBS[0], "success", current=300, total=300),
    text("Writing manifest to image destination"),
    {"status": "success", "images": [IMAGE], "id": IMAGE},
]
"""The report of a pull by Podman 6."""
PUSHED: list[dict[str, Any]] = [
    {"stream": "Getting image source signatures\n"},
    {"stream": f"Copying blob {BLOBS[0]}\n"},
    {"manifestdigest": BLOBS[1]},
]


def pong(version: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nLibpod-API-Version: {version}\r\nContent-Length: 0\r\n\r\n".encode()


def report(*lines: dict[str, Any]) -> bytes:
    """An answer of these lines, each in a chunk of its own."""
    data = b"".join(
        b"%x\r\n%b\r\n" % (len(line), line)
        for line in (json.dumps(each).encode() + b"\n" for each in lines)
    )
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    return head + data + b"0\r\n\r\n"


def speaking(*answers: bytes, version: str = "6.0.0") -> Callable[[Peer], None]:
    """Each call, but for pings, gets the next answer; then the connection is closed."""
    left = iter(answers)

    def script(peer: Peer) -> None:
        while peer.head().startswith(b"GET /libpod/_ping "):
            peer.send(pong(version))
        peer.send(next(left))

    return script


class Flavour:
    """Both flavours behind one face."""

    def __init__(self, name: str) -> None:
        self.blocking = name == "blocking"

    def call(self, path: str, verb: str, *names: str, **options: Any) -> Any:
        """Pull or push with a client of its own."""
        if self.blocking:
            with Podman(path) as podman:
                return getattr(podman.images, verb)(*names, **options)

        async def called() -> Any:
            async with AsyncPodman(path) as podman:
                return await getattr(podman.images, verb)(*names, **options)

        return asyncio.run(called())


@pytest.fixture(params=["blocking", "asyncio"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(request.param)


def test_the_bytes_of_each_blob(serve: Serve, flavour: Flavour) -> None:
    server = serve(speaking(report(*LINES)))
    told: list[models.PullProgress] = []
    pulled = flavour.call(server.path, "pull", "registry/image:1", progress=told.append)
    assert (pulled.id, pulled.images) == (IMAGE, [IMAGE])
    assert "pullProgress=true" in server.requests[1]
    found = [line.pull_progress for line in told if line.pull_progress]
    assert [(each.status, each.current, each.total) for each in found] == [
        ("pulling", 0, -1),
        ("skipped", 0, 0),
        ("pulling", 100, 300),
        ("success", 300, 300),
    ]
    assert {each.progress_component_id for each in found} == {*BLOBS}


def test_a_display_of_each_blob(serve: Serve, flavour: Flavour) -> None:
    server = serve(speaking(report(*LINES)))
    file = io.StringIO()
    with ProgressDisplay(file) as display:
        flavour.call(server.path, "pull", "web", progress=display)
    assert file.getvalue().splitlines() == [
        "Trying to pull registry/image:1...",
        f"Copying blob {BLOBS[0]}",
        f"{12 * 'b'}: already exists",
        f"{12 * 'a'}: done, 300 B",
        "Writing manifest to image destination",
    ]


@pytest.mark.parametrize("at", range(len(LINES)))
def test_an_error_in_the_midst_of_a_pull(serve: Serve, flavour: Flavour, at: int) -> None:
    server = serve(speaking(report(*LINES[:at], {"error": "no space left on device"})))
    told: list[models.PullProgress] = []
    with pytest.raises(PullError, match="cannot pull web: no space left on device") as caught:
        flavour.call(server.path, "pull", "web", progress=told.append)
    assert len(told) == at
    assert caught.value.log == [
        str(line["stream"]).strip() for line in LINES[:at] if "pullProgress" not in line
    ]


def test_an_error_in_the_midst_of_a_push(serve: Serve, flavour: Flavour) -> None:
    server = serve(speaking(report(*PUSHED[:2], {"error": "denied"})))
    with pytest.raises(PushError, match="cannot push web to hub/web: denied") as caught:
        flavour.call(server.path, "push", "web", "hub/web")
    assert caught.value.log == ["Getting image source signatures", f"Copying blob {BLOBS[0]}"]


@pytest.mark.parametrize(
    ("verb", "names", "lines"), [("pull", ["web"], LINES), ("push", ["web", "hub/web"], PUSHED)]
)
def test_a_report_that_ends_too_early(
    serve: Serve, flavour: Flavour, verb: str, names: list[str], lines: list[dict[str, Any]]
) -> None:
    """The server ends its answer as if all were well."""
    for at in range(len(lines)):
        server = serve(speaking(report(*lines[:at])))
        told: list[object] = []
        with pytest.raises(
            TruncatedError, match=f"cannot {verb} web.*: the server's report broke off"
        ):
            flavour.call(server.path, verb, *names, progress=told.append)
        assert len(told) == at


def test_a_push_to_a_server_that_tells_no_digest(serve: Serve, flavour: Flavour) -> None:
    for version in ("4.3.1", "4.7.2"):
        server = serve(speaking(report(*PUSHED[:2]), version=version))
        assert flavour.call(server.path, "push", "web", "hub/web").digest == ""
    server = serve(speaking(report(), version="6.0.0"))
    assert flavour.call(server.path, "push", "web", "hub/web", quiet=True).digest == ""


def test_the_report_of_docker_s_api_has_no_end(serve: Serve) -> None:
    server = serve(
        speaking(report(text("a"), {"status": "Download complete", "id": "a"}, text("b")))
    )
    with (
        Podman(server.path) as podman,
        podman.images.pull_stream("web", compat_mode=True) as lines,
    ):
        assert len([*lines]) == 3


# -- cut anywhere --------------------------------------------------------------------------------


def cuts(whole: bytes) -> Iterator[bytes]:
    return (whole[:size] for size in range(len(whole)))


@pytest.mark.parametrize(
    ("verb", "names", "whole"),
    [("pull", ["web"], report(*LINES)), ("push", ["web", "hub/web"], report(*PUSHED))],
)
def test_a_connection_cut_after_any_byte(
    serve: Serve, flavour: Flavour, verb: str, names: list[str], whole: bytes
) -> None:
    server = serve(speaking(*cuts(whole), whole))
    body = whole.index(b"\r\n\r\n") + 4
    errors: list[PodmanError] = []

    def blocking() -> None:
        with Podman(server.path) as podman:
            for _ in range(len(whole)):
                with pytest.raises(PodmanError) as caught:
                    getattr(podman.images, verb)(*names)
                errors.append(caught.value)
            getattr(podman.images, verb)(*names)

    async def in_asyncio() -> None:
        async with AsyncPodman(server.path) as podman:
            for _ in range(len(whole)):
                with pytest.raises(PodmanError) as caught:
                    await getattr(podman.images, verb)(*names)
                errors.append(caught.value)
            await getattr(podman.images, verb)(*names)

    blocking() if flavour.blocking else asyncio.run(in_asyncio())
    assert {type(error) for error in errors[:body]} <= {ProtocolError, TruncatedError}
    assert {type(error) for error in errors[body:]} == {TruncatedError}


def test_a_body_of_a_told_length_cut_after_any_byte(serve: Serve) -> None:
    data = b"".join(json.dumps(each).encode() + b"\n" for each in LINES)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data)
    server = serve(speaking(*(head + part for part in cuts(data)), head + data))
    with Podman(server.path) as podman:
        for _ in range(len(data)):
            with pytest.raises(TruncatedError):
                podman.images.pull("web")
        assert podman.images.pull("web").id == IMAGE


def test_a_body_without_a_length_cut_after_any_byte(serve: Serve) -> None:
    """For HTTP the end of the connection is its end, so that all depends on what was in it."""
    data = b"".join(json.dumps(each).encode() + b"\n" for each in LINES)
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    server = serve(speaking(*(head + part for part in cuts(data[:-1])), head + data))
    with Podman(server.path) as podman:
        for size in range(len(data) - 1):
            between_lines = not data[:size].rpartition(b"\n")[2]
            # After a whole document that lacks but its line end, the report lacks its end.
            whole = between_lines or data.startswith(b"}\n", size - 1)
            with pytest.raises(TruncatedError if whole else ResponseModelError):
                podman.images.pull("web")
        assert podman.images.pull("web").id == IMAGE


# -- left early ----------------------------------------------------------------------------------


def going_on(peer: Peer) -> None:
    """A pull without an end: more lines until the client leaves."""
    while peer.head().startswith(b"GET /libpod/_ping "):
        peer.send(pong("6.0.0"))
    peer.send(report(*LINES[:4]).removesuffix(b"0\r\n\r\n"))
    peer.wait_for_end()


def test_leaving_a_pull_closes_its_connection(serve: Serve) -> None:
    """That no socket stays open is seen to after each test."""
    server = serve(going_on)
    with Podman(server.path) as podman:
        with podman.images.pull_stream("web") as lines:
            assert next(iter(lines)).stream == LINES[0]["stream"]
        with pytest.raises(ZeroDivisionError):
            podman.images.pull("web", progress=lambda _: 1 / 0)
        assert podman._link._http
        assert not podman._link._http._active


async def test_leaving_and_cancelling_a_pull_with_asyncio(serve: Serve) -> None:
    server = serve(going_on)
    told = asyncio.Event()

    def last_line(line: models.PullProgress) -> None:
        if line.pull_progress and line.pull_progress.status == "skipped":
            told.set()

    async with AsyncPodman(server.path) as podman:
        async with podman.images.pull_stream("web") as lines:
            assert (await anext(lines)).stream == LINES[0]["stream"]
        task = asyncio.ensure_future(podman.images.pull("web", progress=last_line))
        await told.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(asyncio.all_tasks()) == 1
        assert podman._link._http
        assert not podman._link._http._active
