"""Which connection Podman's files and variables lead to, and which files are read for it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import podlib
from podlib import ConnectError, Connection, FileError
from podlib.connection import files
from podlib.connection.order import chosen, listed
from podlib.connection.places import Far
from podlib.connection.sockets import Candidate, candidates
from tests.connections import (
    CASES,
    FALLS_BACK,
    JSON,
    NONE,
    USER,
    Case,
    connections_json,
    containers_conf,
    install,
    uri,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CONF = f"{USER}/containers.conf"


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files of a case are, for root."""
    install(tmp_path, monkeypatch)
    monkeypatch.setattr("os.getuid", lambda: 0)
    return tmp_path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, top: Path) -> list[str]:
    """The files that were opened, and the folders that were looked into."""
    found: list[str] = []
    whole, scan = Path.read_bytes, os.scandir

    def read_bytes(path: Path) -> bytes:
        found.append(str(path.relative_to(top)))
        return whole(path)

    def scandir(path: Path) -> Iterator[os.DirEntry[str]]:
        found.append(str(path.relative_to(top)))
        return scan(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    monkeypatch.setattr("podlib.connection.files.os.scandir", scandir)
    return found


def choose(case: Case, top: Path) -> Connection:
    case.make(top)
    [found] = chosen(case.variables(str(top)))
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_order(name: str, top: Path) -> None:
    case = CASES[name]
    case.make(top)
    [found] = candidates(environ=case.variables(str(top)))
    assert f"unix://{found.path}" == case.used


@pytest.mark.parametrize("name", FALLS_BACK)
def test_never_silently_another(name: str, top: Path) -> None:
    case = FALLS_BACK[name]
    case.make(top)
    with pytest.raises((ConnectError, FileError)) as caught:
        candidates(environ=case.variables(str(top)))
    assert str(top / next(iter(case.files))) in str(caught.value)


# -- what is known of a connection ---------------------------------------------------------------


def test_all_that_the_files_say(top: Path) -> None:
    tls = {"TLSCert": "/c", "TLSKey": "/k", "TLSCA": "/ca"}
    case = Case("", {JSON: connections_json("a", "a", Identity="/i", IsMachine=True, **tls)})
    assert choose(case, top) == Connection(
        "a",
        uri("a-json"),
        str(top / JSON),
        identity="/i",
        is_machine=True,
        tls_cert="/c",
        tls_key="/k",
        tls_ca="/ca",
    )


def test_the_same_in_toml(top: Path) -> None:
    more = '\nidentity = "/i"\nis_machine = true\ntls_cert = "/c"\ntls_key = "/k"\ntls_ca = "/ca"'
    found = choose(Case("", {CONF: containers_conf("user", "a", "a") + more}), top)
    told = (found.identity, found.is_machine, found.tls_cert, found.tls_key, found.tls_ca)
    assert told == ("/i", True, "/c", "/k", "/ca")
    assert found.source == str(top / CONF)


def test_the_key_of_the_variable_is_for_the_uri_of_the_variable(top: Path) -> None:
    environ = {"CONTAINER_HOST": "ssh://vm", "CONTAINER_SSHKEY": "/k"}
    assert choose(Case("", environ=environ), top).identity == "/k"
    [named] = chosen({"HOME": str(top)} | environ | {"CONTAINER_HOST": ""})
    assert named.identity == ""


def test_a_connection_by_its_name(top: Path) -> None:
    case = Case(
        "", {JSON: connections_json("a", "a", "b"), CONF: containers_conf("user", "c", "c")}
    )
    case.make(top)
    environ = {**case.variables(str(top)), "CONTAINER_HOST": uri("host")}
    assert [each.uri for each in chosen(environ, "b")] == [uri("b-json")]
    [found] = candidates(connection="c", environ=environ)
    assert found.path == "/none/c-user.sock"
    assert found.origin == f"connection 'c' of {top / CONF}"


@pytest.mark.parametrize("name", ["devel", ""])
def test_a_name_that_is_unknown(top: Path, name: str) -> None:
    case = Case("", {JSON: connections_json("", "devl")})
    case.make(top)
    with pytest.raises(ConnectError, match=f"^connection: there is no '{name}'") as e:
        candidates(connection=name, environ=case.variables(str(top)))
    assert ("did you mean 'devl'?" in str(e.value)) == bool(name)


def test_a_machine_with_its_key(top: Path) -> None:
    document = {
        "URI": "ssh://core@127.0.0.1:41234/run/user/1000/podman/podman.sock",
        "Identity": "/machine/key",
        "IsMachine": True,
    }
    text = json.dumps({"Connection": {"Default": "vm", "Connections": {"vm": document}}})
    case = Case("", {JSON: text})
    case.make(top)
    [candidate] = candidates(environ=case.variables(str(top)))
    socket = "/run/user/1000/podman/podman.sock"
    place = Far("ssh", "127.0.0.1", 41234, "core", socket, "/machine/key", is_machine=True)
    assert candidate == Candidate("", f"connection 'vm' of {top / JSON}", place)


def test_a_connection_with_tls(top: Path) -> None:
    more = '\ntls_cert = "/c"\ntls_key = "/k"\ntls_ca = "/ca"'
    text = containers_conf("user", "a", "a").replace(uri("a-user"), "tcp://vm:2376") + more
    case = Case("", {CONF: text})
    case.make(top)
    [candidate] = candidates(environ=case.variables(str(top)))
    assert candidate.beyond == Far("tcp", "vm", 2376, tls_cert="/c", tls_key="/k", tls_ca="/ca")


def test_a_connection_with_tls_as_podman_writes_it(top: Path) -> None:
    files = '"TLSCert":"/tmp/c","TLSKey":"/tmp/k","TLSCA":"/tmp/a"'  # by Podman 5.8.6
    known = f'{{"t":{{"URI":"tcp://127.0.0.1:8443",{files}}}}}'
    case = Case("", {JSON: f'{{"Connection":{{"Default":"t","Connections":{known}}},"Farm":{{}}}}'})
    case.make(top)
    [candidate] = candidates(environ=case.variables(str(top)))
    place = Far("tcp", "127.0.0.1", 8443, tls_cert="/tmp/c", tls_key="/tmp/k", tls_ca="/tmp/a")
    assert candidate.beyond == place


def test_a_connection_without_a_uri(top: Path) -> None:
    case = Case("", {JSON: '{"Connection": {"Default": "a", "Connections": {"a": {}}}}'})
    case.make(top)
    with pytest.raises(podlib.ParameterError, match=r"connection 'a' of .*there is no URI"):
        candidates(environ=case.variables(str(top)))


# -- files that say nothing, or cannot be read ---------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "null",
        '{"Connection": null}',
        '{"Connection": {"Connections": null, "Default": null}}',
    ],
)
def test_a_json_that_says_nothing(text: str, top: Path) -> None:
    assert choose(Case("", {JSON: text}), top).uri == NONE


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        (JSON, "[]", "no table"),
        (JSON, "[" * 100_000, "recursion"),
        (JSON, '{"Connection": 1}', "connection is no table"),
        (JSON, '{"Connection": {"Default": 1}}', "default is no text"),
        (JSON, '{"Connection": {"Connections": {"a": 1}}}', "a is no table"),
        (JSON, '{"Connection": {"Connections": {"a": {"URI": 1}}}}', "uri is no text"),
        (JSON, '{"Connection": {"Connections": {"a": {"IsMachine": 1}}}}', "is_machine of 'a'"),
        (CONF, 'active_service = "\n', "line 1"),
        (CONF, "active_service = 1\n[engine\n", "line 2"),
        (CONF, "[engine]\nactive_service = 1", "active_service is no text"),
        (CONF, "engine = 1 # active_service", "engine is no table"),
        (CONF, "[engine]\nservice_destinations = 1", "service_destinations is no table"),
        (CONF, "active_service = " + "[" * 100_000, "recursion"),
        ("etc/containers.conf", '[engine]\nactive_service = "\xff"'.encode("latin-1"), "utf-8"),
        ("etc/containers.conf.d/1.conf", "active_service\n", "line 1"),
    ],
)
def test_a_malformed_file_is_named(file: str, text: str | bytes, reason: str, top: Path) -> None:
    (top / file).parent.mkdir(parents=True)
    (top / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FileError, match=f"(?i)is malformed: .*{reason}") as caught:
        chosen({"HOME": str(top / "home")})
    assert caught.value.path == str(top / file)
    assert str(caught.value).startswith(caught.value.path)


