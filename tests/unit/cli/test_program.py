"""The contract of every command: one document, on the right stream, whatever happens."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

import pytest

from podlib.cli import main, streams
from podlib.cli.commands import HOMES, MODULES, NAMES, command
from podlib.cli.failures import CommandError, Failure, Stopped, UsageError, failure
from podlib.cli.overview import overview
from podlib.cli.parser import HelpWanted
from podlib.cli.program import _chosen
from podlib.errors import (
    BadRequestError,
    ConnectError,
    FileError,
    MigrationError,
    NotFoundError,
    ParameterError,
)
from scripts.sources import ROOT
from tests.command import Result

from .conftest import answer

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run, Service

IMAGE = {
    "Id": "ab" * 32,
    "RepoTags": ["localhost/app:1", "localhost/app:latest"],
    "Created": 1_700_000_000,
    "Size": 1_500_000,
    "Digest": "sha256:cd",
    "Os": "linux",
    "Architecture": "amd64",
}
CONTAINER = {
    "Id": "12" * 32,
    "Names": ["web"],
    "State": "running",
    "Image": "localhost/app:1",
    "ImageID": IMAGE["Id"],
    "Created": "2026-01-02T03:04:05.123456789Z",
}
LISTS = {"GET images/json": [IMAGE], "GET containers/json": [CONTAINER]}


# -- successes -----------------------------------------------------------------------------------


def test_documents_of_lists(run: Run, service: Service) -> None:
    service.gives(LISTS)
    assert run("images").data == [
        {
            "id": IMAGE["Id"],
            "tags": IMAGE["RepoTags"],
            "size": 1_500_000,
            "created": "2023-11-14T22:13:20Z",
            "digest": "sha256:cd",
        }
    ]
    assert run("ps", "--all").data == [
        {
            "id": CONTAINER["Id"],
            "name": "web",
            "status": "running",
            "image": IMAGE["RepoTags"],
            "created": CONTAINER["Created"],
        }
    ]
    assert "GET /v5.4.2/libpod/containers/json?all=true" in service.server.requests


def test_lists_with_nulls(run: Run, service: Service) -> None:
    """Go writes null for an empty list."""
    service.gives(
        {
            "GET images/json": [{**IMAGE, "RepoTags": None}],
            "GET containers/json": [{**CONTAINER, "Names": None}],
        }
    )
    assert run("images").data[0]["tags"] == []
    [container] = run("ps").data
    assert (container["name"], container["image"]) == ("", ["localhost/app:1"])
    service.gives({"GET containers/json": []})
    assert run("ps").data == []
    assert run("--output", "text", "ps").stdout == ""


def test_tables(run: Run, service: Service) -> None:
    service.gives(LISTS)
    lines = run("images", "--output", "text").stdout.splitlines()
    assert lines[0].split() == ["IMAGE", "ID", "CREATED", "SIZE"]
    assert [line.split()[:2] for line in lines[1:]] == [
        ["localhost/app:1", "abababababab"],
        ["localhost/app:latest", "abababababab"],
    ]
    assert lines[1].endswith("1.5 MB")
    lines = run("--output=text", "ps").stdout.splitlines()
    assert lines[1].split()[:4] == ["121212121212", "web", "running", "localhost/app:1"]


OBJECTS = {
    "pods": {
        "Id": "ab" * 32,
        "Name": "group",
        "Status": "Running",
        "Containers": [{"Names": "one"}, {"Names": "two"}],
        "Created": "2026-01-02T03:04:05Z",
    },
    "networks": {
        "id": "cd" * 32,
        "name": "lab",
        "driver": "bridge",
        "subnets": [{"subnet": "10.99.0.0/24"}, {"subnet": "fd00::/64"}],
        "internal": True,
        "created": "2026-01-02T03:04:05Z",
    },
    "volumes": {
        "Name": "data",
        "Driver": "local",
        "Mountpoint": "/var/data",
        "CreatedAt": "2026-01-02T03:04:05Z",
    },
    "secrets": {
        "ID": "ef" * 12,
        "Spec": {"Name": "hidden", "Driver": {"Name": "file"}},
        "CreatedAt": "2026-01-02T03:04:05Z",
        "UpdatedAt": "2026-01-03T03:04:05Z",
    },
}
ROWS = {
    "pods": ["abababababab", "group", "Running", "2"],
    "networks": ["cdcdcdcdcdcd", "lab", "bridge", "10.99.0.0/24,", "fd00::/64"],
    "volumes": ["data", "local"],
    "secrets": ["efefefefefefefefefefefef", "hidden", "file"],
}


@pytest.mark.parametrize("noun", OBJECTS)
def test_lists_of_other_objects(noun: str, run: Run, service: Service) -> None:
    service.gives({f"GET {noun}/json": [OBJECTS[noun]]})
    [found] = run(noun).data
    assert found["name"] == ROWS[noun][0 if noun == "volumes" else 1]
    assert found["created"] == "2026-01-02T03:04:05Z"
    headings, row = run(noun, "--output", "text").stdout.splitlines()
    assert headings.isupper()
    assert row.split()[: len(ROWS[noun])] == ROWS[noun]
    service.gives({f"GET {noun}/json": []})
    assert run(noun).data == []
    assert run(noun, "--output", "text").stdout == ""


def test_small_commands(run: Run, service: Service) -> None:
    service.gives({"GET version": {"Version": "5.4.2"}, "GET images/app/json": IMAGE})
    service.answers["GET images/app/exists"] = answer(None, 204).replace(b"OK", b"")
    service.answers["GET images/odd/exists"] = answer({"message": "damaged"}, 500)
    assert run("ping").data == "Pong"
    assert run("version").data == "5.4.2"
    assert run("exists", "app").data is True
    assert run("exists", "nobody").data is False
    assert run("exists", "odd").error == "damaged"
    assert run("--output", "text", "exists", "nobody").stdout == "false\n"
    assert run("inspect", "app").data == IMAGE
    assert run("inspect", "app", "--format", "{{.Os}}/{{.Architecture}}").data == "linux/amd64"
    assert run("inspect", "app", "--format", "{{.Size}}").data == "1500000"
    assert json.loads(run("--output", "text", "inspect", "app").stdout) == IMAGE


# -- failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "which command?"),
        (["imges"], "command: there is no 'imges'; did you mean 'images'?"),
        (["ps", "--al"], "unrecognized arguments: --al"),
        (["ps", "more"], "unrecognized arguments: more"),
        (["--socket"], "argument --socket: expected one argument"),
        (["--socket", "/x", "--bogus", "ps"], "unrecognized arguments: --bogus"),
        (["inspect"], "the following arguments are required: IMAGE"),
        (["inspect", "app", "--format", "{{.Nobody}}"], "no images/app/json"),
        (["system", "dff"], "argument df: invalid choice: 'dff' (choose from 'df')"),
        (["--output", "yaml", "ps"], "argument --output: invalid choice: 'yaml'"),
        (["kill", "web", "--signal"], "argument --signal/-s: expected one argument"),
        (["run", "app", "--cpus", "many"], "argument --cpus: invalid float value: 'many'"),
        (["cp", "here", "there"], "cp: one of both is in a container"),
        (["build", ""], "build: the context is empty"),
        (["cp", "web:", "there"], "cp: a path is empty"),
        (["cp", "", "web:/"], "cp: a path is empty"),
        (["exec", "-it", "web", "cat"], "exec: with -t, nobody can type -i into a document"),
        (["restore"], "restore: name a container, or an archive with --file"),
        (["migrate", "/x.sock", "--recover", "--journal", "/nobody.journal"], "/nobody.journal"),
        (["migrate", "web"], "migrate: which container, and where to?"),
        (["checkpoint", "web", "--compress", "gzip"], "--compress: only an archive"),
        (["exec", "web"], "exec: which command?"),
    ],
    ids=str,
)
def test_failures(words: list[str], error: str, run: Run) -> None:
    result = run(*words)
    assert error in result.error
    assert result.status == 125


def test_failures_for_people(run: Run) -> None:
    result = run("inspect", "nobody", "--output", "text")
    assert result == Result(
        125,
        "",
        "podlib: no images/nobody/json\n        `podlib images` lists what there is\n",
    )
    result = run("--output", "text", "kill")
    assert result.stderr.splitlines()[1].strip() == "`podlib kill --help` shows what it takes"


def test_nothing_answers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["ping", "--socket", str(tmp_path / "none.sock")]) == 125
    captured = capfd.readouterr()
    result = Result(125, captured.out, captured.err)
    beginning = "no Podman service answers: as given: cannot connect to "
    assert result.error == f"{beginning}{tmp_path}/none.sock: no such socket"


def test_a_person_is_told_in_one_line_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("podlib.connection.order.ROOT_SOCKET", str(tmp_path / "none.sock"))
    monkeypatch.setattr("os.getuid", lambda: 0)
    for program, own in (("", ""), ("podman", "--transient runs a service for this command; ")):
        folder = tmp_path / f"bin{program}"
        folder.mkdir()
        (folder / "podman").touch(0o755 if program else 0o644)
        monkeypatch.setenv("PATH", str(folder))
        assert main(["ping", "--output", "text"]) == 125
        error, advice = capfd.readouterr().err.splitlines()
        assert error.endswith("none.sock: no such socket")
        assert advice.strip() == f"{own}`podlib connections` shows where podlib looks"
    assert main(["ping", "--output", "text", "--socket", str(tmp_path / "none.sock")]) == 125
    assert "--transient" not in capfd.readouterr().err  # what is chosen is not replaced


@pytest.mark.parametrize("words", [["--socket", ""], ["--socket=x", "--connection=y"]])
def test_no_other_service_is_taken_instead(
    words: list[str],
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PODMAN_SOCKET_PATH", service.server.path)
    assert main(["ping", *words]) == 125
    assert capfd.readouterr().out == ""


def test_the_variable_names_the_socket(
    service: Service, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PODMAN_SOCKET_PATH", service.server.path)
    monkeypatch.setenv("CONTAINER_HOST", "unix:///nobody.sock")
    assert main(["ping"]) == 0
    monkeypatch.setenv("PODMAN_SOCKET_PATH", "")
    assert main(["ping"]) == 125
    assert "/nobody.sock" in capfd.readouterr().err
    monkeypatch.setenv("PODMAN_SOCKET_PATH", service.server.path)
    assert main(["ping", "--socket", "unix:///nobody.sock"]) == 125
    assert main(["ping", "--connection", "nobody"]) == 125
    assert "'nobody'" in capfd.readouterr().err


def test_connections_say_why_no_command_goes_on(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONTAINER_CONNECTION", "nobody")
    assert main(["connections"]) == 0
    [used] = [each for each in json.loads(capfd.readouterr().out)["data"] if each["used"]]
    assert used["error"].startswith("CONTAINER_CONNECTION names the connection 'nobody', but")


def test_debug_shows_a_traceback(run: Run) -> None:
    result = run("--debug", "inspect", "nobody")
    traceback, _, document = result.stderr.rstrip("\n").rpartition("\n")
    assert "NotFoundError" in traceback
    assert json.loads(document)["exit_code"] == 125


def test_errors_of_podlib_itself(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> NoReturn:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("podlib.cli.program.command", broken)
    assert run("ps").error == "podlib failed by itself: ZeroDivisionError: oh"


EARLY = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, *_):
        if name == "{}":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from podlib.cli import main
sys.exit(main(["ping", "--socket", "/nobody.sock"]))
"""


