"""The options of pods, seen by inspect and by their containers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, models
from tests.live._async.pod_steps import sleeping, states
from tests.live._async.steps import lacks, said

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from tests.testbed import Host


async def test_limits(podman: AsyncPodman, host: Host) -> None:
    await podman.pods.create(
        name="web",
        memory="64m",
        memory_swap="128m",
        memory_reservation="32m",
        memory_swappiness=7,
        cpu_period="50ms",
        cpu_quota=0.025,
        cpu_shares=100,
        cpuset_cpus="0",
        cpuset_mems="0",
        pids_limit=50,
        blkio_weight=321,
        cgroup_parent="/mine",
    )
    found = await podman.pods.inspect("web")
    assert (found.memory_limit, found.memory_swap) == (64 << 20, 128 << 20)
    assert (found.cpu_period, found.cpu_quota, found.cpu_shares) == (50_000, 25_000, 100)
    assert (found.cpuset_cpus, found.cpuset_mems) == ("0", "0")
    assert found.cgroup_parent == "/mine"
    assert found.infra_config
    assert (found.infra_config.cpu_period, found.infra_config.cpuset_cpus) == (50_000, "0")
    await podman.pods.start("web")
    files = {
        "cpu/{}/cpu.cfs_quota_us": "25000",
        "cpuset/{}/cpuset.cpus": "0",
        "memory/{}/memory.limit_in_bytes": str(64 << 20),
        "memory/{}/memory.soft_limit_in_bytes": str(32 << 20),
        "memory/{}/memory.swappiness": "7",
        "pids/{}/pids.max": "50",
        "blkio/{}/blkio.bfq.weight": "321",
    }
    path = found.cgroup_path.strip("/")
    paths = [f"/sys/fs/cgroup/{file.format(path)}" for file in files]
    assert host.run("cat", *paths).stdout.split() == list(files.values())


async def test_what_containers_inherit(podman: AsyncPodman, host: Host, image: str) -> None:
    (host.share / "data").mkdir(exist_ok=True)
    (host.share / "data" / "file").write_text("from the host\n")
    await podman.pods.create(
        name="web",
        mounts=[
            "/mnt/share/data:/bind:ro",
            "stuff:/volume",
            models.Mount(type="bind", source="/mnt/share/data", target="/over", options=["O"]),
            models.Mount(type="image", source=image, target="/image", read_only=True),
            models.Mount(type="tmpfs", target="/scratch", size="1m"),
        ],
        devices=["/dev/null:/dev/nothing:rw"],
        shm_size="2m",
        sysctls={"net.core.somaxconn": "99"},
        hostname="inside",
        hosts={"db": "10.0.0.9"},
    )
    script = (
        "cat /bind/file /over/file; echo more > /over/new; ls /image/bin/sh; ls -d /volume;"
        "hostname; grep 'db$' /etc/hosts; cat /proc/sys/net/core/somaxconn;"
        "df -k /dev/shm | tail -1; ls /dev/nothing"
    )
    await podman.containers.create(image, name="one", command=["sh", "-c", script], pod="web")
    await podman.pods.start("web")
    assert await podman.containers.wait("one") == 0
    lines = [line.split() for line in await said(podman, "one")]
    assert lines[:5] == [["from", "the", "host"]] * 2 + [["/image/bin/sh"], ["/volume"], ["inside"]]
    assert lines[5:7] == [["10.0.0.9", "db"], ["99"]]
    assert lines[7][1] == "2048"
    assert lines[8:] == [["/dev/nothing"]]
    assert not (host.share / "data" / "new").exists()
    found = await podman.pods.inspect("web")
    mounts = {mount.destination: mount.type for mount in found.mounts}
    assert mounts.items() >= {"/bind": "bind", "/volume": "volume", "/image": "image"}.items()


async def test_confinement_of_the_infra_container(podman: AsyncPodman, host: Host) -> None:
    await podman.pods.create(
        name="web",
        no_new_privileges=True,
        seccomp="unconfined",
        selinux=["disable"],
        apparmor="unconfined",
        mask=["/etc/secret"],
        unmask=["/proc/kcore", "/sys/firmware"],
        proc_options=["hidepid=2", "nosuid"],
        infra_conmon_pid_file="/run/infra.pid",
    )
    await podman.pods.start("web")
    pod = await podman.pods.inspect("web")
    infra = await podman.containers.inspect(pod.infra_container_id)
    config = json.loads(host.run("cat", infra.oci_config_path).stdout)
    masked = config["linux"]["maskedPaths"]
    assert "/etc/secret" in masked
    assert "/proc/kcore" not in masked
    assert "/sys/firmware" not in masked
    [proc] = [mount for mount in config["mounts"] if mount["destination"] == "/proc"]
    assert proc["options"] == ["hidepid=2", "nosuid"]
    assert config["process"]["noNewPrivileges"]
    assert "seccomp" not in config["linux"]
    assert set(pod.security_opt) == {
        "no-new-privileges",
        "seccomp=unconfined",
        "label=disable",
        "apparmor=unconfined",
    }
    assert host.run("cat", "/run/infra.pid").stdout == str(infra.state.conmon_pid)


async def test_volumes_of_a_container(podman: AsyncPodman, image: str) -> None:
    await podman.containers.create(image, name="source", mounts=["stuff:/stuff"])
    await podman.pods.create(name="web", volumes_from=["source:ro"])
    found = await podman.pods.inspect("web")
    assert [(mount.name, mount.rw) for mount in found.mounts] == [("stuff", False)]
    assert found.volumes_from == ["source:ro"]


async def test_an_infra_container_of_ones_own(podman: AsyncPodman, image: str) -> None:
    await podman.pods.create(name="web", infra_image=image, infra_command=["sleep", "50"])
    pod = await podman.pods.inspect("web")
    infra = await podman.containers.inspect(pod.infra_container_id)
    assert (infra.image_name, infra.path, infra.args) == (image, "sleep", ["50"])
    assert infra.is_infra


async def test_without_infra_container(podman: AsyncPodman, image: str) -> None:
    await podman.pods.create(name="bare", no_infra=True)
    found = await podman.pods.inspect("bare")
    assert (found.num_containers, found.infra_config, found.create_infra) == (0, None, False)
    with pytest.raises(APIError, match="no containers in pod"):
        await podman.pods.start("bare")
    await sleeping(podman, image, "one", "bare", network="none")
    assert await podman.pods.start("bare")
    assert await states(podman, "bare") == {"one": "running"}


async def test_namespaces(podman: AsyncPodman, image: str) -> None:
    await podman.pods.create(name="mine", uid_map=["0:100000:5000"], network="none")
    await podman.pods.create(name="hosts", pidns="host", utsns="host", network="host")
    mine, hosts = await podman.pods.inspect("mine"), await podman.pods.inspect("hosts")
    assert mine.infra_config
    assert hosts.infra_config
    assert mine.infra_config.userns == "private"
    infra = await podman.containers.inspect(mine.infra_container_id)
    assert infra.host_config.id_mappings
    assert infra.host_config.id_mappings.gid_map == ["0:100000:5000"]
    assert infra.host_config.network_mode == "none"
    assert (hosts.infra_config.pid_ns, hosts.infra_config.uts_ns) == ("host", "host")
    assert hosts.infra_config.host_network
    await podman.containers.create(
        image, name="one", command=["cat", "/proc/self/uid_map"], pod="mine"
    )
    await podman.pods.start("mine")
    await podman.containers.wait("one")
    assert [line.split() for line in await said(podman, "one")] == [["0", "100000", "5000"]]


async def test_networks(podman: AsyncPodman) -> None:
    body = json.dumps({"name": "lab", "subnets": [{"subnet": "10.99.0.0/24"}]}).encode()
    await podman.request("POST", "networks/create", body=body)
    await podman.pods.create(
        name="web",
        network="lab:ip=10.99.0.7,mac=92:d0:c6:0a:29:33,alias=www,interface_name=eth7",
    )
    await podman.pods.start("web")
    pod = await podman.pods.inspect("web")
    infra = await podman.containers.inspect(pod.infra_container_id)
    endpoint = infra.network_settings.networks["lab"]
    assert (endpoint.ip_address, endpoint.mac_address) == ("10.99.0.7", "92:d0:c6:0a:29:33")
    assert "www" in endpoint.aliases
    await podman.pods.create(name="slirp", network="slirp4netns:mtu=1400")
    slirp = await podman.pods.inspect("slirp")
    assert slirp.infra_config
    assert slirp.infra_config.network_options == {"slirp4netns": ["mtu=1400"]}


async def test_files_that_a_pod_does_not_manage(podman: AsyncPodman) -> None:
    await podman.pods.create(name="web", no_manage_hosts=True, no_manage_resolv_conf=True)
    found = (await podman.pods.inspect("web")).infra_config
    assert found
    assert (found.no_manage_hosts, found.no_manage_resolv_conf) == (True, True)


async def test_shared_cgroup_parent(podman: AsyncPodman) -> None:
    await podman.pods.create(name="apart", share_parent=False)
    await podman.pods.create(name="usual")
    assert not (await podman.pods.inspect("apart")).cgroup_path
    assert (await podman.pods.inspect("usual")).cgroup_path


async def test_hosts_file(podman: AsyncPodman) -> None:
    if await lacks(podman, "5.4.0", lambda: podman.pods.create(hosts_file="none")):
        return
    await podman.pods.create(name="web", hosts_file="/etc/hosts")
    found = (await podman.pods.inspect("web")).infra_config
    assert found
    assert found.hosts_file == "/etc/hosts"


async def test_hostname_that_a_pod_does_not_manage(podman: AsyncPodman) -> None:
    if await lacks(podman, "5.4.0", lambda: podman.pods.create(no_manage_hostname=True)):
        return
    await podman.pods.create(name="web", no_manage_hostname=True)
    found = (await podman.pods.inspect("web")).infra_config
    assert found
    assert found.no_manage_hostname


async def test_restart_policy(podman: AsyncPodman) -> None:
    if await lacks(podman, "4.6.0", lambda: podman.pods.create(restart="always")):
        return
    await podman.pods.create(name="web", restart="on-failure", restart_retries=3)
    pod = await podman.pods.inspect("web")
    assert pod.restart_policy == "on-failure"
    infra = await podman.containers.inspect(pod.infra_container_id)
    assert infra.host_config.restart_policy.maximum_retry_count == 3


async def test_ipc_namespace(podman: AsyncPodman) -> None:
    if await lacks(podman, "4.4.0", lambda: podman.pods.create(ipcns="host")):
        return
    await podman.pods.create(name="web", ipcns="host")
    pod = await podman.pods.inspect("web")
    assert (await podman.containers.inspect(pod.infra_container_id)).host_config.ipc_mode == "host"


async def test_size_of_what_systemd_has(podman: AsyncPodman, image: str) -> None:
    if await lacks(podman, "4.5.0", lambda: podman.pods.create(shm_size_systemd="1m")):
        return
    await podman.pods.create(name="web", shm_size_systemd="1m")
    command = ["sh", "-c", "df -k /run/lock | tail -1"]
    await podman.containers.create(image, name="one", command=command, pod="web", systemd="always")
    await podman.pods.start("web")
    await podman.containers.wait("one")
    [line] = await said(podman, "one")
    assert line.split()[1] == "1024"