@pytest.mark.parametrize("name", ["CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE"])
def test_a_variable_names_a_file_that_is_not_there(name: str, top: Path) -> None:
    with pytest.raises(FileError, match=f"^{name} names /none/x.conf, but there is no such file"):
        chosen({"HOME": str(top), name: "/none/x.conf"})


@pytest.mark.parametrize("file", [JSON, CONF, "etc/containers.conf.d"])
def test_what_cannot_be_read_is_named(
    file: str, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        if path == top / file:
            raise PermissionError(13, "Permission denied")
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr("podlib.connection.files.os.scandir", refuse)
    with pytest.raises(FileError, match=f"cannot read {top / file}: Permission denied") as caught:
        chosen({"HOME": str(top / "home")})
    assert caught.value.path == str(top / file)


def test_a_folder_in_the_place_of_a_file(top: Path) -> None:
    (top / CONF).mkdir(parents=True)
    with pytest.raises(FileError, match="Is a directory"):
        chosen({"HOME": str(top / "home")})


def test_a_file_in_the_place_of_a_folder(top: Path) -> None:
    (top / "home").mkdir()
    (top / "home" / ".config").touch()
    assert [each.uri for each in chosen({"HOME": str(top / "home")})] == [NONE]


def test_a_user_has_files_of_etc_for_users(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 7)
    rootless = "etc/containers.rootless.conf"
    order = [
        f"{rootless}.d/7/1.conf",
        f"{rootless}.d/2.conf",
        rootless,
        "etc/containers.conf.d/9.conf",
    ]
    Case("", {name: containers_conf(str(at), "a", "a") for at, name in enumerate(order)}).make(top)
    for at, name in enumerate(order):
        assert [each.uri for each in chosen({"HOME": str(top)})] == [uri(f"a-{at}")]
        (top / name).unlink()
    assert len(chosen({"HOME": str(top)})) == 2


def test_without_a_home_it_is_the_users(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Case("", {JSON: connections_json("a", "a")}).make(top)
    monkeypatch.setenv("HOME", str(top / "home"))  # what the system says of the user
    assert [each.uri for each in chosen({})] == [uri("a-json")]


# -- which files are read ------------------------------------------------------------------------


def test_what_is_read_when_nothing_is_configured(read: list[str], top: Path) -> None:
    assert choose(Case(NONE), top).uri == NONE
    assert read == [
        JSON,
        f"{CONF}.d",
        CONF,
        "etc/containers.conf.d",
        "etc/containers.conf",
        "usr/containers.conf",
    ]


@pytest.mark.parametrize(
    ("files", "environ", "wanted"),
    [
        ({}, {"CONTAINER_HOST": "/x"}, []),
        ({JSON: connections_json("a", "a")}, {}, [JSON]),
        ({JSON: connections_json("", "a")}, {"CONTAINER_CONNECTION": "a"}, [JSON]),
        ({CONF: containers_conf("user", "a", "a")}, {}, [JSON, f"{CONF}.d", CONF]),
    ],
)
def test_a_file_is_read_only_if_it_is_needed(
    read: list[str], top: Path, files: dict[str, str], environ: dict[str, str], wanted: list[str]
) -> None:
    broken = {"usr/containers.conf": "active_service", "etc/containers.conf": "active_service"}
    choose(Case("", {**broken, **files}, environ), top)
    assert read == wanted


def test_what_is_given_reads_nothing(read: list[str], top: Path) -> None:
    candidates("/given.sock", environ={"HOME": str(top)})
    assert read == []


# -- the list ------------------------------------------------------------------------------------


def test_the_list(top: Path) -> None:
    case = Case(
        "", {JSON: connections_json("b", "b"), CONF: containers_conf("user", "a", "a", "b")}
    )
    case.make(top)
    environ = case.variables(str(top))
    told = [(each.name, each.uri, each.source, each.is_default) for each in listed(environ)]
    assert told == [
        ("a", uri("a-user"), str(top / CONF), False),
        ("b", uri("b-json"), str(top / JSON), True),
        ("", NONE, "the system's socket", False),
    ]


@pytest.mark.parametrize(
    ("environ", "default"),
    [
        ({}, ""),
        ({"CONTAINER_CONNECTION": "a"}, "a"),
        ({"CONTAINER_CONNECTION": "nobody"}, None),
        ({"CONTAINER_HOST": "ssh://vm", "CONTAINER_SSHKEY": "/k"}, "CONTAINER_HOST"),
        ({"PODMAN_SOCKET_PATH": "/x"}, "PODMAN_SOCKET_PATH"),
    ],
)
def test_one_is_the_default_at_most(
    top: Path, environ: dict[str, str], default: str | None
) -> None:
    Case("", {JSON: connections_json("", "a")}).make(top)
    found = listed({"HOME": str(top / "home"), **environ})
    marked = [each.name or each.source for each in found if each.is_default]
    assert marked == ([] if default is None else [default or "the system's socket"])


def test_a_user_sees_both_sockets(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 7)
    told = [(each.uri, each.is_default) for each in listed({"HOME": str(top)})]
    assert told == [("unix:///run/user/7/podman/podman.sock", True), (NONE, False)]


def test_the_public_function_takes_the_processs_environment(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONTAINER_CONNECTION", raising=False)
    monkeypatch.setenv("HOME", str(top))
    monkeypatch.setenv("CONTAINER_HOST", "/mine")
    assert [each.uri for each in podlib.find_connections() if each.is_default] == ["/mine"]


def test_a_broken_file_without_connections_does_not_matter(top: Path) -> None:
    broken = '[engine\n# active_service = "a"\n'
    assert choose(Case("", {CONF: broken, "etc/containers.conf": broken}), top).uri == NONE


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (b'[engine]\n# active_service = "a"\n\t#[service_destinations]\n', False),
        (b'x = 1\r\n  "Active_Service" = "a"', True),
        (b"[engine.service_destinations.a]", True),
    ],
)
def test_most_files_need_no_toml(text: bytes, needed: bool) -> None:
    assert bool(re.search(files._NEEDED, text)) == needed
