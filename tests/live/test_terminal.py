"""A person at a terminal, in a process in a container; and programs whose input is a pipe."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

import pytest

from podlib import Podman

from ._sync.steps import PATIENCE, run, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed import Host

SLEEP = ("sleep", "60")

BLOCKING = """
import os, sys
import podlib

def main(socket, how, *command):
    keys = {"detach_keys": "ctrl-a,b"}
    with podlib.Podman(socket) as podman:
        if how == "attach":
            opened = podman.containers.attach("box", stdin=True, **keys)
        else:
            opened = podman.containers.exec("box", command, tty=how == "tty", **keys)
        with opened as session:
            print("pid", os.getpid())
            code = session.interact()
    print("ended with", code)

try:
    main(*sys.argv[1:])
except KeyboardInterrupt:
    sys.exit(99)  # the shell would die of it too
"""
ASYNCIO = (
    BLOCKING.replace("def main", "async def main")
    .replace("    with ", "    async with ")
    .replace("podlib.Podman", "podlib.AsyncPodman")
    .replace("= session", "= await session")
    .replace("    main(*sys.argv[1:])", "    import asyncio; asyncio.run(main(*sys.argv[1:]))")
)
BOTH = {"blocking": (BLOCKING, "host-b"), "asyncio": (ASYNCIO, "host-b")}
OLDEST_TOO = {**BOTH, "oldest": (BLOCKING, "host-c")}


def programs(chosen: dict[str, tuple[str, str]]) -> pytest.MarkDecorator:
    """What runs, and against which host."""
    names = ("program", "host")
    return pytest.mark.parametrize(names, chosen.values(), ids=chosen, indirect=["host"])


SHELL = """
: < "$0"  # it becomes the terminal of this session
set -m  # with jobs that can be stopped
"$@"
echo "status $?"
while read -r word; do $word; echo "status $?"; done
"""
"""What runs the program: a shell, for a terminal is put in order when its session ends."""


class Person:
    """Who types what a program on a terminal reads, and sees what it writes."""

    def __init__(self, program: str, *arguments: str, height: int = 24, width: int = 80) -> None:
        self.fd, self._other = os.openpty()
        self.resize(height, width)
        self.mode = termios.tcgetattr(self.fd)
        python = [sys.executable, "-c", program, *arguments]
        self.shell = subprocess.Popen(
            ["sh", "-c", SHELL, os.ttyname(self._other), *python],
            stdin=self._other,
            stdout=self._other,
            stderr=self._other,
            start_new_session=True,
        )
        self.unseen = b""
        self.pid = int(self.sees(rb"pid (\d+)\r?\n"))
        until(self.is_raw)

    def type(self, data: bytes) -> None:
        os.write(self.fd, data)

    def resize(self, height: int, width: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))

    def sees(self, pattern: bytes, seconds: float = PATIENCE) -> bytes:
        """What it says, after what was seen before: the first group. Nothing if it does not."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.unseen)):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return b""
            self.unseen += os.read(self.fd, 65_536)
        self.unseen = self.unseen[found.end() :]
        return found[1]

    def is_raw(self) -> bool:
        return not termios.tcgetattr(self.fd)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def is_as_before(self) -> bool:
        return termios.tcgetattr(self.fd) == self.mode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._other)
        os.close(self.fd)  # hangs up: all that is left ends
        self.shell.wait(PATIENCE)


@pytest.fixture
def podman(host: Host) -> Iterator[Podman]:
    """A client of the host."""
    with Podman(host.socket) as client:
        yield client


