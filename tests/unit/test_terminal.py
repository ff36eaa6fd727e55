"""The program's own streams: a terminal that is made raw and put in order; pipes; their ends."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import termios
import threading
import time
from typing import TYPE_CHECKING

import pytest

from podlib import FileError, terminal
from podlib.terminal import Size, Terminal, detach_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(60)


class Streams:
    """What stands for the streams of the program: one terminal for all, or three pipes."""

    def __init__(self, patch: pytest.MonkeyPatch, *, tty: bool) -> None:
        if tty:
            self.person, streams = os.openpty()
            self.open = {self.person, streams}
            self.ends = (self.person, self.person, self.person)
            own: tuple[int, ...] = (streams,) * 3
        else:
            pairs = os.pipe(), os.pipe()[::-1], os.pipe()[::-1]
            own = tuple(one for one, _ in pairs)
            self.ends = (pairs[0][1], pairs[1][1], pairs[2][1])
            self.open = {*own, *self.ends}
        for name, fd in zip(("STDIN", "STDOUT", "STDERR"), own, strict=True):
            patch.setattr(terminal, name, fd)

    def close(self, fd: int) -> None:
        self.open.discard(fd)
        os.close(fd)

    def resize(self, height: int, width: int) -> None:
        fcntl.ioctl(self.person, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))

    @property
    def mode(self) -> list[object]:
        return termios.tcgetattr(self.person)


def handlers() -> list[object]:
    """Of the signals that matter; the time limit of the tests has SIGALRM."""
    numbers = {*terminal._DEADLY, signal.SIGWINCH} - {signal.SIGALRM}
    return [signal.getsignal(number) for number in sorted(numbers)]


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Streams]:
    """A terminal; pipes if the test is marked so."""
    made = Streams(monkeypatch, tty=getattr(request, "param", True))
    before = handlers()
    yield made
    assert handlers() == before
    for fd in made.open:
        os.close(fd)


pipes = pytest.mark.parametrize("streams", [False], ids=["pipes"], indirect=True)


def is_raw(streams: Streams) -> bool:
    flags = streams.mode[3]
    assert isinstance(flags, int)
    return not flags & (termios.ICANON | termios.ECHO | termios.ISIG)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("ctrl-p,ctrl-q", b"\x10\x11"),
        ("a,ctrl-A,z", b"a\x01z"),
        ("ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", b"\x00\x1b\x1c\x1d\x1e\x1f"),
        ("", b""),
        ("nonsense", b""),
        ("ctrl-é", b""),
    ],
)
def test_detach_keys(keys: str, wanted: bytes) -> None:
    assert detach_bytes(keys) == wanted


def test_raw_and_back(streams: Streams) -> None:
    before = streams.mode
    with Terminal(tty=True, reads=True) as lent:
        assert is_raw(streams)
    assert streams.mode == before
    for fd in (*lent._stop, *lent._change):
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(fd)
    with pytest.raises(ZeroDivisionError), Terminal(tty=True, reads=True):
        raise ZeroDivisionError
    assert streams.mode == before


@pytest.mark.parametrize(("tty", "reads"), [(False, True), (True, False)])
def test_left_as_it_is(streams: Streams, *, tty: bool, reads: bool) -> None:
    """Where the process has no terminal, or gets no input: Ctrl-C is the program's own."""
    before = streams.mode
    with Terminal(tty=tty, reads=reads):
        assert streams.mode == before


def test_sizes_and_what_is_typed(streams: Streams) -> None:
    streams.resize(24, 80)
    with Terminal(tty=True, reads=True) as lent:
        assert lent.next() == Size(24, 80)
        os.write(streams.person, b"\x03")
        assert lent.next() == b"\x03"
        streams.resize(30, 90)
        os.kill(os.getpid(), signal.SIGWINCH)
        assert lent.next() == Size(30, 90)
        lent.write("stdout", b"shown\n")
        assert os.read(streams.person, 100) == b"shown\n"  # as it is: no line end is added to
        lent.write("stderr", b"this too")
        assert os.read(streams.person, 100) == b"this too"


