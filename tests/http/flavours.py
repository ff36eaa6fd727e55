"""The blocking client and the asyncio client behind one face, so that each test is written once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias, TypeVar

from podlib.http.unix_async import AsyncRawConnection, AsyncResponse, AsyncUnixClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence

    from podlib.http.common import Reply, Timeouts
    from podlib.http.unix_sync import Body as Given
    from podlib.http.wire import Head

    Body: TypeAlias = Given | None
    Fields: TypeAlias = Sequence[tuple[str, str]]

T = TypeVar("T")


class Answer(Protocol):
    """An answer whose body is still to be read."""

    status: int
    head: Head

    def iter_bytes(self) -> Iterator[bytes]: ...
    def iter_pieces(self) -> Iterator[list[memoryview]]: ...
    def read(self) -> bytes: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


class Raw(Protocol):
    """A bare connection."""

    def receive(self, size: int = ...) -> bytes: ...
    def send(self, data: bytes) -> None: ...
    def close_write(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


class Client(Protocol):
    """What both clients do."""

    def request(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: Body = None,
        timeouts: Timeouts | None = None,
    ) -> Reply: ...
    def stream(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: Body = None,
        timeouts: Timeouts | None = None,
    ) -> Answer: ...
    def upgrade(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> Raw | Answer: ...
    def close(self) -> None: ...


class DrivenClient:
    """The asyncio client, each call run to its end on one event loop."""

    def __init__(self, path: str, timeouts: Timeouts | None = None) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncUnixClient(path, timeouts)

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(call)

    def request(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: Body = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        return self.run(self._client.request(method, target, fields, body, timeouts))

    def stream(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: Body = None,
        timeouts: Timeouts | None = None,
    ) -> DrivenAnswer:
        response = self.run(self._client.stream(method, target, fields, body, timeouts))
        return DrivenAnswer(self, response)

    def upgrade(
        self,
        method: str,
        target: str,
        fields: Fields = (),
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> DrivenRaw | DrivenAnswer:
        answer = self.run(self._client.upgrade(method, target, fields, body, timeouts))
        if isinstance(answer, AsyncRawConnection):
            return DrivenRaw(self, answer)
        return DrivenAnswer(self, answer)

    def close(self) -> None:
        self.run(self._client.close())

    def end(self) -> None:
        """Close, and the event loop too."""
        self.close()
        self._runner.close()


class DrivenAnswer:
    """An AsyncResponse, driven."""

    def __init__(self, client: DrivenClient, response: AsyncResponse) -> None:
        self._client = client
        self._response = response
        self.status = response.status
        self.head = response.head

    def iter_bytes(self) -> Iterator[bytes]:
        return self._drive(self._response.iter_bytes())

    def iter_pieces(self) -> Iterator[list[memoryview]]:
        return self._drive(self._response.iter_pieces())

    def _drive(self, blocks: AsyncIterator[T]) -> Iterator[T]:
        async def following() -> T | None:
            return await anext(blocks, None)

        while (block := self._client.run(following())) is not None:
            yield block

    def read(self) -> bytes:
        return self._client.run(self._response.read())

    def close(self) -> None:
        self._client.run(self._response.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class DrivenRaw:
    """An AsyncRawConnection, driven."""

    def __init__(self, client: DrivenClient, raw: AsyncRawConnection) -> None:
        self._client = client
        self._raw = raw

    def receive(self, size: int = 65_536) -> bytes:
        return self._client.run(self._raw.receive(size))

    def send(self, data: bytes) -> None:
        self._client.run(self._raw.send(data))

    def close_write(self) -> None:
        self._client.run(self._raw.close_write())

    def close(self) -> None:
        self._client.run(self._raw.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