@pytest.mark.parametrize("module", ["argparse", "podlib.cli.program", "podlib.cli.service"])
def test_interrupted_while_it_is_imported(module: str) -> None:
    words = [sys.executable, "-c", EARLY.format(module)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert Result(done.returncode, done.stdout, done.stderr).error == "interrupted"
    assert done.returncode == 130


def disguised(error: BaseException) -> BaseException:
    disguise = RuntimeError("Error calling __set_name__ on an attribute")
    disguise.__cause__ = error
    return disguise


def noted(error: BaseException) -> BaseException:
    error.add_note("container 'web' is now: source")
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyboardInterrupt(), Failure("interrupted", 130)),
        (Stopped(signal.SIGTERM), Failure("interrupted", 143)),
        (disguised(Stopped(signal.SIGTERM)), Failure("interrupted", 143)),
        (
            noted(Stopped(signal.SIGHUP)),
            Failure("interrupted; container 'web' is now: source", 129),
        ),
        (UsageError("x", advice="y"), Failure("x", 125, "y")),
        (BrokenPipeError(), Failure("nobody reads the output any more", 125)),
        (FileNotFoundError(2, "No such file", "x"), Failure("x: No such file", 125)),
        (OSError(28, "No space left"), Failure("No space left", 125)),
        (ParameterError("wrong"), Failure("wrong", 125)),
        (FileError("no x", path="x"), Failure("no x", 125)),
        (ConnectError("no"), Failure("no", 125, "`podlib connections` shows where podlib looks")),
        (MigrationError("stuck", phase="check", location="source"), Failure("stuck", 125)),
        (
            NotFoundError(404, "none", cause="", method="GET", path="/v5/libpod/containers/x"),
            Failure("none", 125, "`podlib ps --all` lists what there is"),
        ),
        (
            NotFoundError(404, "none", cause="", method="GET", path="/v5/libpod/exec/x"),
            Failure("none", 125),
        ),
        (
            BadRequestError(400, "bad", cause="", method="GET", path="/x"),
            Failure("bad", 125, "the command's --help shows what it takes"),
        ),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_is_said_of_errors(error: BaseException, expected: Failure) -> None:
    assert failure(error) == expected