def test_a_terminal_of_no_size(streams: Streams) -> None:
    os.write(streams.person, b"x")
    with Terminal(tty=True, reads=True) as lent:
        assert lent.next() == b"x"


def test_a_terminal_that_is_hung_up(streams: Streams) -> None:
    with Terminal(tty=True, reads=True) as lent:
        streams.close(streams.person)
        assert lent.next() == b""
        with pytest.raises(FileError, match="standard error: Input/output error"):
            lent.write("stderr", b"x")


def test_a_terminal_that_refuses(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise termios.error(5, "Input/output error")

    before = streams.mode
    monkeypatch.setattr(terminal, "setraw", refuse)
    with pytest.raises(FileError, match=r"terminal of the standard input: .*Input/output error"):
        Terminal(tty=True, reads=True).__enter__()
    assert streams.mode == before


def test_without_a_standard_output(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has none where the program was started without one."""
    monkeypatch.setattr("sys.stdout", None)
    with Terminal(tty=True, reads=True):
        assert is_raw(streams)


def test_a_signal_that_has_a_handler_is_left_to_it(streams: Streams) -> None:
    came: list[int] = []
    handler = signal.signal(signal.SIGUSR1, lambda number, _: came.append(number))
    try:
        with Terminal(tty=True, reads=True):
            os.kill(os.getpid(), signal.SIGUSR1)
            assert came == [signal.SIGUSR1]
            assert is_raw(streams)
    finally:
        signal.signal(signal.SIGUSR1, handler)


def test_in_another_thread(streams: Streams) -> None:
    before = streams.mode
    found: list[object] = []

    def work() -> None:
        with Terminal(tty=True, reads=True) as lent:
            found.append(is_raw(streams))
            os.write(streams.person, b"x")
            found.append(lent.next())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [True, b"x"]
    assert streams.mode == before


@pipes
def test_pipes(streams: Streams) -> None:
    with Terminal(tty=True, reads=True) as lent:
        os.write(streams.ends[0], b"in")
        assert lent.next() == b"in"
        lent.write("stdout", b"out")
        lent.write("stderr", b"err")
        assert [os.read(fd, 100) for fd in streams.ends[1:]] == [b"out", b"err"]
        streams.close(streams.ends[0])
        assert lent.next() == b""
        lent.stop()
        assert lent.next() is None


@pipes
def test_input_that_does_not_block(streams: Streams) -> None:
    os.set_blocking(terminal.STDIN, False)
    with Terminal(tty=False, reads=True) as lent:
        assert terminal._read() is None
        os.write(streams.ends[0], b"in")
        assert lent.next() == b"in"


@pipes
def test_much_output_to_a_slow_reader(streams: Streams) -> None:
    data = bytes(range(256)) * 4_000
    os.set_blocking(terminal.STDOUT, False)
    with Terminal(tty=False, reads=False) as lent:
        thread = threading.Thread(target=lent.write, args=("stdout", data))
        thread.start()
        found = b""
        while len(found) < len(data):
            found += os.read(streams.ends[1], 10_000)
        thread.join()
    assert found == data


@pipes
def test_output_that_nobody_reads_any_more(streams: Streams) -> None:
    streams.close(streams.ends[1])
    with Terminal(tty=False, reads=False) as lent:
        with pytest.raises(FileError, match="standard output: Broken pipe") as caught:
            lent.write("stdout", b"x")
        assert caught.value.path == "the standard output"


@pipes
def test_a_stop_ends_who_waits(streams: Streams) -> None:
    assert streams.open
    ended: list[str] = []

    def read(lent: Terminal) -> None:
        assert lent.next() is None
        ended.append("read")

    def write(lent: Terminal) -> None:
        lent.write("stdout", bytes(1 << 20))  # more than a pipe takes
        ended.append("write")

    with Terminal(tty=False, reads=True) as lent:
        threads = [threading.Thread(target=work, args=(lent,)) for work in (read, write)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)  # so that they wait, most often; they end in any case
        lent.stop()
        for thread in threads:
            thread.join()
    assert sorted(ended) == ["read", "write"]
