"""What works of a service wherever it is, and servers of hosts that lead to one."""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest

from podlib.errors import ConnectError, TruncatedError
from tests.testbed import Relay, TestbedError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Generator, Iterator

    from podlib import AsyncPodman, Podman
    from podlib.models import Event
    from tests.testbed import Host

INPUT = b"podlib\n" * 100_000
DIGEST = hashlib.md5(INPUT, usedforsecurity=False).hexdigest().encode()
SAYING: dict[str, Any] = {
    "network": "none",
    "command": ["sh", "-c", "echo begin; while sleep 1; do :; done"],
}


HOME = ("--create-home", "--home-dir=/var/tmp/ann")  # all of /var/tmp is the host's own
USER = ("runuser", "-u", "ann", "--", "env", "HOME=/var/tmp/ann", "XDG_RUNTIME_DIR=/run/user/{uid}")


def ordinary_user(host: Host) -> list[str]:
    """Give the host an ordinary user, and the words that begin a command of hers."""
    if host.run("id", "ann", check=False).returncode:
        host.run("useradd", *HOME, "--shell=/bin/sh", "--password=*", "ann")
    uid = host.run("id", "-u", "ann").stdout.strip()
    host.run("install", "-d", "-m", "700", "-o", "ann", f"/run/user/{uid}")
    return [word.format(uid=uid) for word in USER]


def use(podman: Podman, image: str) -> str:
    """Bodies both ways, a log that is followed, a process whose input ends before its output.

    The container that is left runs.
    """
    with podman.images.save_stream(image) as blocks:
        assert image in podman.images.load(blocks).names
    box = podman.containers.create(image, **SAYING).id
    podman.containers.start(box)
    with podman.containers.logs(box, follow=True) as lines:
        assert next(iter(lines)).data == b"begin"
    with podman.containers.exec(box, ["md5sum"]) as session:
        assert session.communicate(INPUT).stdout.startswith(DIGEST)
    return box


async def use_with_asyncio(podman: AsyncPodman, image: str) -> None:
    """The same."""
    async with podman.images.save_stream(image) as blocks:
        assert image in (await podman.images.load(blocks)).names
    box = (await podman.containers.create(image, **SAYING)).id
    await podman.containers.start(box)
    async with podman.containers.logs(box, follow=True) as lines:
        assert (await anext(lines)).data == b"begin"
    async with podman.containers.exec(box, ["md5sum"]) as session:
        assert (await session.communicate(INPUT)).stdout.startswith(DIGEST)


class Server:
    """A server of a host, and the port of this machine that leads to it."""

    def __init__(self, host: Host, port: int, *words: str) -> None:
        self._host, self._port, self._words = host, port, words
        self._process: subprocess.Popen[bytes] | None = None
        self.relay = Relay(None, port, to=host)

    def __enter__(self) -> Self:
        self.start()
        self.relay.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.relay.__exit__()
        self.kill()

    @property
    def port(self) -> int:
        """That of this machine."""
        return self.relay.port

    def start(self) -> None:
        """Run it, until it listens."""
        log = f"server-{self._port}.log"
        self._process = self._host.start(log, *self._words)
        end = time.monotonic() + 20
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > end:
                raise TestbedError((self._host.folder / log).read_text())
            time.sleep(0.01)

    def _listens(self) -> bool:
        tables = self._host.run("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout
        return any(
            words[1].endswith(f":{self._port:04X}") and words[3] == "0A"
            for words in map(str.split, tables.splitlines())
            if len(words) > 3
        )

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._host.end(self._process)
            self._process = None


@contextmanager
def following(podman: Podman) -> Generator[Iterator[Event]]:
    """Events, of which one was there: from a time ago, for the first of now may be missed."""
    with podman.system.events(since=datetime.now(UTC) - timedelta(hours=1)) as events:
        next(iter(events))
        yield events


def survives_a_restart(podman: Podman, service: Server) -> None:
    """The service is killed while it streams, away for a call, and there again for the next."""
    podman.volumes.create(name="begin")
    with following(podman) as events:
        service.kill()
        with pytest.raises(TruncatedError):
            list(events)
    with pytest.raises((ConnectError, TruncatedError)):  # the relay accepts, and breaks off
        podman.volumes.exists("begin")
    service.start()
    assert podman.volumes.exists("begin")
