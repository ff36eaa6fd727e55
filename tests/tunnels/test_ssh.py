"""Tunnels, with a program that plays OpenSSH: what it is asked, and what becomes of its answers.

That the real one understands it is tried in ``tests/live/test_ssh.py``.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import podlib
from podlib.cli import main
from podlib.errors import (
    ClosedError,
    ConnectError,
    ParameterError,
    PodmanError,
    TimedOutError,
    TruncatedError,
)
from tests.http.servers import Peer, ScriptedServer, answering
from tests.testbed.processes import start_time

from .flavours import NO_CONTENT, PING, Exists

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.timeout(60)

SSH = """#!{python} -S
import json, os, socket, sys, threading, time

here, mode = "{here}", open("{here}/mode").read()
with open(f"{{here}}/{{os.getpid()}}.call", "w") as file:
    json.dump(sys.argv[1:], file)
if mode == "refuses":
    print("ann@vm: Permission denied (publickey).", file=sys.stderr)
    sys.exit(255)
if mode == "hangs":
    time.sleep(60)
if "-L" not in sys.argv:
    print(open(f"{{here}}/answer").read())
    sys.exit()
here, _, there = sys.argv[sys.argv.index("-L") + 1].partition(":")
if os.path.exists(here):
    os.unlink(here)  # StreamLocalBindUnlink
listener = socket.socket(socket.AF_UNIX)
listener.bind(here)
listener.listen()
print(flush=True)  # LocalCommand

def copy(a, b):
    while data := a.recv(65536):
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)

def serve(near):
    far = socket.socket(socket.AF_UNIX)
    try:
        far.connect(there)
    except OSError:
        print("channel 2: open failed: connect failed: open failed", file=sys.stderr, flush=True)
        near.close()
        return
    threading.Thread(target=copy, args=[near, far], daemon=True).start()
    copy(far, near)
    near.close()

while True:
    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
"""


class OpenSSH:
    """The program, first on PATH."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "ssh").write_text(SSH.format(python=sys.executable, here=folder))
        (folder / "ssh").chmod(0o755)
        self.plays("")

    def plays(self, mode: str) -> None:
        """How it behaves from now on."""
        (self._folder / "mode").write_text(mode)

    def answers(self, text: str) -> None:
        """What a command there prints."""
        (self._folder / "answer").write_text(text)

    def calls(self) -> list[list[str]]:
        """The words of all calls, the oldest first."""
        return [json.loads(path.read_text()) for path in self._calls()]

    def _calls(self) -> list[Path]:
        return sorted(self._folder.glob("*.call"), key=lambda path: path.stat().st_mtime_ns)

    def pids(self) -> list[int]:
        """Those that run."""
        pids = [int(path.stem) for path in self._calls()]
        return [pid for pid in pids if runs(pid)]

    def drop(self) -> None:
        """The connection breaks."""
        [pid] = self.pids()
        os.kill(pid, signal.SIGKILL)

    def wait_until_gone(self) -> None:
        """Nothing of it may be left in the end."""
        wait_for(lambda: not self.pids())


