"""The standard library's ``http.client`` over a Unix socket."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from .common import BLOCK, SMALL, Framing, Run, check, download_target

if TYPE_CHECKING:
    from collections.abc import Generator


class UnixConnection(http.client.HTTPConnection):
    """``http.client`` knows TCP only: this replaces its ``connect``."""

    def __init__(self, path: str) -> None:
        super().__init__("d")
        self.path = path

    def connect(self) -> None:
        """Called by ``request`` when there is no connection."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


@contextmanager
def small(path: str) -> Generator[Run]:
    with closing(UnixConnection(path)) as connection:

        def run(count: int) -> None:
            for _ in range(count):
                connection.request("GET", SMALL)
                json.loads(connection.getresponse().read())

        yield run


@contextmanager
def download(path: str, framing: Framing) -> Generator[Run]:
    with closing(UnixConnection(path)) as connection:

        def run(size: int) -> None:
            connection.request("GET", download_target(size, framing))
            response = connection.getresponse()
            received = 0
            while block := response.read(BLOCK):
                received += len(block)
            check(received, size)

        yield run
