"""A long stream takes no more memory than a short one."""

from __future__ import annotations

import tarfile
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from .scripts import END, HEAD, chunks, playing
from .table import CALLS, EMPTY_TAR, Call, frame, lines

if TYPE_CHECKING:
    from tests.http.conftest import Serve
    from tests.http.servers import Peer

    from .conftest import Connect

pytestmark = pytest.mark.timeout(60)

SIZE = 16 << 10
BLOCK = 4 * SIZE
TOTAL = 8 << 20
MOST = 1 << 20
BY_NAME = {call.name: call for call in CALLS}
LONG = {
    "containers.logs": frame(1, (SIZE - 1) * b"x" + b"\n"),
    "containers.top_stream": lines({"Processes": [[SIZE * "x"]], "Titles": ["PID"]})[0],
    "images.save_stream": 2 * SIZE * b"x",
}
"""One of each kind of body: frames, documents, bytes."""


def file_of(size: int) -> bytes:
    """How a file in an archive begins."""
    head = tarfile.TarInfo("file")
    head.size = size
    return head.tobuf()


AROUND = {"images.save_stream": (file_of(TOTAL), b"".join(EMPTY_TAR))}
"""What must come before and behind."""


@pytest.mark.parametrize(
    "call", [replace(BY_NAME[name], blocks=(block,)) for name, block in LONG.items()], ids=str
)
def test_memory_is_flat(call: Call, serve: Serve, connect: Connect) -> None:
    some = chunks(call.blocks * (BLOCK // len(call.blocks[0])))
    before, behind = AROUND.get(call.name, (b"", b""))

    def play(peer: Peer) -> None:
        peer.send(HEAD + chunks([before] if before else []))
        for _ in range(TOTAL // (BLOCK)):
            peer.send(some)
        peer.send(chunks([behind] if behind else []) + END)

    client = connect(serve(playing(call, play)))
    client.ping()
    with client.open(call) as items:
        next(items)
        tracemalloc.start()
        try:
            count = sum(1 for _ in items)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert count >= TOTAL // (BLOCK) - 1
    assert peak < MOST
