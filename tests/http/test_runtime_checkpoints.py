"""A runtime's checkpoint whose archive breaks off: none stays under its name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from podlib import AsyncRuntime, Runtime, TruncatedError
from podlib.models import CheckpointSpec
from tests.recorded import FOLDER

from .test_builds import HEAD, PING

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Serve
    from .servers import Peer

RECORDED = FOLDER / "5.8.6"
RUNNING = "ContainerInspect.2.json"


def answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def breaking(peer: Peer) -> None:
    """Ends the connection in the midst of an archive; then the container runs on."""
    while True:
        head = peer.head()
        peer.body(head)
        if b"/checkpoint" in head:
            peer.send(HEAD, b"8000\r\n", bytes(100))
            return
        if b"/_ping" in head:
            peer.send(PING)
        else:
            file = "Info.json" if b"/info" in head else RUNNING
            peer.send(answer((RECORDED / file).read_bytes()))


def test_a_truncated_archive_has_no_name(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    folder.mkdir()
    older = folder / "older.tar"
    older.write_text("an older archive")
    path = serve(breaking).path

    async def in_asyncio() -> None:
        async with AsyncRuntime(path) as runtime:
            await runtime.checkpoint("web", CheckpointSpec(archive_path=folder / "new.tar"))

    for archive in (folder / "new.tar", older):
        with Runtime(path) as runtime, pytest.raises(TruncatedError) as caught:
            runtime.checkpoint("web", CheckpointSpec(archive_path=archive))
        assert "runs on" in "".join(caught.value.__notes__)
    with pytest.raises(TruncatedError):
        asyncio.run(in_asyncio())
    assert [*folder.iterdir()] == [older]
    assert older.read_text() == "an older archive"
