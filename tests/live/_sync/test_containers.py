# Generated from tests/live/_async/test_containers.py: edit there.
"""The life of containers on real services."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from podlib import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    ParameterError,
    TimedOutError,
    models,
)

from .steps import names, run, run_ready, running, said, until

if TYPE_CHECKING:
    from podlib import Podman
    from podlib.http.common import Reply
    from podlib.models import ContainerFilters
    from tests.testbed import Host

SLEEP = ("sleep", "60")
STUBBORN = ("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
OBEDIENT = ("sh", "-c", "trap 'exit 7' USR1 TERM; echo ready; while :; do sleep 0.05; done")


def older(podman: Podman) -> bool:
    """Whether the server is Podman 4, which answers some things otherwise."""
    return podman.server_version.startswith("4.")


# -- create ----------------------------------------------------------------------------------


def test_process_of_a_rich_specification(podman: Podman, image: str) -> None:
    created = podman.containers.create(
        image,
        name="rich",
        command=["echo $GREETING $PLACE; hostname; id -u; id -G; pwd; umask; date +%Z"],
        entrypoint=["sh", "-c"],
        env={"GREETING": "grüß  Gott", "PLACE": "a=b"},
        labels={"com.example.a": "1", "empty": ""},
        annotations={"com.example.note": "x y"},
        hostname="inside",
        user="1000:1001",
        groups=["1002"],
        workdir="/tmp",
        umask="0027",
        timezone="UTC",
        stop_signal="SIGUSR1",
        stop_timeout=3,
        restart="on-failure",
        restart_retries=2,
        init=False,
        network="none",
        mounts=[models.Mount(type="tmpfs", target="/tmp", size="1m", mode=0o1777)],
    )
    assert created.warnings == []
    podman.containers.start("rich")
    assert podman.containers.wait("rich") == 0
    lines = said(podman, "rich")
    assert lines[0] == "grüß Gott a=b"
    assert lines[1:3] == ["inside", "1000"]
    assert set(lines[3].split()) == {"1001", "1002"}
    assert lines[4:] == ["/tmp", "0027", "UTC"]

    found = podman.containers.inspect("rich")
    assert found.id == created.id
    assert found.name == "rich"
    assert found.image_name == image
    assert found.config.entrypoint == ["sh", "-c"]
    assert found.config.cmd[0].startswith("echo $GREETING")
    assert {"GREETING=grüß  Gott", "PLACE=a=b"} <= set(found.config.env)
    assert found.config.labels.items() >= {"com.example.a": "1", "empty": ""}.items()
    assert found.config.annotations["com.example.note"] == "x y"
    assert found.config.hostname == "inside"
    assert found.config.user == "1000:1001"
    assert found.config.working_dir == "/tmp"
    assert found.config.umask == "0027"
    assert found.config.timezone == "UTC"
    assert found.config.stop_signal == "SIGUSR1"
    assert found.config.stop_timeout == 3
    assert found.host_config.restart_policy.name == "on-failure"
    assert found.host_config.restart_policy.maximum_retry_count == 2
    assert found.host_config.group_add == ["1002"]
    assert found.host_config.network_mode == "none"
    assert "size=1048576" in found.host_config.tmpfs["/tmp"]
    assert not found.state.running
    assert found.state.exit_code == 0
    assert found.state.started_at
    assert found.state.finished_at  # of so short a run, it may be before its start


def test_resources_and_security(podman: Podman, image: str) -> None:
    created = podman.containers.create(
        image,
        command=SLEEP,
        memory="64m",
        memory_reservation="32m",
        cpus=0.5,
        cpu_shares=512,
        cpuset_cpus="0",
        pids_limit=50,
        # Podman 4.3 raises what is not named to more than a root without CAP_SYS_RESOURCE may.
        ulimits=["nofile=512:1024", "nproc=512:1024", models.Ulimit(name="core", soft=0)],
        oom_score_adj=100,
        shm_size="2m",
        cap_drop=["CHOWN"],
        cap_add=["NET_ADMIN"],
        no_new_privileges=True,
        read_only=True,
        devices=["/dev/null:/dev/nothing:rw"],
        sysctls={"net.ipv4.ip_unprivileged_port_start": "80"},
        network="none",
        log_driver="k8s-file",
        log_options={"max-size": "1m"},
    )
    podman.containers.start(created.id)
    found = podman.containers.inspect(created.id)
    host = found.host_config
    assert (host.memory, host.memory_reservation) == (64 << 20, 32 << 20)
    assert (host.cpu_quota, host.cpu_period, host.nano_cpus) == (50_000, 100_000, 500_000_000)
    assert (host.cpu_shares, host.cpuset_cpus, host.pids_limit) == (512, "0", 50)
    limits = {limit.name: (limit.soft, limit.hard) for limit in host.ulimits}
    assert limits["RLIMIT_NOFILE"] == (512, 1024)
    assert limits["RLIMIT_CORE"] == (0, 0)
    assert host.oom_score_adj == 100
    assert host.shm_size == 2 << 20
    assert "CAP_CHOWN" not in found.effective_caps
    assert "CAP_NET_ADMIN" in found.effective_caps
    assert host.cap_add == ["CAP_NET_ADMIN"]
    if older(podman):  # it adds what its own settings drop from its built-in default
        assert "CAP_CHOWN" in host.cap_drop
    else:
        assert host.cap_drop == ["CAP_CHOWN"]
    assert host.readonly_rootfs
    assert "no-new-privileges" in host.security_opt
    [device] = host.devices
    assert (device.path_on_host, device.path_in_container) == ("/dev/null", "/dev/nothing")
    assert host.log_config.type == "k8s-file"
    assert found.state.running
    assert found.state.pid > 0


def test_mounts_of_each_kind(podman: Podman, host: Host, image: str) -> None:
    (host.share / "data").mkdir(exist_ok=True)
    (host.share / "data" / "file").write_text("from the host\n")
    created = podman.containers.create(
        image,
        command=[
            "sh",
            "-c",
            "cat /bind/file; echo x > /volume/y && cat /volume/y; ls /image/bin/sh",
        ],
        mounts=[
            models.Mount(type="bind", source="/mnt/share/data", target="/bind", read_only=True),
            models.Mount(source="stuff", target="/volume", options=["nosuid"]),
            models.Mount(target="/anonymous"),
            models.Mount(type="image", source=image, target="/image"),
            models.Mount(type="tmpfs", target="/scratch", size=4096, mode=0o700),
            "/mnt/share/data:/again:ro",
        ],
        network="none",
    )
    podman.containers.start(created.id)
    assert podman.containers.wait(created.id) == 0
    assert said(podman, created.id) == ["from the host", "x", "/image/bin/sh"]
    found = podman.containers.inspect(created.id)
    mounts = {mount.destination: mount for mount in found.mounts}
    assert mounts["/bind"].type == "bind"
    assert mounts["/bind"].source == "/mnt/share/data"
    assert not mounts["/bind"].rw
    assert not mounts["/again"].rw
    assert (mounts["/volume"].type, mounts["/volume"].name) == ("volume", "stuff")
    assert mounts["/volume"].rw
    assert "nosuid" in mounts["/volume"].options
    assert len(mounts["/anonymous"].name) == 64
    assert "mode=0700" in found.host_config.tmpfs["/scratch"]


def test_ports_and_networks(podman: Podman, host: Host, image: str) -> None:
    def answers() -> bool:
        got = host.run("busybox", "wget", "-qO-", "http://127.0.0.1:8080/x", check=False)
        return got.stdout == "served\n"

    network = {"name": "lab", "subnets": [{"subnet": "10.99.0.0/24"}]}
    podman.request("POST", "networks/create", body=json.dumps(network).encode())
    try:
        container = run(
            podman,
            image,
            command=["sh", "-c", "mkdir /www; echo served > /www/x; httpd -f -p 80 -h /www"],
            ports=[
                "127.0.0.1:8080:80/tcp",
                models.Port(container=5353, protocol="udp", host=5353),
                models.Port(container=7000, host=7100, range=3),
            ],
            expose=[9000],
            network=models.NetworkAttachment(name="lab", aliases=["web"], ips=["10.99.0.7"]),
            hosts={"other": "10.99.0.1"},
            dns=["10.99.0.53"],
        )
        found = podman.containers.inspect(container)
        until(answers)
        podman.containers.remove(container, force=True, timeout=0)
    finally:
        podman.request("DELETE", "networks/{}", "lab", query={"force": True})
    bindings = found.host_config.port_bindings
    assert bindings["80/tcp"] == [models.HostPort(host_ip="127.0.0.1", host_port="8080")]
    assert bindings["5353/udp"][0].host_port == "5353"
    assert [bindings[f"{7000 + n}/tcp"][0].host_port for n in range(3)] == ["7100", "7101", "7102"]
    exposed = found.network_settings.ports if older(podman) else found.config.exposed_ports
    assert "9000/tcp" in exposed
    endpoint = found.network_settings.networks["lab"]
    assert endpoint.ip_address == "10.99.0.7"
    assert "web" in endpoint.aliases
    assert found.host_config.extra_hosts == ["other:10.99.0.1"]
    assert found.host_config.dns == ["10.99.0.53"]


def test_health_check(podman: Podman, image: str) -> None:
    health = models.Health(
        command=["test", "-e", "/well"],
        interval=0,
        timeout=2,
        retries=1,
        start_period=0,
        on_failure="kill",
    )
    container = run(
        podman,
        image,
        command=["sh", "-c", "touch /well; echo well; sleep 60"],
        health=health,
        network="none",
    )
    found = podman.containers.inspect(container)
    check = found.config.healthcheck
    assert check
    assert check.test == ["CMD", "test", "-e", "/well"]
    assert (check.interval, check.timeout, check.retries) == (0, 2, 1)
    assert found.config.healthcheck_on_failure_action == "kill"

    def has_begun() -> bool:
        return said(podman, container) == ["well"]

    until(has_begun)
    podman.request("GET", "containers/{}/healthcheck", container)
    state = (podman.containers.inspect(container)).state
    assert state.health
    assert state.health.status == "healthy"
    assert state.health.log[-1].exit_code == 0
    [summary] = podman.containers.list(filters={"health": "healthy"})
    assert summary.id == container
    if older(podman):
        with pytest.raises(BadRequestError, match="condition"):
            podman.containers.wait(container, condition="healthy")
        return
    assert podman.containers.wait(container, condition="healthy", timeout=5) == -1


def test_server_removes_a_container_that_asks_for_it(podman: Podman, image: str) -> None:
    container = run(podman, image, command=["true"], remove=True, network="none")

    def gone() -> bool:
        return not podman.containers.exists(container)

    until(gone)


def test_name_that_is_taken(podman: Podman, image: str) -> None:
    podman.containers.create(image, name="taken")
    with pytest.raises(ConflictError, match="taken"):
        podman.containers.create(image, name="taken")


def test_image_that_is_not_there(podman: Podman) -> None:
    with pytest.raises(NotFoundError, match="nowhere") as caught:
        podman.containers.create("localhost/nowhere")
    assert caught.value.status == (500 if older(podman) else 404)
    assert names(podman) == set()


def test_misspelt_option_is_not_sent(podman: Podman, image: str) -> None:
    with pytest.raises(ParameterError, match="did you mean 'labels'"):
        podman.containers.create(image, label={"a": "b"})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake that is tested
    assert names(podman) == set()


# -- start, stop, kill, wait -----------------------------------------------------------------


def test_start_and_stop_twice(podman: Podman, image: str) -> None:
    container = run_ready(podman, image, OBEDIENT)
    podman.containers.start(container)
    assert running(podman, container)
    podman.containers.stop(container)
    podman.containers.stop(container)
    state = (podman.containers.inspect(container)).state
    assert (state.status, state.exit_code) == ("exited", 7)
    assert state.stopped_by_user or older(podman)  # which does not tell
    podman.containers.start(container)
    assert running(podman, container)


def test_stop_kills_what_does_not_stop_in_time(podman: Podman, image: str) -> None:
    container = run_ready(podman, image, STUBBORN)
    began = time.monotonic()
    podman.containers.stop(container, timeout=1)
    assert 1 <= time.monotonic() - began < 5
    assert (podman.containers.inspect(container)).state.exit_code == 137


def test_kill_sends_signals(podman: Podman, image: str) -> None:
    container = run_ready(podman, image, OBEDIENT)
    podman.containers.kill(container, signal="SIGUSR1")
    assert podman.containers.wait(container) == 7
    with pytest.raises(ConflictError) as caught:
        podman.containers.kill(container)
    assert caught.value.status == (500 if older(podman) else 409)
    podman.containers.start(container)
    podman.containers.kill(container, signal=9)
    assert podman.containers.wait(container) == 137


def test_wait_for_several_states(podman: Podman, image: str) -> None:
    container = run(podman, image, command=SLEEP, network="none")
    assert podman.containers.wait(container, condition=["running", "exited"]) == -1
    podman.containers.kill(container)
    assert podman.containers.wait(container, condition=["paused", "exited"]) == 137


def test_wait_has_a_limit(podman: Podman, image: str) -> None:
    container = run(podman, image, command=SLEEP, network="none")
    began = time.monotonic()
    with pytest.raises(TimedOutError) as caught:
        podman.containers.wait(container, timeout=0.3, interval=0.05)
    assert 0.3 <= time.monotonic() - began < 3
    assert caught.value.limit == "total"
    assert running(podman, container)
    podman.containers.kill(container)
    assert podman.containers.wait(container, timeout=5, interval=0.05) == 137


# -- remove ----------------------------------------------------------------------------------


def test_remove(podman: Podman, image: str) -> None:
    container = run(podman, image, command=SLEEP, network="none")
    with pytest.raises(ConflictError):
        podman.containers.remove(container)
    assert running(podman, container)
    [removed] = podman.containers.remove(container, force=True, timeout=0)
    assert (removed.id, removed.error) == (container, None)
    assert not podman.containers.exists(container)
    with pytest.raises(NotFoundError):
        podman.containers.remove(container)
    assert podman.containers.remove(container, ignore=True) == []


def test_remove_with_volumes(podman: Podman, host: Host, image: str) -> None:
    mounts = ["/anonymous", "kept:/named"]
    created = podman.containers.create(image, mounts=mounts)
    podman.containers.remove(created.id, volumes=True)
    assert [volume["Name"] for volume in host.api("GET", "/volumes/json")] == ["kept"]


def test_remove_with_what_depends_on_it(podman: Podman, image: str) -> None:
    first = run(podman, image, command=SLEEP, network="none")
    second = run(podman, image, command=SLEEP, network=f"container:{first}")
    assert (podman.containers.inspect(second)).dependencies == [first]
    removed = podman.containers.remove(first, force=True, depend=True, timeout=0)
    assert {each.id for each in removed} == {first, second}


# -- inspect, list ---------------------------------------------------------------------------


def test_inspect_by_id_prefix_and_name(podman: Podman, image: str) -> None:
    created = podman.containers.create(image, name="mine")
    found = podman.containers.inspect("mine")
    assert found.state.status == "created"
    assert found.state.started_at is None
    assert found.created.tzinfo
    assert found.size_rw is found.size_root_fs is None
    assert (podman.containers.inspect(created.id[:12])).id == created.id
    assert podman.containers.exists("mine")
    assert not podman.containers.exists("yours")


def test_inspect_with_sizes(podman: Podman, image: str) -> None:
    command = ["sh", "-c", "head -c 100000 /dev/zero > /file"]
    container = run(podman, image, command=command, network="none")
    podman.containers.wait(container)
    found = podman.containers.inspect(container, size=True)
    assert found.size_rw
    assert found.size_root_fs
    assert 100_000 <= found.size_rw < 200_000
    assert found.size_root_fs > 1_000_000


def test_list_takes_one_request(
    podman: Podman, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = _three_containers(podman, image)
    http = podman._link._http
    assert http
    request = http.request
    targets: list[str] = []

    def counting(method: str, target: str, *rest: Any) -> Reply:
        targets.append(target)
        return request(method, target, *rest)

    monkeypatch.setattr(http, "request", counting)
    every = podman.containers.list(all=True)
    assert len(targets) == 1
    assert {name for each in every for name in each.names} == {"web", "old", "older"}
    [found] = podman.containers.list(size=True)
    assert len(targets) == 2
    assert (found.id, found.names, found.state) == (web, ["web"], "running")
    assert found.command == list(SLEEP)
    assert found.labels.items() >= {"tier": "1", "a": "b"}.items()
    assert found.image == image
    assert found.started_at
    assert found.size
    assert found.size.root_fs_size > 0


def test_list_with_limit_and_filters(podman: Podman, image: str) -> None:
    _three_containers(podman, image)

    def listed(filters: ContainerFilters) -> set[str]:
        found = podman.containers.list(all=True, filters=filters)
        return {name for each in found for name in each.names}

    [newest] = podman.containers.list(limit=1)
    assert newest.names == ["older"]
    assert len(podman.containers.list(all=True, limit=2)) == 2
    assert listed({"label": "tier=2"}) == {"old", "older"}
    assert listed({"label": ["tier=1", "a=b"]}) == {"web"}
    assert listed({"label": ["tier=2", "a=b"]}) == set()
    assert listed({"name": "old"}) == {"old", "older"}
    assert listed({"name": ["^old$", "web"]}) == {"old", "web"}
    assert listed({"status": "running"}) == {"web"}
    assert listed({"status": ["created", "exited"]}) == {"old", "older"}
    assert listed({"name": "old", "label": "tier=1"}) == set()
    with pytest.raises(ParameterError, match="no 'lable'; did you mean 'label'"):
        listed({"lable": "red"})  # type: ignore[typeddict-unknown-key]  # pyright: ignore -- the point of the test


def _three_containers(podman: Podman, image: str) -> str:
    """``web`` runs, ``old`` and then ``older`` were only created; the id of the first."""
    labels = {"tier": "1", "a": "b"}
    web = run(podman, image, name="web", command=SLEEP, labels=labels, network="none")
    for name in ("old", "older"):
        podman.containers.create(image, name=name, labels={"tier": "2"}, network="none")
    return web
