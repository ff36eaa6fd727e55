# Generated from tests/live/_async/test_exec.py: edit there.
"""Further processes in running containers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    ClosedError,
    ConflictError,
    ConnectError,
    NotFoundError,
    ParameterError,
    TimedOutError,
)
from podlib.http.flow_sync import sleep

from .steps import lacks, run, running, until
from .test_container_attach import connections, left, written

if TYPE_CHECKING:
    from podlib import Podman
    from tests.testbed import Host

SLEEP = ("sleep", "60")


@pytest.fixture
def container(podman: Podman, image: str) -> str:
    """A container that runs."""
    return run(podman, image, name="host-of-all", command=SLEEP, network="none", env={"OWN": "1"})


# -- run -------------------------------------------------------------------------------------


def test_run(podman: Podman, container: str) -> None:
    script = "echo out; echo err >&2; echo grüße; exit 3"
    result = podman.exec.run(container, ["sh", "-c", script])
    assert (result.exit_code, result.stderr) == (3, b"err\n")
    assert result.stdout == "out\ngrüße\n".encode()
    assert result.text == "out\ngrüße\n"
    result = podman.exec.run("host-of-all", ["true"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, b"", b"")
    odd = podman.exec.run(container, ["printf", r"\377"])
    assert odd.text == "\ufffd"
    assert connections(podman) == 0


def test_run_with_input(podman: Podman, container: str) -> None:
    result = podman.exec.run(container, ["sh", "-c", "wc -c; cat >&2"], input=b"12345")
    assert result.stdout.strip() == b"5"
    assert (podman.exec.run(container, ["cat"], input=b"")).stdout == b""
    large = os.urandom(1 << 16) * 48
    result = podman.exec.run(container, ["cat"], input=large)
    assert result.stdout == large
    result = podman.exec.run(container, ["head", "-c", "3"], input=large)  # it leaves the rest
    assert result.exit_code == 0
    # Podman's own connection to the process is reset over the input that nobody reads: now and
    # then it loses the output, and says so on stderr. Bare sockets see the same.
    assert result.stdout in (large[:3], b"")
    assert connections(podman) == 0


def test_a_hundred_megabytes_both_ways_at_once(podman_b: Podman, image: str) -> None:
    container = run(podman_b, image, command=SLEEP, network="none")
    data = os.urandom(100_000_000)
    result = podman_b.exec.run(container, ["cat"], input=data)
    same = result.stdout == data  # a difference of this size is no reading
    assert same
    assert (result.exit_code, result.stderr) == (0, b"")


def test_run_with_options(podman: Podman, container: str) -> None:
    script = "echo $OWN $MORE; id -u; id -g; pwd"
    result = podman.exec.run(
        container,
        ["sh", "-c", script],
        env={"MORE": "a=b c"},
        user="1000:1001",
        workdir="/bin",
    )
    assert result.text.splitlines() == ["1 a=b c", "1000", "1001", "/bin"]
    script = "grep CapEff /proc/self/status"
    plain = podman.exec.run(container, ["sh", "-c", script])
    more = podman.exec.run(container, ["sh", "-c", script], privileged=True)
    assert int(plain.text.split()[1], 16) < int(more.text.split()[1], 16)
    terminal = podman.exec.run(container, ["sh", "-c", "tty; echo err >&2"], tty=True)
    assert terminal.stdout.startswith(b"/dev/pts/")
    assert terminal.stdout.endswith(b"err\r\n")
    assert terminal.stderr == b""


def test_run_what_cannot_be_run(podman: Podman, container: str) -> None:
    result = podman.exec.run(container, ["nonesuch"])
    assert result.exit_code == 127
    assert b"nonesuch" in result.stderr
    result = podman.exec.run(container, ["/etc"])
    assert result.exit_code in (125, 126)
    assert b"/etc" in result.stderr
    with pytest.raises(NotFoundError, match="nobody"):
        podman.exec.run("nobody", ["true"])
    with pytest.raises(ParameterError, match="'%'"):
        podman.exec.run("%", ["true"])
    with pytest.raises(ParameterError, match="empty"):
        podman.exec.run(container, [])
    with pytest.raises(ParameterError, match="command"):
        podman.exec.run(container, "true")
    with pytest.raises(ParameterError, match="did you mean 'workdir'"):
        podman.exec.run(container, ["true"], work_dir="/")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake that is tested
    with pytest.raises(ParameterError, match="'A=B'"):
        podman.exec.run(container, ["true"], env={"A=B": "c"})
    with pytest.raises(ParameterError, match="terminal"):
        podman.exec.run(container, ["cat"], input=b"x", tty=True)
    podman.containers.pause(container)
    with pytest.raises(ConflictError):
        podman.exec.run(container, ["true"])
    podman.containers.unpause(container)
    podman.containers.kill(container)
    podman.containers.wait(container)
    with pytest.raises(ConflictError):
        podman.exec.run(container, ["true"])


def test_run_within_a_limit(podman: Podman, container: str) -> None:
    with pytest.raises(TimedOutError):
        podman.with_timeouts(total=0.5).exec.run(container, SLEEP)
    with pytest.raises(TimedOutError):
        podman.with_timeouts(total=0.5).exec.run(container, SLEEP, input=bytes(1 << 22))
    assert connections(podman) == 0
    assert running(podman, container)


# -- create, inspect, remove -----------------------------------------------------------------


def test_create_and_inspect(podman: Podman, container: str) -> None:
    created = podman.exec.create(
        "host-of-all",
        ["ls", "-l", "/"],
        stdin=True,
        stdout=False,
        user="nobody:nogroup",
        privileged=True,
        detach_keys="ctrl-a",
    )
    found = podman.exec.inspect(created.id)
    assert (found.id, found.container_id) == (created.id, container)
    assert (found.open_stdin, found.open_stdout, found.open_stderr) == (True, False, True)
    assert (found.running, found.pid, found.exit_code) == (False, 0, 0)
    assert found.detach_keys == "ctrl-a"
    process = found.process_config
    assert process
    assert (process.entrypoint, process.arguments) == ("ls", ["-l", "/"])
    assert (process.user, process.privileged, process.tty) == ("nobody:nogroup", True, False)
    assert created.id in (podman.containers.inspect(container)).exec_ids
    with pytest.raises(NotFoundError, match="no exec session"):
        podman.exec.inspect("0" * 64)
    with pytest.raises(NotFoundError, match="nobody"):
        podman.exec.create("nobody", ["true"])


def test_remove(podman: Podman, container: str) -> None:
    created = podman.exec.create(container, SLEEP)
    if lacks(podman, "4.8.0", lambda: podman.exec.remove(created.id)):
        return
    podman.exec.start_detached(created.id)
    with pytest.raises(ConflictError):
        podman.exec.remove(created.id)
    assert (podman.exec.inspect(created.id)).running
    podman.exec.remove(created.id, force=True)
    for call in (podman.exec.inspect, podman.exec.remove):
        with pytest.raises(NotFoundError):
            call(created.id)
    other = podman.exec.create(container, ["true"])
    podman.exec.remove(other.id)
    assert (podman.containers.inspect(container)).exec_ids == []


# -- start -----------------------------------------------------------------------------------


def test_start(podman: Podman, container: str) -> None:
    script = "read line; echo got $line; echo err >&2; cat; exit 5"
    created = podman.exec.create(container, ["sh", "-c", script], stdin=True)
    with podman.exec.start(created.id) as session:
        assert not session.tty
        session.write(b"one\n")
        found = written(session, size=12)
        assert found == {"stdout": b"got one\n", "stderr": b"err\n"}
        assert (podman.exec.inspect(created.id)).running
        session.write(b"rest")
        session.close_write()
        assert (written(session))["stdout"] == b"rest"
        assert session.read() is None
        assert session.exit_code() == 5
    with pytest.raises(ConflictError):
        left(podman.exec.start(created.id))
    with pytest.raises(NotFoundError):
        left(podman.exec.start("0" * 64))
    assert connections(podman) == 0


def test_a_session_at_once(podman: Podman, container: str) -> None:
    """``containers.exec``: create and start in one."""
    script = "read line; echo got $line $MORE; id -u; pwd; echo err >&2; cat; exit 5"
    with podman.containers.exec(
        "host-of-all", ["sh", "-c", script], env={"MORE": "more"}, user="1000", workdir="/bin"
    ) as session:
        assert not session.tty
        session.write(b"one\n")
        found = written(session, size=27)
        assert found == {"stdout": b"got one more\n1000\n/bin\n", "stderr": b"err\n"}
        session.write(b"rest")
        session.close_write()
        assert session.read() == ("stdout", b"rest")
        assert session.read() is None
        assert session.exit_code() == 5
    with podman.containers.exec(
        container, ["stty", "size"], stdin=False, tty=True, height=11, width=22
    ) as session:
        assert (session.communicate()).stdout == b"11 22\r\n"
        with pytest.raises(ParameterError, match="terminal"):
            session.communicate(b"x")
    with podman.containers.exec(
        container, ["sh", "-c", "echo out; echo err >&2"], stdin=False, stdout=False
    ) as session:
        assert written(session) == {"stdout": b"", "stderr": b"err\n"}
    with pytest.raises(NotFoundError, match="nobody"):
        left(podman.containers.exec("nobody", ["true"]))
    assert connections(podman) == 0


def test_a_service_that_is_killed(podman_b: Podman, host_b: Host, image: str) -> None:
    """The end of the connection looks like that of the process, until one asks for its code."""
    container = run(podman_b, image, command=SLEEP, network="none")
    with podman_b.containers.exec(container, ["sh", "-c", "echo on; cat"]) as session:
        assert (written(session, size=3))["stdout"] == b"on\n"
        host_b.kill_service()
        assert session.read() is None
        with pytest.raises(ConnectError):
            session.exit_code()


def test_start_with_a_terminal(podman: Podman, container: str) -> None:
    script = "stty -echo; stty size; read line; stty size; cat; exit 6"
    created = podman.exec.create(container, ["sh", "-c", script], stdin=True, tty=True)
    with podman.exec.start(created.id, height=11, width=22) as session:
        assert session.tty
        assert (written(session, size=7))["stdout"] == b"11 22\r\n"
        session.resize(height=33, width=44)
        session.write(b"\n")
        assert (written(session, size=7))["stdout"] == b"33 44\r\n"
        session.write(b"typed\n\x04")
        assert written(session) == {"stdout": b"typed\r\n", "stderr": b""}
        assert session.exit_code() == 6


def test_write_to_what_has_ended(podman: Podman, container: str) -> None:
    created = podman.exec.create(container, ["true"], stdin=True)
    with podman.exec.start(created.id) as session:
        assert written(session) == {"stdout": b"", "stderr": b""}
        with pytest.raises(ClosedError):
            session.write(bytes(1 << 24))
        assert session.exit_code() == 0


def test_detach_keys(podman: Podman, container: str) -> None:
    if podman.server_version.startswith("4."):
        return  # it does not heed them: nothing to see within any time
    created = podman.exec.create(container, SLEEP, stdin=True, tty=True, detach_keys="ctrl-a,b")
    with podman.exec.start(created.id) as session:
        for key in (b"\x01", b"b"):
            sleep(0.1)  # as one read each, or the server takes them for text
            session.write(key)
        written(session)
    assert (podman.exec.inspect(created.id)).running


def test_leaving_early(podman: Podman, container: str) -> None:
    cat = podman.exec.create(container, ["sh", "-c", "cat; echo end > /end"], stdin=True)
    with podman.exec.start(cat.id):
        pass

    def has_ended() -> bool:
        return not (podman.exec.run(container, ["test", "-e", "/end"])).exit_code

    until(has_ended)  # its input ended
    other = podman.exec.create(container, SLEEP)
    with pytest.raises(ZeroDivisionError), podman.exec.start(other.id):
        raise ZeroDivisionError
    assert (podman.exec.inspect(other.id)).running
    assert connections(podman) == 0


def test_start_detached(podman: Podman, container: str) -> None:
    created = podman.exec.create(container, ["sh", "-c", "echo here > /here; sleep 60"])
    podman.exec.start_detached(created.id)

    def is_here() -> bool:
        return (podman.exec.run(container, ["cat", "/here"])).stdout == b"here\n"

    until(is_here)
    found = podman.exec.inspect(created.id)
    assert found.running
    assert found.pid > 0
    with pytest.raises(ConflictError):
        podman.exec.start_detached(created.id)
    nonesuch = podman.exec.create(container, ["nonesuch"])
    with pytest.raises(APIError, match="nonesuch"):
        podman.exec.start_detached(nonesuch.id)
    with pytest.raises(NotFoundError):
        podman.exec.start_detached("0" * 64)


def test_resize(podman: Podman, container: str) -> None:
    script = "trap 'stty size > /size' WINCH; touch /on; while :; do sleep 0.05; done"
    created = podman.exec.create(container, ["sh", "-c", script], tty=True)
    with pytest.raises(APIError):
        podman.exec.resize(created.id, height=1, width=1)
    podman.exec.resize(created.id, height=1, width=1, running=True)

    def has_size() -> bool:
        return (podman.exec.run(container, ["cat", "/size"])).stdout == b"12 34\n"

    def is_on() -> bool:
        return not (podman.exec.run(container, ["test", "-e", "/on"])).exit_code

    with podman.exec.start(created.id):
        until(is_on)
        podman.exec.resize(created.id, height=12, width=34)
        until(has_size)
    with pytest.raises(NotFoundError):
        podman.exec.resize("0" * 64, height=1, width=1)
