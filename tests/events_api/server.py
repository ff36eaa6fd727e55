"""The Events API over HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from .board import Board, Listener, WrongError, check_name, check_short
from .tokens import SECRET, TokenError, claims_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

ROUTE = "/api/v1/events"
MOST = 64 << 20
STATUS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Content Too Large",
}


class _AnswerError(Exception):
    """An answer that ends a request early."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class EventsServer:
    """A server in memory, while it is entered: ``url``. Its ``board`` can be looked at."""

    def __init__(self, *, secret: str = SECRET, host: str = "127.0.0.1", port: int = 0) -> None:
        self.board = Board()
        self.most = MOST
        self._secret = secret
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._asked = 0

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def up(self) -> None:
        """Be there: at the same port each time."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Be away: no connection is left. What was published is not forgotten."""
        if self._server:
            self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """End all connections."""
        for task in [*self._connections]:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    # -- for tests: what a requester does ---------------------------------------------------------

    def send(self, name: str, payload: object, correlation_id: str = "") -> str:
        """Publish a request; the correlation id of its answers."""
        self._asked += 1
        correlation_id = correlation_id or f"ask-{self._asked}-{time.monotonic_ns():x}"
        document = {"name": name, "correlationId": correlation_id, "payload": payload}
        self.board.publish(document, "requester")
        return correlation_id

    async def answer(self, correlation_id: str, seconds: float = 30) -> dict[str, Any]:
        """The payload of the first answer."""
        end = time.monotonic() + seconds
        while not (found := self.board.answers.get(correlation_id)):
            if time.monotonic() > end:
                raise TimeoutError(f"no answer to {correlation_id}")
            await asyncio.sleep(0.01)
        payload: dict[str, Any] = found[0]["payload"]
        return payload

    async def ask(self, name: str, payload: object, seconds: float = 30) -> dict[str, Any]:
        """Publish a request, and wait for its answer."""
        return await self.answer(self.send(name, payload), seconds)

    # -- HTTP -------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has left, or is to leave
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether another may follow."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rest = head.rstrip("\r\n").split("\r\n")
        fields = {
            k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in rest)
        }
        method, target, _ = first.split(" ")
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        url = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        try:
            if (method, url.path) == ("GET", f"{ROUTE}/stream"):
                await self._stream(self._listener(fields, query), writer, reader)
                return False
            status, document = 404, {"error": "no such route"}
            if (method, url.path) == ("POST", ROUTE):
                status, document = self._publish(fields, body)
        except _AnswerError as error:
            status, document = error.status, {"error": str(error)}
        except WrongError as error:
            status, document = 400, {"error": str(error)}
        content = json.dumps(document).encode()
        writer.write(
            f"HTTP/1.1 {status} {STATUS[status]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        await writer.drain()
        return True

    def _may(self, fields: dict[str, str], scope: str) -> str:
        """Whose token it is, if that has the scope."""
        try:
            claims = claims_of(fields.get("authorization", ""), self._secret)
        except TokenError as error:
            raise _AnswerError(401, str(error)) from error
        if scope not in str(claims.get("scope", "")).split():
            raise _AnswerError(403, f"the scope {scope} is missing")
        return str(claims.get("sub", ""))

    def _publish(self, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        owner = self._may(fields, "events:send")
        if len(body) > self.most:
            raise _AnswerError(413, "too large")
        try:
            document: object = json.loads(body)
        except ValueError as error:
            raise WrongError("no JSON") from error
        envelope = self.board.publish(document, owner)
        return 202, {"accepted": True, "id": envelope["id"], "name": envelope["name"]}

    def _listener(self, fields: dict[str, str], query: dict[str, str]) -> Listener:
        self._may(fields, "events:listen")
        name = check_name(query.get("name"))
        replay, follow = query.get("replay") == "true", query.get("follow") != "false"
        delivery = query.get("delivery", "broadcast")
        if delivery == "broadcast":
            return self.board.broadcast(name, replay=replay, follow=follow)
        if delivery != "unicast":
            raise WrongError(f"delivery: {delivery!r} is neither broadcast nor unicast")
        group = check_short("group", query.get("group", ""))
        consumer = check_short("consumer", query.get("consumer", "-"))
        return self.board.unicast(name, group, consumer, replay=replay, follow=follow)

    async def _stream(
        self, listener: Listener, writer: asyncio.StreamWriter, reader: asyncio.StreamReader
    ) -> None:
        line: bytes | None = None
        try:
            async with _until_left(reader):
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n"
                )
                await writer.drain()
                while (line := await listener.waiting.get()) is not None:
                    writer.write(b"%x\r\n%s\n\r\n" % (len(line) + 1, line))
                    await writer.drain()
                    given = self.board.given
                    given[listener.consumer] = given.get(listener.consumer, 0) + 1
                    line = None
                writer.write(b"0\r\n\r\n")
                await writer.drain()
        finally:
            self.board.leave(listener, line)


@asynccontextmanager
async def _until_left(reader: asyncio.StreamReader) -> AsyncGenerator[None]:
    """End what is in the block when the client closes its connection."""
    task = asyncio.current_task()
    assert task

    async def watch() -> None:
        with suppress(OSError):
            await reader.read(1)
        task.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()
