"""podlib's own commands, beside the contract."""

from __future__ import annotations

import json
import os
import select
import time
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import finished

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed import Host

    from .conftest import Command

TALKS = ("sh", "-c", "echo out; echo err >&2; read line; echo got $line; sleep 100")


@pytest.fixture
def web(podlib: Command, image: str) -> str:
    """A container that runs, talks and listens."""
    podlib.host.run("podman", "run", "-d", "-i", "--name", "web", "-v", "v:/v", image, *TALKS)
    return "web"


def test_logs_and_streams(podlib: Command, web: str) -> None:
    end = time.monotonic() + 10
    while len(lines := podlib("logs", web).data) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert sorted(lines, key=lambda line: line["stream"]) == [
        {"stream": "stderr", "text": "err"},
        {"stream": "stdout", "text": "out"},
    ]
    [last] = podlib("logs", web, "--tail", "1", "--timestamps").data
    assert last.keys() == {"stream", "text", "time"}
    assert podlib("logs", web, "--since", "2030-01-01T00:00:00Z").data == []
    text = podlib("logs", web, "--output", "text").stdout
    assert sorted(text.splitlines()) == ["err", "out"]
    with podlib.start("logs", "--follow", web) as follower:
        assert follower.stdout
        first = json.loads(follower.stdout.readline())
        assert first["success"] is True
        assert first["data"]["text"] in ("out", "err")
        attached = podlib.start("--output", "text", "attach", web, stdin=-1)
        assert attached.stdin
        assert attached.stdout
        attached.stdin.write(b"hello\n")
        attached.stdin.flush()
        assert attached.stdout.readline() == b"got hello\n"
        attached.terminate()
        assert finished(attached) == (143, "", "podlib: interrupted\n")
        while json.loads(follower.stdout.readline())["data"]["text"] != "got hello":
            pass
        follower.terminate()
        assert json.loads(follower.communicate()[1]) == {
            "success": False,
            "error": "interrupted",
            "exit_code": 143,
        }
        assert follower.returncode == 143


def test_exec_and_cp(podlib: Command, web: str, tmp_path: Path) -> None:
    done = podlib("exec", "-e", "A=1", "-w", "/v", "-u", "0", web, "sh", "-c", "echo $A $PWD")
    assert done.data == {"container": "web", "exit_code": 0, "stdout": "1 /v\n", "stderr": ""}
    failed = podlib("exec", web, "sh", "-c", "echo oh >&2; exit 9")
    assert (failed.status, failed.error) == (9, "the command exited with code 9: oh")
    assert podlib("exec", "-i", web, "cat", typed=b"words").data["stdout"] == "words"
    text = podlib("--output", "text", "exec", "-i", web, "sh", "-c", "cat; exit 5", typed=b"raw")
    assert text == (5, "raw", "")
    (tmp_path / "file").write_text("copied")
    assert podlib("cp", "file", "web:/v/").data == {"container": "web", "path": "/v/file"}
    assert podlib("cp", "web:/v/file", "back").data["path"] == str(tmp_path / "back")
    assert (tmp_path / "back").read_text() == "copied"


YAML = """\
apiVersion: v1
kind: Pod
metadata:
  name: played
spec:
  restartPolicy: Never
  containers:
  - name: one
    image: {image}
    command: ["true"]
"""


def test_what_there_is(podlib: Command, web: str, image: str, tmp_path: Path) -> None:
    host = podlib.host
    host.run("podman", "pod", "create", "--name", "group")
    host.run("podman", "secret", "create", "hidden", "-", stdin="x")
    assert podlib("top", web).data["titles"][:2] == ["USER", "PID"]
    [stats] = podlib("stats").data
    assert stats["name"] == "web"
    assert stats["pids"] > 0
    with podlib.start("stats", web, "--follow", "--interval", "1") as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["data"][0]["id"] == stats["id"]
        process.terminate()
    [pod] = podlib("pods").data
    assert (pod["name"], len(pod["containers"])) == ("group", 1)
    assert [each["name"] for each in podlib("networks").data] == ["podman"]
    [volume] = podlib("volumes").data
    assert volume["name"] == "v"
    [secret] = podlib("secrets").data
    assert secret["name"] == "hidden"
    usage = podlib("system", "df").data
    assert usage["containers"]["active"] >= 1
    assert usage["volumes"]["total"] == 1
    events = podlib(
        "events", "--filter", f"container={stats['id']}", "--filter", "event=start"
    ).data
    assert [(each["action"], each["name"]) for each in events] == [("start", "web")]
    for name in ("stats", "events", "system df"):
        assert podlib("--output", "text", *name.split()).stdout.strip()
    (tmp_path / "web.yaml").write_text(YAML.format(image=image))
    played = podlib("play", "web.yaml").data
    assert len(played["pods"]) == 1
    assert podlib("play", "web.yaml", "--down").data["pods_removed"] == [played["pods"][0]["id"]]


