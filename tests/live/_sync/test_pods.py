# Generated from tests/live/_async/test_pods.py: edit there.
"""Pods on real services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, ConflictError, NotFoundError, ParameterError, models

from .steps import lacks, said, until

if TYPE_CHECKING:
    from podlib import Podman
    from podlib.models import PodFilters
    from tests.testbed import Host

SLEEP = ("sleep", "60")
OBEDIENT = ("sh", "-c", "trap 'echo usr1' USR1; while :; do sleep 0.05; done")


def sleeping(podman: Podman, image: str, name: str, pod: str, network: str = "") -> None:
    """A container that lives on, and is stopped without delay."""
    podman.containers.create(
        image, name=name, command=SLEEP, pod=pod, network=network, stop_signal="SIGKILL"
    )


def pod_of(podman: Podman, image: str, *containers: str) -> str:
    """A pod ``web`` that runs, with an infra container and these; its id."""
    created = podman.pods.create(name="web")
    for name in containers:
        sleeping(podman, image, name, "web")
    podman.pods.start("web")
    return created.id


def is_4(podman: Podman) -> bool:
    return podman.server_version.startswith("4.")


def states(podman: Podman, pod: str) -> dict[str, str]:
    """The states of a pod's containers, without the infra container."""
    found = podman.pods.inspect(pod)
    return {
        each.name: each.state for each in found.containers if each.id != found.infra_container_id
    }


# -- create ----------------------------------------------------------------------------------


