"""The two flavours are the same, name by name; and the check that says so can fail."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

import podlib._async
import podlib._sync
from podlib.http import flow_async, flow_sync, unix_async, unix_sync

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def unasync() -> ModuleType:
    """scripts/unasync.py."""
    spec = importlib.util.spec_from_file_location("unasync", ROOT / "scripts" / "unasync.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names(package: ModuleType) -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def blocking_name(name: str) -> str:
    return re.sub(r"^(Abstract)?Async|^async_", r"\1", name)


def public(module: ModuleType) -> dict[str, Any]:
    """What a module defines itself, and shows."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }


def signature(call: Any) -> list[tuple[str, object, object, str]]:
    """Names, kinds, defaults and annotations, as the blocking flavour writes them."""
    return [
        (p.name, p.kind, p.default, _blocking(p.annotation))
        for p in inspect.signature(call).parameters.values()
    ]


def _blocking(annotation: object) -> str:
    return re.sub(r"(\b|(?<=Abstract))Async(?=[A-Z])", "", str(annotation))


TWINS = [
    (
        importlib.import_module(f"podlib._async.{name}"),
        importlib.import_module(f"podlib._sync.{name}"),
    )
    for name in names(podlib._async)
]


def test_every_module_has_its_twin() -> None:
    assert names(podlib._async) == names(podlib._sync)
    assert names(podlib._async)


@pytest.mark.parametrize(("ours", "twin"), TWINS, ids=lambda module: module.__name__)
def test_every_public_name_has_its_twin(ours: ModuleType, twin: ModuleType) -> None:
    there = {blocking_name(name): value for name, value in public(ours).items()}
    here = public(twin)
    assert there.keys() == here.keys()
    for name, value in there.items():
        if inspect.isclass(value):
            same_class(value, here[name])
        elif inspect.isfunction(value):
            assert signature(value) == signature(here[name]), name


def same_class(ours: type, twin: type) -> None:
    assert _members(ours).keys() == _members(twin).keys()
    for name, value in _members(ours).items():
        other = _members(twin)[name]
        assert type(value) is type(other), name
        if inspect.isfunction(value):
            assert signature(value) == signature(other), f"{ours.__name__}.{name}"


def _members(kind: type) -> dict[str, Any]:
    renamed = {"__aenter__": "__enter__", "__aexit__": "__exit__", "__aiter__": "__iter__"}
    return {
        renamed.get(name, name): value
        for name, value in vars(kind).items()
        if inspect.isfunction(value) or isinstance(value, property)
    }


@pytest.mark.parametrize(
    ("ours", "twin"),
    [
        (unix_async.AsyncResponse, unix_sync.Response),
        (unix_async.AsyncRawConnection, unix_sync.RawConnection),
        (unix_async.AsyncUnixClient, unix_sync.UnixClient),
    ],
)
def test_what_is_written_twice_has_the_same_face(ours: type, twin: type) -> None:
    faces = [
        {name: signature(call) for name, call in _members(kind).items() if name[0] != "_"}
        for kind in (ours, twin)
    ]
    assert faces[0] == faces[1]


def test_waiting_is_written_twice_too() -> None:
    assert signature(flow_async.uninterrupted) == signature(flow_sync.uninterrupted)


@pytest.mark.parametrize("twin", [twin for _, twin in TWINS], ids=lambda module: module.__name__)
def test_nothing_of_the_blocking_flavour_is_a_coroutine(twin: ModuleType) -> None:
    for value in public(twin).values():
        for name, call in inspect.getmembers(value, inspect.isfunction):
            assert not inspect.iscoroutinefunction(call), name
            assert not inspect.isasyncgenfunction(call), name


# -- the script ----------------------------------------------------------------------------------


def test_the_generated_trees_are_up_to_date(unasync: ModuleType) -> None:
    assert unasync.check() == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("async with a as b:", "with a as b:"),
        ("return await self._get(x)", "return self._get(x)"),
        ("class AsyncPodman(AsyncVerbs):", "class Podman(Verbs):"),
        ("async def __aenter__(self):", "def __enter__(self):"),
        (
            "from podlib.http.unix_async import AsyncResponse",
            "from podlib.http.unix_sync import Response",
        ),
        ("MyAsyncPodman", "MyAsyncPodman"),
    ],
)
def test_words_are_replaced_whole(unasync: ModuleType, text: str, wanted: str) -> None:
    assert unasync.convert(text)[0] == wanted


@pytest.fixture
def copy(unasync: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small tree of its own for the script, in order."""
    source = tmp_path / "one" / "_async"
    source.mkdir(parents=True)
    (source / "module.py").write_text(
        "from __future__ import annotations\n\n\nasync def call() -> int:\n    return 1\n"
    )
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    monkeypatch.setattr(unasync, "ROOT", tmp_path)
    monkeypatch.setattr(unasync, "TREES", {"one/_async": "one/_sync"})
    monkeypatch.setattr(unasync, "WORDS", {"async def": "def"})
    unasync.generate(tmp_path)
    assert unasync.check() == []
    return tmp_path / "one"


def test_the_check_finds_an_edited_file(unasync: ModuleType, copy: Path) -> None:
    with (copy / "_sync" / "module.py").open("a") as file:
        file.write("# appended\n")
    assert unasync.check() == ["one/_sync/module.py: differs from its source"]


def test_the_check_finds_an_orphan(unasync: ModuleType, copy: Path) -> None:
    (copy / "_sync" / "orphan.py").touch()
    assert unasync.check() == ["one/_sync/orphan.py: has no source"]


def test_the_check_finds_a_missing_file(unasync: ModuleType, copy: Path) -> None:
    (copy / "_async" / "new.py").write_text("async def call() -> None: ...\n")
    assert unasync.check() == ["one/_sync/new.py: is missing"]


def test_the_check_finds_a_leftover(unasync: ModuleType, copy: Path) -> None:
    (copy / "_async" / "module.py").write_text(
        "import asyncio\n\n\nasync def call() -> None: ...\n"
    )
    assert "one/_sync/module.py: 'asyncio' is left" in unasync.check()


def test_the_check_finds_an_unused_rule(
    unasync: ModuleType, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copy.exists()
    monkeypatch.setitem(cast("dict[str, str]", unasync.WORDS), "unused", "word")
    assert unasync.check() == ["rule 'unused' is used by nothing"]


def test_the_script_says_no_by_its_status(
    unasync: ModuleType,
    copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["unasync.py", "--check"])
    assert unasync.main() == 0
    (copy / "_sync" / "orphan.py").touch()
    assert unasync.main() == 1
    assert "orphan" in capsys.readouterr().out
