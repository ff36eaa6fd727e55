"""Services of podlib's own, played by a program that takes the listener as Podman does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import podlib
from podlib.errors import ClosedError, ConnectError, PodmanError, TruncatedError
from tests.http.servers import ScriptedServer, answering

from .flavours import NO_CONTENT, PING

if TYPE_CHECKING:
    from .flavours import Exists

pytestmark = pytest.mark.timeout(60)

PODMAN = """#!{python} -S
import json, os, socket, sys, threading, time

here = "{here}"
assert os.environ["LISTEN_PID"] == str(os.getpid()), "the listener is not for us"
assert os.environ["LISTEN_FDS"] == "1"
with open(f"{{here}}/{{os.getpid()}}", "w") as file:
    json.dump([sys.argv[1:], dict(os.environ), os.getsid(0) == os.getpid()], file)
listener = socket.socket(fileno=3)

def serve(sock):
    while asked := sock.recv(65536):
        if b"/die/" in asked:
            print("Error: dying", file=sys.stderr, flush=True)
            os._exit(3)
        head = "HTTP/1.1 200 OK", "Libpod-API-Version: 5.8.2", "Content-Length: 2", "", "OK"
        sock.sendall("\\r\\n".join(head).encode())

while True:
    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
"""
BROKEN = """#!/bin/sh
echo "Error: cannot stat $1" >&2
exit 125
"""


class Program:
    """A program that plays Podman."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.path = folder / "podman"
        self.path.write_text(text.format(python=sys.executable, here=folder))
        self.path.chmod(0o755)

    def runs(self) -> list[tuple[list[str], dict[str, str], bool]]:
        """The words, the environment and whether it was apart from our terminal, of each run."""
        return [tuple(json.loads(path.read_text())) for path in self._started()]

    def alive(self) -> list[int]:
        """The processes that still run."""
        pids = [int(path.name) for path in self._started()]
        return [pid for pid in pids if Path(f"/proc/{pid}/exe").exists()]

    def _started(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*"))

    def wait_until_gone(self) -> None:
        """Nothing of it may be left in the end."""
        end = time.monotonic() + 10
        while alive := self.alive():
            assert time.monotonic() < end, alive
            time.sleep(0.005)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A Podman that serves."""
    return Program(tmp_path, PODMAN)


def test_it_gets_its_listener_and_all_options(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONTAINER_HOST", "CONTAINER_CONNECTION", "NOTIFY_SOCKET"):
        monkeypatch.setenv(name, "/elsewhere")
    options: dict[str, Any] = {
        "root": Path("/r o"),
        "runroot": "/rr",
        "auth_file": "/a",
        "tmpdir": "/t",
    }
    with podlib.Podman.transient(
        podman=program.path, options=["--log-level=warn"], **options
    ) as client:
        assert client.socket == ""
        assert program.runs() == []  # not before it is needed
        assert client.containers.exists("web")
        [(words, environ, apart)] = program.runs()
        service = ["system", "service", "--time=0", f"unix://{client.socket}"]
        assert words == ["--root=/r o", "--runroot=/rr", "--log-level=warn", *service]
        assert (environ["REGISTRY_AUTH_FILE"], environ["TMPDIR"]) == ("/a", "/t")
        assert not {"CONTAINER_HOST", "CONTAINER_CONNECTION", "NOTIFY_SOCKET"} & environ.keys()
        assert apart
        assert Path(client.socket).parent.stat().st_mode & 0o777 == 0o700
    assert program.alive() == []
    assert not Path(client.socket).parent.exists()


async def test_it_ends_with_its_asyncio_client(program: Program) -> None:
    async with podlib.AsyncPodman.transient(podman=program.path) as client:
        assert await client.containers.exists("web")
        assert len(program.alive()) == 1
    assert program.alive() == []


def test_it_ends_after_an_exception(program: Program) -> None:
    def interrupted() -> None:
        with podlib.Podman.transient(podman=program.path) as client:
            assert client.containers.exists("web")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert program.alive() == []


def test_several_at_once(program: Program) -> None:
    with (
        podlib.Podman.transient(podman=program.path, root="/1") as one,
        podlib.Podman.transient(podman=program.path, root="/2") as two,
    ):
        assert one.containers.exists("web")
        assert two.containers.exists("web")
        assert one.socket != two.socket
        assert {words[0] for words, _, _ in program.runs()} == {"--root=/1", "--root=/2"}
        one.close()
        assert two.containers.exists("web")


def test_many_first_calls_start_one(program: Program) -> None:
    together = threading.Barrier(8)

    def call() -> None:
        together.wait(10)
        assert client.containers.exists("web")

    with podlib.Podman.transient(podman=program.path) as client:
        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(program.runs()) == 1


KILLED = """
import podlib, signal, threading, time
def first_call():
    podman.containers.exists("web")
podman = podlib.Podman.transient(podman="{}")
thread = threading.Thread(target=first_call)  # a thread that starts it, and ends before it
thread.start()
thread.join()
podman.containers.exists("web")
print(podman.socket, flush=True)
signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_dies_with_its_parent_and_leaves_nothing(
    program: Program, number: signal.Signals
) -> None:
    command = [sys.executable, "-c", KILLED.format(program.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        folder = Path(process.stdout.readline().decode().strip()).parent
        assert folder.is_dir()
        assert len(program.alive()) == 1
        process.send_signal(number)
    program.wait_until_gone()
    # The fixture waits until the folder is gone too.


def test_it_ends_when_its_client_is_forgotten(program: Program) -> None:
    command = [sys.executable, "-c", f"{KILLED.format(program.path).partition('signal.pause')[0]}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    program.wait_until_gone()


# -- what goes wrong -----------------------------------------------------------------------------


def test_an_early_end_says_why(tmp_path: Path, exists_by_service: Exists) -> None:
    broken = Program(tmp_path, BROKEN)
    with pytest.raises(ConnectError) as caught:
        exists_by_service(podman=broken.path, root="/nowhere")
    assert str(caught.value) == (
        "the transient service: `podman system service` ended with status 125: "
        "Error: cannot stat --root=/nowhere"
    )


@pytest.mark.parametrize("name", ["no-such-podman", "/no/such/podman"])
def test_no_podman(name: str, exists_by_service: Exists) -> None:
    with pytest.raises(ConnectError, match=f"there is no program '{name}'; install Podman, or"):
        exists_by_service(podman=name)


def test_an_end_during_a_call(program: Program) -> None:
    with podlib.Podman.transient(podman=program.path) as client:
        assert client.containers.exists("web")
        with pytest.raises(TruncatedError, match="ended with status 3: Error: dying"):
            client.request("POST", "die/now")
        assert client.containers.exists("web")  # by another
        assert len(program.alive()) == 1


def test_a_closed_client_starts_nothing(program: Program) -> None:
    client = podlib.Podman.transient(podman=program.path)
    client.close()
    with pytest.raises(ClosedError):
        client.containers.exists("web")
    assert program.runs() == []


def test_closing_ends_a_call_that_waits(tmp_path: Path) -> None:
    asleep = Program(tmp_path, f"#!/bin/sh\necho started > {tmp_path}/started\nexec sleep 60\n")
    client = podlib.Podman.transient(podman=asleep.path)
    raised: list[BaseException] = []

    def first_call() -> None:
        try:
            client.containers.exists("web")
        except PodmanError as error:
            raised.append(error)

    thread = threading.Thread(target=first_call)
    thread.start()
    while not (tmp_path / "started").exists():
        time.sleep(0.005)
    client.close()
    thread.join(10)
    assert [type(error) for error in raised] == [ClosedError]


# -- only where nothing else answers -------------------------------------------------------------


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Program) -> Path:
    """No socket anywhere, no configuration, and Podman on PATH. Where root's socket would be."""
    for name in ("CONTAINER_CONNECTION", "CONTAINER_HOST", "PODMAN_SOCKET_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PODMAN_CONNECTIONS_CONF", "")
    monkeypatch.setenv("CONTAINERS_CONF", "/dev/null")
    monkeypatch.setattr("podlib.connection.order.ROOT_SOCKET", str(tmp_path / "root.sock"))
    monkeypatch.setenv("PATH", f"{program.folder}:{os.environ['PATH']}")
    return tmp_path / "root.sock"


def test_without_a_socket_the_error_names_the_way(nowhere: Path, exists: Exists) -> None:
    with pytest.raises(ConnectError, match=r"Podman\(transient=True\)") as caught:
        exists()
    assert f"cannot connect to {nowhere}" in str(caught.value)


def test_without_podman_it_does_not(
    nowhere: Path, exists: Exists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(nowhere.parent / "none"))
    with pytest.raises(ConnectError) as caught:
        exists()
    assert "transient" not in str(caught.value)


@pytest.mark.usefixtures("nowhere")
def test_without_a_socket_one_is_started(program: Program, exists: Exists) -> None:
    assert exists(transient=True)
    assert len(program.runs()) == 1
    program.wait_until_gone()


def test_a_socket_that_answers_is_taken(nowhere: Path, program: Program, exists: Exists) -> None:
    with ScriptedServer(nowhere, answering(PING, NO_CONTENT)):
        assert exists(transient=True)
    assert program.runs() == []


@pytest.mark.usefixtures("nowhere")
def test_what_was_chosen_is_never_replaced(
    program: Program, exists: Exists, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConnectError):
        exists("/given.sock", transient=True)
    monkeypatch.setenv("CONTAINER_HOST", "unix:///chosen.sock")
    with pytest.raises(ConnectError, match=r"/chosen\.sock"):
        exists(transient=True)
    assert program.runs() == []
