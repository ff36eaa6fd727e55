"""A first call, by either flavour."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import podlib

PING = (
    b"HTTP/1.1 200 OK\r\nLibpod-API-Version: 5.8.2\r\nApi-Version: 1.41\r\n"
    b"Content-Length: 2\r\n\r\nOK"
)
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Exists(Protocol):
    """Whether container ``web`` exists; keywords are the client's."""

    def __call__(self, url: str | None = None, **more: Any) -> bool: ...


def blocking(url: str | None = None, **more: Any) -> bool:
    with podlib.Podman(url, **more) as podman:
        return podman.containers.exists("web")


def with_asyncio(url: str | None = None, **more: Any) -> bool:
    async def exists() -> bool:
        async with podlib.AsyncPodman(url, **more) as podman:
            return await podman.containers.exists("web")

    return asyncio.run(exists())


def by_service(**more: Any) -> bool:
    with podlib.Podman.transient(**more) as podman:
        return podman.containers.exists("web")


def by_service_with_asyncio(**more: Any) -> bool:
    async def exists() -> bool:
        async with podlib.AsyncPodman.transient(**more) as podman:
            return await podman.containers.exists("web")

    return asyncio.run(exists())
