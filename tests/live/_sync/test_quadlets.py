# Generated from tests/live/_async/test_quadlets.py: edit there.
"""Quadlets on real services, with and without a systemd."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BadRequestError,
    FileError,
    NotFoundError,
    ParameterError,
    versions,
)
from tests.live.systemd import systemctl, systemd

from .steps import lacks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from podlib import Podman
    from podlib.http.flow_sync import Call
    from tests.testbed import Host

VOLUME = "# a box\n[Volume]\nVolumeName=boxvol\n"
QUADLETS = "etc/containers/systemd"


@pytest.fixture
def with_systemd(host_b: Host) -> Iterator[None]:
    """A systemd on the newer host."""
    with systemd(host_b):
        yield


@pytest.fixture
def container(image: str) -> str:
    """The text of a quadlet for a container."""
    return f"[Container]\nImage={image}\nExec=sleep 1000\nVolume=box.volume:/box\n"


def archive(files: dict[str, str]) -> bytes:
    """A tar of files."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return output.getvalue()


def statuses(podman: Podman) -> dict[str, str]:
    """How the units of all quadlets are."""
    return {each.name: each.status for each in podman.quadlets.list()}


def test_older_servers_lack_them(podman: Podman) -> None:
    quadlets = podman.quadlets
    calls: dict[str, Call[object]] = {
        "GET quadlets/json": quadlets.list,
        "GET quadlets/{}/exists": lambda: quadlets.exists("box.volume"),
        "GET quadlets/{}/file": lambda: quadlets.file("box.volume"),
        "POST quadlets": lambda: quadlets.install({"box.volume": VOLUME}),
        "DELETE quadlets/{}": lambda: quadlets.remove("box.volume"),
        "DELETE quadlets": lambda: quadlets.remove_several("box.volume"),
    }
    for operation, call in calls.items():
        lacks(podman, versions.SINCE[operation], call)


def test_without_systemd(podman_b: Podman, host_b: Host) -> None:
    folder = host_b.root / QUADLETS
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "box.volume").write_text(VOLUME)
    assert podman_b.quadlets.exists("box.volume")
    assert not podman_b.quadlets.exists("other.volume")
    assert podman_b.quadlets.file("box.volume") == VOLUME
    with pytest.raises(NotFoundError):
        podman_b.quadlets.file("other.volume")
    with pytest.raises(APIError, match="not a supported quadlet file type"):
        podman_b.quadlets.exists("box")
    with pytest.raises(APIError, match="systemd"):
        podman_b.quadlets.list()
    with pytest.raises(APIError, match="systemd"):
        podman_b.quadlets.install({"other.volume": VOLUME})
    with pytest.raises(APIError, match="systemd"):
        podman_b.quadlets.remove("box.volume")


@pytest.mark.usefixtures("with_systemd")
def test_install(podman_b: Podman, host_b: Host) -> None:
    installed = podman_b.quadlets.install({"box.volume": VOLUME})
    assert [*installed.installed_quadlets.values()] == [f"/{QUADLETS}/box.volume"]
    assert installed.quadlet_errors == {}
    assert podman_b.quadlets.file("box.volume") == VOLUME
    [quadlet] = podman_b.quadlets.list()
    assert (quadlet.name, quadlet.path) == ("box.volume", f"/{QUADLETS}/box.volume")
    assert (quadlet.unit_name, quadlet.status) == ("box-volume.service", "inactive/dead")
    systemctl(host_b, "start", "box-volume.service")
    assert statuses(podman_b) == {"box.volume": "active/exited"}
    host_b.run("podman", "volume", "exists", "boxvol")