def runs(pid: int) -> bool:
    """Whether any thread of it does: they share its sockets."""
    found = False
    with suppress(FileNotFoundError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(ProcessLookupError):
                found = found or start_time(int(task.name)) > 0
    return found


def wait_for(there: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not there():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenSSH:
    """A program that plays OpenSSH; the far host is this one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return OpenSSH(folder)


@pytest.fixture
def there(tmp_path: Path) -> str:
    """The service's socket on the far host."""
    return str(tmp_path / "podman.sock")


def serving(there: str) -> ScriptedServer:
    return ScriptedServer(there, answering(PING, NO_CONTENT))


def test_what_ssh_is_asked_for(ssh: OpenSSH, there: str, exists: Exists) -> None:
    with serving(there):
        assert exists(f"ssh://ann@vm.example:2222{there}", identity="/my keys/k")
    [words] = ssh.calls()
    assert words[words.index("-L") + 1].endswith(f"/podman.sock:{there}")
    assert words[-8:] == ["-p", "2222", "-l", "ann", "-i", "/my keys/k", "--", "vm.example"]
    assert {"-N", "BatchMode=yes", "ControlPath=none"} <= {*words}
    ssh.wait_until_gone()


def test_what_is_not_said_is_left_to_ssh(ssh: OpenSSH, there: str) -> None:
    with serving(there), podlib.Podman(f"ssh://vm{there}") as podman:
        assert podman.containers.exists("web")
        assert podman.socket != there
    [words] = ssh.calls()
    assert not {"-p", "-l", "-i"} & {*words}
    assert not any("StrictHostKeyChecking" in word for word in words)


def test_one_tunnel_for_all_calls(ssh: OpenSSH, there: str) -> None:
    def script(peer: Peer) -> None:
        while True:
            if b"_ping" in peer.head():
                together.wait(10)
                peer.send(PING)
            else:
                peer.send(NO_CONTENT)

    together = threading.Barrier(4)
    with ScriptedServer(there, script), podlib.Podman(f"ssh://vm{there}") as podman:
        threads = [
            threading.Thread(target=podman.containers.exists, args=["web"]) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(ssh.calls()) == 1


def test_the_socket_is_asked_for(ssh: OpenSSH, there: str, exists: Exists) -> None:
    ssh.answers(f"unix://{there}")
    with serving(there):
        assert exists("ssh://vm")
    [asking, tunnel] = ssh.calls()
    assert asking[-1] == "podman info --format '{{.Host.RemoteSocket.Path}}'"
    assert tunnel[tunnel.index("-L") + 1].endswith(f":{there}")


def test_an_answer_that_is_no_socket(ssh: OpenSSH, exists: Exists) -> None:
    ssh.answers("Welcome to vm!")
    with pytest.raises(
        ConnectError, match=r"ssh://vm: podman info names no socket; write ssh://vm/"
    ):
        exists("ssh://vm")


def test_a_machine_has_no_known_host_key(
    ssh: OpenSSH, there: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = {"URI": f"ssh://core@localhost:1{there}", "Identity": "/k", "IsMachine": True}
    document = {"Connection": {"Default": "m", "Connections": {"m": machine}}}
    (tmp_path / "connections.json").write_text(json.dumps(document))
    monkeypatch.setenv("PODMAN_CONNECTIONS_CONF", str(tmp_path / "connections.json"))
    with serving(there), podlib.Podman(connection="m") as podman:
        assert podman.containers.exists("web")
    assert {"StrictHostKeyChecking=no", "/k"} <= {*ssh.calls()[0]}


def test_the_command_tests_each_with_its_key(
    ssh: OpenSSH, there: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PODMAN_SOCKET_PATH", raising=False)
    monkeypatch.setenv("CONTAINER_HOST", f"ssh://vm{there}")
    monkeypatch.setenv("CONTAINER_SSHKEY", "/k")
    with serving(there):
        assert main(["connections"]) == 0
    [used] = [each for each in json.loads(capfd.readouterr().out)["data"] if each["used"]]
    assert used["version"]
    assert "/k" in ssh.calls()[0]
    ssh.plays("refuses")
    assert main(["connections"]) == 0
    [used] = [each for each in json.loads(capfd.readouterr().out)["data"] if each["used"]]
    assert used["error"].startswith(f"cannot connect to ssh://vm{there}: ")


# -- what goes wrong -----------------------------------------------------------------------------


def test_what_ssh_says_is_told(ssh: OpenSSH, there: str, exists: Exists) -> None:
    ssh.plays("refuses")
    with pytest.raises(ConnectError) as caught:
        exists(f"ssh://ann@vm{there}")
    assert str(caught.value) == (
        f"as given: cannot connect to ssh://ann@vm{there}: "
        "ssh ended with status 255: ann@vm: Permission denied (publickey)."
    )


def test_a_host_that_does_not_answer_takes_as_long_as_it_may(ssh: OpenSSH, exists: Exists) -> None:
    ssh.plays("hangs")
    with pytest.raises(
        TimedOutError, match=r"did not connect to ssh://vm/s within 0\.2 s"
    ) as caught:
        exists("ssh://vm/s", connect_timeout=0.2)
    assert caught.value.limit == "connect"
    ssh.wait_until_gone()


def test_no_service_there(ssh: OpenSSH, there: str, exists: Exists) -> None:
    with pytest.raises(ConnectError) as caught:
        exists(f"ssh://vm{there}")
    assert f"ssh://vm: nobody listens at {there} there; ssh says: channel 2: open" in str(
        caught.value
    )
    assert len(ssh.calls()) == 1


def test_no_ssh(exists: Exists, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConnectError, match="there is no program 'ssh'"):
        exists("ssh://vm/s")


@pytest.mark.parametrize("flavour", ["blocking", "asyncio"])
def test_a_tunnel_that_drops_is_made_again(ssh: OpenSSH, there: str, flavour: str) -> None:
    def blocking() -> None:
        with podlib.Podman(f"ssh://vm{there}") as podman:
            for _ in range(3):
                assert podman.containers.exists("web")
                ssh.drop()
                ssh.wait_until_gone()

    async def with_asyncio() -> None:
        async with podlib.AsyncPodman(f"ssh://vm{there}") as podman:
            for _ in range(3):
                assert await podman.containers.exists("web")
                ssh.drop()
                ssh.wait_until_gone()

    with serving(there):
        blocking() if flavour == "blocking" else asyncio.run(with_asyncio())
    assert len(ssh.calls()) == 3


@pytest.mark.parametrize("flavour", ["blocking", "asyncio"])
def test_a_tunnel_of_the_docker_side_that_drops_is_made_again(
    ssh: OpenSSH, there: str, flavour: str
) -> None:
    def blocking() -> None:
        with podlib.Podman(f"ssh://vm{there}") as podman:
            for _ in range(3):
                podman.docker.containers.start("web")
                ssh.drop()
                ssh.wait_until_gone()

    async def with_asyncio() -> None:
        async with podlib.AsyncPodman(f"ssh://vm{there}") as podman:
            for _ in range(3):
                await podman.docker.containers.start("web")
                ssh.drop()
                ssh.wait_until_gone()

    def script(peer: Peer) -> None:
        while True:
            peer.send(PING if b"_ping" in peer.head() else NO_CONTENT)

    with ScriptedServer(there, script):
        blocking() if flavour == "blocking" else asyncio.run(with_asyncio())
    assert len(ssh.calls()) == 3


def test_a_tunnel_that_drops_during_a_call(ssh: OpenSSH, there: str) -> None:
    def script(peer: Peer) -> None:
        if b"_ping" in peer.head():
            peer.send(PING)
            peer.head()
        if len(ssh.calls()) == 1:
            ssh.drop()
            peer.wait_for_end()
        peer.send(NO_CONTENT)

    with ScriptedServer(there, script), podlib.Podman(f"ssh://vm{there}") as podman:
        with pytest.raises(TruncatedError):
            podman.request("POST", "x")
        assert podman.containers.exists("web")


def test_a_service_that_comes_back_behind_the_tunnel(ssh: OpenSSH, there: str) -> None:
    with podlib.Podman(f"ssh://vm{there}") as podman:
        with serving(there):
            assert podman.containers.exists("web")
        os.unlink(there)  # noqa: PTH108 -- a text
        with pytest.raises(ConnectError, match="nobody listens"):
            podman.containers.exists("web")
        with ScriptedServer(there, answering(NO_CONTENT)):
            assert podman.containers.exists("web")
    assert len(ssh.calls()) == 1


@pytest.mark.parametrize("mode", ["", "hangs"])
def test_closing_ends_ssh(ssh: OpenSSH, there: str, mode: str) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        asked.set()
        peer.wait_for_end()

    def first_call() -> None:
        try:
            podman.containers.exists("web")
        except PodmanError as error:
            raised.append(error)

    asked = threading.Event()
    raised: list[BaseException] = []
    ssh.plays(mode)
    podman = podlib.Podman(f"ssh://vm{there}")
    with ScriptedServer(there, script):
        thread = threading.Thread(target=first_call)
        thread.start()
        wait_for(lambda: bool(ssh.pids()) if mode else asked.is_set())
        podman.close()
        thread.join(10)
    assert [type(error) for error in raised] == [ClosedError]
    assert ssh.pids() == []


def test_ssh_dies_with_its_client(ssh: OpenSSH, there: str) -> None:
    code = f"""
import podlib
podman = podlib.Podman("ssh://vm{there}")
print(podman.containers.exists("web"), flush=True)
input()
"""
    with (
        serving(there),
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdout
        assert process.stdout.readline() == b"True\n"
        assert len(ssh.pids()) == 1
        process.kill()
        ssh.wait_until_gone()


@pytest.mark.parametrize("url", ["ssh://ann:secret@vm/s", "ssh://ann:@vm/s"])
def test_a_password_is_refused(url: str) -> None:
    with pytest.raises(ParameterError, match=r"ssh://ann:\*\*\*@vm/s: OpenSSH takes no password"):
        podlib.Podman(url)
