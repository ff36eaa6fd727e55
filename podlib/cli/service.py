"""Commands about the service: version, ping, info."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .call import Command
from .documents import shown
from .templates import filled

if TYPE_CHECKING:
    from .call import Call
    from .parser import Parser

INFO_NAMES = {"cgroupsversion": "cgroupVersion"}
"""What ``podman info --format`` calls otherwise than the wire, but for upper case."""


def _version(call: Call) -> object:
    return call.get("version")["Version"]


def _ping(call: Call) -> object:
    call.podman.request("GET", "_ping")
    return "Pong"


def _info_options(parser: Parser) -> None:
    parser.add_argument("--format", metavar="TEMPLATE", help="a text with paths: {{.Host.Arch}}")


def _info(call: Call) -> object:
    info = call.get("info")
    template = call.options.format
    return info if template is None else filled(template, info, aliases=INFO_NAMES)


COMMANDS = {
    "version": Command(
        "the version of the Podman service",
        _version,
        examples="  podlib version\n  podlib --socket /run/podman/podman.sock version",
    ),
    "ping": Command("whether the service answers", _ping, examples="  podlib ping"),
    "info": Command(
        "what the service knows of its host, its storage and itself",
        _info,
        shown,
        _info_options,
        "  podlib info\n  podlib info --format '{{.Host.Arch}} {{.Version.OsArch}}'",
    ),
}
