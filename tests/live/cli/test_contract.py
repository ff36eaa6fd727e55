"""The commands of the contract but run, with all their options; whole documents are compared."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .conftest import PODLIB, Command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed import Host

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def test_what_looks(host: Host, image: str, tmp_path: Path) -> None:
    podlib = Command(host, tmp_path)
    info = host.api("GET", "/info")
    [wire] = [each for each in host.api("GET", "/images/json") if image in each["RepoTags"]]
    one = host.api("GET", f"/images/{image}/json")
    assert podlib("version").data == host.version
    assert podlib("ping").data == "Pong"
    found = podlib("info").data
    assert (found.keys(), found["version"]) == (info.keys(), info["version"])
    host_format = "{{.Host.Arch}} {{ .Version.OsArch }} {{.Store.GraphDriverName}}"
    assert podlib("info", "--format", host_format).data == (
        f"{info['host']['arch']} {info['version']['OsArch']} {info['store']['graphDriverName']}"
    )
    assert host.run("podman", "info", "--format", host_format).stdout.strip() == (
        podlib("info", "--format", host_format).data
    )
    images = podlib("images").data
    assert images == podlib("images", "--all").data
    [listed] = [each for each in images if each["id"] == wire["Id"]]
    assert RFC3339.fullmatch(listed.pop("created"))
    assert listed == {
        "id": wire["Id"],
        "tags": wire["RepoTags"],
        "size": wire["Size"],
        "digest": wire["Digest"],
    }
    assert podlib("exists", image).data is True
    assert podlib("exists", "nobody").data is False
    assert podlib("inspect", image).data == one
    assert podlib("inspect", image, "--format", "{{.Os}}/{{.Architecture}}").data == (
        f"{one['Os']}/{one['Architecture']}"
    )
    assert podlib("inspect", image, "--format", "{{.Size}}").data == str(one["Size"])
    assert "there is no .Nobody" in podlib("inspect", image, "--format", "{{.Nobody}}").error
    assert "nobody" in podlib("inspect", "nobody").error


@pytest.mark.parametrize("host", ["host-a", "host-c"], indirect=True)
def test_what_ends_and_removes(host: Host, image: str, tmp_path: Path) -> None:
    podlib = Command(host, tmp_path)
    host.run("podman", "run", "--detach", "--name", "web", image, "sleep", "100")
    host.run("podman", "create", "--name", "other", image)
    running = podlib("ps").data
    assert RFC3339.fullmatch(running[0].pop("created"))
    assert len(running[0].pop("id")) == 64
    assert running == [{"name": "web", "status": "running", "image": [image]}]
    assert [each["name"] for each in podlib("ps", "--all").data] == ["web", "other"]
    assert "running" in podlib("rm", "web").error
    assert podlib("kill", "web", "--signal", "SIGCONT").data == {
        "container_id": "web",
        "message": "Container killed with signal SIGCONT",
    }
    assert podlib("kill", "web").data["message"] == "Container killed with signal SIGKILL"
    removed = {"message": "Container deleted successfully"}
    assert podlib("rm", "other").data == {"container_id": "other", **removed}
    assert podlib("rm", "web", "--force").data == {"container_id": "web", **removed}
    assert podlib("ps", "--all").data == []
    for words in (["kill", "web"], ["rm", "web"], ["rmi", "nobody"]):
        assert words[1] in podlib(*words).error


def test_images_removed(podlib: Command, image: str) -> None:
    host = podlib.host
    for name in ("one", "two"):
        host.api("POST", f"/images/{image}/tag?repo=localhost/{name}&tag=1")
    assert podlib("rmi", "localhost/one:1").data == {
        "image": "localhost/one:1",
        "message": "Image deleted successfully",
    }
    host.run("podman", "create", "--name", "user", "localhost/two:1")
    assert podlib("rmi", "--force", "localhost/two:1").data["image"] == "localhost/two:1"
    context = podlib.folder / "context"
    context.mkdir()
    (context / "Containerfile").write_text(f"FROM {image}\nRUN echo one > /one\n")
    first = podlib("build", context, "-t", "localhost/made").data
    again = podlib("build", context, "-t", "localhost/made", "--no-cache").data
    assert first["image_id"] != again["image_id"]
    pruned = podlib("prune").data
    assert pruned["images_deleted"] == [first["image_id"]]
    assert pruned["space_reclaimed"] > 0
    assert pruned.keys() == {"images_deleted", "space_reclaimed", "message"}
    assert podlib("prune").data == {**pruned, "images_deleted": [], "space_reclaimed": 0}


def test_builds(podlib: Command, image: str) -> None:
    context = podlib.folder / "context"
    context.mkdir()
    text = f"FROM {image}\nARG WORD=none\nRUN echo word $WORD\n"
    for path in (context / "Build.file", podlib.folder / "Build.here"):
        path.write_text(text)
    options = ["--tag", "localhost/a:1", "-t", "localhost/b", "--build-arg", "WORD=x=y"]
    platform = ["--platform", "linux/amd64"]
    built = podlib("build", context, "--file", "Build.file", *options, *platform).data
    image_id, logs = built.pop("image_id"), built.pop("logs")
    assert sorted(built.pop("tags")) == ["localhost/a:1", "localhost/b:latest"]
    assert built == {"platform": "linux/amd64"}
    assert "word x=y" in logs
    assert logs[-1] == image_id
    again = podlib("build", "context", "-f", "Build.here", *options, "--timeout", "50").data
    assert "word x=y" not in again["logs"]  # by the cache
    assert again["image_id"] == image_id
    assert again["platform"] == "linux/amd64"
    path = podlib.folder / "Build.here"
    assert "word x=y" in podlib("build", "context", "-f", path, *options, "--force").data["logs"]


def test_builds_that_fail(podlib: Command, image: str) -> None:
    (podlib.folder / "Containerfile").write_text(f"FROM {image}\nRUN echo oh >&2; exit 7\n")
    error = podlib("build", ".").error
    assert "exit status 7" in error
    assert "oh" in error
    (podlib.folder / "Containerfile").write_text(f"FROM {image}\nRUN sleep 20\n")
    assert podlib("build", ".", "--timeout", "1").error == "Build exceeded timeout of 1s"
    assert "there is no 'None', neither in '.' nor here" in podlib("build", ".", "-f", "None").error
    assert "nobody" in podlib("build", "nobody").error
    assert podlib("build", ".", "--build-arg", "A").error == "--build-arg: 'A' is not KEY=VALUE"


@pytest.mark.parametrize("place", ["a path", "a URI", "the variable"])
def test_the_socket(place: str, podlib: Command) -> None:
    socket = str(podlib.host.socket)
    words = {"a path": ["--socket", socket], "a URI": ["--socket", f"unix://{socket}"]}
    environ = {"CONTAINER_HOST": "unix:///nobody.sock"}
    if place == "the variable":
        environ["PODMAN_SOCKET_PATH"] = socket
    for program in ([PODLIB], [sys.executable, "-m", "podlib"]):
        done = subprocess.run(
            [*program, *words.get(place, []), "ping"], env=environ, capture_output=True, text=True
        )
        assert (done.returncode, done.stdout) == (0, '{"success": true, "data": "Pong"}\n')
