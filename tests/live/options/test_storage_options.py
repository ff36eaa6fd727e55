"""The options of files and devices, seen by the container's process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import pytest

from podlib import APIError, models
from tests.live._async.steps import lacks, run, said

from .steps import printed, runtime_config, stored

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from tests.testbed import Host

CDI = {
    "cdiVersion": "0.5.0",
    "kind": "podlib.test/lamp",
    "devices": [{"name": "red", "containerEdits": {"env": ["LAMP=red"]}}],
}


def folder(host: Host, name: str) -> str:
    """A folder of the host with a file in it, by the host's path."""
    (host.share / name).mkdir(exist_ok=True)
    (host.share / name / "file").write_text("from the host\n")
    return f"/mnt/share/{name}"


# -- mounts ----------------------------------------------------------------------------------


async def test_binds_and_overlays(podman: AsyncPodman, host: Host, image: str) -> None:
    data, upper, work = (folder(host, name) for name in ("data", "upper", "work"))
    keep = ["O", f"upperdir={upper}", f"workdir={work}"]
    lines = await printed(
        podman,
        image,
        "cat /plain/file /over/file; echo x > /plain/added; touch /ro/y 2>&- || echo refused;"
        "echo x > /over/gone; echo x > /kept/stays",
        mounts=[
            f"{data}:/plain:rw,rslave",
            models.Mount(type="bind", source=data, target="/ro", read_only=True),
            f"{data}:/over:O",
            models.Mount(type="bind", source=data, target="/kept", options=keep),
        ],
    )
    assert lines == ["from the host", "from the host", "refused"]
    assert {each.name for each in (host.share / "data").iterdir()} == {"file", "added"}
    assert (host.share / "upper" / "stays").exists()


async def test_volumes(podman: AsyncPodman, image: str) -> None:
    await printed(podman, image, "mkdir /v/sub; echo below > /v/sub/file", mounts=["data:/v"])
    lines = await printed(
        podman,
        image,
        "cat /v/sub/file; touch /v/x 2>&- || echo refused; echo x > /o/sub/file; ls /new",
        mounts=["data:/v:ro,noexec", "data:/o:O", "/new"],
        name="reader",
    )
    assert lines == ["below", "refused"]
    mounts = {each.destination: each for each in (await podman.containers.inspect("reader")).mounts}
    assert (mounts["/v"].name, mounts["/v"].rw) == ("data", False)
    assert "noexec" in mounts["/v"].options
    assert len(mounts["/new"].name) == 64
    assert await printed(podman, image, "cat /v/sub/file", mounts=["data:/v"]) == ["below"]


async def test_part_of_a_volume_or_image(podman: AsyncPodman, image: str) -> None:
    part = models.Mount(source="data", target="/v", subpath="/sub")
    if await lacks(podman, "4.4.0", lambda: podman.containers.create(image, mounts=[part])):
        return
    await printed(podman, image, "mkdir /v/sub; echo below > /v/sub/file", mounts=["data:/v"])
    lines = await printed(
        podman,
        image,
        "ls /v; ls /i/busybox",
        mounts=[
            part,
            models.Mount(type="image", source=image, target="/i", subpath="/bin"),
        ],
    )
    assert lines == ["file", "/i/busybox"]


async def test_images_as_mounts(podman: AsyncPodman, image: str) -> None:
    lines = await printed(
        podman,
        image,
        "ls /ro/bin/sh; touch /ro/x 2>&- || echo refused; touch /rw/x && ls /rw/x",
        mounts=[
            models.Mount(type="image", source=image, target="/ro", read_only=True),
            models.Mount(type="image", source=image, target="/rw"),
        ],
    )
    assert lines == ["/ro/bin/sh", "refused", "/rw/x"]


async def test_file_systems_of_the_kernel(podman: AsyncPodman, image: str) -> None:
    lines = await printed(
        podman,
        image,
        "grep -E ' (/t|/r|/dev/pts) ' /proc/mounts; stat -c %a /t; touch /r/x 2>&- || echo refused",
        mounts=[
            models.Mount(
                type="tmpfs", target="/t", size="1m", mode=0o1770, options=["nosuid", "noexec"]
            ),
            models.Mount(type="ramfs", target="/r", read_only=True),
            models.Mount(type="devpts", target="/dev/pts", options=["max=7"], mode=0o600),
        ],
    )
    mounts = {line.split()[1]: line.split() for line in lines if line.count(" ") == 5}
    assert mounts["/t"][2] == "tmpfs"
    assert {"size=1024k", "nosuid", "noexec"} <= set(mounts["/t"][3].split(","))
    assert mounts["/r"][2] == "ramfs"
    assert mounts["/dev/pts"][2] == "devpts"
    assert {"max=7", "mode=600"} <= set(mounts["/dev/pts"][3].split(","))
    assert lines[-2:] == ["1770", "refused"]


async def test_artifacts(podman: AsyncPodman, host: Host, image: str) -> None:
    def mount(target: str, title: str = "", file_name: str = "") -> models.Mount:
        return models.Mount(
            type="artifact", source="localhost/model:1", target=target, title=title,
            file_name=file_name,
        )  # fmt: skip

    if await lacks(
        podman, "5.5.0", lambda: podman.containers.create(image, mounts=[mount("/all")])
    ):
        return
    data = folder(host, "data")
    (host.share / "data" / "second").write_text("2\n")
    host.run("podman", "artifact", "add", "localhost/model:1", f"{data}/file", f"{data}/second")
    # Of a folder that is there, the file gets its name; one that is not becomes the file itself.
    mounts = [
        mount("/all"),
        mount("/bin", title="second", file_name="renamed"),
        mount("/one", title="second"),
    ]
    lines = await printed(podman, image, "ls /all; cat /bin/renamed /one", mounts=mounts)
    assert lines == ["file", "second", "2", "2"]


