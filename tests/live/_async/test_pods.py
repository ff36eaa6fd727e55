"""Pods on real services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, ConflictError, NotFoundError, ParameterError, models

from .steps import lacks, said, until

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from podlib.models import PodFilters
    from tests.testbed import Host

SLEEP = ("sleep", "60")
OBEDIENT = ("sh", "-c", "trap 'echo usr1' USR1; while :; do sleep 0.05; done")


async def sleeping(podman: AsyncPodman, image: str, name: str, pod: str, network: str = "") -> None:
    """A container that lives on, and is stopped without delay."""
    await podman.containers.create(
        image, name=name, command=SLEEP, pod=pod, network=network, stop_signal="SIGKILL"
    )


async def pod_of(podman: AsyncPodman, image: str, *containers: str) -> str:
    """A pod ``web`` that runs, with an infra container and these; its id."""
    created = await podman.pods.create(name="web")
    for name in containers:
        await sleeping(podman, image, name, "web")
    await podman.pods.start("web")
    return created.id


def is_4(podman: AsyncPodman) -> bool:
    return podman.server_version.startswith("4.")


async def states(podman: AsyncPodman, pod: str) -> dict[str, str]:
    """The states of a pod's containers, without the infra container."""
    found = await podman.pods.inspect(pod)
    return {
        each.name: each.state for each in found.containers if each.id != found.infra_container_id
    }


# -- create ----------------------------------------------------------------------------------


async def test_create_inspect_and_exists(podman: AsyncPodman) -> None:
    created = await podman.pods.create(
        name="web",
        labels={"tier": "1"},
        hostname="inside",
        exit_policy="stop",
        infra_name="web-base",
        create_command=["make", "web"],
        shared_namespaces=["net", "uts", "pid"],
        ports=["8080:80"],
        dns=["10.0.0.53"],
        dns_search=["example.com"],
        dns_options=["ndots:2"],
        hosts={"db": "10.0.0.9"},
        pidns="private",
    )
    assert await podman.pods.exists("web")
    found = await podman.pods.inspect(created.id)
    assert (found.id, found.name, found.hostname) == (created.id, "web", "inside")
    assert found.labels == {"tier": "1"}
    assert (found.exit_policy, found.state, found.num_containers) == ("stop", "Created", 1)
    assert found.create_command == ["make", "web"]
    assert set(found.shared_namespaces) == {"net", "uts", "pid"}
    assert [(each.name, each.state) for each in found.containers] == [("web-base", "created")]
    assert found.create_infra
    infra = found.infra_config
    assert infra
    assert infra.port_bindings["80/tcp"][0].host_port == "8080"
    assert infra.dns_server == ["10.0.0.53"]
    assert infra.dns_search == ["example.com"]
    assert infra.dns_option == ["ndots:2"]
    assert infra.host_add == ["db:10.0.0.9"]
    assert (infra.pid_ns, infra.networks) == ("private", ["podman"])
    with pytest.raises(ConflictError, match="in use"):
        await podman.pods.create(name="web")
    with pytest.raises(ParameterError, match="did you mean 'labels'"):
        await podman.pods.create(label={"a": "b"})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake that is tested


async def test_what_does_not_exist(podman: AsyncPodman) -> None:
    assert not await podman.pods.exists("nobody")
    for call in (
        podman.pods.inspect,
        podman.pods.start,
        podman.pods.stop,
        podman.pods.restart,
        podman.pods.kill,
        podman.pods.pause,
        podman.pods.unpause,
        podman.pods.remove,
        podman.pods.top,
        podman.pods.stats,
    ):
        with pytest.raises(NotFoundError, match="nobody"):
            await call("nobody")


@pytest.mark.parametrize("name", ["%", "_", "web/json", ""])
async def test_what_is_no_name(podman: AsyncPodman, name: str) -> None:
    await podman.pods.create(name="web")
    for call in (podman.pods.exists, podman.pods.remove, podman.pods.kill, podman.pods.stats):
        with pytest.raises(ParameterError, match="not the name or id of a pod"):
            await call(name)


async def test_the_beginning_of_an_id(podman: AsyncPodman) -> None:
    pod = (await podman.pods.create(name="web")).id
    assert not await podman.pods.exists(pod[:4])
    for call in (podman.pods.inspect, podman.pods.remove, podman.pods.kill, podman.pods.stats):
        with pytest.raises(NotFoundError, match="nor an id"):
            await call(pod[:4])
    assert (await podman.pods.inspect(pod[:12])).name == "web"
    await podman.pods.create(name="cafe")
    assert await podman.pods.exists("cafe")
    await podman.pods.remove("cafe")
    assert [found.name for found in await podman.pods.list()] == ["web"]


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