@programs(OLDEST_TOO)
def test_a_shell(podman: Podman, host: Host, image: str, program: str) -> None:
    run(podman, image, name="box", command=SLEEP, network="none")
    with Person(program, str(host.socket), "tty", "sh", height=33, width=99) as person:
        person.type(b"until [ \"$(stty size)\" = '33 99' ]; do sleep 0.1; done; echo fi'ts'\r")
        assert person.sees(rb"(fits)")
        person.type(b"until [ \"$(stty size)\" = '44 88' ]; do sleep 0.1; done; echo fi'ts'\r")
        person.resize(44, 88)
        assert person.sees(rb"(fits)")
        trap = b"trap 'echo cau''ght; exit' INT; echo wai''ts; while :; do sleep 0.1; done"
        person.type(b'sh -c "%b"\r' % trap)
        assert person.sees(rb"(waits)")
        person.type(b"\x03")
        assert person.sees(rb"(caught)")
        person.type(b"exit 7\r")
        assert person.sees(rb"ended with (\w+)") == b"7"
        assert person.sees(rb"status (\d+)") == b"0"
        assert person.is_as_before()


@programs(OLDEST_TOO)
def test_detach_keys(podman: Podman, host: Host, image: str, program: str) -> None:
    run(podman, image, name="box", command=["cat"], tty=True, stdin=True, network="none")
    with Person(program, str(host.socket), "attach") as person:
        person.type(b"hello\r")
        assert person.sees(rb"hello\r\n(hello)\r\n")
        code = b""
        for _ in range(4):
            person.type(b"\x01")
            assert not person.sees(rb"(ended)", 0.2)  # as one read each, or they count as text
            person.type(b"b")
            if code := person.sees(rb"ended with (\w+)", PATIENCE / 4):
                break
        assert code == b"None"
        assert person.sees(rb"status (\d+)") == b"0"
        assert person.is_as_before()
    assert running(podman, "box")


@programs(BOTH)
def test_signals(podman: Podman, host: Host, image: str, program: str) -> None:
    """A stop and its end, then the death: each time the terminal is in order."""
    run(podman, image, name="box", command=SLEEP, network="none")
    with Person(program, str(host.socket), "tty", "cat") as person:
        os.kill(person.pid, signal.SIGTSTP)
        assert person.sees(rb"status (\d+)") == b"%d" % (128 + signal.SIGTSTP)
        assert person.is_as_before()
        person.type(b"fg\n")
        until(person.is_raw)
        person.type(b"on\r")
        assert person.sees(rb"on\r\n(on)\r\n")
        os.kill(person.pid, signal.SIGTERM)
        assert person.sees(rb"status (\d+)") == b"%d" % (128 + signal.SIGTERM)
        assert person.is_as_before()


@programs(BOTH)
def test_an_interrupt_from_outside(podman: Podman, host: Host, image: str, program: str) -> None:
    run(podman, image, name="box", command=SLEEP, network="none")
    with Person(program, str(host.socket), "tty", "cat") as person:
        os.kill(person.pid, signal.SIGINT)
        assert person.sees(rb"status (\d+)") == b"99"
        assert person.is_as_before()


@programs(BOTH)
def test_a_service_that_dies(podman: Podman, host: Host, image: str, program: str) -> None:
    run(podman, image, name="box", command=SLEEP, network="none")
    with Person(program, str(host.socket), "tty", "cat") as person:
        host.kill_service()
        assert person.sees(rb"(ConnectError)")
        assert person.sees(rb"status (\d+)") == b"1"
        assert person.is_as_before()


@programs(BOTH)
def test_pipes(podman: Podman, host: Host, image: str, program: str) -> None:
    """All that comes is passed on, and its end too."""
    run(podman, image, name="box", command=SLEEP, network="none")
    data = os.urandom(1 << 16) * 16
    command = ["sh", "-c", "cat; echo err >&2; exit 5"]
    python = [sys.executable, "-c", program, str(host.socket), "pipe", *command]
    done = subprocess.run(python, input=data, capture_output=True, timeout=PATIENCE, check=True)
    begin, _, rest = done.stdout.partition(b"\n")
    assert begin.startswith(b"pid ")
    assert rest == data + b"ended with 5\n"
    assert done.stderr == b"err\n"
