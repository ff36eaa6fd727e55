"""Whether the worker is ready, told over HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from podlib.errors import FileError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_PATIENCE = 5.0
_MOST = 16_384


class Readiness:
    """Which streams stand. ``required``: it is ready only while all of them do."""

    def __init__(self, *, required: bool) -> None:
        self._required = required
        self.streams: dict[str, bool] = {}
        self.stopping = False

    @property
    def ready(self) -> bool:
        """Whether requests are taken."""
        stands = not self._required or (bool(self.streams) and all(self.streams.values()))
        return stands and not self.stopping

    def answer(self, path: str) -> tuple[str, dict[str, object]]:
        """The status line's end, and the document, for a path."""
        if path == "/healthz":
            return "200 OK", {"healthy": True}
        if path == "/readyz":
            status = "200 OK" if self.ready else "503 Service Unavailable"
            return status, {"ready": self.ready, "streams": self.streams}
        return "404 Not Found", {"error": "there are /healthz and /readyz"}

    @asynccontextmanager
    async def served(self, address: tuple[str, int] | None) -> AsyncGenerator[int]:
        """Answer ``GET /healthz`` and ``GET /readyz`` there, if it is given; the port."""
        if address is None:
            yield 0
            return
        host, port = address
        try:
            server = await asyncio.start_server(self._serve, host, port, limit=_MOST)
        except OSError as error:
            message = f"cannot listen at {host}:{port} for --health-addr: {error.strerror}"
            raise FileError(message, path=f"{host}:{port}") from error
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
                path = words[1].partition("?")[0] if len(words) == 3 else ""
                status, document = self.answer(path)
                body = json.dumps(document).encode()
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                )
                writer.write(b"" if words[0] == "HEAD" else body)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # who asks like that gets no answer
        finally:
            writer.close()