# -- the life of a pod -----------------------------------------------------------------------


async def test_start_stop_restart(podman: AsyncPodman, image: str) -> None:
    pod = await pod_of(podman, image, "one", "two")
    assert await states(podman, "web") == {"one": "running", "two": "running"}
    assert await podman.pods.start("web") is None
    stopped = await podman.pods.stop("web", timeout=0)
    assert stopped
    assert (stopped.id, stopped.errors) == (pod, [])
    assert await states(podman, "web") == {"one": "exited", "two": "exited"}
    assert await podman.pods.stop("web") is None
    started = await podman.pods.start(pod)
    assert started
    assert started.id == pod
    before = (await podman.containers.inspect("one")).state.started_at
    await podman.pods.kill("web")
    assert (await podman.pods.restart("web")).id == pod
    after = (await podman.containers.inspect("one")).state.started_at
    assert before
    assert after
    assert after > before
    assert (await podman.pods.inspect("web")).state == "Running"


async def test_a_container_that_does_not_start(podman: AsyncPodman, image: str) -> None:
    await podman.pods.create(name="web")
    await sleeping(podman, image, "good", "web")
    await podman.containers.create(image, name="bad", command=["/none/such"], pod="web")
    with pytest.raises(ConflictError, match=r"starting container .*/none/such"):
        await podman.pods.start("web")
    assert (await states(podman, "web"))["good"] == "running"
    assert (await podman.pods.inspect("web")).state == "Degraded"
    with pytest.raises(ConflictError, match=r"restarting container .*/none/such"):
        await podman.pods.restart("web")