def test_pull_and_push(podlib: Command, image: str) -> None:
    name = f"{podlib.host.registry()}/box:1"
    assert podlib("push", image, name, "--no-tls-verify").data["image"] == image
    pulled = podlib("pull", name, "--no-tls-verify").data
    assert pulled == {
        "image": name,
        "image_id": podlib("inspect", name, "--format", "{{.Id}}").data,
        "message": "Image pulled successfully",
    }
    assert "nobody" in podlib("pull", f"{name.partition('/')[0]}/nobody").error


def test_connections(podlib: Command, tmp_path: Path) -> None:
    folder = tmp_path / "containers"
    folder.mkdir()
    here = {"URI": f"unix://{podlib.host.socket}"}
    far = {"URI": "ssh://core:secret@far.invalid:22/run/podman/podman.sock"}
    connection = {"Default": "here", "Connections": {"here": here, "far": far}}
    (folder / "podman-connections.json").write_text(json.dumps({"Connection": connection}))
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "PODMAN_SOCKET_PATH": "/nobody.sock"}
    found = podlib("connections", "--timeout", "2", environ=environ).data
    used = [each for each in found if each["used"]]
    assert [(each["source"], each["version"]) for each in used] == [
        ("--socket", podlib.host.version)
    ]
    named = {each["name"]: each for each in found if each["name"]}
    assert (named["here"]["default"], named["here"]["version"]) == (True, podlib.host.version)
    assert "secret" not in json.dumps(named["far"])
    assert named["far"]["error"]
    [variable] = [each for each in found if each["source"] == "PODMAN_SOCKET_PATH"]
    assert variable["error"] == "cannot connect to /nobody.sock: no such socket"


# -- moves ---------------------------------------------------------------------------------------


def test_frozen_and_brought_back(podlib: Command, image: str, tmp_path: Path) -> None:
    host = podlib.host
    loop = ["sh", "-c", "while :; do sleep 1; done"]
    host.run("podman", "run", "-d", "--network", "none", "--name", "web", image, *loop)
    container = host.api("GET", "/containers/web/json")["Id"]
    frozen = podlib("checkpoint", "web", "--stats", "--keep").data
    assert (frozen["container"], frozen["id"]) == ("web", container)
    assert frozen["criu_statistics"]["frozen_time"] > 0
    assert podlib("restore", "web").data["id"] == container
    saved = podlib("checkpoint", "web", "--file", "web.tar", "--compress", "gzip").data
    assert saved["path"] == str(tmp_path / "web.tar")
    assert (saved["name"], saved["compression"]) == ("web", "gzip")
    found = podlib("checkpoint-inspect", "web.tar").data
    assert (found["id"], found["name"], found["image"]) == (container, "web", image)
    assert found["processes"][0]["command"] == loop
    text = podlib("checkpoint-inspect", "--output", "text", "web.tar").stdout
    assert f"    1 {' '.join(loop)}\n" in text
    with (tmp_path / "web.tar").open("rb") as archive:
        assert podlib("checkpoint-inspect", "-", stdin=archive).data == found
    assert podlib("rm", "web").data
    assert podlib("restore", "--file", "web.tar").data["id"] == container
    copy = podlib("restore", "--file", "web.tar", "--name", "copy").data["id"]
    assert host.api("GET", "/containers/copy/json")["Id"] == copy
    assert "which tells how it is restored" in podlib("restore", "-f", "web.tar", "--stats").error


