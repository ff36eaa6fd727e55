"""From docstrings and annotations to Markdown."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from scripts.sources import Function

WIDTH = 88
"""Of a signature in one line."""

_ROUTE = r"``[A-Z]+ /libpod/[^`]*``"
_ROUTES = re.compile(rf"(?:^|(?<=[.?!] )){_ROUTE}(?:(?:, | and |, and ){_ROUTE})*\.(?: |$)")
_SINCE = re.compile(r"(?:^|(?<=\. ))Podman \d[\d.]* or newer\.(?: |$)")
_ROLE = re.compile(r":[a-z]+:`~?(?P<target>[\w.]+)`")
_ERROR = re.compile(r"(?<![`\w.])([A-Z]\w*Error)\b(?![`\w])")
_SENTENCE = re.compile(r"(?<=[\w`)\]]{2})\. (?=[A-Z`])")


def paragraphs(doc: str) -> list[str]:
    """A docstring's paragraphs, one line each, without what is said of routes and versions."""
    lines = (" ".join(each.split()) for each in re.split(r"\n\s*\n|\n(?=- )", doc))
    texts = (_SINCE.sub("", _ROUTES.sub("", line)).strip() for line in lines)
    return [text for text in texts if text]


def markdown(doc: str, links: Mapping[str, str]) -> str:
    """A docstring as Markdown. ``links`` are the places of the names that it may refer to."""
    return "\n\n".join(inline(each, links) for each in paragraphs(doc))


def first_sentence(doc: str) -> str:
    """What something is for."""
    return _SENTENCE.split(paragraphs(doc)[0])[0].rstrip(".") if doc else ""


def inline(text: str, links: Mapping[str, str]) -> str:
    """One paragraph as Markdown."""

    def linked(match: re.Match[str]) -> str:
        name = match["target"].rpartition(".")[2]
        return f"[`{name}`]({links[name]})" if name in links else f"`{name}`"

    text = _ROLE.sub(linked, text)
    return _ERROR.sub(r"`\1`", text.replace("``", "`"))


def code(node: ast.expr) -> str:
    """An expression as this project writes it: double quotes, and no module's name."""
    text = re.sub(r"'([^'\"]*)'", r'"\1"', ast.unparse(node))
    return re.sub(r"\bmodels\.(?=[A-Z])", "", text)


def signature(name: str, function: Function, plain: Callable[[ast.expr], str]) -> str:
    """How a function is called: in one line if that is short enough, else a line a parameter."""
    if function.returns and "property" in map(ast.unparse, function.decorator_list):
        return f"{name}: {plain(function.returns)}"
    given = list(_parameters(function.args, plain))
    tail = f" -> {plain(function.returns)}" if function.returns else ""
    line = f"{name}({', '.join(given)}){tail}"
    if len(line) <= WIDTH or not given:
        return line
    return "\n".join([f"{name}(", *(f"    {each}," for each in given), f"){tail}"])


def _parameters(arguments: ast.arguments, plain: Callable[[ast.expr], str]) -> Iterator[str]:
    positional = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    for argument, default in zip(positional, defaults, strict=True):
        if argument.arg not in ("self", "cls"):
            yield _parameter(argument, default, plain)
    if arguments.vararg:
        yield f"*{_parameter(arguments.vararg, None, plain)}"
    elif arguments.kwonlyargs:
        yield "*"
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(argument, default, plain)
    if arguments.kwarg:
        yield f"**{_parameter(arguments.kwarg, None, plain)}"


def _parameter(
    argument: ast.arg, default: ast.expr | None, plain: Callable[[ast.expr], str]
) -> str:
    kind = f": {plain(argument.annotation)}" if argument.annotation else ""
    return f"{argument.arg}{kind}" + (f" = {code(default)}" if default else "")


def joined(parts: Iterable[str]) -> str:
    """A page of these parts."""
    return re.sub(r"\n{3,}", "\n\n", "\n\n".join(part for part in parts if part)) + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table."""
    titles = list(heads)
    lines = [titles, ["---"] * len(titles), *map(list, rows)]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