async def test_a_degraded_pod_is_not_stopped(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one", "two")
    await podman.containers.kill("one")
    await podman.containers.wait("one")
    assert await podman.pods.stop("web", timeout=0) is None
    assert (await states(podman, "web"))["two"] == "running"
    await podman.pods.kill("web")
    assert await podman.containers.wait("two") == 137


async def test_kill_sends_signals(podman: AsyncPodman, image: str) -> None:
    await podman.pods.create(name="web")
    await podman.containers.create(image, name="one", command=OBEDIENT, pod="web")
    await podman.pods.start("web")

    async def heard() -> bool:
        # The shell may need a moment until it listens.
        await podman.pods.kill("web", signal="SIGUSR1")
        return "usr1" in await said(podman, "one")

    await until(heard)
    assert (await podman.pods.kill("web", signal=9)).errors == []
    assert await podman.containers.wait("one") == 137

    async def ended() -> bool:
        return (await podman.pods.inspect("web")).state == "Exited"

    await until(ended)
    with pytest.raises(ConflictError, match="no running containers"):
        await podman.pods.kill("web")
    with pytest.raises(APIError, match="NOPE"):
        await podman.pods.kill("web", signal="NOPE")


async def test_pause_and_unpause(podman: AsyncPodman, image: str) -> None:
    pod = await pod_of(podman, image, "one")
    assert (await podman.pods.pause("web")).id == pod
    assert await states(podman, "web") == {"one": "paused"}
    assert (await podman.pods.pause("web")).errors == []
    assert (await podman.pods.unpause("web")).id == pod
    assert await states(podman, "web") == {"one": "running"}


async def test_remove(podman: AsyncPodman, image: str) -> None:
    pod = await pod_of(podman, image, "one")
    with pytest.raises(APIError, match="running or paused"):
        await podman.pods.remove("web")
    container = (await podman.containers.inspect("one")).id
    removed = await podman.pods.remove("web", force=True, timeout=0)
    assert (removed.id, removed.error) == (pod, "")
    if not is_4(podman):
        assert removed.removed_containers[container] == ""
        assert len(removed.removed_containers) == 2
    assert not await podman.pods.exists("web")
    assert not await podman.containers.exists("one")


async def test_prune(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one")
    ended = await podman.pods.create(name="ended")
    await podman.pods.start("ended")
    await podman.pods.stop("ended", timeout=0)
    [pruned] = await podman.pods.prune()
    assert (pruned.id, pruned.error) == (ended.id, "")
    assert [pod.name for pod in await podman.pods.list()] == ["web"]
    assert await podman.pods.prune() == []


# -- list, top, stats ------------------------------------------------------------------------


async def test_list_and_its_filters(podman: AsyncPodman, image: str) -> None:
    web = await pod_of(podman, image, "one")
    bare = (await podman.pods.create(name="bare", no_infra=True, labels={"a": "b", "c": "d"})).id
    container = (await podman.containers.inspect("one")).id

    async def listed(filters: PodFilters) -> set[str]:
        return {pod.name for pod in await podman.pods.list(filters=filters)}

    every = {pod.name: pod for pod in await podman.pods.list()}
    assert every.keys() == {"web", "bare"}
    assert (every["web"].id, every["web"].status) == (web, "Running")
    assert {each.names: each.status for each in every["web"].containers}["one"] == "running"
    assert every["web"].networks == ["podman"]
    assert every["bare"].labels == {"a": "b", "c": "d"}
    assert await listed({"name": "we"}) == {"web"}
    assert await listed({"name": ["^web$", "^ba"]}) == {"web", "bare"}
    assert await listed({"id": bare[:12]}) == {"bare"}
    assert await listed({"label": "a"}) == {"bare"}
    assert await listed({"label": ["a=b", "c=x"]}) == set()
    assert await listed({"status": "running"}) == {"web"}
    assert await listed({"status": ["running", "created"]}) == {"web", "bare"}
    assert await listed({"network": "podman"}) == {"web"}
    assert await listed({"ctr-ids": [container, every["web"].infra_id]}) == {"web"}
    assert await listed({"ctr-names": ["one", "infra"]}) == {"web"}
    assert await listed({"ctr-names": "nobody"}) == set()
    assert await listed({"ctr-number": [1, 2]}) == {"web"}
    assert await listed({"ctr-number": 0}) == {"bare"}
    assert await listed({"ctr-status": ["running", "paused"]}) == {"web"}
    assert await listed({"until": every["web"].created}) == set()
    assert await listed({"until": "2100-01-01T00:00:00Z"}) == {"web", "bare"}
    with pytest.raises(ParameterError, match="no 'lable'; did you mean 'label'"):
        await listed({"lable": "a"})  # type: ignore[typeddict-unknown-key]  # pyright: ignore -- the point of the test
    if is_4(podman):
        with pytest.raises(APIError, match="label! is an invalid filter"):
            await listed({"label!": "a"})
    else:
        assert await listed({"label!": "a"}) == {"web"}


async def test_top(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one")

    async def sleeps() -> bool:  # it is the runtime's own process at first
        found = await podman.pods.top("web")
        return "sleep 60" in {process[-1] for process in found.processes}

    await until(sleeps)
    found = await podman.pods.top("web")
    assert found.titles == ["USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND"]
    found = await podman.pods.top("web", ps_args="comm,user")
    assert found.titles == ["COMMAND", "USER"]
    assert ["sleep", "0"] in found.processes
    if not is_4(podman):
        with pytest.raises(APIError, match="unknown descriptor"):
            await podman.pods.top("web", ps_args="nonsense")
    await podman.pods.kill("web")
    await podman.containers.wait("one")
    await podman.pods.stop("web", timeout=0)
    assert (await podman.pods.top("web")).processes == []


async def test_top_again_and_again(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one")
    async with podman.pods.top_stream("web", delay=1, ps_args="comm") as found:
        tops = [await anext(found), await anext(found)]
    assert [top.titles for top in tops] == [["COMMAND"], ["COMMAND"]]
    assert all(["sleep"] in top.processes for top in tops)
    with pytest.raises(NotFoundError):
        async with podman.pods.top_stream("nobody"):
            pass


async def test_stats(podman: AsyncPodman, image: str) -> None:
    pod = await pod_of(podman, image, "one")
    await podman.pods.create(name="idle")
    for stats in (await podman.pods.stats("web"), await podman.pods.stats()):
        [one] = [each for each in stats if each.name == "one"]
        assert one.pod == pod[:12]
        assert one.cpu.endswith("%")
        assert one.pids == "1"
        assert one.mem_usage_bytes.endswith("GiB")
    assert len(await podman.pods.stats("web")) == 2
    assert len(await podman.pods.stats("web", "idle")) == 3
    [idle] = await podman.pods.stats("idle")
    assert idle.pids == "--"
    assert len(await podman.pods.stats()) == 3


async def test_stats_again_and_again(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one")
    async with podman.pods.stats_stream("web", delay=1) as found:
        every = [await anext(found), await anext(found)]
    assert [len(stats) for stats in every] == [2, 2]
    with pytest.raises(NotFoundError):
        async with podman.pods.stats_stream("nobody"):
            pass
