# Generated from tests/live/_async/test_container_attach.py: edit there.
"""Attached to containers: their standard streams, both ways."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    ParameterError,
    TimedOutError,
)
from podlib.http.flow_sync import sleep

from .steps import run, running, said, until

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from podlib import Podman
    from podlib._sync.sessions import Session

CAT = ("cat",)
APART = ("sh", "-c", "echo out; sleep 0.2; echo err >&2; sleep 0.2; echo out again; exit 3")

AT_ONCE = ("sh", "-c", "echo out; echo err >&2; exit 3")


def written(session: Session, *, size: int | None = None) -> dict[str, bytes]:
    """What comes on each stream, until the end or until there are ``size`` bytes."""
    found = {"stdout": b"", "stderr": b""}
    for stream, data in session.output():
        found[stream] += data
        if size is not None and sum(map(len, found.values())) >= size:
            break
    return found


def left(stream: AbstractContextManager[object]) -> None:
    """Open a stream, and leave it."""
    with stream:
        pass


def connections(podman: Podman) -> int:
    """How many are in use."""
    http = podman._link._http
    assert http
    return len(http._active)


def test_output_apart_from_the_start(podman: Podman, image: str) -> None:
    created = podman.containers.create(image, command=APART, network="none")
    with podman.containers.attach(created.id) as session:
        assert not session.tty
        podman.containers.start(created.id)
        assert written(session) == {"stdout": b"out\nout again\n", "stderr": b"err\n"}
        assert session.read() is None
        assert session.exit_code() == 3


def test_one_stream_only(podman: Podman, image: str) -> None:
    created = podman.containers.create(image, command=APART, network="none")
    with podman.containers.attach(created.id, stdout=False) as session:
        podman.containers.start(created.id)
        assert written(session) == {"stdout": b"", "stderr": b"err\n"}


def test_input(podman: Podman, image: str) -> None:
    container = run(podman, image, command=CAT, stdin=True, network="none")
    with podman.containers.attach(container, stdin=True) as session:
        session.write(b"hello\n")
        assert (written(session, size=6))["stdout"] == b"hello\n"
        session.write(b"end")
        session.close_write()
        assert (written(session))["stdout"] == b"end"
        assert session.exit_code() == 0


def test_communicate(podman: Podman, image: str) -> None:
    command = ["sh", "-c", "cat; echo err >&2; exit 9"]
    created = podman.containers.create(image, command=command, stdin=True, network="none")
    with podman.containers.attach(created.id, stdin=True) as session:
        podman.containers.start(created.id)
        result = session.communicate(b"to and fro")
        assert (result.exit_code, result.stdout, result.stderr) == (9, b"to and fro", b"err\n")
    again = podman.containers.create(image, command=AT_ONCE, network="none")
    with podman.containers.attach(again.id) as session:
        podman.containers.start(again.id)
        result = session.communicate()
        assert (result.exit_code, result.text) == (3, "out\n")


def test_interact(podman: Podman, image: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a terminal; ``test_terminal.py`` has what a person types."""
    created = podman.containers.create(image, command=AT_ONCE, network="none")
    with podman.containers.attach(created.id) as session:
        podman.containers.start(created.id)
        assert session.interact() == 3
    assert capfd.readouterr() == ("out\n", "err\n")
    assert connections(podman) == 0


def test_the_exit_code_of_what_is_gone(podman: Podman, image: str) -> None:
    created = podman.containers.create(
        image, name="short", command=AT_ONCE, network="none", remove=True
    )
    with podman.containers.attach("short") as session:
        podman.containers.start(created.id)
        written(session)

        def is_gone() -> bool:
            return not podman.containers.exists(created.id)

        until(is_gone)
        if podman.server_version.startswith("4."):
            with pytest.raises(NotFoundError):
                session.exit_code()
        else:
            assert session.exit_code() == 3
            assert session._ended() == 3


