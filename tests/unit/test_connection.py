"""Which sockets are tried, and what is said where there is none to try."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podlib.connection import order
from podlib.connection.places import Far, Own
from podlib.connection.sockets import Candidate, candidates, nothing_answers
from podlib.errors import ConnectError, ParameterError

if TYPE_CHECKING:
    import os

EVERYTHING = {
    "CONTAINER_HOST": "unix:///from/host.sock",
    "PODMAN_SOCKET_PATH": "/from/path.sock",
    "XDG_RUNTIME_DIR": "/run/user/7",
}
BARE = {"PODMAN_CONNECTIONS_CONF": "", "CONTAINERS_CONF": "/dev/null"}
"""No files of Podman."""


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 7)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 0)


def paths(url: str | os.PathLike[str] | None = None, **environ: str) -> list[str]:
    return [candidate.path for candidate in candidates(url, environ={**BARE, **environ})]


@pytest.mark.usefixtures("user")
def test_what_is_given_comes_before_all_else() -> None:
    assert paths("/given.sock", **EVERYTHING) == ["/given.sock"]
    assert paths("unix:///given.sock", **EVERYTHING) == ["/given.sock"]
    assert paths(Path("/given.sock"), **EVERYTHING) == ["/given.sock"]
    assert paths("relative.sock", **EVERYTHING) == ["relative.sock"]


def test_a_url_and_a_name_are_one_too_many() -> None:
    with pytest.raises(ParameterError, match="not both"):
        candidates("/given.sock", "devl", {})


@pytest.mark.usefixtures("user")
def test_the_environment_comes_next() -> None:
    assert paths(**EVERYTHING) == ["/from/host.sock"]
    assert paths(**(EVERYTHING | {"CONTAINER_HOST": ""})) == ["/from/path.sock"]
    assert paths(CONTAINER_HOST="/plain/path.sock") == ["/plain/path.sock"]


@pytest.mark.usefixtures("user")
def test_a_user_has_two_usual_sockets() -> None:
    usual = [*paths(XDG_RUNTIME_DIR="/tmp/r u n"), *paths()]
    own = ["/tmp/r u n/podman/podman.sock", "/run/user/7/podman/podman.sock"]
    assert usual == [own[0], order.ROOT_SOCKET, own[1], order.ROOT_SOCKET]


@pytest.mark.usefixtures("root")
def test_root_has_one() -> None:
    assert paths(XDG_RUNTIME_DIR="/run/user/0") == [order.ROOT_SOCKET]


def test_the_processs_own_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONTAINER_CONNECTION", raising=False)
    monkeypatch.setenv("CONTAINER_HOST", "unix:///from/process.sock")
    assert candidates() == [Candidate("/from/process.sock", "CONTAINER_HOST")]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("unix:///run/a%20b.sock", "/run/a b.sock"),
        ("/run/a%20b.sock", "/run/a%20b.sock"),
        ("unix:///run/podman/podman.sock", "/run/podman/podman.sock"),
        ("unix:/run/podman/podman.sock", "/run/podman/podman.sock"),
        ("a:b.sock", "a:b.sock"),
    ],
)
def test_a_uri_is_unquoted_and_a_path_is_not(url: str, path: str) -> None:
    assert paths(url) == [path]


@pytest.mark.parametrize("url", ["", "unix://run/a.sock", "unix://", "unix:a", "unix://[/a"])
def test_what_is_no_uri_of_a_socket(url: str) -> None:
    with pytest.raises(ParameterError, match="as given"):
        candidates(url, environ={})
    if url:
        with pytest.raises(ParameterError, match="CONTAINER_HOST"):
            candidates(environ={"CONTAINER_HOST": url})


# -- what no Unix socket leads to ----------------------------------------------------------------


def beyond(url: str, **files: str) -> Far | Own | None:
    [candidate] = candidates(url, files=files)
    assert candidate.path == ""
    return candidate.beyond


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (
            "ssh://core@vm.example:2222/run/user/1000/podman/podman.sock",
            Far("ssh", "vm.example", 2222, "core", "/run/user/1000/podman/podman.sock"),
        ),
        ("ssh://vm", Far("ssh", "vm")),
        ("ssh://vm/", Far("ssh", "vm")),
        ("ssh://a%40b@vm/a%20b", Far("ssh", "vm", user="a@b", path="/a b")),
        ("ssh://[fe80::1]/s", Far("ssh", "fe80::1", path="/s")),
        ("tcp://vm:8080", Far("tcp", "vm", 8080)),
        ("tcp://[::1]:8080", Far("tcp", "::1", 8080)),
    ],
)
def test_places_of_other_hosts(url: str, place: Far) -> None:
    assert beyond(url) == place


def test_a_place_is_called_by_its_uri() -> None:
    uris = ["ssh://core@vm:22/run/podman.sock", "ssh://vm", "tcp://[::1]:8080"]
    assert [candidate.name for uri in uris for candidate in candidates(uri)] == uris


def test_the_key_of_a_variable() -> None:
    environ = {"CONTAINER_HOST": "ssh://vm", "CONTAINER_SSHKEY": "/k"}
    [candidate] = candidates(environ=environ)
    assert candidate.beyond == Far("ssh", "vm", identity="/k")
    [candidate] = candidates(environ=environ, files={"identity": Path("/mine")})
    assert candidate.beyond == Far("ssh", "vm", identity="/mine")


def test_the_files_of_tls() -> None:
    files = {"tls_cert": "/c", "tls_key": "/k", "tls_ca": "/a"}
    place = Far("tcp", "vm", 1, tls_cert="/c", tls_key="/k", tls_ca="/a")
    assert beyond("tcp://vm:1", **files) == place
    assert place.has_tls
    assert not Far("tcp", "vm", 1).has_tls


@pytest.mark.parametrize("url", ["http://d", "npipe:////./pipe/podman", "tcp://d", "ssh:///x"])
def test_places_without_a_way(url: str) -> None:
    for given, environ in ((url, {}), (None, {"CONTAINER_HOST": url})):
        with pytest.raises(ConnectError, match="podlib has no way to") as caught:
            candidates(given, environ=environ)
        assert url in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["ssh://me:sec/ret@vm/x", "ssh://me:secret@vm:port/x"])
def test_a_password_is_not_shown(url: str) -> None:
    with pytest.raises((ConnectError, ParameterError)) as caught:
        candidates(url, environ={})
    assert "sec" not in str(caught.value)
    assert "ssh://me:***@vm" in str(caught.value)
    assert caught.value.__cause__ is None


# -- a service of one's own ----------------------------------------------------------------------


def test_a_service_of_ones_own_comes_last() -> None:
    *usual, own = candidates(environ=BARE, transient=True)
    assert [each.path for each in usual] == paths()
    assert (own.path, own.beyond) == ("", Own())


@pytest.mark.parametrize("name", ["CONTAINER_HOST", "PODMAN_SOCKET_PATH"])
def test_what_was_chosen_is_not_replaced_by_one(name: str) -> None:
    [candidate] = candidates(environ={**BARE, name: "/chosen.sock"}, transient=True)
    assert candidate.path == "/chosen.sock"


# -- nothing answers -----------------------------------------------------------------------------


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


@pytest.mark.usefixtures("root")
def test_the_error_offers_a_service_where_none_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", "/bin/{}".format)
    for environ, helps in ((BARE, True), ({**BARE, "CONTAINER_HOST": "/chosen.sock"}, False)):
        tried = [(each, ConnectError("why not")) for each in candidates(environ=environ)]
        error = nothing_answers(tried)
        assert error.tried == tuple(f"{each.origin}: why not" for each, _ in tried)
        assert error.transient_helps == helps == ("transient=True" in str(error))