def test_migrate(podlib: Command, host_b: Host, image: str, tmp_path: Path) -> None:
    loop = ["sh", "-c", "while :; do sleep 1; done"]
    podlib.host.run("podman", "run", "-d", "--network", "none", "--name", "web", image, *loop)
    container = podlib.host.api("GET", "/containers/web/json")["Id"]
    plan = podlib("migrate", "web", host_b.socket, "--dry-run").data
    assert (plan["can_move"], plan["name"], plan["container_id"]) == (True, "web", container)
    host_b.run("podman", "create", "--name", "web", image)
    label = "--label=com.docker.compose.project=shop"
    podlib.host.run("podman", "run", "-d", "--rm", "--name", "db", label, image, *loop)
    plan = podlib("migrate", "shop", host_b.socket, "--as", "project", "--dry-run").data
    assert plan["can_move"] is False
    assert [each["kind"] for each in plan["findings"]] == ["auto-remove", "connections"]
    assert plan["findings"][0]["message"].startswith("db: ")
    podlib.host.run("podman", "rm", "--force", "--time", "0", "db")
    plan = podlib("migrate", "web", host_b.socket, "--dry-run").data
    assert plan["can_move"] is False
    assert plan["findings"][0]["kind"] == "name-taken"
    assert "'web'" in podlib("migrate", "web", host_b.socket).error
    assert podlib("ps").data[0]["status"] == "running"
    words = ["--name", "new", "--journal", "j", "--through-file", "web.tar", "--keep"]
    status, text, errors = podlib("migrate", "web", host_b.socket, *words, "--output", "text")
    assert (status, errors) == (0, "")
    assert text.startswith("new runs on the target; it stood still for ")
    assert (tmp_path / "web.tar.json").exists()
    assert not (tmp_path / "j").exists()
    assert podlib("ps", "--all").data == []
    host_b.run("podman", "rm", "web")
    recovered = podlib("migrate", "new", host_b.socket, "--recover").data
    assert (recovered["location"], recovered["did"]) == ("target", [])


# -- on a terminal -------------------------------------------------------------------------------


class Screen:
    """A command on a terminal, and what it shows."""

    def __init__(self, podlib: Command, *words: object) -> None:
        self.fd, other = os.openpty()
        environ = {"TERM": "xterm", "COLUMNS": "100"}
        self.process = podlib.start(
            *words, stdin=other, stdout=other, stderr=other, environ=environ, **_SESSION
        )
        os.close(other)
        self.seen = ""

    def until(self, text: str) -> None:
        """Read until that is seen."""
        end = time.monotonic() + 20
        while text not in self.seen:
            assert select.select([self.fd], [], [], end - time.monotonic())[0], self.seen
            self.seen += os.read(self.fd, 65536).decode()

    def end(self) -> str:
        """All that it shows, and its exit status."""
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # all ends are closed
                break
            self.seen += data.decode()
        os.close(self.fd)
        return f"{self.seen}status {self.process.wait(30)}"


_SESSION: dict[str, Any] = {"start_new_session": True}


def test_a_person_at_a_terminal(podlib: Command, web: str, image: str) -> None:
    shown = Screen(podlib, "images").end()
    assert "\x1b[1mIMAGE" in shown
    assert image in shown
    assert shown.endswith("status 0")
    shown = Screen(podlib, "kill", "nobody").end()
    assert shown.startswith("\x1b[31mpodlib:\x1b[0m no container with name or ID")
    assert "podlib ps --all" in shown
    assert shown.endswith("status 125")
    shell = Screen(podlib, "exec", "-it", web, "sh", "-c", "read word; echo got $word; exit 6")
    os.write(shell.fd, b"hello\n")
    shell.until("got hello")
    assert shell.end().endswith("status 6")
    slow = Screen(podlib, "run", image, "--timeout", "60", "sh", "-c", "echo begun; sleep 100")
    slow.until("begun")
    slow.process.send_signal(2)
    assert "interrupted" in slow.end()
    assert slow.process.returncode == 130
    assert [each["name"] for each in podlib("ps", "--all").data] == ["web"]
    (podlib.folder / "Containerfile").write_text(f"FROM {image}\nLABEL a=b\n")
    shown = Screen(podlib, "build", ".", "-t", "localhost/made").end()
    assert "STEP 2/2: LABEL a=b" in shown
    assert "localhost/made:latest" in shown
    assert podlib("--output", "text", "ps").stdout.split()[:5] == [
        "ID",
        "NAME",
        "STATUS",
        "IMAGE",
        "CREATED",
    ]
