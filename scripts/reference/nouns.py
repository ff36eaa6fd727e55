"""The pages of the client and of its nouns: each method with routes, versions and an example."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, cast

from podlib import versions
from scripts.sources import ROOT, Flavour, Function, Method, route_key

from .text import first_sentence, inline, joined, markdown, paragraphs, signature, table
from .types import Types, aliases, documented, field_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXAMPLES = ROOT / "docs" / "reference" / "examples"
MOVING = (
    "migrate",
    "plan_migration",
    "migrate_project",
    "plan_project_migration",
    "migrate_pod",
    "plan_pod_migration",
    "recover_migration",
    "save_checkpoint",
    "load_checkpoint",
    "save_project",
    "load_project",
)
"""The functions beside the client."""
OWN_PAGES = {
    "Connection": "client.md#connection",
    "Credentials": "client.md#credentials",
    "ImageBuild": "runtime.md#imagebuild",
    "ProgressDisplay": "../pulling.md#a-display-for-people",
    "Session": "session.md",
}
"""The places of types that are not in podlib.models."""
LONGEST = 70
"""A closed set of values that is longer stands below the signature, not in it."""

_NAMED_ROUTE = re.compile(r"``([A-Z]+) (/[^`]+)``")
_HEADING = re.compile(r"^## (\w+)\n+", re.MULTILINE)
_CONTEXT = re.compile(r"-> (?:Generator|AbstractContextManager)\[(.*)\]$")


def served(operation: str) -> str:
    """Which versions have an operation: ``Podman 5.6 or newer``."""
    since = _short(versions.SINCE.get(operation, "4.3.0"))
    gone = versions.GONE.get(operation)
    return f"Podman {since} to before {_short(gone)}" if gone else f"Podman {since} or newer"


def _short(version: str) -> str:
    return version.removesuffix(".0")


class Nouns:
    """All pages of nouns, and that of the client itself."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._links = types.links("models/") | OWN_PAGES
        self.flavour = Flavour("sync")

    def summary(self, noun: str) -> str:
        """What a noun is, in a few words."""
        home = self.flavour.home(self.flavour.kind(noun))
        return inline(first_sentence(ast.get_docstring(home) or ""), self._links)

    def pages(self) -> Iterator[tuple[str, str]]:
        """The text of all pages, by their names."""
        yield "client.md", joined(self._client())
        for noun in self.flavour.nouns:
            yield f"{noun}.md", joined(self._page(noun))
        yield "session.md", joined(self._session())
        yield "runtime.md", joined(self._runtime())

    def _client(self) -> Iterator[str]:
        examples = _examples("client")
        kind = self.flavour.kind("")
        init = next(each for each in kind.body if isinstance(each, Function))
        yield "# The client"
        yield from self._section("podlib.Podman", init, ast.get_docstring(kind) or "", {})
        yield examples.pop("Podman", "")
        names = self.flavour.nouns
        yield table(
            ["noun", ""], ((f"[podman.{each}]({each}.md)", self.summary(each)) for each in names)
        )
        yield from self._methods([each for each in self.flavour.methods if not each.noun], examples)
        for name in MOVING:
            [node] = self.flavour.functions(name)
            doc = ast.get_docstring(node) or ""
            yield from self._section(f"podlib.{name}", node, doc, {"migrate": "#migrate"})
        yield from self._function("checkpoint_archive/reading.py", "read_checkpoint")
        yield from self._function("connection/order.py", "find_connections")
        yield from self._class("connection/found.py", "Connection")
        yield from self._class("credentials.py", "Credentials")
        yield "A method that is given none takes those of the user's auth files."
        module = ast.parse((ROOT / "podlib" / "credentials.py").read_text())
        yield markdown((ast.get_docstring(module) or "").split("\n\n", 2)[2], {})

    def _function(self, file: str, name: str) -> Iterator[str]:
        module = ast.parse((ROOT / "podlib" / file).read_text())
        functions = (each for each in module.body if isinstance(each, Function))
        node = next(each for each in functions if each.name == name)
        yield from self._section(f"podlib.{name}", node, ast.get_docstring(node) or "", {})

    def _class(self, file: str, name: str) -> Iterator[str]:
        module = ast.parse((ROOT / "podlib" / file).read_text())
        classes = (each for each in module.body if isinstance(each, ast.ClassDef))
        kind = next(each for each in classes if each.name == name)
        yield f"## {name}"
        yield f"`podlib.{name}`. {markdown(ast.get_docstring(kind) or '', {})}"
        fields = (
            (each, doc) for each, doc in documented(kind.body) if isinstance(each, ast.AnnAssign)
        )
        yield "\n".join(
            field_line(ast.unparse(each.target), ast.unparse(each.annotation), "", doc, {})
            for each, doc in fields
        )

    def _page(self, noun: str) -> Iterator[str]:
        yield f"# podman.{noun}\n\n{self.summary(noun)}."
        for text in paragraphs(ast.get_docstring(self.flavour.kind(noun)) or "")[1:]:
            yield inline(text, self._links)
        methods = [each for each in self.flavour.methods if each.noun == noun]
        yield from self._methods(methods, _examples(noun))

    def _session(self) -> Iterator[str]:
        yield "# Session"
        yield (
            "What `podman.containers.attach`, `podman.containers.exec` and `podman.exec.start` "
            "give to their `with` blocks; and those of `podman.docker`. "
            "[How to use it](../sessions.md)."
        )
        methods = self.flavour.methods_of("Session", "session")
        links = {each.node.name: f"#{each.node.name}" for each in methods}
        yield markdown(ast.get_docstring(self.flavour.kind("Session")) or "", links)
        yield from self._methods(methods, {})

    def _runtime(self) -> Iterator[str]:
        yield "# Runtime"
        yield "What an orchestrator holds of one service. [How to use it](../runtime.md)."
        init = self.flavour.function_of("Runtime", "__init__")
        doc = ast.get_docstring(self.flavour.kind("Runtime")) or ""
        yield from self._section("podlib.Runtime", init, doc, {})
        yield from self._methods(self.flavour.methods_of("Runtime", "runtime"), {})
        yield "## ImageBuild"
        yield markdown(ast.get_docstring(self.flavour.kind("ImageBuild")) or "", {})
        yield from self._methods(self.flavour.methods_of("ImageBuild", "build"), {})

    def _methods(self, methods: list[Method], examples: dict[str, str]) -> Iterator[str]:
        """A table of the methods, and a section for each."""
        links = {each.node.name: f"#{each.node.name}" for each in methods}
        rows = (
            (f"[{each.node.name}](#{each.node.name})", inline(first_sentence(each.doc), links))
            for each in methods
        )
        yield table(["method", ""], rows)
        for each in methods:
            known = each.noun in ("", *self.flavour.nouns)
            name = f"{_of(each.node)}.{each.name}" if known else each.name
            yield from self._section(name, each.node, each.doc, links, *_facts(each))
            yield examples.pop(each.node.name, "")
        if examples:
            raise ValueError(f"examples of methods that are not there: {', '.join(examples)}")

    def _section(
        self, name: str, function: Function, doc: str, links: Mapping[str, str], *facts: str
    ) -> Iterator[str]:
        """A function's heading and signature, what it is for, and the facts about it."""
        known = dict(aliases(self.flavour.home(function)))
        apart = {each: value for each, value in known.items() if _is_long_set(value)}
        inside = {each: value for each, value in known.items() if each not in apart}
        head = signature(name, function, lambda each: self._types.plain(each, inside))
        if "contextmanager" in map(ast.unparse, function.decorator_list):
            head = _CONTEXT.sub(r"-> ContextManager[\1]", head)
        if function.name == "__init__":
            head = head.replace("-> None", f"-> {name.rpartition('.')[2]}")
        yield f"## {name.rpartition('.')[2]}"
        yield f"```py\n{head}\n```"
        yield markdown(doc, {**self._links, **links})
        words = set(re.findall(r"\w+", head))
        sets = [_values(each, apart[each]) for each in sorted(words & apart.keys())]
        named = [f"[{each}]({self._links[each]})" for each in sorted(words & self._links.keys())]
        types = [f"- Types: {', '.join(named)}"] if named else []
        yield "\n".join([*facts, *sets, *types])


