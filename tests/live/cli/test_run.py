"""``podlib run``: what it reports, what it limits, and that nothing of it is left."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import Result

from .conftest import Command, finished

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed import Host

JSON_SCRIPT = """
printf '{"pwd": "%s", "a": "%s", "words": "%s", "data": "%s"}' \
    "$PWD" "$A" "$*" "$(cat /data/file)$(cat /host/file)$(cat /folder/file)"
echo warned >&2
"""


def containers(host: Host) -> list[str]:
    """The names of all containers."""
    return [each["Names"][0] for each in host.api("GET", "/containers/json?all=true")]


def until_running(host: Host, count: int) -> None:
    """Wait until so many containers run."""
    end = time.monotonic() + 20
    while len(host.api("GET", "/containers/json")) < count:
        assert time.monotonic() < end, "it does not run"
        time.sleep(0.05)


@pytest.mark.parametrize("host", ["host-b", "host-c"], indirect=True)
def test_a_whole_report(host: Host, image: str, tmp_path: Path) -> None:
    podlib = Command(host, tmp_path)
    result = podlib("run", image, "--name", "test", "sh", "-c", "echo hello; echo oh >&2").data
    assert len(result.pop("container_id")) == 64
    assert result == {
        "name": "test",
        "status": "exited",
        "exit_code": 0,
        "image": [image],
        "auto_remove": True,
        "stdout": "hello\n",
        "stderr": "oh\n",
    }
    failed = podlib("run", "--name", "bad", image, "sh", "-c", "echo lost; echo why >&2; exit 3")
    assert (failed.error, failed.status) == ("Container 'bad' exited with code 3: why", 3)
    for command, status in (("nope", 127), ("/nope/at/all", 127), ("/etc/hostname", 126)):
        missing = podlib("run", image, "--name", "none", command)
        assert missing.status == status
        assert missing.error.startswith("Container 'none' was not started: ")
        assert command in missing.error
    timed = podlib("run", image, "--name", "slow", "--timeout", "1", "sleep", "100")
    assert timed.error == "Container 'slow' exceeded timeout of 1s and was killed"
    assert timed.status == 125
    assert containers(host) == []
    text = podlib("--output", "text", "run", image, "sh", "-c", "echo out; echo err >&2; exit 4")
    assert text.status == 4
    assert text.stdout == "out\n"
    assert text.stderr.startswith("err\npodlib: Container ")
    assert text.stderr.endswith("exited with code 4\n")


def test_all_options(podlib: Command, image: str) -> None:
    host = podlib.host
    host.run("podman", "volume", "create", "data")
    for folder in ("one", "two"):
        host.run("sh", "-c", f"mkdir -p /mnt/{folder}; echo {folder} > /mnt/{folder}/file")
    host.run("podman", "run", "--rm", "-v", "data:/d", image, "sh", "-c", "echo data > /d/file")
    words = ["--name", "all", "--entrypoint", "/bin/sh", "--detach", "--workdir", "/bin"]
    words += ["-e", "A=b c", "--mount", "data:/data:Z,rshared", "-m", "/mnt/one:/host:z,rslave"]
    words += ["--volume", "/mnt/two:/folder:ro", "-m", "tmpfs:/scratch:,,8m", "--cpus", "0.25"]
    words += ["--network", "bridge", "--port", "18080:80", "-p", "18081:81"]
    words += ["--memory", "64m", "--memory-swap", "128m", "--timeout", "30", "--no-auto-remove"]
    result = podlib("run", image, *words, "--", "-c", JSON_SCRIPT, "sh", "x", "-y").data
    assert result["stdout"] == {
        "pwd": "/bin",
        "a": "b c",
        "words": "x -y",
        "data": "dataonetwo",
    }
    assert (result["stderr"], result["auto_remove"]) == ("warned\n", False)
    kept = host.api("GET", "/containers/all/json")
    assert (kept["Id"], kept["State"]["Status"]) == (result["container_id"], "exited")
    config = kept["HostConfig"]
    assert (config["Memory"], config["MemorySwap"]) == (64 << 20, 128 << 20)
    assert (config["NanoCpus"], config["NetworkMode"]) == (250_000_000, "bridge")
    assert {each: bound[0]["HostPort"] for each, bound in config["PortBindings"].items()} == {
        "80/tcp": "18080",
        "81/tcp": "18081",
    }
    mounts = {each["Destination"]: each for each in kept["Mounts"]}
    assert mounts["/host"]["Propagation"] == "rslave"
    assert (mounts["/data"]["Name"], mounts["/data"]["Propagation"]) == ("data", "rshared")
    assert mounts["/folder"]["RW"] is False
    assert "/scratch" in config["Tmpfs"]


def test_defaults_and_run_command(podlib: Command, image: str) -> None:
    words = ["--no-auto-remove", "--name", "plain", "--network-mode", "none"]
    words += ["--run-command", "sh -c 'cat /proc/self/limits >/dev/null; echo $0 $1' a b"]
    assert podlib("run", *words[:-2], image, *words[-2:]).data["stdout"] == "a b\n"
    config = podlib.host.api("GET", "/containers/plain/json")["HostConfig"]
    assert (config["Memory"], config["MemorySwap"]) == (20 << 20, 20 << 20)
    assert (config["NanoCpus"], config["NetworkMode"]) == (500_000_000, "none")
    assert "'nobody' is not on this host" in podlib("run", "nobody").error
    taken = podlib("run", image, "--name", "plain", "true")
    assert taken.error.startswith("Container name 'plain' is taken, nothing was touched: ")
    assert containers(podlib.host) == ["plain"]


def test_two_at_once_with_one_name(podlib: Command, image: str) -> None:
    words = ["run", image, "--name", "one", "sh", "-c", "sleep 1; echo done"]
    with podlib.start(*words) as first, podlib.start(*words) as second:
        results = [finished(first), finished(second)]
    won, lost = sorted(results, key=lambda result: result.status)
    assert won.data["stdout"] == "done\n"
    assert "Container name 'one' is taken" in lost.error
    assert containers(podlib.host) == []


def test_signals(podlib: Command, image: str) -> None:
    """Also those that are kept are killed; no process is left."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    words = ["--timeout", "90", "sleep", "100"]
    started = [podlib.start("run", image, "--name", f"s{each}", *words) for each in numbers]
    started.append(podlib.start("run", "--no-auto-remove", "--name", "kept", image, *words))
    until_running(podlib.host, len(started))
    for process, number in zip(started, (*numbers, signal.SIGTERM), strict=True):
        process.send_signal(number)
    results = [finished(process) for process in started]
    assert [result.status for result in results] == [130, 143, 129, 143]
    assert {result.error for result in results} == {"interrupted"}
    assert podlib.host.api("GET", "/containers/json") == []
    assert containers(podlib.host) == ["kept"]