def test_a_pipe_that_does_not_wait() -> None:
    """Whoever made it may have set it so: then there is not always room."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    data = os.urandom(300_000)
    found = bytearray()

    def take() -> None:
        while len(found) < len(data):
            found.extend(os.read(read, 4096))

    reader = threading.Thread(target=take)
    reader.start()
    streams.write(write, data)
    reader.join(10)
    assert bytes(found) == data
    os.close(read)
    with pytest.raises(CommandError, match="nobody reads the output any more"):
        streams.write(write, b"more")
    os.close(write)


# -- help ----------------------------------------------------------------------------------------


def test_the_overview_has_all_commands(run: Run) -> None:
    text = run("--help").stdout
    assert [name for name in NAMES if f"\n  {name} " not in text] == []
    assert run("--output", "json", "--help").data == text


@pytest.mark.parametrize("name", NAMES)
def test_help_teaches_by_examples(name: str, run: Run) -> None:
    text = run(name, "--help").stdout
    assert text.startswith(f"usage: podlib {name} [-h]")
    assert (
        f"examples:\n  podlib {name}" in text
        or f"  podlib {name}" in text.partition("examples:")[2]
    )
    assert max(map(len, command(name).summary.splitlines())) < 79


def examples(text: str) -> list[list[str]]:
    """The lines that call podlib, as words."""
    lines = re.findall(r"^ *(podlib .+)$", text, re.MULTILINE)
    return [shlex.split(line.partition(" > ")[0], comments=True) for line in lines]


PAGE = (ROOT / "docs" / "command-line.md").read_text()
EXAMPLES = [
    *examples("\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))),
    *(words for name in NAMES for words in examples(command(name).examples)),
    *examples(overview().replace("podlib COMMAND", "podlib ps")),
]


@pytest.mark.parametrize("words", EXAMPLES, ids=" ".join)
def test_examples_are_right(words: list[str]) -> None:
    """All options that they have are known; nothing is done."""
    options = argparse.Namespace(
        socket=None, connection=None, transient=False, output=None, debug=False
    )
    with contextlib.suppress(HelpWanted):
        chosen, parser, rest = _chosen(words[1:], options)
        if chosen.own_words is not None:
            rest, options.words = parser.words_of_another(rest, chosen.own_words)
        parser.parse_args(rest, options)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 60


def test_modules_have_what_the_table_says() -> None:
    for module, names in MODULES.items():
        home = sys.modules.get(f"podlib.cli.{module}") or __import__(
            f"podlib.cli.{module}", fromlist=["COMMANDS"]
        )
        assert list(home.COMMANDS) == names.split()
    assert len(HOMES) == len({*HOMES})
