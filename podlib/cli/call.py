"""What a command gets, and what it gives."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from .failures import UsageError
from .streams import STDERR, is_terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from podlib import Podman, ProgressDisplay

    from .parser import Parser
    from .tables import Table


class Ended(NamedTuple):
    """A command that has shown all by itself; its exit status."""

    status: int = 0


class Items(NamedTuple):
    """What comes one after the other: a document or a text for each."""

    items: Iterator[Any]


class Command(NamedTuple):
    """A command: what it does, what it takes, and how its data looks to a person."""

    summary: str
    run: Callable[[Call], object]
    """Its data, ``Items`` or ``Ended``."""
    show: Callable[[Any], str | Table] = str
    """Data, or an item, as text or as a table."""
    options: Callable[[Parser], None] | None = None
    examples: str = ""
    own_words: int | None = None
    """What follows so many positional arguments is the command of a container."""
    always_text: bool = False
    """It is what people and shells read, unless JSON is asked for."""


class Call:
    """A command as it is called: its ``options``, and the services that it speaks to."""

    def __init__(self, options: argparse.Namespace, *, json: bool) -> None:
        self.options = options
        self.json = json
        """Whether the result is a JSON document."""
        self._open = ExitStack()
        self._podman: Podman | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def podman(self) -> Podman:
        """The service that the options name, or that podlib finds."""
        if self._podman is None:
            socket, connection = self.options.socket, self.options.connection
            if socket is not None and connection is not None:
                raise UsageError("--socket and --connection: one of both says where the service is")
            if socket is None and connection is None:
                socket = os.environ.get("PODMAN_SOCKET_PATH") or None
            self._podman = self._service(socket, connection)
        return self._podman

    def other(self, place: str) -> Podman:
        """Another service: a path, a URI, or the name of a connection."""
        return self._service(place, None) if "/" in place else self._service(None, place)

    def _service(self, url: str | None, connection: str | None) -> Podman:
        from podlib import Podman

        transient = self.options.transient
        return self._open.enter_context(Podman(url, connection=connection, transient=transient))

    def get(self, route: str, *names: str, **query: object) -> Any:  # noqa: ANN401 -- JSON is anything
        """The JSON that the service answers, as it is: without models, which take their time."""
        return self.ask("GET", route, *names, **query)

    def ask(self, method: str, route: str, *names: str, **query: object) -> Any:  # noqa: ANN401 -- likewise
        """Likewise, with another method."""
        import json

        return json.loads(self.podman.request(method, route, *names, query=query).body)

    def display(self) -> ProgressDisplay | None:
        """What shows progress; None where no person sees it."""
        if not is_terminal(STDERR):
            return None
        from podlib import ProgressDisplay

        return self._open.enter_context(ProgressDisplay())
