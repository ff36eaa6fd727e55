"""Every public method of the client, of its nouns and of a runtime is called in some test."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

import pytest

from scripts.sources import ROOT, Flavour

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = ("podman", "client", "source", "target", "runtime", "build")
"""How the names begin that tests give to clients, to runtimes and to their builds."""
KINDS = ("AsyncRuntime", "AsyncImageBuild")
"""What is public beside the clients."""


def called_in(source: str) -> Iterator[str]:
    """What a source calls of a client: ``containers.list`` for ``podman.containers.list(…)``.

    Also what it reads of one, ``server_version``: properties are not called.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and _of_docker(node.value):
            yield f"docker.{node.attr}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id.startswith(CLIENTS):
                yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            noun = node.func.value
            if isinstance(noun, ast.Attribute) and noun.attr in ("Podman", "AsyncPodman"):
                yield node.func.attr
            elif isinstance(noun, ast.Attribute):
                docker = "docker." if _of_docker(noun.value) else ""
                yield f"{docker}{noun.attr}.{node.func.attr}"


def _of_docker(node: ast.expr) -> bool:
    """Whether it is ``podman.docker``, or a variable ``docker``."""
    return ast.unparse(node).split(".")[-1] == "docker"


@cache
def called() -> set[str]:
    """What the tests call that are written by hand."""
    tests = sorted((ROOT / "tests").rglob("*.py"))
    return {
        name
        for file in tests
        if "_sync" not in file.parts and "typing" not in file.parts
        for name in called_in(file.read_text())
    }


@pytest.mark.parametrize("method", [each.name for each in Flavour("async").methods])
def test_the_method_is_called_in_a_test(method: str) -> None:
    assert method in called()


@pytest.mark.parametrize(
    "method", [each.node.name for kind in KINDS for each in Flavour("async").methods_of(kind, "")]
)
def test_the_method_of_a_runtime_is_called_in_a_test(method: str) -> None:
    assert method in called()


def test_what_counts_as_called() -> None:
    source = """
async def test(podman, other):
    await podman.images.list(all=True)
    async with podman.with_timeouts(idle=1).images.build_stream("x") as lines: ...
    await until(lambda: podman_a.pods.exists("p"))
    podman.server_version
    podman.images.remove
    podman.docker.images.pull("x")
    podman.docker.api_version
    other.close()
"""
    assert set(called_in(source)) == {
        *("images.list", "images.build_stream", "pods.exists"),
        *("docker", "docker.images", "docker.images.pull", "docker.api_version"),
        *("images", "pods", "server_version", "with_timeouts"),
    }
