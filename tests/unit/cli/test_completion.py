"""What shells are told may come next; bash really asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Run, Service

LISTS = {
    "GET images/json": [{"RepoTags": ["localhost/app:1"]}, {"RepoTags": None}],
    "GET containers/json": [{"Names": ["web", "other"]}],
}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["pu"], ["pull", "push"]),
        (["--o"], ["--output"]),
        (["--output", ""], ["json", "text"]),
        (["--output=j"], ["--output=json"]),
        (["ps", "--output="], ["--output=json", "--output=text"]),
        (["run", "--net"], ["--network-mode", "--network"]),
        (["run", "app", "--mem"], ["--memory", "--memory-swap"]),
        (["run", "--name", ""], []),
        (["run", "lo"], ["localhost/app:1"]),
        (["run", "--name", "x", "lo"], ["localhost/app:1"]),
        (["kill", ""], ["web", "other"]),
        (["kill", "web", ""], []),
        (["exec", "-it", "we"], ["web"]),
        (["exec", "web", "s"], []),
        (["checkpoint", "web", "--compress", ""], ["none", "gzip", "zstd"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["bogus", ""], []),
        (["build", ""], []),
    ],
    ids=str,
)
def test_words_that_may_come_next(
    words: list[str], found: list[str], run: Run, service: Service
) -> None:
    service.gives(LISTS)
    assert run("__complete", "zsh", *words).stdout.split() == found


def test_the_socket_of_the_line_is_asked(
    run: Run, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.gives(LISTS)
    words = ["--socket", service.server.path, "kill", "w"]
    assert run("--socket", "/nobody.sock", "__complete", "fish", *words).stdout == "web\n"
    monkeypatch.setenv("PODMAN_SOCKET_PATH", "/nobody.sock")
    assert run("--socket", "/nobody.sock", "__complete", "fish", "kill", "w").stdout == ""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("podlib ki", ["kill"]),
        ("podlib run localhost/app:", ["1"]),
        ("podlib run localhost/a", ["localhost/app:1"]),
        ("podlib kill ", ["web", "other"]),
        ("podlib --output j", ["json"]),
        ("podlib ps --output=", ["json", "text"]),
        ("podlib build 'a b", []),
    ],
)
def test_in_bash(line: str, found: list[str], run: Run, service: Service) -> None:
    service.gives(LISTS)
    script = run("completion", "bash").stdout
    ask = f"{script}\nCOMP_LINE=$1 COMP_POINT=${{#1}}\n_podlib\n"
    ask += 'printf "%s\\n" "${COMPREPLY[@]}"'
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "PODMAN_SOCKET_PATH": service.server.path}
    done = subprocess.run(
        ["bash", "-c", ask, "bash", line], env=environ, capture_output=True, text=True, check=True
    )
    assert (done.stdout.split(), done.stderr) == (found, "")


def test_each_shell_has_a_script(run: Run) -> None:
    for shell, mark in (
        ("bash", "complete -o default"),
        ("zsh", "#compdef"),
        ("fish", "-c podlib -f"),
    ):
        text = run("completion", shell).stdout
        assert mark in text
        assert f"podlib __complete {shell} " in text
        assert run("completion", shell, "--output", "json").data == text
