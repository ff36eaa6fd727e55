"""What the source says of itself: the nouns, their methods, and the routes that these call."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

ROOT = Path(__file__).resolve().parent.parent
FLAVOURS = {"sync": "_sync", "async": "_async"}
APIS = {"libpod": "podlib", "docker": "podlib/docker"}
"""Where the flavours of each are."""

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Words: TypeAlias = dict[str, list[str]]
"""The texts that names may stand for."""

_NAMED_ROUTE = re.compile(r"``([A-Z]+) (/[^`?]+)(?:\?[^`]*)?``")
_HOLE = re.compile(r"\{[a-z]*\}")
_METHOD_OF_VERB = {
    "_get": "GET",
    "_post": "POST",
    "_put": "PUT",
    "_delete": "DELETE",
    "_exists": "GET",
}
_VERBS = {*_METHOD_OF_VERB, "_unit", "_call", "_stream", "_lines", "_raw", "_request", "_response"}


@dataclass(frozen=True)
class Operation:
    """One operation of the API, as tests/api/operations.txt has it."""

    method: str
    route: str
    since: str
    gone: str = ""
    means: str = ""
    """The operation that this is another name of."""

    @property
    def key(self) -> str:
        """As podlib/versions.py names it: ``GET containers/{}/json``."""
        return route_key(self.method, self.route)

    @property
    def api(self) -> str:
        """Whose it is: ``libpod`` or ``docker``."""
        return "libpod" if self.route.startswith("/libpod/") else "docker"

    @property
    def described(self) -> bool:
        """Whether some server's description has it."""
        return self.since != "undescribed"

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def operations() -> list[Operation]:
    """All operations of both APIs, as tests/api/operations.txt lists them."""
    found: list[Operation] = []
    for line in table("operations.txt"):
        words, _, means = line.partition(" = ")
        method, route, since, *gone = words.split()
        found.append(Operation(method, route, since, "".join(gone), means))
    return found


