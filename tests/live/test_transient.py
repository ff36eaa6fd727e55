"""Transient services of real Podman, on stores of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import podlib
from podlib.bus.service import podman_service
from podlib.errors import ConnectError

from .far import ordinary_user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.testbed import Host
    from tests.testbed.image import BaseImage

ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": os.environ["PATH"]}


@pytest.fixture
def program(host: Host, tmp_path: Path) -> Path:
    """The host's podman, as a program of this machine."""
    return host.program(tmp_path / "podman", "podman")


@pytest.fixture
def stores(host: Host) -> Iterator[list[dict[str, Any]]]:
    """Two stores in the host, as parameters."""
    top = "/var/tmp/stores"
    yield [
        {
            "root": f"{top}/{number}/root",
            "runroot": f"{top}/{number}/run",
            "options": [f"--network-config-dir={top}/{number}/networks"],
        }
        for number in (1, 2)
    ]
    if host.version < "5":  # it leaves its store mounted
        host.run("sh", "-c", f"umount {top}/*/root/overlay")
    host.run("rm", "-rf", top)


def services(host: Host) -> list[str]:
    """Those of the host that got their listener from podlib."""
    lines = host.run("busybox", "ps", "-o", "args").stdout.splitlines()
    return [line for line in lines if re.search(r"podman .*system service .*podlib-", line)]


def wait_until_none(host: Host) -> None:
    end = time.monotonic() + 10
    while found := services(host):
        assert time.monotonic() < end, found
        time.sleep(0.02)


def test_two_at_once_with_stores_of_their_own(
    host: Host, program: Path, stores: list[dict[str, Any]], base_image: BaseImage
) -> None:
    with (
        podlib.Podman.transient(podman=program, **stores[0]) as one,
        podlib.Podman.transient(podman=program, **stores[1], tmpdir="/mnt/share") as two,
    ):
        assert one.system.version().version == host.version
        assert (one.images.list(), two.images.list()) == ([], [])
        two.images.load(base_image.archive)
        assert one.images.list() == []
        box = two.containers.create(base_image.name).id
        assert [each.id for each in two.containers.list(all=True)] == [box]
        two.containers.remove(box)
        assert two.system.info().store.graph_root == stores[1]["root"]
        assert len(services(host)) == 2
        folder = os.path.dirname(two.socket)  # noqa: PTH120 -- a text
    assert services(host) == []
    assert not os.path.exists(folder)  # noqa: PTH110 -- likewise


async def test_an_early_end_says_what_podman_said(program: Path) -> None:
    async with podlib.AsyncPodman.transient(
        podman=program, options=["--storage-driver=floppy"]
    ) as podman:
        with pytest.raises(ConnectError, match=r"ended with status 125: Error.*floppy"):
            await podman.system.ping()


def test_of_an_ordinary_user(host_b: Host, tmp_path: Path, base_image: BaseImage) -> None:
    program = host_b.program(tmp_path / "podman", *ordinary_user(host_b), "podman")
    with podlib.Podman.transient(podman=program) as podman:
        assert podman.system.info().host.security.rootless
        podman.images.load(base_image.archive)
        box = podman.containers.create(base_image.name, command=["id"], network="none").id
        podman.containers.start(box)
        assert podman.containers.wait(box) == 0
        with podman.containers.logs(box) as lines:
            assert [line.data for line in lines] == [b"uid=0 gid=0"]
        podman.containers.remove(box)
    wait_until_none(host_b)


CLIENT = """
import podlib
from podlib.bus.service import podman_service
podman = podlib.Podman.transient(podman="{}", root="{}", runroot="{}")
podman.system.ping()
print(podman.socket, flush=True)
input()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_it_dies_with_its_parent(host_b: Host, tmp_path: Path, number: signal.Signals) -> None:
    program = host_b.program(tmp_path / "podman", "podman")
    code = CLIENT.format(program, "/var/tmp/stores/1/root", "/var/tmp/stores/1/run")
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        socket = process.stdout.readline().strip()
        assert os.path.exists(socket)  # noqa: PTH110 -- a text
        assert len(services(host_b)) == 1
        process.send_signal(number)
    wait_until_none(host_b)
    assert not os.path.exists(os.path.dirname(socket))  # noqa: PTH110, PTH120 -- likewise


# -- the plugin for pytest -----------------------------------------------------------------------

CONFTEST = """
import pytest
pytest_plugins = ["podlib.testing"]

@pytest.fixture(scope="session")
def podman_options():
    return {{"podman": "{}", "options": ["--storage-driver=vfs"]}}
"""
TESTS = """
import podlib
from podlib.bus.service import podman_service

def test_empty(podman):
    assert podman.images.list() == podman.containers.list(all=True) == podman.volumes.list() == []

def test_the_same_for_all_tests(podman, podman_service):
    with open("{}", "rb") as file:
        image = podman.images.load(file).names[0]
    with podlib.Podman(podman_service) as other:
        assert len(other.images.list()) == 1
        other.volumes.create(name="left")
        box = other.containers.create(image, command=["sleep", "60"], network="none")
        other.containers.start(box.id)
        print("store", other.system.info().store.graph_root)
"""


def test_the_plugin_cleans_up(host_b: Host, tmp_path: Path, base_image: BaseImage) -> None:
    # A place that has the same path in the host as on the machine: the store's.
    there = host_b.root / str(host_b.share).lstrip("/")
    there.parent.mkdir(parents=True, exist_ok=True)
    there.symlink_to("/mnt/share")
    folder = host_b.share / "suite"
    folder.mkdir()
    (folder / "image.tar").write_bytes(base_image.archive)
    program = host_b.program(tmp_path / "podman", "podman")
    (folder / "conftest.py").write_text(CONFTEST.format(program))
    (folder / "test_it.py").write_text(TESTS.format(folder / "image.tar"))
    words = ["-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", f"--basetemp={folder}/tmp"]
    done = subprocess.run(
        [sys.executable, *words, str(folder)],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert f"store {folder}/tmp/podman0/root" in done.stdout
    assert not (folder / "tmp" / "podman0").exists()
    assert services(host_b) == []
    assert "sleep 60" not in host_b.run("busybox", "ps").stdout
    assert str(folder) not in host_b.run("cat", "/proc/mounts").stdout


async def test_a_bus_worker_has_one_where_no_socket_answers(
    host_b: Host, base_image: BaseImage, tmp_path: Path
) -> None:
    program = host_b.program(tmp_path / "podman", "podman")
    async with podman_service(str(tmp_path / "none.sock"), str(program)) as podman:
        assert podman.server_version == host_b.version
        assert await podman.images.exists(base_image.name)
    wait_until_none(host_b)
