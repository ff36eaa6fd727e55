"""The pages of podlib.models: every public type with its fields."""

from __future__ import annotations

import ast
import copy
import re
from typing import TYPE_CHECKING, TypeAlias, cast

from podlib import models
from scripts.sources import ROOT, Function

from .text import code, first_sentence, inline, joined, markdown, signature, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FOLDER = ROOT / "podlib" / "models"
Definition: TypeAlias = ast.ClassDef | ast.Assign | ast.AnnAssign
INTERNAL = {"wire", "notation", "from_headers"}
"""Methods of types that are podlib's own business."""
OPAQUE = {"Body", "Readable", "Writer"}
"""Aliases that the index explains in words."""
_ROOTS = {"Model", "PascalModel", "CamelModel", "Part", "TypedDict"}


class Types:
    """All public types: where they are told of, what they have, what their aliases stand for."""

    def __init__(self) -> None:
        self._docs: dict[str, str] = {}
        """The docstrings of modules and types."""
        self._homes = {
            name: module
            for module, names in models._MODULES.items()
            for name in names
            if name[0].isupper()
        }
        self._nodes: dict[str, Definition] = {}
        self._sources: dict[ast.AST, str] = {}
        self._aliases: dict[str, ast.expr] = {"AwareDatetime": ast.Name("datetime")}
        for path in sorted(FOLDER.glob("*.py")):
            self._read(path)
        for name in self._only_bases():
            self._homes.pop(name, None)  # what has them tells all that they have

    def _read(self, path: Path) -> None:
        text = path.read_text()
        tree = ast.parse(text)
        self._aliases |= dict(aliases(tree))
        self._docs[path.stem] = ast.get_docstring(tree) or ""
        self._sources |= dict.fromkeys(ast.walk(tree), text)
        for node, doc in documented(tree.body):
            if isinstance(node, ast.ClassDef):
                self._nodes[node.name] = node
                self._docs[node.name] = ast.get_docstring(node) or ""
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
                self._nodes[name] = node
                self._docs[name] = doc

    def _only_bases(self) -> set[str]:
        """The TypedDicts that others are made of."""
        classes = [node for node in self._nodes.values() if isinstance(node, ast.ClassDef)]
        return {
            base
            for node in classes
            if node.name in self._homes and "TypedDict" in self._roots(node)
            for base in self._bases(node)
        }

    def links(self, folder: str = "") -> dict[str, str]:
        """The place of each type, from a page that has those of the types in ``folder``."""
        return {
            name: f"{folder}{module.lstrip('_')}.md#{name.lower()}"
            for name, module in self._homes.items()
        }

    def plain(self, node: ast.expr, more: Mapping[str, ast.expr] | None = None) -> str:
        """An annotation without aliases and metadata: ``Listed[str]`` is ``list[str]``."""
        known = self._aliases | dict(more or {})
        return code(_Plain(known).visit(copy.deepcopy(node)))

    def pages(self) -> Iterator[tuple[str, str]]:
        """The text of all pages, by their names."""
        for module in sorted(set(self._homes.values())):
            yield f"models/{module.lstrip('_')}.md", self._page(module)
        yield "models/index.md", self._index()

    def _index(self) -> str:
        links = self.links()
        rows = (
            (f"[{name}]({links[name]})", inline(first_sentence(self._docs[name]), links))
            for name in sorted(self._homes)
        )
        return f"# Types\n\nAll of `podlib.models`.\n\n{table(['type', ''], rows)}\n"

    def _page(self, module: str) -> str:
        links = self.links()
        own = [name for name, home in self._homes.items() if home == module]
        parts = [f"# Types: {module.lstrip('_').replace('_', ' ')}"]
        parts += [f"{inline(first_sentence(self._docs[module]), links)}."]
        for name in sorted(own, key=lambda name: self._nodes[name].lineno):
            parts += [f"## {name}", markdown(self._docs[name], links)]
            parts += ["\n".join([*self._fields(name, links), *self._methods(name, links)])]
        return joined(parts)

    def _fields(self, name: str, links: Mapping[str, str]) -> Iterator[str]:
        """A line for each field; those of the bases first."""
        node = self._nodes[name]
        if not isinstance(node, ast.ClassDef):
            yield from self._of_alias(name, node, links)
            return
        roots = self._roots(node)
        for base in self._bases(node):
            if "TypedDict" in roots:
                yield f"\n{inline(first_sentence(self._docs[base]), links)}:\n"
            yield from self._fields(base, links)
        own = [
            field_line(
                ast.unparse(field.target),
                self.plain(field.annotation),
                self._default(field) if "Part" in roots else "",
                doc,
                links,
            )
            for field, doc in documented(node.body)
            if isinstance(field, ast.AnnAssign)
        ]
        if own and "TypedDict" in roots and self._bases(node):
            yield "\nAnd:\n"
        yield from own

    def _default(self, field: ast.AnnAssign) -> str:
        """What is said of a field's default; nothing of those that are the type's zero."""
        if field.value is None:
            return ", required"
        default = ast.get_source_segment(self._sources[field], field.value) or ""
        return "" if _ZERO.fullmatch(default) else f", default `{default}`"

    def _of_alias(self, name: str, node: Definition, links: Mapping[str, str]) -> Iterator[str]:
        """The keys of a TypedDict that is made by a call, or what an alias stands for."""
        if name in self._aliases:
            yield f"`{self.plain(self._aliases[name])}`"
            return
        made = cast("ast.Call", cast("ast.Assign", node).value)
        fields = cast("ast.Dict", made.args[1])
        for key, value in zip(fields.keys, fields.values, strict=True):
            text = str(ast.literal_eval(cast("ast.Constant", key)))
            yield field_line(text, self.plain(value), "", "", links)

    def _bases(self, node: ast.ClassDef) -> list[str]:
        return [
            base
            for each in node.bases
            if (base := ast.unparse(each)) in self._nodes and base not in _ROOTS
        ]

    def _roots(self, node: ast.ClassDef) -> set[str]:
        """The bases at the end of all."""
        found = {ast.unparse(each) for each in node.bases}
        for base in self._bases(node):
            if isinstance(above := self._nodes[base], ast.ClassDef):
                found |= self._roots(above)
        return found

    def _methods(self, name: str, links: Mapping[str, str]) -> Iterator[str]:
        """A line for each public method."""
        node = self._nodes[name]
        for each in node.body if isinstance(node, ast.ClassDef) else ():
            if (
                isinstance(each, Function)
                and not each.name.startswith("_")
                and each.name not in INTERNAL
            ):
                head = signature(f"{name}.{each.name}", each, self.plain).replace("Self", name)
                doc = inline(" ".join((ast.get_docstring(each) or "").split()), links)
                yield f"- `{head}`: {doc}"


