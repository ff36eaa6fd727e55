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
from podlib.http.flow_async import sleep

from .steps import lacks, run, running, until
from .test_container_attach import connections, left, written

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from tests.testbed import Host

SLEEP = ("sleep", "60")


@pytest.fixture
async def container(podman: AsyncPodman, image: str) -> str:
    """A container that runs."""
    return await run(
        podman, image, name="host-of-all", command=SLEEP, network="none", env={"OWN": "1"}
    )


# -- run -------------------------------------------------------------------------------------


async def test_run(podman: AsyncPodman, container: str) -> None:
    script = "echo out; echo err >&2; echo grüße; exit 3"
    result = await podman.exec.run(container, ["sh", "-c", script])
    assert (result.exit_code, result.stderr) == (3, b"err\n")
    assert result.stdout == "out\ngrüße\n".encode()
    assert result.text == "out\ngrüße\n"
    result = await podman.exec.run("host-of-all", ["true"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, b"", b"")
    odd = await podman.exec.run(container, ["printf", r"\377"])
    assert odd.text == "\ufffd"
    assert connections(podman) == 0


async def test_run_with_input(podman: AsyncPodman, container: str) -> None:
    result = await podman.exec.run(container, ["sh", "-c", "wc -c; cat >&2"], input=b"12345")
    assert result.stdout.strip() == b"5"
    assert (await podman.exec.run(container, ["cat"], input=b"")).stdout == b""
    large = os.urandom(1 << 16) * 48
    result = await podman.exec.run(container, ["cat"], input=large)
    assert result.stdout == large
    result = await podman.exec.run(
        container, ["head", "-c", "3"], input=large
    )  # it leaves the rest
    assert result.exit_code == 0
    # Podman's own connection to the process is reset over the input that nobody reads: now and
    # then it loses the output, and says so on stderr. Bare sockets see the same.
    assert result.stdout in (large[:3], b"")
    assert connections(podman) == 0


async def test_a_hundred_megabytes_both_ways_at_once(podman_b: AsyncPodman, image: str) -> None:
    container = await run(podman_b, image, command=SLEEP, network="none")
    data = os.urandom(100_000_000)
    result = await podman_b.exec.run(container, ["cat"], input=data)
    same = result.stdout == data  # a difference of this size is no reading
    assert same
    assert (result.exit_code, result.stderr) == (0, b"")


async def test_run_with_options(podman: AsyncPodman, container: str) -> None:
    script = "echo $OWN $MORE; id -u; id -g; pwd"
    result = await podman.exec.run(
        container,
        ["sh", "-c", script],
        env={"MORE": "a=b c"},
        user="1000:1001",
        workdir="/bin",
    )
    assert result.text.splitlines() == ["1 a=b c", "1000", "1001", "/bin"]
    script = "grep CapEff /proc/self/status"
    plain = await podman.exec.run(container, ["sh", "-c", script])
    more = await podman.exec.run(container, ["sh", "-c", script], privileged=True)
    assert int(plain.text.split()[1], 16) < int(more.text.split()[1], 16)
    terminal = await podman.exec.run(container, ["sh", "-c", "tty; echo err >&2"], tty=True)
    assert terminal.stdout.startswith(b"/dev/pts/")
    assert terminal.stdout.endswith(b"err\r\n")
    assert terminal.stderr == b""


async def test_run_what_cannot_be_run(podman: AsyncPodman, container: str) -> None:
    result = await podman.exec.run(container, ["nonesuch"])
    assert result.exit_code == 127
    assert b"nonesuch" in result.stderr
    result = await podman.exec.run(container, ["/etc"])
    assert result.exit_code in (125, 126)
    assert b"/etc" in result.stderr
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.exec.run("nobody", ["true"])
    with pytest.raises(ParameterError, match="'%'"):
        await podman.exec.run("%", ["true"])
    with pytest.raises(ParameterError, match="empty"):
        await podman.exec.run(container, [])
    with pytest.raises(ParameterError, match="command"):
        await podman.exec.run(container, "true")
    with pytest.raises(ParameterError, match="did you mean 'workdir'"):
        await podman.exec.run(container, ["true"], work_dir="/")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake that is tested
    with pytest.raises(ParameterError, match="'A=B'"):
        await podman.exec.run(container, ["true"], env={"A=B": "c"})
    with pytest.raises(ParameterError, match="terminal"):
        await podman.exec.run(container, ["cat"], input=b"x", tty=True)
    await podman.containers.pause(container)
    with pytest.raises(ConflictError):
        await podman.exec.run(container, ["true"])
    await podman.containers.unpause(container)
    await podman.containers.kill(container)
    await podman.containers.wait(container)
    with pytest.raises(ConflictError):
        await podman.exec.run(container, ["true"])


async def test_run_within_a_limit(podman: AsyncPodman, container: str) -> None:
    with pytest.raises(TimedOutError):
        await podman.with_timeouts(total=0.5).exec.run(container, SLEEP)
    with pytest.raises(TimedOutError):
        await podman.with_timeouts(total=0.5).exec.run(container, SLEEP, input=bytes(1 << 22))
    assert connections(podman) == 0
    assert await running(podman, container)


# -- create, inspect, remove -----------------------------------------------------------------


async def test_create_and_inspect(podman: AsyncPodman, container: str) -> None:
    created = await podman.exec.create(
        "host-of-all",
        ["ls", "-l", "/"],
        stdin=True,
        stdout=False,
        user="nobody:nogroup",
        privileged=True,
        detach_keys="ctrl-a",
    )
    found = await podman.exec.inspect(created.id)
    assert (found.id, found.container_id) == (created.id, container)
    assert (found.open_stdin, found.open_stdout, found.open_stderr) == (True, False, True)
    assert (found.running, found.pid, found.exit_code) == (False, 0, 0)
    assert found.detach_keys == "ctrl-a"
    process = found.process_config
    assert process
    assert (process.entrypoint, process.arguments) == ("ls", ["-l", "/"])
    assert (process.user, process.privileged, process.tty) == ("nobody:nogroup", True, False)
    assert created.id in (await podman.containers.inspect(container)).exec_ids
    with pytest.raises(NotFoundError, match="no exec session"):
        await podman.exec.inspect("0" * 64)
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.exec.create("nobody", ["true"])


async def test_remove(podman: AsyncPodman, container: str) -> None:
    created = await podman.exec.create(container, SLEEP)
    if await lacks(podman, "4.8.0", lambda: podman.exec.remove(created.id)):
        return
    await podman.exec.start_detached(created.id)
    with pytest.raises(ConflictError):
        await podman.exec.remove(created.id)
    assert (await podman.exec.inspect(created.id)).running
    await podman.exec.remove(created.id, force=True)
    for call in (podman.exec.inspect, podman.exec.remove):
        with pytest.raises(NotFoundError):
            await call(created.id)
    other = await podman.exec.create(container, ["true"])
    await podman.exec.remove(other.id)
    assert (await podman.containers.inspect(container)).exec_ids == []


# -- start -----------------------------------------------------------------------------------


async def test_start(podman: AsyncPodman, container: str) -> None:
    script = "read line; echo got $line; echo err >&2; cat; exit 5"
    created = await podman.exec.create(container, ["sh", "-c", script], stdin=True)
    async with podman.exec.start(created.id) as session:
        assert not session.tty
        await session.write(b"one\n")
        found = await written(session, size=12)
        assert found == {"stdout": b"got one\n", "stderr": b"err\n"}
        assert (await podman.exec.inspect(created.id)).running
        await session.write(b"rest")
        await session.close_write()
        assert (await written(session))["stdout"] == b"rest"
        assert await session.read() is None
        assert await session.exit_code() == 5
    with pytest.raises(ConflictError):
        await left(podman.exec.start(created.id))
    with pytest.raises(NotFoundError):
        await left(podman.exec.start("0" * 64))
    assert connections(podman) == 0


async def test_a_session_at_once(podman: AsyncPodman, container: str) -> None:
    """``containers.exec``: create and start in one."""
    script = "read line; echo got $line $MORE; id -u; pwd; echo err >&2; cat; exit 5"
    async with podman.containers.exec(
        "host-of-all", ["sh", "-c", script], env={"MORE": "more"}, user="1000", workdir="/bin"
    ) as session:
        assert not session.tty
        await session.write(b"one\n")
        found = await written(session, size=27)
        assert found == {"stdout": b"got one more\n1000\n/bin\n", "stderr": b"err\n"}
        await session.write(b"rest")
        await session.close_write()
        assert await session.read() == ("stdout", b"rest")
        assert await session.read() is None
        assert await session.exit_code() == 5
    async with podman.containers.exec(
        container, ["stty", "size"], stdin=False, tty=True, height=11, width=22
    ) as session:
        assert (await session.communicate()).stdout == b"11 22\r\n"
        with pytest.raises(ParameterError, match="terminal"):
            await session.communicate(b"x")
    async with podman.containers.exec(
        container, ["sh", "-c", "echo out; echo err >&2"], stdin=False, stdout=False
    ) as session:
        assert await written(session) == {"stdout": b"", "stderr": b"err\n"}
    with pytest.raises(NotFoundError, match="nobody"):
        await left(podman.containers.exec("nobody", ["true"]))
    assert connections(podman) == 0


async def test_a_service_that_is_killed(podman_b: AsyncPodman, host_b: Host, image: str) -> None:
    """The end of the connection looks like that of the process, until one asks for its code."""
    container = await run(podman_b, image, command=SLEEP, network="none")
    async with podman_b.containers.exec(container, ["sh", "-c", "echo on; cat"]) as session:
        assert (await written(session, size=3))["stdout"] == b"on\n"
        host_b.kill_service()
        assert await session.read() is None
        with pytest.raises(ConnectError):
            await session.exit_code()


async def test_start_with_a_terminal(podman: AsyncPodman, container: str) -> None:
    script = "stty -echo; stty size; read line; stty size; cat; exit 6"
    created = await podman.exec.create(container, ["sh", "-c", script], stdin=True, tty=True)
    async with podman.exec.start(created.id, height=11, width=22) as session:
        assert session.tty
        assert (await written(session, size=7))["stdout"] == b"11 22\r\n"
        await session.resize(height=33, width=44)
        await session.write(b"\n")
        assert (await written(session, size=7))["stdout"] == b"33 44\r\n"
        await session.write(b"typed\n\x04")
        assert await written(session) == {"stdout": b"typed\r\n", "stderr": b""}
        assert await session.exit_code() == 6


async def test_write_to_what_has_ended(podman: AsyncPodman, container: str) -> None:
    created = await podman.exec.create(container, ["true"], stdin=True)
    async with podman.exec.start(created.id) as session:
        assert await written(session) == {"stdout": b"", "stderr": b""}
        with pytest.raises(ClosedError):
            await session.write(bytes(1 << 24))
        assert await session.exit_code() == 0


async def test_detach_keys(podman: AsyncPodman, container: str) -> None:
    if podman.server_version.startswith("4."):
        return  # it does not heed them: nothing to see within any time
    created = await podman.exec.create(
        container, SLEEP, stdin=True, tty=True, detach_keys="ctrl-a,b"
    )
    async with podman.exec.start(created.id) as session:
        for key in (b"\x01", b"b"):
            await sleep(0.1)  # as one read each, or the server takes them for text
            await session.write(key)
        await written(session)
    assert (await podman.exec.inspect(created.id)).running


async def test_leaving_early(podman: AsyncPodman, container: str) -> None:
    cat = await podman.exec.create(container, ["sh", "-c", "cat; echo end > /end"], stdin=True)
    async with podman.exec.start(cat.id):
        pass

    async def has_ended() -> bool:
        return not (await podman.exec.run(container, ["test", "-e", "/end"])).exit_code

    await until(has_ended)  # its input ended
    other = await podman.exec.create(container, SLEEP)
    with pytest.raises(ZeroDivisionError):
        async with podman.exec.start(other.id):
            raise ZeroDivisionError
    assert (await podman.exec.inspect(other.id)).running
    assert connections(podman) == 0


async def test_start_detached(podman: AsyncPodman, container: str) -> None:
    created = await podman.exec.create(container, ["sh", "-c", "echo here > /here; sleep 60"])
    await podman.exec.start_detached(created.id)

    async def is_here() -> bool:
        return (await podman.exec.run(container, ["cat", "/here"])).stdout == b"here\n"

    await until(is_here)
    found = await podman.exec.inspect(created.id)
    assert found.running
    assert found.pid > 0
    with pytest.raises(ConflictError):
        await podman.exec.start_detached(created.id)
    nonesuch = await podman.exec.create(container, ["nonesuch"])
    with pytest.raises(APIError, match="nonesuch"):
        await podman.exec.start_detached(nonesuch.id)
    with pytest.raises(NotFoundError):
        await podman.exec.start_detached("0" * 64)


async def test_resize(podman: AsyncPodman, container: str) -> None:
    script = "trap 'stty size > /size' WINCH; touch /on; while :; do sleep 0.05; done"
    created = await podman.exec.create(container, ["sh", "-c", script], tty=True)
    with pytest.raises(APIError):
        await podman.exec.resize(created.id, height=1, width=1)
    await podman.exec.resize(created.id, height=1, width=1, running=True)

    async def has_size() -> bool:
        return (await podman.exec.run(container, ["cat", "/size"])).stdout == b"12 34\n"

    async def is_on() -> bool:
        return not (await podman.exec.run(container, ["test", "-e", "/on"])).exit_code

    async with podman.exec.start(created.id):
        await until(is_on)
        await podman.exec.resize(created.id, height=12, width=34)
        await until(has_size)
    with pytest.raises(NotFoundError):
        await podman.exec.resize("0" * 64, height=1, width=1)
