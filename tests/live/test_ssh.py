"""Services behind a real sshd, by the real ssh."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import podlib
from podlib.errors import ConnectError, TruncatedError
from tests.testbed.tools import install

from .far import Server, following, ordinary_user, use, use_with_asyncio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.testbed import Host

SOCKET = "/mnt/share/podman.sock"
SERVER = """\
ListenAddress 127.0.0.1:2222
HostKey /mnt/share/ssh/host
AuthorizedKeysFile /mnt/share/ssh/user.pub
StrictModes no
UsePAM no
PidFile none
"""
CLIENT = """\
Host vm
  HostName 127.0.0.1
  Port {port}
  User root
  IdentityFile {folder}/user
Host *
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  GlobalKnownHostsFile /dev/null
"""


class SSHD:
    """An sshd in a host, and this machine's ssh with a configuration that knows it as ``vm``."""

    def __init__(self, host: Host, folder: Path, server: Server) -> None:
        self.host, self.folder, self.server = host, folder, server
        config = CLIENT.format(port=server.port, folder=folder)
        (folder / "config").write_text(config)
        key = (folder / "host.pub").read_text()
        (folder / "known").write_text(f"[127.0.0.1]:{server.port} {key}")

    @property
    def url(self) -> str:
        """Its place, without what the configuration knows."""
        return f"ssh://root@127.0.0.1:{self.server.port}"

    def sessions(self) -> list[str]:
        """The connections that are open, as the host sees them."""
        lines = self.host.run("busybox", "ps", "-o", "args").stdout.splitlines()
        return [line for line in lines if "sshd" in line and "[priv]" in line]


@pytest.fixture
def sshd(host_a: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SSHD]:
    """Of host-a, reached through a relay."""
    install("ssh", apt=["openssh-client"], dnf=["openssh-clients"])
    if host_a.base.root == Path("/"):
        install("sshd", apt=["openssh-server"], dnf=["openssh-server"])
    folder = host_a.share / "ssh"
    folder.mkdir()
    for name in ("host", "user", "wrong"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(words, check=True)
    (folder / "server").write_text(SERVER)
    (tmp_path / "ssh").write_text(
        f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config "$@"\n'
    )
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    host_a.run("mkdir", "-p", "/run/sshd")
    command = ("/usr/sbin/sshd", "-D", "-e", "-f", "/mnt/share/ssh/server")
    try:
        with Server(host_a, 2222, *command) as server:
            yield SSHD(host_a, folder, server)
    finally:
        shutil.rmtree(folder)


def test_all_of_it_over_ssh(sshd: SSHD, image: str) -> None:
    with podlib.Podman(f"ssh://vm{SOCKET}") as podman:
        use(podman, image)
        assert len(sshd.sessions()) == 1
        # The service is away and comes back, behind the same ssh.
        podman.volumes.create(name="begin")
        with following(podman) as events:
            sshd.host.kill_service()
            with pytest.raises(TruncatedError):
                list(events)
        with pytest.raises(ConnectError, match=f"nobody listens at {SOCKET} there; ssh says"):
            podman.volumes.exists("begin")
        sshd.host.start_service()
        assert podman.volumes.exists("begin")
        # The connection drops, and another is made.
        with following(podman) as events:
            sshd.server.relay.drop()
            with pytest.raises(TruncatedError):
                list(events)
        wait_until(lambda: not ssh_runs(podman))
        assert podman.volumes.exists("begin")
        assert len(sshd.sessions()) == 1
    wait_until_left(sshd)


async def test_the_socket_is_asked_for(sshd: SSHD, image: str) -> None:
    sshd.host.run("mkdir", "-p", "/run/podman")
    sshd.host.run("ln", "-sf", SOCKET, "/run/podman/podman.sock")
    async with podlib.AsyncPodman(sshd.url, identity=sshd.folder / "user") as podman:
        await use_with_asyncio(podman, image)
    wait_until_left(sshd)


def test_the_service_of_an_ordinary_user(sshd: SSHD) -> None:
    words = ordinary_user(sshd.host)
    socket = sshd.host.root / words[-1].partition("=/")[2] / "podman" / "podman.sock"
    service = sshd.host.start("ann.log", *words, "podman", "system", "service", "--time=0")
    wait_until(socket.exists)
    url = f"ssh://ann@127.0.0.1:{sshd.server.port}"
    with podlib.Podman(url, identity=sshd.folder / "user") as podman:
        assert podman.system.info().host.security.rootless
    sshd.host.end(service)
    wait_until_left(sshd)


def test_a_client_that_is_killed_leaves_no_connection(sshd: SSHD) -> None:
    code = f"import podlib; podman = podlib.Podman('ssh://vm{SOCKET}'); podman.system.ping()"
    with subprocess.Popen(
        [sys.executable, "-c", f"{code}; print('there', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"there\n"
        assert len(sshd.sessions()) == 1
        process.kill()
    wait_until_left(sshd)


def wait_until_left(sshd: SSHD) -> None:
    wait_until(lambda: not sshd.sessions())


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def ssh_runs(podman: podlib.Podman) -> bool:
    """Whether a process of this machine makes the client's socket."""
    wanted = f"\0-L\0{podman.socket}:".encode()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has just ended
            if wanted in path.read_bytes():
                return True
    return False


def test_what_ssh_says_is_told_at_once(sshd: SSHD) -> None:
    def refusal(url: str, key: str) -> str:
        begin = time.monotonic()
        with (
            podlib.Podman(f"{url}{SOCKET}", identity=sshd.folder / key) as podman,
            pytest.raises(ConnectError) as caught,
        ):
            podman.system.ping()
        assert time.monotonic() - begin < 1.5
        return str(caught.value)

    said = refusal(sshd.url, "wrong")
    assert said.startswith(f"as given: cannot connect to {sshd.url}{SOCKET}: ssh ended with")
    assert "Permission denied (publickey" in said
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "Connection refused" in refusal(f"ssh://root@127.0.0.1:{port}", "user")
    (sshd.folder / "known").write_text("")
    assert "Host key verification failed" in refusal(sshd.url, "user")