def test_a_hundred_megabytes_both_ways_at_once(podman_a: Podman, image: str) -> None:
    data = os.urandom(100_000_000)
    container = run(podman_a, image, command=CAT, stdin=True, network="none", log_driver="none")
    with podman_a.containers.attach(container, stdin=True) as session:
        result = session.communicate(data)
    same = result.stdout == data  # a difference of this size is no reading
    assert same
    assert (result.exit_code, result.stderr) == (0, b"")


def test_leaving_ends_the_input(podman: Podman, image: str) -> None:
    container = run(podman, image, command=CAT, stdin=True, network="none")
    with podman.containers.attach(container, stdin=True) as session:
        session.write(b"still\n")
        assert (written(session, size=6))["stdout"] == b"still\n"
        assert running(podman, container)
    assert podman.containers.wait(container, timeout=10) == 0


def test_logs_first(podman: Podman, image: str) -> None:
    command = ["sh", "-c", "echo before; cat"]
    container = run(podman, image, command=command, stdin=True, network="none")

    def has_written() -> bool:
        return said(podman, container) == ["before"]

    until(has_written)
    with podman.containers.attach(container, logs=True, stream=False) as session:
        assert (written(session))["stdout"] == b"before\n"
    with podman.containers.attach(container, stdin=True, logs=True) as session:
        session.write(b"after\n")
        assert (written(session, size=13))["stdout"] == b"before\nafter\n"


def test_terminal(podman: Podman, image: str) -> None:
    command = [
        "sh",
        "-c",
        "trap 'stty size; exit 4' WINCH; echo ready; while :; do sleep 0.05; done",
    ]
    created = podman.containers.create(image, command=command, tty=True, stdin=True, network="none")
    with podman.containers.attach(created.id, stdin=True) as session:
        assert session.tty
        podman.containers.start(created.id)
        assert (written(session, size=7))["stdout"] == b"ready\r\n"
        session.resize(height=33, width=44)
        assert written(session) == {"stdout": b"33 44\r\n", "stderr": b""}
        assert session.exit_code() == 4
    with pytest.raises(ConflictError):
        podman.containers.resize(created.id, height=1, width=1)


def test_resize(podman: Podman, image: str) -> None:
    container = run(podman, image, command=["sleep", "60"], tty=True, stdin=True, network="none")
    podman.containers.resize(container, height=12, width=34)
    result = podman.exec.run(container, ["sh", "-c", "stty size < /dev/console"])
    assert result.stdout == b"12 34\n"
    with pytest.raises(NotFoundError, match="nobody"):
        podman.containers.resize("nobody", height=1, width=1)


def test_detach_keys(podman: Podman, image: str) -> None:
    container = run(podman, image, command=["sleep", "60"], tty=True, stdin=True, network="none")
    with podman.containers.attach(container, stdin=True, detach_keys="ctrl-a,b") as session:
        for key in (b"\x01", b"b"):
            sleep(0.1)  # as one read each, or the server takes them for text
            session.write(key)
        written(session)
    assert running(podman, container)
    with pytest.raises(APIError, match="detach keys"):
        left(podman.containers.attach(container, detach_keys="nonsense"))


def test_what_is_refused(podman: Podman, image: str) -> None:
    created = podman.containers.create(image)
    with pytest.raises(NotFoundError, match="nobody"):
        left(podman.containers.attach("nobody"))
    with pytest.raises(ParameterError, match="'%'"):
        left(podman.containers.attach("%"))
    with pytest.raises(BadRequestError, match="at least one"):
        left(podman.containers.attach(created.id, stdout=False, stderr=False))
    with pytest.raises(BadRequestError, match=r"(?i)logs or stream"):
        left(podman.containers.attach(created.id, stream=False))


def test_limits_and_what_is_left_open(podman: Podman, image: str) -> None:
    container = run(podman, image, command=["sleep", "60"], network="none")
    limited = podman.with_timeouts(idle=0.2)
    with pytest.raises(TimedOutError), limited.containers.attach(container) as session:
        session.read()
    with pytest.raises(ZeroDivisionError), podman.containers.attach(container):
        raise ZeroDivisionError
    assert connections(podman) == 0
    assert running(podman, container)