@pytest.mark.usefixtures("with_systemd")
def test_install_with_further_files(
    podman_b: Podman, host_b: Host, container: str, tmp_path: Path
) -> None:
    """Whatever their names: the server takes the first for the quadlet."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "web.container").write_text(container)
    (folder / "a grüße.conf").write_bytes(b"\xff\r\n--x\n")
    podman_b.quadlets.install(folder)
    there = host_b.root / QUADLETS
    assert (there / "a grüße.conf").read_bytes() == b"\xff\r\n--x\n"
    assert (there / "web.container").read_text() == container
    [quadlet] = podman_b.quadlets.list()
    assert quadlet.app == ".web.container.app"
    podman_b.quadlets.remove("web.container")
    assert not (there / "a grüße.conf").exists()
    tar = archive({"a.conf": "", "web.container": container})
    with pytest.raises(BadRequestError, match="not a supported Quadlet"):
        podman_b.quadlets.install_archive(tar)


@pytest.mark.usefixtures("with_systemd")
def test_install_archive(podman_b: Podman, container: str, tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(archive({"web.container": container, "web.env": "A=b\n"}))
    installed = podman_b.quadlets.install_archive(path)
    assert len(installed.installed_quadlets) == 2
    with pytest.raises(BadRequestError, match="already exists"):
        podman_b.quadlets.install_archive(path)
    podman_b.quadlets.install_archive(path.read_bytes(), replace=True)
    with pytest.raises(FileError):
        podman_b.quadlets.install_archive(tmp_path / "nowhere")


@pytest.mark.usefixtures("with_systemd")
def test_install_again(podman_b: Podman, tmp_path: Path) -> None:
    path = tmp_path / "box.volume"
    path.write_text(VOLUME)
    podman_b.quadlets.install(path)
    with pytest.raises(BadRequestError, match="already exists"):
        podman_b.quadlets.install({"box.volume": "[Volume]\n"})
    assert podman_b.quadlets.file("box.volume") == VOLUME
    podman_b.quadlets.install({"box.volume": b"[Volume]\n"}, replace=True)
    assert podman_b.quadlets.file("box.volume") == "[Volume]\n"


@pytest.mark.usefixtures("with_systemd")
def test_install_that_cannot_be(podman_b: Podman, tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="only a single quadlet"):
        podman_b.quadlets.install({"a.volume": VOLUME, "b.volume": VOLUME})
    with pytest.raises(BadRequestError, match="no quadlet files"):
        podman_b.quadlets.install({"a.txt": VOLUME})
    with pytest.raises(BadRequestError, match="no files"):
        podman_b.quadlets.install({})
    for name in ("", "../a.volume", "a/b.volume", 'a".volume', "a\n.volume"):
        with pytest.raises(ParameterError, match="not the name of a file"):
            podman_b.quadlets.install({name: VOLUME})
    with pytest.raises(FileError, match="nowhere"):
        podman_b.quadlets.install(tmp_path / "nowhere.volume")
    assert statuses(podman_b) == {}


@pytest.mark.usefixtures("with_systemd")
def test_reload_and_filters(podman_b: Podman) -> None:
    quadlets = podman_b.quadlets
    quadlets.install({"box.volume": VOLUME}, reload_systemd=False)
    assert statuses(podman_b) == {"box.volume": "Not loaded"}
    quadlets.install({"net.network": "[Network]\n"})
    assert statuses(podman_b) == {
        "box.volume": "inactive/dead",
        "net.network": "inactive/dead",
    }
    [found] = quadlets.list(filters={"name": ".*network"})
    assert found.name == "net.network"
    assert len(quadlets.list(filters={"name": ["net.*", "box.*"]})) == 2
    quadlets.remove("box.volume", reload_systemd=False)
    quadlets.remove_several("net.network", reload_systemd=False)
    assert statuses(podman_b) == {}


@pytest.mark.usefixtures("with_systemd")
def test_remove(podman_b: Podman, host_b: Host) -> None:
    quadlets = podman_b.quadlets
    quadlets.install({"box.volume": VOLUME})
    systemctl(host_b, "start", "box-volume.service")
    with pytest.raises(BadRequestError, match="running"):
        quadlets.remove("box.volume")
    assert (quadlets.remove("box.volume", force=True)).removed == ["box.volume"]
    assert not quadlets.exists("box.volume")
    with pytest.raises(NotFoundError):
        quadlets.remove("box.volume")
    assert (quadlets.remove("box.volume", ignore=True)).removed == ["box.volume"]
    removed = quadlets.remove("box")
    assert "not a supported quadlet" in removed.errors["box"]


@pytest.mark.usefixtures("with_systemd")
def test_remove_several(podman_b: Podman, host_b: Host) -> None:
    quadlets = podman_b.quadlets
    for name in ("a.volume", "b.volume", "c.volume"):
        quadlets.install({name: f"[Volume]\nVolumeName={name}\n"})
    systemctl(host_b, "start", "a-volume.service")
    report = quadlets.remove_several("a.volume", "b.volume", "d.volume")
    assert report.removed == ["b.volume"]
    assert "running" in report.errors["a.volume"]
    assert "no such quadlet" in report.errors["d.volume"]
    report = quadlets.remove_several("a.volume", "d.volume", force=True, ignore=True)
    assert (set(report.removed), report.errors) == ({"a.volume", "d.volume"}, {})
    with pytest.raises(BadRequestError):
        quadlets.remove_several("c.volume", all=True)
    with pytest.raises(BadRequestError):
        quadlets.remove_several()
    assert (podman_b.quadlets.remove_several(all=True)).removed == ["c.volume"]
    assert statuses(podman_b) == {}
