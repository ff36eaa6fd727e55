from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podlib.connection import ROOT_SOCKET, Candidate, candidates, nothing_answers
from podlib.errors import ConnectError, ParameterError

if TYPE_CHECKING:
    import os

EVERYTHING = {
    "CONTAINER_HOST": "unix:///from/host.sock",
    "PODMAN_SOCKET_PATH": "/from/path.sock",
    "XDG_RUNTIME_DIR": "/run/user/7",
}


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 7)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 0)


def paths(url: str | os.PathLike[str] | None = None, **environ: str) -> list[str]:
    return [candidate.path for candidate in candidates(url, environ)]


@pytest.mark.usefixtures("user")
def test_what_is_given_comes_before_all_else() -> None:
    assert paths("/given.sock", **EVERYTHING) == ["/given.sock"]
    assert paths("unix:///given.sock", **EVERYTHING) == ["/given.sock"]
    assert paths(Path("/given.sock"), **EVERYTHING) == ["/given.sock"]
    assert paths("relative.sock", **EVERYTHING) == ["relative.sock"]


@pytest.mark.usefixtures("user")
def test_the_environment_comes_next() -> None:
    assert paths(**EVERYTHING) == ["/from/host.sock"]
    assert paths(**(EVERYTHING | {"CONTAINER_HOST": ""})) == ["/from/path.sock"]
    assert paths(CONTAINER_HOST="/plain/path.sock") == ["/plain/path.sock"]


@pytest.mark.usefixtures("user")
def test_a_user_has_two_usual_sockets() -> None:
    assert paths(XDG_RUNTIME_DIR="/tmp/run") == ["/tmp/run/podman/podman.sock", ROOT_SOCKET]
    assert paths() == ["/run/user/7/podman/podman.sock", ROOT_SOCKET]


@pytest.mark.usefixtures("root")
def test_root_has_one() -> None:
    assert paths(XDG_RUNTIME_DIR="/run/user/0") == [ROOT_SOCKET]


def test_the_processs_own_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTAINER_HOST", "unix:///from/process.sock")
    assert candidates() == [Candidate("/from/process.sock", "from CONTAINER_HOST")]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("unix:///run/a%20b.sock", "/run/a b.sock"),
        ("/run/a%20b.sock", "/run/a%20b.sock"),
        ("unix:///run/podman/podman.sock", "/run/podman/podman.sock"),
    ],
)
def test_a_uri_is_unquoted_and_a_path_is_not(url: str, path: str) -> None:
    assert paths(url) == [path]


@pytest.mark.parametrize(
    "url",
    ["", "tcp://localhost:8080", "ssh://root@host/x", "unix://run/a.sock", "unix://", "http://d"],
)
def test_what_cannot_be_connected_to(url: str) -> None:
    with pytest.raises(ParameterError):
        candidates(url, {})
    if url:
        with pytest.raises(ParameterError):
            candidates(None, {"CONTAINER_HOST": url})


def failed(*tried: tuple[str, str]) -> str:
    return str(
        nothing_answers(
            [(Candidate(path, origin), ConnectError("why not")) for path, origin in tried]
        )
    )


@pytest.mark.usefixtures("user")
def test_the_error_tells_a_user_all_that_was_tried() -> None:
    message = failed(("/a.sock", "the user's socket"), ("/b.sock", "the system's socket"))
    assert "the user's socket: why not" in message
    assert "the system's socket: why not" in message
    assert "systemctl --user start podman.socket" in message
    assert "podman system service --time=0 unix:///a.sock" in message


@pytest.mark.usefixtures("root")
def test_the_error_tells_root_of_the_systems_service() -> None:
    assert "`systemctl start podman.socket`" in failed(("/a.sock", "as given"))