async def test_volumes_of_another_container(podman: AsyncPodman, image: str) -> None:
    await podman.containers.create(image, name="source", mounts=["data:/v"])
    script = "touch /v/x 2>&- || echo refused"
    assert await printed(podman, image, script, volumes_from=["source"]) == []
    assert await printed(podman, image, script, volumes_from=["source:ro"]) == ["refused"]


@pytest.mark.parametrize("kind", ["anonymous", "tmpfs", "ignore"])
async def test_volumes_that_the_image_declares(
    podman: AsyncPodman, host: Host, image: str, kind: Literal["anonymous", "tmpfs", "ignore"]
) -> None:
    file = f"FROM {image}\nVOLUME /declared\n"
    host.run("podman", "build", "-q", "-t", "localhost/declares", "-", stdin=file)
    script = "grep ' /declared ' /proc/mounts || true"
    lines = await printed(podman, "localhost/declares", script, image_volumes=kind, name="declares")
    found = (await podman.containers.inspect("declares")).mounts
    assert [mount.destination for mount in found] == (["/declared"] if kind == "anonymous" else [])
    assert bool(lines) == (kind != "ignore")


# -- what is there besides -------------------------------------------------------------------


async def test_read_only(podman: AsyncPodman, image: str) -> None:
    script = "for f in / /tmp /run /var/tmp /dev/shm; do touch $f/x 2>&- && echo $f; done; true"
    assert await printed(podman, image, script, read_only=True) == [
        "/tmp", "/run", "/var/tmp", "/dev/shm"
    ]  # fmt: skip
    lines = await printed(podman, image, script, read_only=True, read_only_tmpfs=False)
    assert not {"/", "/tmp", "/run", "/var/tmp"} & set(lines)
    lines = await printed(podman, image, script, read_only=True, mounts=["mine:/tmp"])
    assert {"/tmp", "/run"} <= set(lines)


async def test_shared_memory(podman: AsyncPodman, image: str) -> None:
    [line] = await printed(podman, image, "df -k /dev/shm | tail -1", shm_size="2m")
    assert line.split()[1] == "2048"


async def test_size_of_what_systemd_has(podman: AsyncPodman, image: str) -> None:
    if await lacks(podman, "4.5.0", lambda: podman.containers.create(image, shm_size_systemd="1m")):
        return
    [line] = await printed(
        podman, image, "df -k /run/lock | tail -1", shm_size_systemd="1m", systemd="always"
    )
    assert line.split()[1] == "1024"


async def test_secrets(podman: AsyncPodman, host: Host, image: str) -> None:
    for name in ("one", "two", "three"):
        host.run("podman", "secret", "create", name, "-", stdin=f"{name}\n")
    lines = await printed(
        podman,
        image,
        "cat /run/secrets/one /etc/two /etc/three; echo $TOKEN;"
        "stat -c '%a %u %g' /run/secrets/one /etc/two /etc/three",
        secrets=[
            "one",
            "two,target=/etc/two,uid=1,gid=2,mode=0400",
            models.Secret(name="three", target="/etc/three", mode=0o640),
        ],
        secret_env={"TOKEN": "one"},
        name="knows",
    )
    assert lines == ["one", "two", "three", "one", "444 0 0", "400 1 2", "640 0 0"]
    config = (await podman.containers.inspect("knows")).config
    assert {(each.name, each.uid, each.mode) for each in config.secrets} >= {("two", 1, 0o400)}


async def test_devices(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(
        podman,
        image,
        command=["sh", "-c", "echo x > /dev/nothing && ls -l /dev/nothing /dev/zero2"],
        devices=[
            "/dev/null:/dev/nothing:rw",
            models.Device(host="/dev/zero", container="/dev/zero2"),
        ],
        device_cgroup_rules=["c 10:* rw", "b 8:1 r"],
        network="none",
    )
    assert await podman.containers.wait(container) == 0
    nodes = [line.split() for line in await said(podman, container)]
    assert [(each[4], each[5], each[-1]) for each in nodes] == [
        ("1,", "3", "/dev/nothing"), ("1,", "5", "/dev/zero2")
    ]  # fmt: skip
    config = await runtime_config(podman, host, container)
    rules = config["linux"]["resources"]["devices"]
    assert {"allow": True, "type": "c", "major": 10, "access": "rw"} in rules
    assert {"allow": True, "type": "b", "major": 8, "minor": 1, "access": "r"} in rules
    assert {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rw"} in rules


async def test_devices_by_cdi_name(podman: AsyncPodman, host: Host, image: str) -> None:
    host.run("mkdir", "-p", "/etc/cdi")
    host.run("tee", "/etc/cdi/lamp.json", stdin=json.dumps(CDI))
    lines = await printed(podman, image, "echo $LAMP", devices=["podlib.test/lamp=red"])
    host.run("rm", "/etc/cdi/lamp.json")
    assert lines == ["red"]


async def test_storage_of_the_container(podman: AsyncPodman, host: Host, image: str) -> None:
    with pytest.raises(APIError, match="storage-opt is supported only"):
        await podman.containers.create(image, storage_options={"size": "1g"})
    created = await podman.containers.create(image, volatile=True, chroot_dirs=["/jail"])
    assert '"volatile":true' in stored(host, created.id)
    assert (await podman.containers.inspect(created.id)).config.chroot_dirs == ["/jail"]
