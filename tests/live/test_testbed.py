"""The testbed itself, with real hosts: apart from each other, and gone with whoever made them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.testbed import Host, TestbedError, cgroups, sessions
from tests.testbed.suites import HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.image import BaseImage


@pytest.fixture
def other_session() -> Iterator[subprocess.Popen[str]]:
    """Another session beside this run's, as ``python -m tests.testbed up`` makes it."""
    command = [sys.executable, "-m", "tests.testbed", "up"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def sockets(process: subprocess.Popen[str]) -> list[Path]:
    """Where its hosts are, once they are up."""
    assert process.stdout
    lines = [process.stdout.readline() for _ in HOSTS]
    return [Path(line.split()[-1]) for line in lines]


def test_hosts_are_apart(host_a: Host, host_b: Host, image: str) -> None:
    assert host_a.run("hostname").stdout == "host-a\n"
    assert host_b.run("hostname").stdout == "host-b\n"
    host_a.run("podman", "run", "--detach", "--name", "alone", image, "sleep", "60")
    assert host_b.run("podman", "ps", "--all", "--quiet").stdout == ""
    assert "sleep 60" not in host_b.run("busybox", "ps").stdout


def test_images_are_the_same_on_all_hosts(hosts: dict[str, Host], image: str) -> None:
    ids = {host.api("GET", f"/images/{image}/json")["Id"] for host in hosts.values()}
    assert len(ids) == 1


def test_containers_survive_their_service(host: Host, image: str) -> None:
    host.run("podman", "run", "--detach", "--name", "survivor", image, "sleep", "60")
    host.kill_service()
    with pytest.raises(OSError, match="refused"):
        host.api("GET", "/version")
    host.start_service()
    assert host.api("GET", "/containers/survivor/json")["State"]["Status"] == "running"


def test_failing_command_says_what_it_printed(host_a: Host) -> None:
    with pytest.raises(TestbedError, match=r"host-a: ls /nowhere exited 2:\n.*No such file"):
        host_a.run("ls", "/nowhere")


def test_registry_takes_and_gives_images(host: Host, image: str) -> None:
    name = f"{host.registry()}/busybox:latest"
    host.run("podman", "push", "--tls-verify=false", image, name)
    host.run("podman", "pull", "--tls-verify=false", name)
    assert "PUT /v2/busybox/manifests/latest 201" in host.registry_requests()
    assert "GET /v2/busybox/manifests/latest 200" in host.registry_requests()


def test_registry_with_a_password(host: Host, image: str) -> None:
    push = ("podman", "push", "--tls-verify=false", "--creds")
    name = f"{host.registry(user='ann', password='s3cret')}/busybox"
    with pytest.raises(TestbedError, match=r"invalid username/password|authentication required"):
        host.run(*push, "ann:secret", image, name)
    host.run(*push, "ann:s3cret", image, name)
    assert "PUT /v2/busybox/manifests/latest 201" in host.registry_requests()
    other = f"{host.registry(port=5001)}/busybox"
    host.run(*push, "bob:any", image, other)
    assert "GET /v2/ 401" in host.registry_requests()
    assert "GET /v2/ 401" not in host.registry_requests(5001)


MESS = """\
podman network create lab
podman volume create data
printf s | podman secret create password -
podman create --name created --network lab --volume anonymous:/data IMAGE
podman run --detach --name paused IMAGE sleep 60
podman run --detach --name depends --network container:paused IMAGE sleep 60
podman pause paused
podman pod create --name pod
podman run --detach --pod pod IMAGE sleep 60
podman pod create --name bare --infra=false
podman run --detach --pod new:frozen IMAGE sleep 60
podman pod pause frozen
printf %s "$PLAY" | podman kube play --service-container=true -
podman manifest create localhost/list
podman manifest add localhost/list containers-storage:IMAGE
podman manifest create localhost/empty-list
printf 'FROM IMAGE\\nLABEL a=1\\nLABEL a=2\\n' | podman build --layers --tag localhost/built -
printf 'FROM IMAGE\\nLABEL b=1\\nLABEL b=2\\n' | podman build --layers -
podman tag IMAGE localhost/other:1 localhost/other:2
mkdir -p /etc/containers/systemd && echo '[Volume]' > /etc/containers/systemd/a.volume
podman untag IMAGE IMAGE
podman tag localhost/built IMAGE
"""
PLAY = """\
apiVersion: v1
kind: Pod
metadata: {name: played}
spec:
  restartPolicy: Never
  containers: [{name: one, image: IMAGE, imagePullPolicy: Never, command: [sleep, "60"]}]
  volumes: [{name: claim, persistentVolumeClaim: {claimName: claimed}}]
"""
ARTIFACT = "podman artifact add localhost/artifact /etc/hostname"


def things(host: Host) -> dict[str, list[str]]:
    """What a host has of each kind."""
    commands = (
        "podman ps --all --external",
        "podman pod ps",
        "podman network ls",
        "podman volume ls",
        "podman secret ls",
        *(["podman artifact ls"] if host.version.startswith("5.8") else []),
        "podman images --all --no-trunc --format {{.ID}}={{.Repository}}:{{.Tag}}",
        "find /etc/containers -name *.volume",
    )
    return {what: host.run(*what.split()).stdout.splitlines() for what in commands}


def test_emptied_host_is_as_it_was(host: Host, base_image: BaseImage) -> None:
    before = things(host)
    script = f"PLAY='{PLAY}'\n{MESS}" + (ARTIFACT if host.version.startswith("5.8") else "")
    host.run("sh", "-euc", script.replace("IMAGE", base_image.name))
    made = things(host)
    assert all(len(made[what]) > len(before[what]) for what in before), made
    host.empty(keep=base_image)
    assert things(host) == before
    host.run("podman", "run", "--rm", base_image.name, "true")


def test_root_of_a_host_stays_as_it_is(host: Host) -> None:
    host.run("touch", "/etc/mine", "/usr/bin/mine")
    if host.base.root != Path("/"):
        assert not (host.base.root / "usr/bin/mine").exists()
    assert not (host.base.root / "etc/mine").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_session_that_is_ended_leaves_nothing(
    other_session: subprocess.Popen[str], how: signal.Signals
) -> None:
    folder = sockets(other_session)[0].parents[2]
    processes = sessions._recorded(folder)
    other_session.send_signal(how)
    assert other_session.wait(timeout=30) == 0
    assert not any(process.alive() for process in processes)
    assert not folder.exists()
    assert _cgroups_of(folder) == []


def test_next_session_clears_what_a_killed_one_left(
    other_session: subprocess.Popen[str], hosts: dict[str, Host]
) -> None:
    folder = sockets(other_session)[0].parents[2]
    processes = sessions._recorded(folder)
    assert len(processes) == 1 + 2 * len(HOSTS)  # the owner, and two of each host
    other_session.kill()
    other_session.wait(timeout=30)
    assert folder.name in sessions.clear()
    assert not any(process.alive() for process in processes)
    assert not folder.exists()
    assert _cgroups_of(folder) == []
    assert all(host.api("GET", "/version") for host in hosts.values())


def _cgroups_of(folder: Path) -> list[Path]:
    trees = cgroups.hierarchies()
    return [found for tree in trees for found in tree.path.glob(f"podlib-{folder.name}-*")]