def _of(function: Function) -> str:
    return (
        "podlib.Podman" if "classmethod" in map(ast.unparse, function.decorator_list) else "podman"
    )


def _is_long_set(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return text.startswith("Literal[") and len(text) > LONGEST


def _values(name: str, literal: ast.expr) -> str:
    """``- `Condition`: `created`, `running` ``."""
    values = ast.literal_eval(cast("ast.Subscript", literal).slice)
    return f"- `{name}`: {', '.join(f'`{value}`' for value in values)}"


def _facts(method: Method) -> Iterator[str]:
    """The routes of a method, and the versions that have them and their parameters."""
    for verb, route in _NAMED_ROUTE.findall(method.doc):
        operation = route_key(verb, route.partition("?")[0])
        yield f"- `{verb} {route}`: {served(operation)}"
        for version, names in versions.PARAMETERS.get(operation, {}).items():
            passed = [name for wire in names.split() if (name := _parameter(method, wire))]
            if passed:
                shown = ", ".join(f"`{name}`" for name in passed)
                yield f"- {shown}: Podman {_short(version)} or newer"


def _parameter(method: Method, wire: str) -> str:
    """The parameter that a method sends by this name; "" if it sends none."""
    arguments = method.node.args
    own = {each.arg for each in arguments.args + arguments.kwonlyargs}
    sent: list[ast.expr] = []
    for node in (each for step in method.steps for each in ast.walk(step)):
        if isinstance(node, ast.keyword) and node.arg == wire:
            sent.append(node.value)
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            sent += [value for name, value in pairs if name and ast.unparse(name) == repr(wire)]
    names = (ast.unparse(each) for value in sent for each in ast.walk(value))
    return next((name for name in names if name in own), "")


def _examples(page: str) -> dict[str, str]:
    """The examples of a page, by the methods that they are for."""
    file = EXAMPLES / f"{page}.md"
    if not file.exists():
        return {}
    _, *parts = _HEADING.split(file.read_text())
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}