def test_a_command_that_is_killed_leaves_nothing_running(podlib: Command, image: str) -> None:
    """The server ends the container a little after the limit."""
    process = podlib.start("run", image, "--timeout", "1", "--name", "left", "sleep", "100")
    until_running(podlib.host, 1)
    process.kill()
    process.communicate()
    left = podlib.host.api("GET", "/containers/left/json")
    assert left["Config"]["Timeout"] == 6


@pytest.mark.parametrize("host", ["host-a"], indirect=True)
def test_odd_surroundings(host: Host, image: str, tmp_path: Path) -> None:
    podlib = Command(host, tmp_path)
    odd = ["run", image, "printf", r"\303\244 \377 \342\202"]
    expected = "ä � �"
    assert podlib(*odd).data["stdout"] == expected
    for locale in ({"LANG": "C", "LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}):
        result = podlib(*odd, environ=locale)
        assert result.stdout.isascii()
        assert result.data["stdout"] == expected
    assert podlib("ping", start_new_session=True).data == "Pong"  # no terminal at all
    closed = podlib("ping", preexec_fn=lambda: os.close(0), stdin=None)
    assert closed.data == "Pong"
    closed = podlib("images", preexec_fn=lambda: os.close(1), stdout=None)
    assert closed.error == "the standard output is closed, so nothing was done"
    closed = podlib("inspect", "nobody", preexec_fn=lambda: os.close(2), stderr=None)
    assert (closed.status, closed.stdout, closed.stderr) == (125, "", "")


def test_nobody_reads(podlib: Command, image: str) -> None:
    """Of a document, and of what a container writes: which is killed then."""
    for words in (["images"], ["--output", "text", "run", image, "--timeout", "60", "yes"]):
        read, write = os.pipe()
        os.close(read)
        with podlib.start(*words, stdout=write) as process:
            os.close(write)
            _, stderr = process.communicate(timeout=30)
        assert process.returncode == 125
        assert b"nobody reads the output any more" in stderr
    assert containers(podlib.host) == []
    with open("/dev/full", "wb") as full:  # noqa: PTH123 -- a device
        assert podlib("ping", stdout=full).error == (
            "the output could not be written: No space left on device"
        )


def test_a_large_output(podlib: Command, image: str) -> None:
    """Text has to be held, to be a part of a document: a few times, but no more."""
    size = 100_000_000
    script = f"head -c {size} /dev/zero | tr '\\0' x"
    output = podlib.folder / "output"
    with output.open("wb") as file:
        options = ["--timeout", "90", "--cpus", "2", "--memory", "64m"]
        process = podlib.start("run", image, *options, "sh", "-c", script, stdout=file)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    result = Result(process.returncode, output.read_text(), process.stderr.read().decode())  # type: ignore[union-attr]  # it is a pipe
    process.communicate()
    data: dict[str, Any] = result.data
    assert data["stdout"] == "x" * size
    assert usage.ru_maxrss * 1024 < 5 * size


def test_json_is_passed_on_as_it_is(podlib: Command, image: str) -> None:
    document = {"statusCode": 200, "body": {"result": "größer", "n": [1, 2.5, None]}}
    text = json.dumps(document, ensure_ascii=False)
    assert podlib("run", image, "echo", text).data["stdout"] == document
