"""The options of confinement and namespaces, seen by the container's process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from podlib import APIError
from tests.live._async.steps import lacks, run

from .steps import printed, runtime_config, stored

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from tests.testbed import Host

SLEEP = ("sleep", "60")
NET_ADMIN, CHOWN = 12, 0  # the numbers of capabilities


async def test_capabilities(podman: AsyncPodman, image: str) -> None:
    [line] = await printed(
        podman, image, "grep CapBnd /proc/self/status", cap_add=["NET_ADMIN"], cap_drop=["CHOWN"]
    )
    bits = int(line.split()[1], 16)
    assert bits >> NET_ADMIN & 1
    assert not bits >> CHOWN & 1
    [line] = await printed(podman, image, "grep CapBnd /proc/self/status", cap_drop=["ALL"])
    assert int(line.split()[1], 16) == 0


async def test_privileged(podman: AsyncPodman, image: str) -> None:
    script = "grep -E '^(CapBnd|Seccomp):' /proc/self/status; ls /dev/net/tun"
    lines = await printed(podman, image, script, privileged=True, name="may")
    assert int(lines[0].split()[1], 16) >> NET_ADMIN & 1
    assert lines[1:] == ["Seccomp:\t0", "/dev/net/tun"]
    assert (await podman.containers.inspect("may")).host_config.privileged


async def test_system_calls(podman: AsyncPodman, host: Host, image: str) -> None:
    script = "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; mkdir /x 2>&- || echo refused"
    lines = await printed(podman, image, script, no_new_privileges=True, seccomp="unconfined")
    assert lines == ["NoNewPrivs:\t1", "Seccomp:\t0"]
    names = ["mkdir", "mkdirat"]
    profile = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": names, "action": "SCMP_ACT_ERRNO"}],
    }
    (host.share / "seccomp.json").write_text(json.dumps(profile))
    lines = await printed(podman, image, script, seccomp="/mnt/share/seccomp.json")
    assert lines == ["NoNewPrivs:\t0", "Seccomp:\t2", "refused"]
    lines = await printed(podman, image, script, seccomp_policy="default")
    assert lines == ["NoNewPrivs:\t0", "Seccomp:\t2"]
    with pytest.raises(APIError, match="no seccomp policy defined by image"):
        await podman.containers.create(image, seccomp_policy="image")


async def test_labels(podman: AsyncPodman, host: Host, image: str) -> None:
    created = await podman.containers.create(
        image, selinux=["type:mine_t", "level:s0:c1,c2"], apparmor="unconfined"
    )
    kept = stored(host, created.id)
    assert '"labelopts":["type:mine_t","level:s0:c1,c2"]' in kept
    found = await podman.containers.inspect(created.id)
    assert found.app_armor_profile in ("", "unconfined")  # "" where the kernel has none
    if await lacks(podman, "4.5.0", lambda: podman.containers.create(image, label_nested=True)):
        return
    created = await podman.containers.create(image, label_nested=True)
    assert '"label_nested":true' in stored(host, created.id)


async def test_paths_of_proc(podman: AsyncPodman, host: Host, image: str) -> None:
    lines = await printed(
        podman,
        image,
        "ls /masked | wc -l; grep ' /proc ' /proc/mounts",
        mounts=["/masked"],
        mask=["/masked"],
        unmask=["/proc/keys"],
        proc_options=["nosuid", "hidepid=invisible"],
        name="sees",
    )
    assert lines[0] == "0"
    assert "hidepid=invisible" in lines[-1]
    config = await runtime_config(podman, host, (await podman.containers.inspect("sees")).id)
    masked = set(config["linux"]["maskedPaths"])
    assert "/masked" in masked
    assert "/proc/keys" not in masked
    assert "/proc/kcore" in masked
    created = await podman.containers.create(image, unmask=["ALL"], network="none")
    await podman.containers.init(created.id)
    assert not (await runtime_config(podman, host, created.id))["linux"].get("maskedPaths")


async def test_settings_of_the_kernel(podman: AsyncPodman, image: str) -> None:
    [value] = await printed(
        podman,
        image,
        "cat /proc/sys/net/core/somaxconn",
        sysctls={"net.core.somaxconn": "99"},
    )
    assert value == "99"


# -- namespaces ------------------------------------------------------------------------------


async def namespaces(podman: AsyncPodman, host: Host, container: str) -> dict[str, str]:
    """The namespaces of a container's process, and those of the host's."""
    pid = (await podman.containers.inspect(container)).state.pid
    found: dict[str, str] = {}
    for name in ("pid", "ipc", "uts", "cgroup", "user", "net"):
        found[name] = host.run("readlink", f"/proc/{pid}/ns/{name}").stdout.strip()
        found[f"host's {name}"] = host.run("readlink", f"/proc/1/ns/{name}").stdout.strip()
    return found


async def test_namespaces_of_the_host(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(
        podman, image, command=SLEEP, network="none",
        pidns="host", ipcns="host", utsns="host", cgroupns="host", userns="host",
    )  # fmt: skip
    found = await namespaces(podman, host, container)
    for name in ("pid", "ipc", "uts", "cgroup", "user"):
        assert found[name] == found[f"host's {name}"], name


async def test_namespaces_of_its_own(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(
        podman, image, command=SLEEP, network="none",
        pidns="private", ipcns="private", utsns="private", cgroupns="private",
    )  # fmt: skip
    found = await namespaces(podman, host, container)
    for name in ("pid", "ipc", "uts", "cgroup"):
        assert found[name] != found[f"host's {name}"], name


async def test_namespaces_of_another(podman: AsyncPodman, host: Host, image: str) -> None:
    other = await run(podman, image, command=SLEEP, network="none", ipcns="shareable", name="other")
    pid = (await podman.containers.inspect(other)).state.pid
    container = await run(
        podman, image, command=SLEEP, network="none", pidns="container:other",
        ipcns="container:other", utsns=f"ns:/proc/{pid}/ns/uts", cgroupns="container:other",
    )  # fmt: skip
    theirs = await namespaces(podman, host, other)
    found = await namespaces(podman, host, container)
    for name in ("pid", "ipc", "uts", "cgroup"):
        assert found[name] == theirs[name], name
    script = "test -e /dev/shm || echo none"
    assert await printed(podman, image, script, ipcns="none") == ["none"]


async def test_user_namespace_of_another(podman: AsyncPodman, host: Host, image: str) -> None:
    ids = ["0:100000:5000"]
    other = await run(podman, image, command=SLEEP, network="none", uid_map=ids, name="other")
    container = await run(podman, image, command=SLEEP, network="none", userns="container:other")
    theirs = await namespaces(podman, host, other)
    assert (await namespaces(podman, host, container))["user"] == theirs["user"]
    assert theirs["user"] != theirs["host's user"]
    pid = (await podman.containers.inspect(other)).state.pid
    created = await podman.containers.create(image, userns=f"ns:/proc/{pid}/ns/user")
    found = await podman.containers.inspect(created.id)
    assert found.host_config.userns_mode == f"ns:/proc/{pid}/ns/user"


async def test_namespaces_of_a_pod(podman: AsyncPodman, host: Host, image: str) -> None:
    await podman.pods.create(
        name="web", shared_namespaces=["net", "uts", "ipc"], uid_map=["0:100000:5000"]
    )
    await podman.containers.create(
        image, name="one", command=SLEEP, pod="web",
        ipcns="pod", utsns="pod", userns="pod", network="pod",
    )  # fmt: skip
    await podman.pods.start("web")
    infra = (await podman.pods.inspect("web")).infra_container_id
    theirs = await namespaces(podman, host, infra)
    found = await namespaces(podman, host, "one")
    for name in ("ipc", "uts", "user", "net"):
        assert found[name] == theirs[name], name


async def test_ids_of_its_own(podman: AsyncPodman, image: str) -> None:
    lines = await printed(
        podman,
        image,
        "cat /proc/self/uid_map /proc/self/gid_map",
        uid_map=["0:100000:5000"],
        gid_map=["0:200000:4000"],
    )
    assert [line.split() for line in lines] == [["0", "100000", "5000"], ["0", "200000", "4000"]]


async def test_ids_that_the_server_chooses(podman: AsyncPodman, host: Host, image: str) -> None:
    added = {
        "/etc/passwd": "containers:x:999:999::/:/bin/false",
        "/etc/subuid": "containers:300000:200000",
        "/etc/subgid": "containers:300000:200000",
    }
    for file, line in added.items():
        host.run("sh", "-c", f"cp -p {file} {file}.before; echo {line} >> {file}")
    created = await podman.containers.create(
        image, network="none", userns="auto:size=6000,uidmapping=0:400000:10"
    )
    for file in added:
        host.run("mv", f"{file}.before", file)
    mappings = (await podman.containers.inspect(created.id)).host_config.id_mappings
    assert mappings
    assert "0:400000:10" in mappings.uid_map
    assert sum(int(each.split(":")[2]) for each in mappings.uid_map) == 6000


async def test_ids_that_are_kept(podman: AsyncPodman, host: Host, image: str) -> None:
    mode = "keep-id:uid=5,gid=6"
    if host.version.startswith("4."):
        with pytest.raises(APIError, match="rootless"):
            await podman.containers.create(image, userns=mode)
    else:
        assert await printed(podman, image, "id -u; id -g", userns=mode) == ["5", "6"]
    with pytest.raises(APIError, match="rootless"):
        await podman.containers.create(image, userns="nomap")
