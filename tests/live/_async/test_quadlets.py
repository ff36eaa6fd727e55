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

    from podlib import AsyncPodman
    from podlib.http.flow_async import Call
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


async def statuses(podman: AsyncPodman) -> dict[str, str]:
    """How the units of all quadlets are."""
    return {each.name: each.status for each in await podman.quadlets.list()}


async def test_older_servers_lack_them(podman: AsyncPodman) -> None:
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
        await lacks(podman, versions.SINCE[operation], call)


async def test_without_systemd(podman_b: AsyncPodman, host_b: Host) -> None:
    folder = host_b.root / QUADLETS
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "box.volume").write_text(VOLUME)
    assert await podman_b.quadlets.exists("box.volume")
    assert not await podman_b.quadlets.exists("other.volume")
    assert await podman_b.quadlets.file("box.volume") == VOLUME
    with pytest.raises(NotFoundError):
        await podman_b.quadlets.file("other.volume")
    with pytest.raises(APIError, match="not a supported quadlet file type"):
        await podman_b.quadlets.exists("box")
    with pytest.raises(APIError, match="systemd"):
        await podman_b.quadlets.list()
    with pytest.raises(APIError, match="systemd"):
        await podman_b.quadlets.install({"other.volume": VOLUME})
    with pytest.raises(APIError, match="systemd"):
        await podman_b.quadlets.remove("box.volume")


@pytest.mark.usefixtures("with_systemd")
async def test_install(podman_b: AsyncPodman, host_b: Host) -> None:
    installed = await podman_b.quadlets.install({"box.volume": VOLUME})
    assert [*installed.installed_quadlets.values()] == [f"/{QUADLETS}/box.volume"]
    assert installed.quadlet_errors == {}
    assert await podman_b.quadlets.file("box.volume") == VOLUME
    [quadlet] = await podman_b.quadlets.list()
    assert (quadlet.name, quadlet.path) == ("box.volume", f"/{QUADLETS}/box.volume")
    assert (quadlet.unit_name, quadlet.status) == ("box-volume.service", "inactive/dead")
    systemctl(host_b, "start", "box-volume.service")
    assert await statuses(podman_b) == {"box.volume": "active/exited"}
    host_b.run("podman", "volume", "exists", "boxvol")


