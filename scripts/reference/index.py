"""The page that leads to all others: by noun, by route, and by podman's own commands."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.sources import operation_of, operations

from .nouns import served
from .text import joined, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.sources import Method

    from .nouns import Nouns

COMMANDS = Path(__file__).parent / "commands.txt"

INTRODUCTION = Path(__file__).parent / "introduction.md"


def commands() -> Iterator[tuple[list[str], list[str]]]:
    """Podman's commands, each by all its names, with the methods that do the same."""
    for line in COMMANDS.read_text().splitlines():
        if line and not line.startswith("#"):
            names, _, methods = line.partition(" = ")
            yield names.split(", "), [] if methods == "-" else methods.split()


def index(nouns: Nouns) -> str:
    """The page."""
    methods = nouns.flavour.methods
    pages = [
        (
            "[podlib.Podman](client.md)",
            "The client itself; migrations and checkpoints; `Connection`, `Credentials`",
        )
    ]
    pages += [(f"[podman.{noun}]({noun}.md)", nouns.summary(noun)) for noun in nouns.flavour.nouns]
    pages += [("[Session](session.md)", "What `attach` and `exec` give: a process's streams")]
    pages += [("[podlib.Runtime](runtime.md)", "What an orchestrator holds of one service")]
    pages += [("[podlib.models](models/index.md)", "What methods answer and take")]
    return joined(
        [
            INTRODUCTION.read_text().strip(),
            table(["page", ""], pages),
            "## From command to method",
            table(["command", "podlib"], _by_command({each.name: each for each in methods})),
            f"These do their work without a service, or no service offers them: {_without()}.",
            "## From route to method",
            table(["route", "podlib", "versions"], _by_route(methods)),
        ]
    )


def _by_command(methods: dict[str, Method]) -> Iterator[tuple[str, str]]:
    for names, found in commands():
        if found:
            shown = ", ".join(f"`podman {name}`" for name in names)
            yield shown, ", ".join(_link(methods[name]) for name in found)


def _without() -> str:
    return ", ".join(f"`{name}`" for names, methods in commands() if not methods for name in names)


def _by_route(methods: list[Method]) -> Iterator[tuple[str, str, str]]:
    known = operations()
    keys = [each.key for each in known]
    by_operation: defaultdict[str, list[str]] = defaultdict(list)
    for method in methods:
        for operation in dict.fromkeys(operation_of(call, keys) for call in method.names):
            by_operation[operation].append(_link(method))
    for each in known:
        meant = next((other for other in known if str(other) == each.means), each)
        if found := by_operation[meant.key]:
            shown = served(each.key) if meant is each else f"see `{meant}`"
            yield f"`{each}`", ", ".join(found), shown


def _link(method: Method) -> str:
    page = f"{method.noun or 'client'}.md"
    return f"[podman.{method.name}]({page}#{method.node.name})"