def table(name: str) -> list[str]:
    """The lines of a table in tests/api."""
    lines = (ROOT / "tests" / "api" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def key(method: str, route: str) -> str:
    """``GET containers/{}/json``."""
    return f"{method} {_HOLE.sub('{}', route)}"


def route_key(method: str, route: str) -> str:
    """Likewise, from the whole route: ``docker GET containers/{}/json`` for Docker's."""
    if route.startswith("/libpod/"):
        return key(method, route.removeprefix("/libpod/"))
    return f"docker {key(method, route.removeprefix('/'))}"


def operation_of(call: str, keys: Collection[str]) -> str:
    """The key that a call such as ``POST containers/import/restore`` belongs to; "" if to none.

    A word may stand where the operation has a name.
    """
    if call in keys:
        return call
    patterns = ((each, re.escape(each).replace(r"\{\}", "[^/]+")) for each in keys)
    return next((each for each, pattern in patterns if re.fullmatch(pattern, call)), "")


@dataclass(frozen=True)
class Method:
    """A public method, or property, of a noun; of the client itself if ``noun`` is empty."""

    noun: str
    node: Function
    sends: frozenset[str] = field(repr=False)
    """What it sends, itself or through helpers, such as ``GET containers/{}/json``."""
    steps: tuple[Function, ...] = field(repr=False)
    """Itself and its helpers."""

    @property
    def name(self) -> str:
        """``containers.inspect``."""
        return f"{self.noun}.{self.node.name}" if self.noun else self.node.name

    @property
    def doc(self) -> str:
        """Its docstring."""
        return ast.get_docstring(self.node) or ""

    @property
    def names(self) -> list[str]:
        """What its docstring says that it sends."""
        return [route_key(method, route) for method, route in _NAMED_ROUTE.findall(self.doc)]


class Flavour:
    """The source of one flavour of the client."""

    def __init__(self, name: str) -> None:
        prefix = "Async" if name == "async" else ""
        self._client = f"{prefix}Podman"
        self._docker = f"{prefix}Docker"
        self._classes: dict[str, ast.ClassDef] = {}
        self._functions: dict[str, list[Function]] = {}
        self._homes: dict[ast.AST, ast.Module] = {}
        """The modules of classes and functions."""
        folders = (ROOT / folder / FLAVOURS[name] for folder in APIS.values())
        for file in (file for folder in folders for file in sorted(folder.glob("*.py"))):
            module = ast.parse(file.read_text())
            self._homes |= dict.fromkeys(ast.walk(module), module)
            for node in module.body:
                if isinstance(node, ast.ClassDef):
                    self._classes[node.name] = node
                elif isinstance(node, Function):
                    self._functions.setdefault(node.name, []).append(node)

    @cached_property
    def nouns(self) -> dict[str, str]:
        """The classes of the nouns, by the client's attribute, such as ``docker.images``."""
        docker = self._attributes(self._docker)
        return self._attributes(self._client) | {f"docker.{k}": v for k, v in docker.items()}

    def _attributes(self, kind: str) -> dict[str, str]:
        return {
            function.name: ast.unparse(function.returns)
            for function in self._members(kind).values()
            if function.returns and "cached_property" in map(ast.unparse, function.decorator_list)
        }

    @cached_property
    def methods(self) -> list[Method]:
        """All public methods: those of the client, then those of its nouns."""
        return [
            method
            for noun, kind in [("", self._client), *self.nouns.items()]
            for method in self.methods_of(kind, noun)
            if method.name not in self.nouns
        ]

    def methods_of(self, kind: str, noun: str) -> list[Method]:
        """The public methods of a class, which has this name for callers."""
        functions = self._members(kind).items()
        return [self._method(each, kind, noun) for name, each in functions if name[0] != "_"]

    def function_of(self, kind: str, name: str) -> Function:
        """A method of a class or of its bases, whatever its name."""
        return self._members(kind)[name]

    def _method(self, function: Function, kind: str, noun: str) -> Method:
        seen: dict[object, Function] = {}
        api = "docker " if noun.startswith("docker") else ""
        sends = frozenset(api + each for each in self._sends(function, kind, seen))
        return Method(noun, function, sends, tuple(dict.fromkeys(seen.values())))

    def functions(self, name: str) -> list[Function]:
        """The functions of that name at the top of a module."""
        return self._functions[name]

    def home(self, node: ast.AST) -> ast.Module:
        """The module of a class or function; an empty one for what both flavours share."""
        return self._homes.get(node) or ast.Module([], [])

    def kind(self, noun: str) -> ast.ClassDef:
        """The class of a noun; that of the client for "", or any class by its name."""
        return self._classes[self.nouns.get(noun, noun) or self._client]

    def _members(self, kind: str) -> dict[str, Function]:
        """The functions of a class and then, but for the verbs, of its bases."""
        node = self._classes[kind]
        found = {each.name: each for each in node.body if isinstance(each, Function)}
        for base in map(ast.unparse, node.bases):
            if base in self._classes and not base.endswith("Verbs"):
                found = found | {k: v for k, v in self._members(base).items() if k not in found}
        return found

    def _sends(
        self,
        function: Function,
        kind: str,
        seen: dict[object, Function],
        given: Words | None = None,
    ) -> Iterator[str]:
        """What a function of the class ``kind`` sends: its verbs, and those of its helpers.

        ``given`` are the texts that its parameters have.
        """
        given = given or {}
        state = (function, *sorted((name, *texts) for name, texts in given.items()))
        if state in seen:
            return
        seen[state] = function
        words = _assigned(function) | given
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                yield from _sent(node, words)
                for helper, owner in self._helpers(node.func, kind):
                    yield from self._sends(helper, owner, seen, _passed(node, helper, words))
            else:
                for helper, owner in self._helpers(node, kind):
                    yield from self._sends(helper, owner, seen)

    def _helpers(self, node: ast.AST, kind: str) -> list[tuple[Function, str]]:
        """The functions that a name stands for: of the own class, private ones, those of modules.

        A helper class may do all that its methods do.
        """
        if not isinstance(node, ast.Name | ast.Attribute):
            return []
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self" and kind:
            own = self._members(kind).get(name)
            return [(own, kind)] if own else []
        if name.startswith("_"):
            owned = [(self._members(each).get(name), each) for each in self._classes]
            found = [(each, owner) for each, owner in owned if each]
        elif name in self._classes and name not in self.nouns.values():
            found = [(each, name) for each in self._members(name).values()]
        else:
            found = []
        return found + [(each, "") for each in self._functions.get(name, [])]


def _sent(call: ast.Call, words: Words) -> Iterator[str]:
    """The method and route of a verb's call, where they are known."""
    verb = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if verb not in _VERBS:
        return
    found = [word for argument in call.args[:3] for word in _words(argument, words)]
    methods = [word for word in found if word.isupper()] or [_METHOD_OF_VERB.get(verb, "")]
    for method in methods:
        yield from (key(method, word) for word in found if not word.isupper())


def _words(node: ast.expr, known: Words) -> list[str]:
    """The texts that an expression may have."""
    if isinstance(node, ast.IfExp):
        return _words(node.body, known) + _words(node.orelse, known)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return known.get(node.id, []) if isinstance(node, ast.Name) else []


def _assigned(function: Function) -> Words:
    """The texts of a function's own variables."""
    return {
        ast.unparse(target): words
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if (words := _words(node.value, {}))
    }


def _passed(call: ast.Call, function: Function, known: Words) -> Words:
    """The texts that a call passes to a helper, by its parameters."""
    names = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
    passed = [*zip(names, call.args, strict=False)]
    passed += [(each.arg, each.value) for each in call.keywords if each.arg]
    return {name: words for name, value in passed if (words := _words(value, known))}
