# Generated from tests/live/_async/test_pull.py: edit there.
"""Pulls over networks that are slow or break, and from files and folders of the caller."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from podlib import FileError, ParameterError, ProgressDisplay, PullError, PushError, models
from tests.testbed import Relay

from .image_steps import build_layers, in_registry, random_layers, unpack
from .steps import lacks
from .test_container_attach import connections

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from podlib import Podman
    from podlib._sync.image_archives import ArchiveFormat
    from tests.testbed import Host

NAME, LARGE = "localhost/layered:1", "localhost/large:1"
LIMIT = 200_000
"""Bytes that a relay lets through: more than any manifest has, less than a layer."""


@pytest.fixture
def large(podman: Podman, host: Host) -> str:
    """The id of ``localhost/large:1``, of three layers; it is in a registry at port 5000 too."""
    address = host.registry()
    podman.images.load(random_layers(LARGE, 1_000_000, 1_000_000, 1_000))
    podman.images.push(LARGE, f"{address}/large:1", tls_verify=False)
    return (podman.images.inspect(LARGE)).id


def test_a_network_that_is_slow(podman: Podman, host: Host, large: str) -> None:
    podman.images.remove(large, force=True)
    told: list[models.PullProgress] = []
    with Relay(host, limit=LIMIT) as relay:
        name = f"{relay.address}/large:1"
        with podman.images.pull_stream(name, tls_verify=False) as lines:
            for line in lines:
                told.append(line)
                if line.stream.startswith("Copying blob") and not relay.released:
                    assert relay.held.wait(60)
                    assert not podman.images.exists(name)
                    relay.release()
    assert sum(line.stream.startswith("Copying blob") for line in told) == 3
    assert [line.id for line in told if line.id] == [large]
    assert podman.images.exists(name)


def test_a_network_that_breaks(podman: Podman, host: Host, large: str) -> None:
    host.registry(port=5001)

    def call(verb: str, port: int) -> Any:
        with Relay(host, port, limit=LIMIT, cuts=True) as relay:
            name = f"{relay.address}/large:1"
            if verb == "push":
                podman.images.push(large, name, retry=0, tls_verify=False)
            else:
                podman.images.pull(name, retry=0, tls_verify=False)

    if lacks(podman, "5.0.0", lambda: call("push", 5001)):
        return
    with pytest.raises(PushError) as push:
        call("push", 5001)
    podman.images.remove(large, force=True)
    with pytest.raises(PullError) as pull:
        call("pull", 5000)
    for caught in (push, pull):
        assert any(line.startswith("Copying blob") for line in caught.value.log)
    assert connections(podman) == 0


def test_what_is_left_ends(podman: Podman, host: Host, large: str) -> None:
    host.registry(port=5001)
    with Relay(host, 5001, limit=LIMIT) as relay:
        name = f"{relay.address}/large:1"
        with podman.images.push_stream(large, name, tls_verify=False) as pushed:
            for line in pushed:
                if line.stream.startswith("Copying blob"):
                    break
            assert relay.held.wait(60)
        assert connections(podman) == 0
        assert relay.wait_until_left()
    assert not any("PUT /v2/large/manifests" in each for each in host.registry_requests(5001))

    podman.images.remove(large, force=True)
    with Relay(host, limit=LIMIT) as relay:
        name = f"{relay.address}/large:1"
        with podman.images.pull_stream(name, tls_verify=False) as pulled:
            for progress in pulled:
                if progress.stream.startswith("Copying blob"):
                    break
            assert relay.held.wait(60)
        assert connections(podman) == 0
        assert relay.wait_until_left()
        assert not podman.images.exists(name)


def test_policies(podman: Podman, host: Host, image: str) -> None:
    name = f"{host.registry()}/there:1"
    with pytest.raises(PullError, match="image not known"):
        podman.images.pull(name, policy="never", tls_verify=False)
    podman.images.push(image, name, tls_verify=False)
    first = podman.images.pull(name, policy="missing", tls_verify=False)
    # Were the registry asked without this option, it would fail.
    assert (podman.images.pull(name, policy="never")).id == first.id
    assert (podman.images.pull(name, policy="missing")).id == first.id
    with pytest.raises(PullError, match="HTTP response to HTTPS client"):
        podman.images.pull(name, policy="always")
    assert (podman.images.pull(name, policy="always", tls_verify=False)).id == first.id


# -- a display -----------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A file that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_display(podman: Podman, host: Host, image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    name = f"{host.registry()}/shown"
    podman.manifests.create("localhost/list", [f"containers-storage:{image}"])
    terminal, lines = Terminal(), io.StringIO()
    for file in (terminal, lines):
        with ProgressDisplay(file) as display:
            podman.images.push(image, f"{name}:1", tls_verify=False, progress=display)
            podman.manifests.push("localhost/list", f"{name}:2", tls_verify=False, progress=display)
            podman.images.pull(f"{name}:1", tls_verify=False, progress=display)
    [layer] = in_registry(host, f"{name}:1")["layers"]
    assert f"Copying blob {layer['digest']}\n" in lines.getvalue()
    assert layer["digest"][7:19] in terminal.getvalue()
    assert "done" in terminal.getvalue()
    assert terminal.getvalue().count("\x1b[?25l") == terminal.getvalue().count("\x1b[?25h") == 1


# -- files and folders ---------------------------------------------------------------------------


@pytest.fixture
def layered(podman: Podman, tmp_path: Path, image: str) -> str:
    """The id of an image of three layers, called ``localhost/layered:1``."""
    return build_layers(podman, tmp_path / "layered", image, NAME)


def test_pull_from_files_and_folders(podman: Podman, tmp_path: Path, layered: str) -> None:
    formats: list[ArchiveFormat] = ["oci-archive", "docker-archive", "oci-dir", "docker-dir"]
    for each in formats:
        podman.images.save_to(NAME, tmp_path / each, format=each)
    folders = {"oci": tmp_path / "oci", "dir": tmp_path / "dir"}
    unpack(tmp_path / "oci-dir", folders["oci"])
    unpack(tmp_path / "docker-dir", folders["dir"])
    told: list[models.PullProgress]
    for reference in (
        f"oci-archive:{tmp_path / 'oci-archive'}",
        f"docker-archive:{tmp_path / 'docker-archive'}",
        f"oci:{folders['oci']}",
        f"oci:{folders['oci']}:{NAME}",
        f"dir:{folders['dir']}",
    ):
        podman.images.remove(layered, force=True)
        told = []
        pulled = podman.images.pull(reference, progress=told.append)
        assert (pulled.id, pulled.images) == (layered, [layered])
        assert [line.stream for line in told] == [f"Loading {reference}\n", ""]
        found = podman.images.inspect(layered)
        assert found.repo_tags == ([] if reference.startswith("dir:") else [NAME])
    told = []
    podman.images.pull(f"dir:{folders['dir']}", quiet=True, progress=told.append)
    assert [(line.stream, line.id) for line in told] == [("", layered)]


def test_what_cannot_be_pulled(podman: Podman, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no archive")
    with pytest.raises(PullError, match=r"cannot pull oci-archive:.*not match any"):
        podman.images.pull(f"oci-archive:{tmp_path / 'file'}")
    for transport in ("oci", "dir", "oci-archive", "docker-archive"):
        with pytest.raises(FileError, match="cannot read"):
            podman.images.pull(f"{transport}:{tmp_path / 'nothing'}")
    for reference in ("docker-daemon:busybox:latest", "containers-storage:busybox"):
        with pytest.raises(ParameterError, match=f"run `podman pull {reference}`"):
            podman.images.pull(reference)
    options: list[dict[str, Any]] = [{"all_tags": True}, {"platform": "linux/arm64"}]
    for option in options:
        with pytest.raises(ParameterError, match="is loaded as it is"):
            podman.images.pull(f"dir:{tmp_path}", **option)
