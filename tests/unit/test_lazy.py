"""What an import costs: nothing that a call does not need."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import podlib
import podlib.http
import podlib.models

if TYPE_CHECKING:
    from types import ModuleType

HEAVY = {
    *("pydantic", "httpx", "asyncio", "requests", "requests_unixsocket", "rich", "ssl"),
    *("tomllib", "urllib3", "docker"),
}

SERVER = """
import socket, tempfile, threading
path = tempfile.mkdtemp() + "/s"
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()
PING = b"HTTP/1.1 200 OK\\r\\nLibpod-API-Version: 5.4.2\\r\\nContent-Length: 0\\r\\n\\r\\n"
def serve():
    with listener, listener.accept()[0] as peer:
        while data := peer.recv(65536):
            peer.sendall(PING if b"_ping" in data else b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
threading.Thread(target=serve, daemon=True).start()
"""


def loaded_by(code: str) -> set[str]:
    """The heavy modules that ``code`` loads in a fresh Python."""
    show = "import json, sys; print(json.dumps([*sys.modules]))"
    run = [sys.executable, "-W", "error", "-c", f"{code}\n{show}"]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    return HEAVY & set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import podlib",
        "import podlib; podlib.errors.PodmanError; podlib.NotFoundError",
        "import podlib.models",
        "import podlib.http",
        "import podlib; dir(podlib); dir(podlib.models)",
        "import podlib; podlib.models.LogLine",
        "import os; os.environ.clear(); os.environ['HOME'] = '/'; import podlib; podlib.Podman()",
        "import podlib; podlib.find_connections; podlib.Connection",
        "import podlib; podlib.ProgressDisplay()('text')",
    ],
)
def test_an_import_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code) == set()


def test_a_blocking_call_without_a_model_loads_no_pydantic_and_no_asyncio() -> None:
    calls = SERVER + (
        "import podlib\n"
        "with podlib.Podman(path) as podman:\n"
        "    assert podman.containers.exists('web')\n"
        "    podman.containers.start('web')\n"
        "    assert podman.request('GET', 'volumes/{}/exists', 'v').status == 204\n"
    )
    assert loaded_by(calls) == set()


def test_a_client_s_docker_side_loads_requests_with_its_first_call_only() -> None:
    program = SERVER + (
        "import podlib\n"
        "podman = podlib.Podman(path)\n"
        "podman.docker.containers, podman.docker.system\n"
    )
    assert loaded_by(f"{program}podman.close()\n") == set()


def test_an_asyncio_call_without_a_model_loads_no_pydantic() -> None:
    calls = SERVER + (
        "import podlib, asyncio\n"
        "async def call():\n"
        "    async with podlib.AsyncPodman(path) as podman:\n"
        "        assert await podman.containers.exists('web')\n"
        "asyncio.run(call())\n"
    )
    assert loaded_by(calls) <= {"asyncio", "ssl"}  # asyncio loads ssl by itself


def test_an_error_answer_loads_no_pydantic() -> None:
    calls = SERVER.replace("204 No Content", "409 Conflict\\r\\nContent-Length: 0") + (
        "import podlib\n"
        "with podlib.Podman(path) as podman:\n"
        "    try:\n"
        "        podman.containers.start('web')\n"
        "    except podlib.ConflictError:\n"
        "        pass\n"
    )
    assert loaded_by(calls) == set()


ANSWER = '"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n[]"'


@pytest.mark.parametrize(
    "words", ["ping", "exists app", "kill web", "ps", "rm web", "inspect app", "kill"]
)
def test_a_command_loads_nothing_heavy(words: str) -> None:
    calls = SERVER.replace('"HTTP/1.1 204 No Content\\r\\n\\r\\n"', ANSWER) + (
        "import sys\n"
        "from podlib.cli import main\n"
        f"main(['--socket', path, *{words.split()}])\n"
        "for name in 'email difflib dataclasses inspect subprocess podlib.models'.split():\n"
        "    assert name not in sys.modules, name\n"
    )
    assert loaded_by(calls) == set()


def test_the_help_of_all_commands_loads_nothing_heavy() -> None:
    assert loaded_by("from podlib.cli import main; main(['--help'])") == set()


# -- the tables of lazy names --------------------------------------------------------------------


def imported_for_checkers(module: ModuleType) -> dict[str, str]:
    """What ``if TYPE_CHECKING`` imports: each name, and the module it comes from."""
    tree = ast.parse(Path(module.__file__ or "").read_text())
    (block,) = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    return {
        alias.asname or alias.name: node.module or ""
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize("module", [podlib, podlib.models], ids=["podlib", "podlib.models"])
def test_lazy_names_are_those_that_checkers_see(module: ModuleType) -> None:
    for_checkers = imported_for_checkers(module)
    modules = {name for name, home in for_checkers.items() if not home}  # from . import errors
    assert {n: home for n, home in for_checkers.items() if n not in modules} == module._HOME
    own = {"is_strict", "set_strict"} if module is podlib.models else set[str]()
    assert {*module.__all__} == {*for_checkers} | own
    assert len(module.__all__) == len({*module.__all__})


@pytest.mark.parametrize("module", [podlib, podlib.models], ids=["podlib", "podlib.models"])
def test_every_lazy_name_is_there(module: ModuleType) -> None:
    for name in module.__all__:
        value = getattr(module, name)
        if name not in {"errors", "models"}:
            assert value.__name__ == name
        assert name in dir(module)


@pytest.mark.parametrize("module", [podlib, podlib.models, podlib.http], ids=lambda m: m.__name__)
def test_a_misspelt_name_is_an_attribute_error(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match="Podmann"):
        module.Podmann  # noqa: B018 -- the lookup is the test


def test_all_errors_are_public() -> None:
    assert {*podlib.errors.__all__} <= {*podlib.__all__}
