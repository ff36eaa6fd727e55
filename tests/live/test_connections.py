"""podlib connects to what ``podman --remote`` connects to, by the same variables and files."""

from __future__ import annotations

import json
import re
from shutil import rmtree
from typing import TYPE_CHECKING

import pytest

from podlib.connection.order import listed
from podlib.connection.sockets import candidates
from podlib.errors import ConnectError, FileError
from tests.connections import (
    CASES,
    FALLS_BACK,
    JSON,
    Case,
    connections_json,
    containers_conf,
    install,
)

from .marks import checkpointing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.testbed import Host

pytestmark = checkpointing  # Podman 4.3 has no podman-connections.json

TOP = "/mnt/share/connections"
REMOTE = """
mount --bind $0/etc /etc/containers
mount --bind $0/usr /usr/share/containers
exec podman --remote "$@"
"""


@pytest.fixture
def top(host: Host) -> Iterator[Path]:
    """The folder that the host sees as ``TOP``."""
    folder = host.share / "connections"
    yield folder
    rmtree(folder)


def remote(host: Host, environ: dict[str, str], *words: str) -> str:
    """What the host's own client says in that environment, with the files of ``TOP``."""
    variables = [f"{name}={value}" for name, value in environ.items()]
    unshare = ["unshare", "--mount", "sh", "-ec", REMOTE, TOP]
    done = host.run("env", *variables, *unshare, *words, check=False, timeout=30)
    return done.stdout if done.returncode == 0 else done.stderr


def connects_to(host: Host, case: Case) -> str:
    """The URI that the host's own client would try: its help has it, and waits for no socket."""
    said = remote(host, case.variables(TOP), "--help")
    found = re.search(r'--url .*\(default "(.*)"\)', said)
    assert found, said
    return found[1]


@pytest.mark.parametrize("name", CASES)
def test_the_same_socket(host: Host, top: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if host.version >= "6":  # the machine's own: it sorts files in another way
        return
    case = CASES[name]
    case.make(top)
    install(top, monkeypatch)
    [ours] = candidates(environ=case.variables(str(top)))
    assert (connects_to(host, case), f"unix://{ours.path}") == (case.used, case.used)


@pytest.mark.parametrize("name", FALLS_BACK)
def test_where_podman_falls_back_podlib_raises(
    host: Host, top: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = FALLS_BACK[name]
    case.make(top)
    install(top, monkeypatch)
    assert connects_to(host, case) == case.used
    with pytest.raises(
        (ConnectError, FileError), match=r"podman-connections\.json|containers\.conf"
    ):
        candidates(environ=case.variables(str(top)))


UNKNOWN = Case("", environ={"CONTAINER_CONNECTION": "nobody"})
BROKEN = Case("", {"etc/containers.conf": '[engine]\nactive_service = "a'})
NOT_THERE = Case("", environ={"CONTAINERS_CONF": "{top}/home/none.conf"})


@pytest.mark.parametrize(
    ("case", "told"), [(UNKNOWN, "nobody"), (BROKEN, "containers.conf"), (NOT_THERE, "none.conf")]
)
def test_what_neither_takes(
    host: Host, top: Path, case: Case, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.make(top)
    install(top, monkeypatch)
    said = remote(host, case.variables(TOP), "info")
    assert told in said
    assert "dial" not in said
    with pytest.raises((ConnectError, FileError), match=told):
        candidates(environ=case.variables(str(top)))


LISTED = Case(
    "",
    {
        JSON: connections_json("m", "z", "m", Identity="/keys/m", IsMachine=True),
        "etc/containers.conf": containers_conf("etc", "x", "m", "x")
        + '\nidentity = "/keys/x"\nis_machine = false',
    },
)


def test_the_same_list(host: Host, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    LISTED.make(top)
    install(top, monkeypatch)
    said = remote(host, LISTED.variables(TOP), "system", "connection", "list", "--format=json")
    theirs = sorted(  # what is empty is left out
        (
            *(each["Name"], each["URI"], each.get("Identity", "")),
            *(each.get("IsMachine", False), each["Default"]),
        )
        for each in json.loads(said)
    )
    *ours, socket = listed(LISTED.variables(str(top)))
    assert theirs == [
        (each.name, each.uri, each.identity, each.is_machine, each.is_default) for each in ours
    ]
    assert (socket.source, socket.is_default) == ("the system's socket", False)
