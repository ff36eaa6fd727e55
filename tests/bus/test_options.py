from __future__ import annotations

import json
from pathlib import Path

import pytest

from podlib.bus import names, options
from podlib.bus.main import main
from podlib.bus.options import Limits, Retry, duration, parse
from podlib.bus.tokens import TokenSource
from podlib.errors import BusError


def test_what_is_usual() -> None:
    command = parse([], {"HOME": "/home/x"})
    settings = command.settings
    assert (command.show, settings.provider, settings.prefix) == ("", "podman", "bus.podman")
    assert settings.profiles == {"codex": "docker.io/library/alpine:3.20"}
    assert settings.state == Path("/home/x/.local/state/podlib/bus")
    assert settings.limits == Limits()
    assert (settings.limits.network, settings.limits.read_only) == ("none", True)
    assert settings.retry == Retry()
    assert settings.health is None


def test_variables_stand_for_arguments() -> None:
    variables = {
        "BUS_EVENTS_API_URL": "https://example.org/api/v1/events",
        "PODMAN_BIN": "/opt/podman",
        "PODMAN_CONTAINER_CODEX_IMAGE": "quay.io/codex",
        "XDG_STATE_HOME": "/state",
        "BUS_EVENTS_LISTENER_RETRY": "0",
        "BUS_EVENTS_LISTENER_RETRY_MIN": "500ms",
        "BUS_EVENTS_LISTENER_RETRY_MAX": "1m30s",
        "BUS_EVENTS_LISTENER_REQUIRED": "false",
    }
    settings = parse([], variables).settings
    assert settings.events_url == "https://example.org/api/v1/events"
    assert settings.podman_bin == "/opt/podman"
    assert settings.codex_image == "quay.io/codex"
    assert settings.state == Path("/state/podlib/bus")
    assert settings.retry == Retry(enabled=False, least=0.5, most=90, required=False)
    given = ["--container-codex-image", "other", "--podman-bin", "p", "--events-url", "http://x"]
    settings = parse(given, variables).settings
    assert (settings.codex_image, settings.podman_bin) == ("other", "p")
    assert settings.events_url == "http://x"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--network", "host"], "none, private"),
        (["--network", "container:x"], "none, private"),
        (["--health-addr", "0.0.0.0:80"], "loopback"),
        (["--health-addr", "127.0.0.1"], "loopback"),
        (["--health-addr", "127.0.0.1:99999"], "loopback"),
        (["--events-url", "ftp://x"], "http"),
        (["--events-url", "http://user:word@x"], "only a base"),
        (["--event-prefix", "Bus.*"], "names of events"),
        (["--group", "a b"], "safe in a URL"),
        (["--consumer", "x" * 64], "safe in a URL"),
        (["--cpus", "-1"], "positive"),
        (["--memory", "much"], "no size"),
        (["--max-runs", "many"], "positive"),
        (["--token", "secret"], "unrecognized"),
    ],
    ids=str,
)
def test_what_is_wrong(words: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(words, {})
    assert caught.value.code == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("text", ["1", "s", "1d", "-1s", "1s ", "0s", "9999999h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="RETRY_MIN"):
        duration("RETRY_MIN", text)
    with pytest.raises(SystemExit):
        parse([], {"BUS_EVENTS_LISTENER_RETRY_MIN": text})


def test_loopback_addresses() -> None:
    for text, address in {
        "127.0.0.1:80": ("127.0.0.1", 80),
        ":8090": ("127.0.0.1", 8090),
        "localhost:1": ("localhost", 1),
        "[::1]:2": ("::1", 2),
    }.items():
        assert parse(["--health-addr", text], {}).settings.health == address


def test_which_urls_can_be_read_on_the_way() -> None:
    for url in ("http://127.0.0.1:8081", "http://[::1]", "http://localhost", "https://example.org"):
        assert not options.is_readable_on_the_way(url)
    assert options.is_readable_on_the_way("http://example.org")
    assert options.is_readable_on_the_way("http://10.0.0.1:8081/api/v1/events")


def test_an_allow_list() -> None:
    limits = Limits(images=("docker.io/library/*", "localhost/x:1"))
    assert limits.allows("docker.io/library/alpine:3.20")
    assert limits.allows("localhost/x:1")
    assert not limits.allows("localhost/x:12")
    assert Limits().allows("anything")
    limits = Limits(images=("*.example.org/*",))
    assert limits.allows("a.example.org/team/x:1")
    assert not limits.allows("evil.org/a.example.org/x")
    assert not limits.allows("evil.org/a.example.org")


# -- the command ----------------------------------------------------------------------------------


def test_self_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--self-test"]) == 0
    assert capsys.readouterr().out == "bus-integration-podman self-test OK\n"


def test_events_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--events", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == 12
    assert {
        "name": "bus.podman.run.request",
        "direction": "listens",
        "scope": "events:listen",
    } in found
    assert {each["scope"] for each in found if each["direction"] == "sends"} == {"events:send"}


def test_events_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--events", "--event-prefix", "my.own"]) == 0
    assert "my.own.runner.start.response" in capsys.readouterr().out


def test_no_token(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BUS_API_TOKEN", raising=False)
    monkeypatch.setenv("BUS_CONFIG_DIR", str(tmp_path))
    assert main(["--state-dir", str(tmp_path)]) == 1
    assert f"write it to {tmp_path}/auth/api-token" in capsys.readouterr().err


# -- tokens ---------------------------------------------------------------------------------------


def test_where_tokens_come_from(tmp_path: Path) -> None:
    file = tmp_path / "bus" / "auth" / "api-token"
    file.parent.mkdir(parents=True)
    file.write_text("configured\n")
    other = tmp_path / "given"
    other.write_text("given")
    everything = {"BUS_API_TOKEN": " direct ", "BUS_CONFIG_DIR": str(tmp_path / "bus")}
    assert TokenSource(other, everything).token() == "given"
    assert TokenSource(None, everything).token() == "direct"
    for name, folder in {
        "BUS_CONFIG_DIR": tmp_path / "bus",
        "XDG_CONFIG_HOME": tmp_path,
    }.items():
        assert TokenSource(None, {name: str(folder)}).token() == "configured"
    (tmp_path / ".config").symlink_to(tmp_path)
    assert TokenSource(None, {"HOME": str(tmp_path)}).token() == "configured"
    with pytest.raises(BusError, match="no token"):
        TokenSource(tmp_path / "none", {}).token()


def test_a_token_is_not_shown() -> None:
    source = TokenSource(None, {"BUS_API_TOKEN": "se cret"})
    assert "cret" not in repr(source)
    with pytest.raises(BusError, match="one word") as caught:
        source.token()
    assert "cret" not in str(caught.value)


# -- names ----------------------------------------------------------------------------------------


def test_names() -> None:
    assert names.is_event("bus.podman")
    assert not any(names.is_event(text) for text in ("", "Bus", "bus.*", "bus..x", "bus.", "a b"))
    assert names.is_short("worker-1.example")
    assert not any(names.is_short(text) for text in ("", "-a", "a/b", "a b", "ä", "x" * 64))
    assert options.GROUP
