"""What serves until it is told to end: serve, bus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .call import Command, Ended, Items
from .failures import Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .call import Call
    from .parser import Parser

_LOOK = 2.0
"""Seconds between two looks whether the service is still there."""


def _serve_options(parser: Parser) -> None:
    add = parser.add_argument
    add("--root", metavar="DIR", help="where its store is (default: the user's own)")
    add("--runroot", metavar="DIR", help="where its store keeps what a restart clears")
    add("--auth-file", metavar="FILE", help="its credentials for registries")
    add("--tmpdir", metavar="DIR", help="for its temporary files")
    add("--podman", metavar="PROGRAM", default="podman", help="the program (default: podman)")
    add(
        "--option",
        action="append",
        default=[],
        metavar="OPTION",
        help="another global option of the program, such as --option=--storage-driver=vfs",
    )


def _serve(call: Call) -> object:
    return Items(_served(call))


def _served(call: Call) -> Iterator[dict[str, Any]]:
    from podlib import Podman

    options = call.options
    own = Podman.transient(
        root=options.root,
        runroot=options.runroot,
        auth_file=options.auth_file,
        tmpdir=options.tmpdir,
        podman=options.podman,
        options=options.option,
    )
    try:
        with own as podman:
            podman.request("GET", "_ping")
            yield {"socket": podman.socket, "version": podman.server_version}
            while True:
                time.sleep(_LOOK)
                podman.request("GET", "_ping")
    except Stopped:
        return  # that is how it ends


def _show_service(data: dict[str, Any]) -> str:
    return (
        f"export CONTAINER_HOST=unix://{data['socket']}  # Podman {data['version']}, until Ctrl-C"
    )


def _bus(call: Call) -> object:
    from podlib.bus.main import main

    given = call.options
    place = ["--socket", given.socket] if given.socket else []
    try:
        return Ended(main([*place, *given.words], "podlib bus"))
    except SystemExit as end:  # of its own parser of options
        return Ended(end.code if isinstance(end.code, int) else 1)


COMMANDS = {
    "serve": Command(
        "run a Podman service that ends with this command",
        _serve,
        _show_service,
        _serve_options,
        "  podlib serve\n  podlib serve --root /tmp/store --runroot /tmp/store-run",
    ),
    "bus": Command(
        "run containers for the events of a Bus Events API",
        _bus,
        own_words=-1,
        examples="  podlib bus --events-url https://bus.example.com\n  podlib bus --help",
    ),
}