@pytest.mark.usefixtures("with_systemd")
async def test_install_with_further_files(
    podman_b: AsyncPodman, host_b: Host, container: str, tmp_path: Path
) -> None:
    """Whatever their names: the server takes the first for the quadlet."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "web.container").write_text(container)
    (folder / "a grüße.conf").write_bytes(b"\xff\r\n--x\n")
    await podman_b.quadlets.install(folder)
    there = host_b.root / QUADLETS
    assert (there / "a grüße.conf").read_bytes() == b"\xff\r\n--x\n"
    assert (there / "web.container").read_text() == container
    [quadlet] = await podman_b.quadlets.list()
    assert quadlet.app == ".web.container.app"
    await podman_b.quadlets.remove("web.container")
    assert not (there / "a grüße.conf").exists()
    tar = archive({"a.conf": "", "web.container": container})
    with pytest.raises(BadRequestError, match="not a supported Quadlet"):
        await podman_b.quadlets.install_archive(tar)


@pytest.mark.usefixtures("with_systemd")
async def test_install_archive(podman_b: AsyncPodman, container: str, tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(archive({"web.container": container, "web.env": "A=b\n"}))
    installed = await podman_b.quadlets.install_archive(path)
    assert len(installed.installed_quadlets) == 2
    with pytest.raises(BadRequestError, match="already exists"):
        await podman_b.quadlets.install_archive(path)
    await podman_b.quadlets.install_archive(path.read_bytes(), replace=True)
    with pytest.raises(FileError):
        await podman_b.quadlets.install_archive(tmp_path / "nowhere")


@pytest.mark.usefixtures("with_systemd")
async def test_install_again(podman_b: AsyncPodman, tmp_path: Path) -> None:
    path = tmp_path / "box.volume"
    path.write_text(VOLUME)
    await podman_b.quadlets.install(path)
    with pytest.raises(BadRequestError, match="already exists"):
        await podman_b.quadlets.install({"box.volume": "[Volume]\n"})
    assert await podman_b.quadlets.file("box.volume") == VOLUME
    await podman_b.quadlets.install({"box.volume": b"[Volume]\n"}, replace=True)
    assert await podman_b.quadlets.file("box.volume") == "[Volume]\n"


@pytest.mark.usefixtures("with_systemd")
async def test_install_that_cannot_be(podman_b: AsyncPodman, tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="only a single quadlet"):
        await podman_b.quadlets.install({"a.volume": VOLUME, "b.volume": VOLUME})
    with pytest.raises(BadRequestError, match="no quadlet files"):
        await podman_b.quadlets.install({"a.txt": VOLUME})
    with pytest.raises(BadRequestError, match="no files"):
        await podman_b.quadlets.install({})
    for name in ("", "../a.volume", "a/b.volume", 'a".volume', "a\n.volume"):
        with pytest.raises(ParameterError, match="not the name of a file"):
            await podman_b.quadlets.install({name: VOLUME})
    with pytest.raises(FileError, match="nowhere"):
        await podman_b.quadlets.install(tmp_path / "nowhere.volume")
    assert await statuses(podman_b) == {}


@pytest.mark.usefixtures("with_systemd")
async def test_reload_and_filters(podman_b: AsyncPodman) -> None:
    quadlets = podman_b.quadlets
    await quadlets.install({"box.volume": VOLUME}, reload_systemd=False)
    assert await statuses(podman_b) == {"box.volume": "Not loaded"}
    await quadlets.install({"net.network": "[Network]\n"})
    assert await statuses(podman_b) == {
        "box.volume": "inactive/dead",
        "net.network": "inactive/dead",
    }
    [found] = await quadlets.list(filters={"name": ".*network"})
    assert found.name == "net.network"
    assert len(await quadlets.list(filters={"name": ["net.*", "box.*"]})) == 2
    await quadlets.remove("box.volume", reload_systemd=False)
    await quadlets.remove_several("net.network", reload_systemd=False)
    assert await statuses(podman_b) == {}


@pytest.mark.usefixtures("with_systemd")
async def test_remove(podman_b: AsyncPodman, host_b: Host) -> None:
    quadlets = podman_b.quadlets
    await quadlets.install({"box.volume": VOLUME})
    systemctl(host_b, "start", "box-volume.service")
    with pytest.raises(BadRequestError, match="running"):
        await quadlets.remove("box.volume")
    assert (await quadlets.remove("box.volume", force=True)).removed == ["box.volume"]
    assert not await quadlets.exists("box.volume")
    with pytest.raises(NotFoundError):
        await quadlets.remove("box.volume")
    assert (await quadlets.remove("box.volume", ignore=True)).removed == ["box.volume"]
    removed = await quadlets.remove("box")
    assert "not a supported quadlet" in removed.errors["box"]


@pytest.mark.usefixtures("with_systemd")
async def test_remove_several(podman_b: AsyncPodman, host_b: Host) -> None:
    quadlets = podman_b.quadlets
    for name in ("a.volume", "b.volume", "c.volume"):
        await quadlets.install({name: f"[Volume]\nVolumeName={name}\n"})
    systemctl(host_b, "start", "a-volume.service")
    report = await quadlets.remove_several("a.volume", "b.volume", "d.volume")
    assert report.removed == ["b.volume"]
    assert "running" in report.errors["a.volume"]
    assert "no such quadlet" in report.errors["d.volume"]
    report = await quadlets.remove_several("a.volume", "d.volume", force=True, ignore=True)
    assert (set(report.removed), report.errors) == ({"a.volume", "d.volume"}, {})
    with pytest.raises(BadRequestError):
        await quadlets.remove_several("c.volume", all=True)
    with pytest.raises(BadRequestError):
        await quadlets.remove_several()
    assert (await podman_b.quadlets.remove_several(all=True)).removed == ["c.volume"]
    assert await statuses(podman_b) == {}