def documented(body: Iterable[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Each statement with the text that follows it."""
    statements = list(body)
    for node, after in zip(statements, [*statements[1:], None], strict=True):
        text = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            text = " ".join(str(after.value.value).split())
        yield node, text


def aliases(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """The aliases of types that a module defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            text = node.value.value if isinstance(node.value, ast.Constant) else node.value
            value = ast.parse(text, mode="eval").body if isinstance(text, str) else text
            yield ast.unparse(node.target), cast("ast.expr", value)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript | ast.BinOp):
            name = ast.unparse(node.targets[0])
            if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name):
                yield name, node.value


_ZERO = re.compile(r'""|0|None|\(\)|EMPTY_\w+|Field\(.*\)|field\(.*\)')


def field_line(name: str, kind: str, usual: str, doc: str, links: Mapping[str, str]) -> str:
    """What is told of one field."""
    known = [each for each in re.findall(r"\w+", kind) if each in links]
    shown = f"[`{kind}`]({links[known[0]]})" if known else f"`{kind}`"
    return f"- **{name}** ({shown}{usual})" + (f": {inline(doc, links)}" if doc else "")


class _Plain(ast.NodeTransformer):
    """Puts what they stand for in place of aliases, and leaves metadata out."""

    def __init__(self, known: Mapping[str, ast.expr]) -> None:
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """An alias."""
        if node.id in self._known and node.id not in OPAQUE:
            return self._visited(copy.deepcopy(self._known[node.id]))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """An alias with a parameter, or metadata."""
        name = ast.unparse(node.value)
        if name == "Annotated" and isinstance(node.slice, ast.Tuple):
            return self._visited(node.slice.elts[0])
        if name in self._known:
            inner = {**self._known, "T": self._visited(node.slice)}
            return _Plain(inner)._visited(copy.deepcopy(self._known[name]))
        if name == "Literal":
            return node
        return self._visited_inside(node)

    def _visited(self, node: ast.expr) -> ast.expr:
        visited: ast.expr = self.visit(node)
        return visited

    def _visited_inside(self, node: ast.expr) -> ast.expr:
        self.generic_visit(node)
        return node
