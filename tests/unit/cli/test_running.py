"""What becomes of ``run`` when the service does not do what it should."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from podlib.cli.failures import CommandError
from podlib.cli.running import _Container, _Written
from podlib.errors import ConflictError, ConnectError, TimedOutError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from podlib import Podman, models


class Stuck:
    """A client whose service says nothing any more: of its container, and of its end."""

    def __init__(self, *, kill: Exception | None) -> None:
        self._kill = kill
        self._over = threading.Event()
        self.containers = self
        self.called: list[str] = []

    def with_timeouts(self, **_: object) -> Stuck:
        return self

    def create(self, *_: object, **options: Any) -> models.ContainerCreated:
        from podlib import models

        self.called.append(f"create {options['name']} {options['timeout']}")
        return models.decode(models.ContainerCreated, b'{"Id": "1", "Warnings": []}')

    @contextmanager
    def attach(self, _: str) -> Generator[Stuck]:
        yield self

    def start(self, _: str) -> None:
        self.called.append("start")

    def output(self) -> Iterator[models.Output]:
        assert self._over.wait(10)
        yield from ()

    def kill(self, _: str) -> None:
        self.called.append("kill")
        if self._kill is not None:
            raise self._kill
        self._over.set()

    def abort(self) -> None:
        self.called.append("abort")
        self._over.set()

    def exit_code(self) -> int:
        raise ConnectError("nothing answers")

    def remove(self, _: str, **options: object) -> None:
        self.called.append(f"remove {options}")


def ran(client: Stuck) -> _Container:
    container = _Container(cast("Podman", client), 0.05, remove=True)
    container.create("app", {"name": "test"})
    return container


def test_the_limit_of_a_container() -> None:
    client = Stuck(kill=None)
    container = ran(client)
    with pytest.raises(CommandError, match=r"exceeded timeout of 0[.]05s and was killed"):
        container.to_the_end(_Written(live=False))
    container.end()
    options = {"force": True, "volumes": True, "timeout": 0}
    assert client.called == ["create test 6", "start", "kill", f"remove {options}"]


def test_a_service_that_does_not_even_kill() -> None:
    client = Stuck(kill=TimedOutError("no answer", limit="total"))
    with pytest.raises(ConnectError, match="nothing answers"):
        ran(client).to_the_end(_Written(live=False))
    assert client.called[-2:] == ["kill", "abort"]


def test_a_container_that_ends_at_its_limit() -> None:
    """It was not killed, so it did not exceed it."""
    ended = ConflictError(409, "not running", cause="", method="POST", path="/kill")
    client = Stuck(kill=ended)
    threading.Timer(0.2, client._over.set).start()
    with pytest.raises(ConnectError, match="nothing answers"):  # it is asked for its exit code
        ran(client).to_the_end(_Written(live=False))
    assert client.called[-1] == "kill"
