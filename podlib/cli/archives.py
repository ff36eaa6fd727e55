"""``checkpoint-inspect``: what is in the archive of a checkpoint."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .call import Command
from .streams import standard_input
from .tables import clean, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .call import Call
    from .parser import Parser


def _options(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the archive, also compressed; - is stdin")


def _inspect(call: Call) -> object:
    from podlib import read_checkpoint

    file = call.options.file
    return _plain(asdict(read_checkpoint(standard_input() if file == "-" else file)))


def _plain(value: Any) -> Any:  # noqa: ANN401 -- a document
    """With times as texts."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType] -- a document
    if isinstance(value, list):
        return [_plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType] -- a document
    return value.isoformat() if isinstance(value, datetime) else value


def _show(data: dict[str, Any]) -> str:
    return "".join(f"{clean(line)}\n" for line in _lines(data))


def _lines(data: dict[str, Any]) -> Iterator[str]:
    yield f"{data['name']} ({data['id'][:12]})"
    for key, title in _TITLES.items():
        if data[key]:
            yield f"  {title:<14}{_text(data[key])}"
    yield from _sizes(data["sizes"])
    for network in data["networks"]:
        addresses = ", ".join([*network["addresses"], network["mac_address"]])
        yield f"  {'network':<14}{network['name']} {network['interface']}: {addresses}"
    for mount in data["mounts"]:
        yield f"  {'mount':<14}{mount['destination']} {mount['type']} {mount['source']}"
    yield from _statistics(data["statistics"])
    yield from _processes(data["processes"])
    for name in data["deleted_files"]:
        yield f"  {'deleted':<14}{name}"
    for error in data["errors"]:
        yield f"  {'error':<14}{error}"


_TITLES = {
    "image": "image",
    "image_id": "image id",
    "command": "command",
    "engine": "engine",
    "runtime": "runtime",
    "criu_version": "CRIU",
    "created": "created",
    "checkpointed": "checkpointed",
}


def _text(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType] -- a list of texts


def _sizes(sizes: dict[str, Any]) -> Iterator[str]:
    for name in ("total", "checkpoint", "memory", "root_fs"):
        yield f"  {name.replace('_', ' '):<14}{size(sizes[name])}"
    for name, count in sizes["volumes"].items():
        yield f"  {'volume':<14}{name}: {size(count)}"


def _statistics(statistics: dict[str, Any] | None) -> Iterator[str]:
    for name, value in (statistics or {}).items():
        unit = " µs" if name.endswith("_time") or name == "irmap_resolve" else ""
        yield f"  {name:<26}{value}{unit}"


_DEEPEST = 30
"""Levels of the tree that are shown. An archive may claim 65,536, which would be gigabytes."""


def _processes(processes: list[dict[str, Any]]) -> Iterator[str]:
    if processes:
        yield "  processes"
    for each in processes:
        words = " ".join(each["command"]) or each["name"]
        threads = f" ({len(each['threads'])} threads)" if len(each["threads"]) > 1 else ""
        yield f"    {'  ' * min(each['depth'], _DEEPEST)}{each['pid']} {words}{threads}"


COMMANDS = {
    "checkpoint-inspect": Command(
        "what is in the archive of a checkpoint",
        _inspect,
        _show,
        _options,
        "  podlib checkpoint-inspect web.tar\n"
        "  podlib checkpoint-inspect web.tar.zst --output json\n\n"
        "No service is needed. The JSON has the processes' environments: treat it as a secret.",
    )
}
