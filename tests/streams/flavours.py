"""Both clients behind one face, so that each test of a stream is written once."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from podlib import AsyncPodman, Podman

if TYPE_CHECKING:
    import threading
    from collections.abc import AsyncIterator, Callable, Generator, Iterator
    from contextlib import AbstractContextManager

    from .table import Call

PATIENCE = 20.0
"""Seconds until something that was to happen counts as failed."""


class Flavour(Protocol):
    """A client that opens streams."""

    def open(self, call: Call, **limits: float) -> AbstractContextManager[Iterator[Any]]: ...
    def ping(self) -> object: ...
    def pause(self, until: threading.Event) -> bool: ...
    def close(self) -> None: ...


class Blocking:
    """The blocking client."""

    def __init__(self, path: str) -> None:
        self._podman = Podman(path)

    @contextmanager
    def open(self, call: Call, **limits: float) -> Generator[Iterator[Any]]:
        """A stream, with limits."""
        with call.open(self._podman.with_timeouts(**limits)) as items:
            yield items

    def ping(self) -> object:
        """A plain call."""
        return self._podman.system.ping()

    def pause(self, until: threading.Event) -> bool:
        """Do nothing until something has happened; whether it has."""
        return until.wait(PATIENCE)

    def close(self) -> None:
        """Close the client."""
        self._podman.close()


class InAsyncio:
    """The asyncio client, each step run to its end on one event loop."""

    def __init__(self, path: str) -> None:
        self._runner = asyncio.Runner()
        self._podman = AsyncPodman(path)

    @contextmanager
    def open(self, call: Call, **limits: float) -> Generator[Iterator[Any]]:
        """A stream, with limits."""
        manager = call.open(self._podman.with_timeouts(**limits))
        items = self._runner.run(manager.__aenter__())
        try:
            yield self._driven(items)
        except BaseException as error:
            self._runner.run(manager.__aexit__(type(error), error, error.__traceback__))
            raise
        self._runner.run(manager.__aexit__(None, None, None))

    def _driven(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(items, None)

        while (item := self._runner.run(following())) is not None:
            yield item

    def ping(self) -> object:
        """A plain call."""
        return self._runner.run(self._podman.system.ping())

    def pause(self, until: threading.Event) -> bool:
        """Let the event loop run until something has happened; whether it has."""
        return self._runner.run(asyncio.to_thread(until.wait, PATIENCE))

    def close(self) -> None:
        """Close the client, and the event loop too."""
        self._runner.run(self._podman.close())
        self._runner.close()


FLAVOURS: dict[str, Callable[[str], Flavour]] = {"blocking": Blocking, "asyncio": InAsyncio}
