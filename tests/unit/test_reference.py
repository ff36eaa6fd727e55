"""The reference pages: what the scripts make of docstrings, annotations and tables."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from scripts.reference import __main__ as script
from scripts.reference.index import commands
from scripts.reference.nouns import Nouns, served
from scripts.reference.text import first_sentence, inline, markdown, signature, table
from scripts.reference.types import Types
from scripts.sources import Flavour, operation_of, operations

if TYPE_CHECKING:
    from pathlib import Path

METHODS = Flavour("sync").methods
TYPES = Types()
PAGES = script.pages()


# -- completeness ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS, ids=lambda each: each.name)
def test_every_method_is_on_its_page(method: object) -> None:
    assert isinstance(method, type(METHODS[0]))
    page = PAGES[f"{method.noun or 'client'}.md"]
    assert f"\n## {method.node.name}\n" in page
    api = "/" if method.noun.startswith("docker") else "/libpod/"
    calls = (call.removeprefix("docker ") for call in method.names)
    assert all(f"{call.split()[0]} {api}" in page for call in calls)


def test_every_route_that_a_method_has_is_in_the_index() -> None:
    keys = {each.key: each for each in operations()}
    served = {operation_of(call, keys) for method in METHODS for call in method.names}
    table = PAGES["index.md"].partition("## From route to method")[2]
    assert [key for key in sorted(served) if f"| `{keys[key]}` |" not in table] == []


def test_every_type_has_a_place() -> None:
    for name, place in TYPES.links("models/").items():
        page, _, anchor = place.partition("#")
        assert anchor == name.lower()
        assert f"\n## {name}\n" in PAGES[page]


def test_options_and_filters_have_a_place() -> None:
    pages = "".join(text for name, text in PAGES.items() if not name.startswith("models/"))
    named = set(re.findall(r"Unpack\[(\w+)\]|(\w+Filters) \| None", pages))
    places = TYPES.links()
    assert [name for pair in sorted(named) for name in pair if name and name not in places] == []


def test_commands_lead_to_methods() -> None:
    known = {method.name for method in METHODS}
    named = {name for _, methods in commands() for name in methods}
    assert sorted(named - known) == []


def test_no_command_is_named_twice() -> None:
    names = [name for names, _ in commands() for name in names]
    assert len(names) == len(set(names))
    assert "pod create" in names


@pytest.mark.parametrize("method", METHODS, ids=lambda each: each.name)
def test_a_docstring_says_which_version_is_needed(method: object) -> None:
    """Where all that a method can do needs a newer version than the oldest."""
    assert isinstance(method, type(METHODS[0]))
    needed = {served(call) for call in method.sends}
    if len(needed) == 1 and needed != {"Podman 4.3 or newer"}:
        assert needed.pop() in " ".join(method.doc.split())


# -- docstrings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("doc", "wanted"),
    [
        ("Images. ``GET /libpod/images/json``.", "Images."),
        (
            "Say it.\n\n``GET /libpod/a``, ``POST /libpod/b?c=d``. More\nof it.",
            "Say it.\n\nMore of it.",
        ),
        (
            "``GET /libpod/a``. Podman 5.6 or newer. Raises NotFoundError.",
            "Raises `NotFoundError`.",
        ),
        ("See ``GET /libpod/a`` for more.", "See `GET /libpod/a` for more."),
        ("As :meth:`list`, :class:`podlib.models.Info`.", "As [`list`](#list), `Info`."),
        ("Some:\n\n- one\n  thing\n- two", "Some:\n\n- one thing\n\n- two"),
    ],
)
def test_docstrings_become_markdown(doc: str, wanted: str) -> None:
    assert markdown(doc, {"list": "#list"}) == wanted


@pytest.mark.parametrize(
    ("doc", "wanted"),
    [
        ("Images. ``GET /libpod/images/json``.", "Images"),
        ("Remove one: what was removed.\n\nMore.", "Remove one: what was removed"),
        ("Pull `a`. Then more.", "Pull `a`"),
        ("Podman 5.6 has e.g. this. And that.", "Podman 5.6 has e.g. this"),
    ],
)
def test_the_first_sentence(doc: str, wanted: str) -> None:
    assert first_sentence(doc) == wanted


def test_code_and_errors_in_a_line() -> None:
    assert inline("``a|b``: NotFoundError, `APIError`", {}) == "`a|b`: `NotFoundError`, `APIError`"


def test_cells_of_a_table() -> None:
    assert table(["a", ""], [["`x | y`", "z"]]) == "| a |  |\n| --- | --- |\n| `x \\| y` | z |"


# -- signatures and annotations ----------------------------------------------------------------


def function(source: str) -> ast.FunctionDef:
    [node] = ast.parse(source).body
    assert isinstance(node, ast.FunctionDef)
    return node


def test_a_short_signature_is_one_line() -> None:
    node = function("def f(self, a: models.Info, *, b: Literal['x'] = 'x', **c: int) -> None: ...")
    wanted = 'podman.f(a: Info, *, b: Literal["x"] = "x", **c: int) -> None'
    assert signature("podman.f", node, TYPES.plain) == wanted


def test_a_long_signature_has_a_line_for_each_parameter() -> None:
    node = function(f"def f(self, *{'a' * 30}: str, {'b' * 30}: int = 1, c: bool = False): ...")
    assert signature("f", node, TYPES.plain).splitlines() == [
        "f(",
        f"    *{'a' * 30}: str,",
        f"    {'b' * 30}: int = 1,",
        "    c: bool = False,",
        ")",
    ]


@pytest.mark.parametrize(
    ("annotation", "wanted"),
    [
        ("Listed[str]", "list[str]"),
        ("Dicted[Listed[HostPort]]", "dict[str, list[HostPort]]"),
        ("Annotated[Listed[str], wire('IDs')]", "list[str]"),
        ("Time", "datetime | None"),
        ("Nanoseconds", "float"),
        ("Texts | int", "str | Sequence[str] | int"),
        ("IfAsked[ContainerNamespaces]", "ContainerNamespaces | None"),
        ("Sequence[Body]", "Sequence[Body]"),
    ],
)
def test_annotations_are_plain(annotation: str, wanted: str) -> None:
    assert TYPES.plain(ast.parse(annotation, mode="eval").body) == wanted


def test_a_page_of_types() -> None:
    page = PAGES["models/containers.md"]
    assert "\n- **ports** ([`list[PortMapping]`](containers.md#portmapping))\n" in page
    assert "\n- **label!** (`str | Sequence[str]`)\n" in page
    assert "\n- **status** (`str`): Of the health check, such as `healthy`;" in page
    parts = PAGES["models/container_parts.md"]
    assert "\n- **name** (`str`, required)\n" in parts
    assert "\n- **mode** (`int`, default `0o444`): " in parts
    assert "\n- `Device.parse(text: str) -> Device`: From `HOST" in parts


def test_a_section_of_a_method() -> None:
    section = PAGES["containers.md"].partition("\n## restore\n")[2].partition("\n## ")[0]
    assert section.startswith("\n```py\npodman.containers.restore(\n    name: str,\n    *,\n")
    assert "\n- `POST /libpod/containers/{name}/restore`: Podman 4.3 or newer\n" in section
    assert "\n- `tcp_close`: Podman 5.7 or newer\n" in section
    assert "\n- Types: [RestoreReport](models/containers.md#restorereport)\n" in section
    logs = PAGES["containers.md"].partition("\n## logs\n")[2]
    assert ") -> ContextManager[Iterator[LogLine]]\n```\n" in logs.partition("\n## ")[0]
    wait = PAGES["containers.md"].partition("\n## wait\n")[2].partition("\n## ")[0]
    assert "\n- `Condition`: `configured`, `created`, " in wait


# -- the script --------------------------------------------------------------------------------


def test_an_example_of_no_method_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "images.md").write_text("## lists\n\n```python\n```\n")
    monkeypatch.setattr("scripts.reference.nouns.EXAMPLES", tmp_path)
    with pytest.raises(ValueError, match=r"examples of methods that are not there: lists"):
        dict(Nouns(TYPES).pages())


def test_examples_stand_below_their_method(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "images.md").write_text("Intro\n\n## list\n\n```python\n1\n```\n\n## tag\n\nText\n")
    monkeypatch.setattr("scripts.reference.nouns.EXAMPLES", tmp_path)
    page = dict(Nouns(TYPES).pages())["images.md"]
    assert "\n\n```python\n1\n```\n\n## inspect\n" in page
    assert "Intro" not in page


def test_the_script_writes_and_checks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    monkeypatch.setattr("sys.argv", ["reference"])
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "old.md").write_text("an old page")
    assert script.main() == 0
    assert script.there() == PAGES
    monkeypatch.setattr("sys.argv", ["reference", "--check"])
    assert script.main() == 0
    (tmp_path / "volumes.md").write_text("changed")
    assert script.main() == 1
    assert "volumes.md is not what the docstrings say" in capsys.readouterr().out
