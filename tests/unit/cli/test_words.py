"""From words to what the client takes: options, mounts, limits, times, templates, tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from podlib import models
from podlib.cli.copying import _place
from podlib.cli.failures import UsageError
from podlib.cli.parser import Parser, pairs
from podlib.cli.run_options import add_options, container_options, timeout
from podlib.cli.running import document_or_text
from podlib.cli.tables import Table, ago, plain, render, size
from podlib.cli.templates import filled
from podlib.cli.times import moment, rfc3339, span, when

if TYPE_CHECKING:
    import argparse

# -- run -----------------------------------------------------------------------------------------


def parsed(*words: str) -> argparse.Namespace:
    parser = Parser("podlib run", "")
    add_options(parser)
    ours, behind = parser.words_of_another(words, 1)
    options = parser.parse_args(ours)
    options.words = behind
    return options


def wanted(*words: str) -> dict[str, Any]:
    return {**container_options(parsed(*words))}


DEFAULTS = {"network": "none", "cpus": 0.5, "memory": 20 << 20, "memory_swap": 20 << 20}


def test_the_defaults_of_a_run() -> None:
    assert wanted("app") == DEFAULTS
    assert timeout(parsed("app")) == 5
    assert timeout(parsed("app", "--timeout", "0")) is None


def test_options_stand_before_or_behind_the_image() -> None:
    options = {**DEFAULTS, "name": "test", "env": {"A": "b=c"}}
    assert wanted("--name", "test", "-e", "A=b=c", "app") == options
    assert wanted("app", "--name", "test", "-eA=b=c") == options
    command = ["sh", "-c", "echo", "--name", "x"]
    assert wanted("app", "--name=test", "-e", "A=b=c", *command) == {**options, "command": command}
    assert wanted("app", "--", "-x")["command"] == ["-x"]
    assert wanted("--", "app", "-x")["command"] == ["-x"]
    assert wanted("-c", "echo 1", "--", "app") == {**DEFAULTS, "command": ["echo", "1"]}
    assert parsed("-c", "echo 1", "--", "app").image == "app"


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["-c", "echo 'a b' c", "--name", "x"], ["echo", "a b", "c"]),
        (["-c", "echo", "a b", "--name", "x"], ["echo", "a b"]),
        (["--run-command", "ls"], ["ls"]),
    ],
    ids=str,
)
def test_run_command(words: list[str], command: list[str]) -> None:
    assert wanted("app", *words)["command"] == command


def test_entrypoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", "1")
    assert wanted("app", "--entrypoint", "/bin/tool")["entrypoint"] == ["/bin/tool"]
    assert wanted("app", "--entrypoint", '["a", "b c"]')["entrypoint"] == ["a", "b c"]
    assert wanted("app", "--entrypoint", "")["entrypoint"] == []
    assert wanted("app", "-e", "HERE", "-e", "NOT_HERE", "-e", "E=")["env"] == {
        "HERE": "1",
        "E": "",
    }


def test_mounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["-v", "data:/data:Z", "-v", "/a:/b", "-v", "./x:/c:ro", "-m", "functions:/f:Z,rshared"]
    words += ["-m", "/host:/h:private,private", "-m", "tmpfs:/t:,,64m", "-m", "/a:/c"]
    assert [mount.wire() for mount in wanted("app", *words)["mounts"]] == [
        mount.wire()
        for mount in [
            models.Mount(source="data", target="/data", options=["Z"]),
            models.Mount(type="bind", source="/a", target="/b"),
            models.Mount(type="bind", source=str(tmp_path / "x"), target="/c", options=["ro"]),
            models.Mount(source="functions", target="/f", options=["Z", "rshared"]),
            models.Mount(type="bind", source="/host", target="/h", options=["Z", "private"]),
            models.Mount(type="tmpfs", target="/t", size="64m"),
            models.Mount(type="bind", source="/a", target="/c"),
        ]
    ]


@pytest.mark.parametrize(
    ("words", "memory", "swap"),
    [
        (["--memory", "64m"], 64 << 20, 64 << 20),
        (["--memory", "10m"], 10 << 20, 20 << 20),
        (["--memory", "128m", "--memory-swap", "50m"], 128 << 20, 128 << 20),
        (["--memory", "1g", "--memory-swap", "-1"], 1 << 30, -1),
        (["--memory", "8192k", "--memory-swap", "16777216b"], 8 << 20, 16 << 20),
        (["--memory", "0"], None, None),
    ],
    ids=str,
)
def test_memory(words: list[str], memory: int | None, swap: int | None) -> None:
    options = wanted("app", *words)
    assert (options.get("memory"), options.get("memory_swap")) == (memory, swap)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--memory", "20x"], "--memory: '20x' is no size"),
        (["--memory=-5m"], "--memory: '-5m' is no size"),
        (["--memory-swap", "lots"], "--memory-swap: 'lots' is no size"),
        (["--volume", "/a"], "--volume: '/a' is not SRC:DST"),
        (["--mount", "/a"], "--mount: '/a' is not SOURCE:TARGET"),
        (["--mount", "/a:/b:loud"], "'loud' is neither a relabel"),
        (["--mount", "/a:/b:Z,private,5m"], "only the source tmpfs has a size"),
        (["--env", "=x"], "--env: '=x' is not KEY=VALUE"),
        (["--entrypoint", "[1]"], "--entrypoint: '[1]' is no JSON list"),
        (["--entrypoint", "[oh"], "--entrypoint: '[oh' is no JSON list"),
        (["--run-command", "it's"], '--run-command: "it\'s": No closing quotation'),
        (["-c", "ls", "--name", "x", "words"], "the command is there already"),
        (["-p", "80:80"], "a container without a network has no ports"),
    ],
    ids=str,
)
def test_wrong_options_of_a_run(words: list[str], error: str) -> None:
    with pytest.raises(UsageError) as raised:
        wanted("app", *words)
    assert error in str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, null]}\n', {"a": [1, None]}),
        ("5\n", 5),
        ("five\n", "five\n"),
        ("", ""),
        ("{}{}", "{}{}"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("1e999", "1e999"),
        ("[" * 100_000, "[" * 100_000),
        ("9" * 5_000, "9" * 5_000),
    ],
    ids=["object", "number", "text", "empty", "two", "nan", "infinity", "float", "deep", "long"],
)
def test_a_document_or_a_text(text: str, expected: object) -> None:
    assert document_or_text(text) == expected


# -- templates -----------------------------------------------------------------------------------

DOCUMENT = {
    "Os": "linux",
    "host": {"arch": "arm64", "cpus": 4, "cgroupVersion": "v2", "ociRuntime": {"name": "crun"}},
    "version": {"OsArch": "linux/arm64", "Built": None},
    "tags": ["a", "b"],
    "a": "lower",
    "A": "upper",
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{.Host.Arch}}", "arm64"),
        ("{{ .Host.OCIRuntime.Name }}", "crun"),
        ("{{.Version.OsArch}}: {{.Os}}, {{.Host.Cpus}}", "linux/arm64: linux, 4"),
        ("{{.Host.CgroupsVersion}}", "v2"),
        ("{{.tags}} {{.Version.Built}}", '["a","b"] null'),
        ("{{.a}}{{.A}}", "lowerupper"),
        ("plain {text}", "plain {text}"),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert filled(template, DOCUMENT, {"cgroupsversion": "cgroupVersion"}) == text


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("{{.Host.Nobody}}", "there is no .Host.Nobody; there are arch, cpus"),
        ("{{.Os.Deeper}}", "there is no .Os.Deeper"),
        ("{{json .Os}}", "has more than paths in braces"),
        ("{{.Os", "has more than paths in braces"),
        ("{{}}", "has more than paths in braces"),
    ],
)
def test_templates_that_lead_nowhere(template: str, error: str) -> None:
    with pytest.raises(UsageError) as raised:
        filled(template, DOCUMENT)
    assert error in str(raised.value)


# -- times and tables ----------------------------------------------------------------------------


def test_times() -> None:
    assert rfc3339(1_700_000_000) == "2023-11-14T22:13:20Z"
    assert moment("2026-01-02T03:04:05.123456789Z").microsecond == 123456
    assert moment("2026-01-02T03:04:05+02:00").utcoffset() == timedelta(hours=2)
    assert when("1700000000") == moment("2023-11-14T22:13:20Z")
    assert when("2023-11-14T22:13:20") == moment("2023-11-14T22:13:20Z")
    ago = datetime.now(UTC) - when("1h30m")
    assert timedelta(minutes=89) < ago < timedelta(minutes=91)
    assert (span("90"), span("1m30s"), span("0.5")) == (90, 90, 0.5)


@pytest.mark.parametrize("text", ["yesterday", "", "1e400", "5 m"])
def test_wrong_times(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        when(text)
    with pytest.raises(UsageError, match="is no span of time"):
        span(text)


def test_words_for_people() -> None:
    now = moment("2026-01-02T00:00:00Z")
    assert ago("2026-01-01T23:59:59Z", now) == "1 second ago"
    assert ago("2026-01-01T23:00:00Z", now) == "1 hour ago"
    assert ago("2025-12-30T00:00:00Z", now) == "3 days ago"
    assert ago("long", now) == "long"
    assert [size(each) for each in (0, 999, 1500, 2.5e9, 7e15)] == [
        *("0 B", "999 B", "1.5 kB", "2.5 GB", "7000.0 TB")
    ]


def test_tables_are_aligned_and_harmless() -> None:
    assert plain(("A", "LONG"), [("wide", "x"), ("y", "")]) == "A     LONG\nwide  x\ny\n"
    assert render(Table(("A",), [("\x1b[31mred\n",)])) == "A\n [31mred\n"
    assert render(Table(("A",), [], "none")) == ""  # no terminal: nothing is to be told


def test_pairs() -> None:
    assert pairs("-e", ["A=1", "B=x=y"]) == {"A": "1", "B": "x=y"}
    with pytest.raises(UsageError, match="-e: 'A' is not KEY=VALUE"):
        pairs("-e", ["A"])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("web:/srv", ("web", "/srv")),
        ("./web:/srv", ("", "./web:/srv")),
        ("/web:/srv", ("", "/web:/srv")),
        ("web", ("", "web")),
        ("a/b:c", ("", "a/b:c")),
    ],
)
def test_places_of_cp(text: str, place: tuple[str, str]) -> None:
    assert _place(text) == place