def test_create_inspect_and_exists(podman: Podman) -> None:
    created = podman.pods.create(
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
    assert podman.pods.exists("web")
    found = podman.pods.inspect(created.id)
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
        podman.pods.create(name="web")
    with pytest.raises(ParameterError, match="did you mean 'labels'"):
        podman.pods.create(label={"a": "b"})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake that is tested


def test_what_does_not_exist(podman: Podman) -> None:
    assert not podman.pods.exists("nobody")
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
            call("nobody")


@pytest.mark.parametrize("name", ["%", "_", "web/json", ""])
def test_what_is_no_name(podman: Podman, name: str) -> None:
    podman.pods.create(name="web")
    for call in (podman.pods.exists, podman.pods.remove, podman.pods.kill, podman.pods.stats):
        with pytest.raises(ParameterError, match="not the name or id of a pod"):
            call(name)


def test_the_beginning_of_an_id(podman: Podman) -> None:
    pod = (podman.pods.create(name="web")).id
    assert not podman.pods.exists(pod[:4])
    for call in (podman.pods.inspect, podman.pods.remove, podman.pods.kill, podman.pods.stats):
        with pytest.raises(NotFoundError, match="nor an id"):
            call(pod[:4])
    assert (podman.pods.inspect(pod[:12])).name == "web"
    podman.pods.create(name="cafe")
    assert podman.pods.exists("cafe")
    podman.pods.remove("cafe")
    assert [found.name for found in podman.pods.list()] == ["web"]


def test_limits(podman: Podman, host: Host) -> None:
    podman.pods.create(
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
    found = podman.pods.inspect("web")
    assert (found.memory_limit, found.memory_swap) == (64 << 20, 128 << 20)
    assert (found.cpu_period, found.cpu_quota, found.cpu_shares) == (50_000, 25_000, 100)
    assert (found.cpuset_cpus, found.cpuset_mems) == ("0", "0")
    assert found.cgroup_parent == "/mine"
    assert found.infra_config
    assert (found.infra_config.cpu_period, found.infra_config.cpuset_cpus) == (50_000, "0")
    podman.pods.start("web")
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


def test_what_containers_inherit(podman: Podman, host: Host, image: str) -> None:
    (host.share / "data").mkdir(exist_ok=True)
    (host.share / "data" / "file").write_text("from the host\n")
    podman.pods.create(
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
    podman.containers.create(image, name="one", command=["sh", "-c", script], pod="web")
    podman.pods.start("web")
    assert podman.containers.wait("one") == 0
    lines = [line.split() for line in said(podman, "one")]
    assert lines[:5] == [["from", "the", "host"]] * 2 + [["/image/bin/sh"], ["/volume"], ["inside"]]
    assert lines[5:7] == [["10.0.0.9", "db"], ["99"]]
    assert lines[7][1] == "2048"
    assert lines[8:] == [["/dev/nothing"]]
    assert not (host.share / "data" / "new").exists()
    found = podman.pods.inspect("web")
    mounts = {mount.destination: mount.type for mount in found.mounts}
    assert mounts.items() >= {"/bind": "bind", "/volume": "volume", "/image": "image"}.items()


def test_confinement_of_the_infra_container(podman: Podman, host: Host) -> None:
    podman.pods.create(
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
    podman.pods.start("web")
    pod = podman.pods.inspect("web")
    infra = podman.containers.inspect(pod.infra_container_id)
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


def test_volumes_of_a_container(podman: Podman, image: str) -> None:
    podman.containers.create(image, name="source", mounts=["stuff:/stuff"])
    podman.pods.create(name="web", volumes_from=["source:ro"])
    found = podman.pods.inspect("web")
    assert [(mount.name, mount.rw) for mount in found.mounts] == [("stuff", False)]
    assert found.volumes_from == ["source:ro"]


def test_an_infra_container_of_ones_own(podman: Podman, image: str) -> None:
    podman.pods.create(name="web", infra_image=image, infra_command=["sleep", "50"])
    pod = podman.pods.inspect("web")
    infra = podman.containers.inspect(pod.infra_container_id)
    assert (infra.image_name, infra.path, infra.args) == (image, "sleep", ["50"])
    assert infra.is_infra


def test_without_infra_container(podman: Podman, image: str) -> None:
    podman.pods.create(name="bare", no_infra=True)
    found = podman.pods.inspect("bare")
    assert (found.num_containers, found.infra_config, found.create_infra) == (0, None, False)
    with pytest.raises(APIError, match="no containers in pod"):
        podman.pods.start("bare")
    sleeping(podman, image, "one", "bare", network="none")
    assert podman.pods.start("bare")
    assert states(podman, "bare") == {"one": "running"}


def test_namespaces(podman: Podman, image: str) -> None:
    podman.pods.create(name="mine", uid_map=["0:100000:5000"], network="none")
    podman.pods.create(name="hosts", pidns="host", utsns="host", network="host")
    mine, hosts = podman.pods.inspect("mine"), podman.pods.inspect("hosts")
    assert mine.infra_config
    assert hosts.infra_config
    assert mine.infra_config.userns == "private"
    infra = podman.containers.inspect(mine.infra_container_id)
    assert infra.host_config.id_mappings
    assert infra.host_config.id_mappings.gid_map == ["0:100000:5000"]
    assert infra.host_config.network_mode == "none"
    assert (hosts.infra_config.pid_ns, hosts.infra_config.uts_ns) == ("host", "host")
    assert hosts.infra_config.host_network
    podman.containers.create(image, name="one", command=["cat", "/proc/self/uid_map"], pod="mine")
    podman.pods.start("mine")
    podman.containers.wait("one")
    assert [line.split() for line in said(podman, "one")] == [["0", "100000", "5000"]]


def test_networks(podman: Podman) -> None:
    body = json.dumps({"name": "lab", "subnets": [{"subnet": "10.99.0.0/24"}]}).encode()
    podman.request("POST", "networks/create", body=body)
    podman.pods.create(
        name="web",
        network="lab:ip=10.99.0.7,mac=92:d0:c6:0a:29:33,alias=www,interface_name=eth7",
    )
    podman.pods.start("web")
    pod = podman.pods.inspect("web")
    infra = podman.containers.inspect(pod.infra_container_id)
    endpoint = infra.network_settings.networks["lab"]
    assert (endpoint.ip_address, endpoint.mac_address) == ("10.99.0.7", "92:d0:c6:0a:29:33")
    assert "www" in endpoint.aliases
    podman.pods.create(name="slirp", network="slirp4netns:mtu=1400")
    slirp = podman.pods.inspect("slirp")
    assert slirp.infra_config
    assert slirp.infra_config.network_options == {"slirp4netns": ["mtu=1400"]}


def test_files_that_a_pod_does_not_manage(podman: Podman) -> None:
    podman.pods.create(name="web", no_manage_hosts=True, no_manage_resolv_conf=True)
    found = (podman.pods.inspect("web")).infra_config
    assert found
    assert (found.no_manage_hosts, found.no_manage_resolv_conf) == (True, True)


def test_shared_cgroup_parent(podman: Podman) -> None:
    podman.pods.create(name="apart", share_parent=False)
    podman.pods.create(name="usual")
    assert not (podman.pods.inspect("apart")).cgroup_path
    assert (podman.pods.inspect("usual")).cgroup_path


def test_hosts_file(podman: Podman) -> None:
    if lacks(podman, "5.4.0", lambda: podman.pods.create(hosts_file="none")):
        return
    podman.pods.create(name="web", hosts_file="/etc/hosts")
    found = (podman.pods.inspect("web")).infra_config
    assert found
    assert found.hosts_file == "/etc/hosts"


def test_hostname_that_a_pod_does_not_manage(podman: Podman) -> None:
    if lacks(podman, "5.4.0", lambda: podman.pods.create(no_manage_hostname=True)):
        return
    podman.pods.create(name="web", no_manage_hostname=True)
    found = (podman.pods.inspect("web")).infra_config
    assert found
    assert found.no_manage_hostname


def test_restart_policy(podman: Podman) -> None:
    if lacks(podman, "4.6.0", lambda: podman.pods.create(restart="always")):
        return
    podman.pods.create(name="web", restart="on-failure", restart_retries=3)
    pod = podman.pods.inspect("web")
    assert pod.restart_policy == "on-failure"
    infra = podman.containers.inspect(pod.infra_container_id)
    assert infra.host_config.restart_policy.maximum_retry_count == 3


def test_ipc_namespace(podman: Podman) -> None:
    if lacks(podman, "4.4.0", lambda: podman.pods.create(ipcns="host")):
        return
    podman.pods.create(name="web", ipcns="host")
    pod = podman.pods.inspect("web")
    assert (podman.containers.inspect(pod.infra_container_id)).host_config.ipc_mode == "host"


def test_size_of_what_systemd_has(podman: Podman, image: str) -> None:
    if lacks(podman, "4.5.0", lambda: podman.pods.create(shm_size_systemd="1m")):
        return
    podman.pods.create(name="web", shm_size_systemd="1m")
    command = ["sh", "-c", "df -k /run/lock | tail -1"]
    podman.containers.create(image, name="one", command=command, pod="web", systemd="always")
    podman.pods.start("web")
    podman.containers.wait("one")
    [line] = said(podman, "one")
    assert line.split()[1] == "1024"


# -- the life of a pod -----------------------------------------------------------------------


def test_start_stop_restart(podman: Podman, image: str) -> None:
    pod = pod_of(podman, image, "one", "two")
    assert states(podman, "web") == {"one": "running", "two": "running"}
    assert podman.pods.start("web") is None
    stopped = podman.pods.stop("web", timeout=0)
    assert stopped
    assert (stopped.id, stopped.errors) == (pod, [])
    assert states(podman, "web") == {"one": "exited", "two": "exited"}
    assert podman.pods.stop("web") is None
    started = podman.pods.start(pod)
    assert started
    assert started.id == pod
    before = (podman.containers.inspect("one")).state.started_at
    podman.pods.kill("web")
    assert (podman.pods.restart("web")).id == pod
    after = (podman.containers.inspect("one")).state.started_at
    assert before
    assert after
    assert after > before
    assert (podman.pods.inspect("web")).state == "Running"


def test_a_container_that_does_not_start(podman: Podman, image: str) -> None:
    podman.pods.create(name="web")
    sleeping(podman, image, "good", "web")
    podman.containers.create(image, name="bad", command=["/none/such"], pod="web")
    with pytest.raises(ConflictError, match=r"starting container .*/none/such"):
        podman.pods.start("web")
    assert (states(podman, "web"))["good"] == "running"
    assert (podman.pods.inspect("web")).state == "Degraded"
    with pytest.raises(ConflictError, match=r"restarting container .*/none/such"):
        podman.pods.restart("web")


def test_a_degraded_pod_is_not_stopped(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one", "two")
    podman.containers.kill("one")
    podman.containers.wait("one")
    assert podman.pods.stop("web", timeout=0) is None
    assert (states(podman, "web"))["two"] == "running"
    podman.pods.kill("web")
    assert podman.containers.wait("two") == 137


def test_kill_sends_signals(podman: Podman, image: str) -> None:
    podman.pods.create(name="web")
    podman.containers.create(image, name="one", command=OBEDIENT, pod="web")
    podman.pods.start("web")

    def heard() -> bool:
        # The shell may need a moment until it listens.
        podman.pods.kill("web", signal="SIGUSR1")
        return "usr1" in said(podman, "one")

    until(heard)
    assert (podman.pods.kill("web", signal=9)).errors == []
    assert podman.containers.wait("one") == 137

    def ended() -> bool:
        return (podman.pods.inspect("web")).state == "Exited"

    until(ended)
    with pytest.raises(ConflictError, match="no running containers"):
        podman.pods.kill("web")
    with pytest.raises(APIError, match="NOPE"):
        podman.pods.kill("web", signal="NOPE")


def test_pause_and_unpause(podman: Podman, image: str) -> None:
    pod = pod_of(podman, image, "one")
    assert (podman.pods.pause("web")).id == pod
    assert states(podman, "web") == {"one": "paused"}
    assert (podman.pods.pause("web")).errors == []
    assert (podman.pods.unpause("web")).id == pod
    assert states(podman, "web") == {"one": "running"}


def test_remove(podman: Podman, image: str) -> None:
    pod = pod_of(podman, image, "one")
    with pytest.raises(APIError, match="running or paused"):
        podman.pods.remove("web")
    container = (podman.containers.inspect("one")).id
    removed = podman.pods.remove("web", force=True, timeout=0)
    assert (removed.id, removed.error) == (pod, "")
    if not is_4(podman):
        assert removed.removed_containers[container] == ""
        assert len(removed.removed_containers) == 2
    assert not podman.pods.exists("web")
    assert not podman.containers.exists("one")


def test_prune(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one")
    ended = podman.pods.create(name="ended")
    podman.pods.start("ended")
    podman.pods.stop("ended", timeout=0)
    [pruned] = podman.pods.prune()
    assert (pruned.id, pruned.error) == (ended.id, "")
    assert [pod.name for pod in podman.pods.list()] == ["web"]
    assert podman.pods.prune() == []


# -- list, top, stats ------------------------------------------------------------------------


def test_list_and_its_filters(podman: Podman, image: str) -> None:
    web = pod_of(podman, image, "one")
    bare = (podman.pods.create(name="bare", no_infra=True, labels={"a": "b", "c": "d"})).id
    container = (podman.containers.inspect("one")).id

    def listed(filters: PodFilters) -> set[str]:
        return {pod.name for pod in podman.pods.list(filters=filters)}

    every = {pod.name: pod for pod in podman.pods.list()}
    assert every.keys() == {"web", "bare"}
    assert (every["web"].id, every["web"].status) == (web, "Running")
    assert {each.names: each.status for each in every["web"].containers}["one"] == "running"
    assert every["web"].networks == ["podman"]
    assert every["bare"].labels == {"a": "b", "c": "d"}
    assert listed({"name": "we"}) == {"web"}
    assert listed({"name": ["^web$", "^ba"]}) == {"web", "bare"}
    assert listed({"id": bare[:12]}) == {"bare"}
    assert listed({"label": "a"}) == {"bare"}
    assert listed({"label": ["a=b", "c=x"]}) == set()
    assert listed({"status": "running"}) == {"web"}
    assert listed({"status": ["running", "created"]}) == {"web", "bare"}
    assert listed({"network": "podman"}) == {"web"}
    assert listed({"ctr-ids": [container, every["web"].infra_id]}) == {"web"}
    assert listed({"ctr-names": ["one", "infra"]}) == {"web"}
    assert listed({"ctr-names": "nobody"}) == set()
    assert listed({"ctr-number": [1, 2]}) == {"web"}
    assert listed({"ctr-number": 0}) == {"bare"}
    assert listed({"ctr-status": ["running", "paused"]}) == {"web"}
    assert listed({"until": every["web"].created}) == set()
    assert listed({"until": "2100-01-01T00:00:00Z"}) == {"web", "bare"}
    with pytest.raises(ParameterError, match="no 'lable'; did you mean 'label'"):
        listed({"lable": "a"})  # type: ignore[typeddict-unknown-key]  # pyright: ignore -- the point of the test
    if is_4(podman):
        with pytest.raises(APIError, match="label! is an invalid filter"):
            listed({"label!": "a"})
    else:
        assert listed({"label!": "a"}) == {"web"}


def test_top(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one")

    def sleeps() -> bool:  # it is the runtime's own process at first
        found = podman.pods.top("web")
        return "sleep 60" in {process[-1] for process in found.processes}

    until(sleeps)
    found = podman.pods.top("web")
    assert found.titles == ["USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND"]
    found = podman.pods.top("web", ps_args="comm,user")
    assert found.titles == ["COMMAND", "USER"]
    assert ["sleep", "0"] in found.processes
    if not is_4(podman):
        with pytest.raises(APIError, match="unknown descriptor"):
            podman.pods.top("web", ps_args="nonsense")
    podman.pods.kill("web")
    podman.containers.wait("one")
    podman.pods.stop("web", timeout=0)
    assert (podman.pods.top("web")).processes == []


def test_top_again_and_again(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one")
    with podman.pods.top_stream("web", delay=1, ps_args="comm") as found:
        tops = [next(found), next(found)]
    assert [top.titles for top in tops] == [["COMMAND"], ["COMMAND"]]
    assert all(["sleep"] in top.processes for top in tops)
    with pytest.raises(NotFoundError), podman.pods.top_stream("nobody"):
        pass


def test_stats(podman: Podman, image: str) -> None:
    pod = pod_of(podman, image, "one")
    podman.pods.create(name="idle")
    for stats in (podman.pods.stats("web"), podman.pods.stats()):
        [one] = [each for each in stats if each.name == "one"]
        assert one.pod == pod[:12]
        assert one.cpu.endswith("%")
        assert one.pids == "1"
        assert one.mem_usage_bytes.endswith("GiB")
    assert len(podman.pods.stats("web")) == 2
    assert len(podman.pods.stats("web", "idle")) == 3
    [idle] = podman.pods.stats("idle")
    assert idle.pids == "--"
    assert len(podman.pods.stats()) == 3


def test_stats_again_and_again(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one")
    with podman.pods.stats_stream("web", delay=1) as found:
        every = [next(found), next(found)]
    assert [len(stats) for stats in every] == [2, 2]
    with pytest.raises(NotFoundError), podman.pods.stats_stream("nobody"):
        pass
