from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any, cast

import pytest

from podlib.errors import ParameterError
from podlib.models import (
    ContainerOptions,
    Health,
    Mount,
    NetworkAttachment,
    Port,
    Rdma,
    StartupHealth,
    container_spec,
)

from .specs import refusal, spec


def writable(path: str) -> dict[str, object]:
    """What makes a path of a read-only container writable."""
    return {
        "type": "tmpfs",
        "source": "tmpfs",
        "destination": path,
        "options": ["rw", "rprivate", "nosuid", "nodev", "tmpcopyup"],
    }


def test_a_rich_specification() -> None:
    options: ContainerOptions = {
        "name": "web",
        "command": ["serve", "--all"],
        "env": {"MODE": "fast"},
        "labels": {"tier": "web"},
        "workdir": "/srv",
        "tty": True,
        "read_only": True,
        "restart": "on-failure",
        "restart_retries": 3,
        "stop_signal": "SIGINT",
        "mounts": ["data:/var/lib/data:ro,Z", Mount(type="bind", source="/srv", target="/srv")],
        "ports": ["8080:80", Port(container=53, protocol="udp")],
        "network": NetworkAttachment(name="blue", aliases=["www"], ips=["10.89.0.7"]),
        "memory": "64m",
        "memory_swap": -1,
        "cpus": 1.5,
        "pids_limit": 100,
        "ulimits": ["nofile=1024:2048"],
        "health": Health(command=["probe"], interval=timedelta(minutes=1), on_failure="kill"),
        "secrets": ["token"],
        "log_driver": "k8s-file",
        "log_options": {"max-size": "10m", "path": "/var/log/web"},
        "platform": "linux/arm64/v8",
    }
    assert container_spec("counter", options) == {
        "image": "counter",
        "raw_image_name": "counter",
        "name": "web",
        "command": ["serve", "--all"],
        "env": {"MODE": "fast"},
        "labels": {"tier": "web"},
        "work_dir": "/srv",
        "terminal": True,
        "read_only_filesystem": True,
        "read_write_tmpfs": True,
        "restart_policy": "on-failure",
        "restart_tries": 3,
        "stop_signal": 2,
        "volumes": [
            {
                "Name": "data",
                "Dest": "/var/lib/data",
                "Options": ["ro", "Z"],
                "IsAnonymous": False,
            }
        ],
        "mounts": [
            {"type": "bind", "source": "/srv", "destination": "/srv", "options": []},
            *(writable(path) for path in ("/run", "/tmp", "/var/tmp")),
        ],
        "portmappings": [
            {
                "container_port": 80,
                "host_port": 8080,
                "host_ip": "",
                "protocol": "tcp",
                "range": 1,
            },
            {"container_port": 53, "host_port": 0, "host_ip": "", "protocol": "udp", "range": 1},
        ],
        "netns": {"nsmode": "bridge"},
        "Networks": {"blue": {"aliases": ["www"], "static_ips": ["10.89.0.7"]}},
        "resource_limits": {
            "memory": {"limit": 67108864, "swap": -1},
            "cpu": {"period": 100000, "quota": 150000},
            "pids": {"limit": 100},
        },
        "r_limits": [{"type": "nofile", "soft": 1024, "hard": 2048}],
        "healthconfig": {
            "Test": ["CMD", "probe"],
            "Interval": 60_000_000_000,
            "Timeout": 30_000_000_000,
            "StartPeriod": 0,
            "Retries": 3,
        },
        "health_check_on_failure_action": 2,
        "secrets": [{"Source": "token", "Target": "", "UID": 0, "GID": 0, "Mode": 0o444}],
        "log_configuration": {"driver": "k8s-file", "path": "/var/log/web", "size": 10 << 20},
        "image_os": "linux",
        "image_arch": "arm64",
        "image_variant": "v8",
    }


def test_without_options_only_the_image_is_sent() -> None:
    assert spec() == {}


def test_what_the_caller_passed_is_neither_changed_nor_kept() -> None:
    options: dict[str, Any] = {
        "command": ["a"],
        "env": {"A": "b"},
        "mounts": ["/srv:/srv:O,ro", Mount(target="/x", options=["U"])],
        "log_options": {"path": "/x", "tag": "t"},
    }
    before = copy.deepcopy(options)
    made = spec(**options)
    assert options == before
    cast("list[str]", made["command"]).append("b")
    cast("dict[str, str]", made["env"])["C"] = "d"
    assert options == before


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("comand", "command"),
        ("envs", "env"),
        ("memory_limit", "memory_swap"),
        ("auto_remove", "remove"),
    ],
)
def test_a_misspelt_option_is_named_with_the_nearest_right_one(wrong: str, right: str) -> None:
    message = refusal(**{wrong: 1})
    assert f"there is no {wrong!r}" in message
    if wrong != "memory_limit":
        assert f"did you mean {right!r}?" in message


def test_an_option_like_no_other_gets_no_suggestion() -> None:
    assert refusal(zzz=1) == "container options: there is no 'zzz'"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"command": "sleep 60"}, "command: "),
        ({"tty": "yes"}, "tty: Input should be a valid boolean, not 'yes'"),
        ({"stop_timeout": "5"}, "stop_timeout: "),
        ({"stop_timeout": -1}, "stop_timeout: -1 is less than 0"),
        ({"env": {"A": 1}}, "env: Input should be a valid string, not 1"),
        ({"restart": "sometimes"}, "restart: Input should be 'no', 'on-failure'"),
        ({"restart_retries": 3}, "restart_retries: "),
        ({"restart": "always", "restart_retries": 3}, "restart_retries: "),
        ({"stop_signal": "SIGNONE"}, "stop_signal: 'SIGNONE' is no signal"),
        ({"stop_signal": 65}, "stop_signal: 65 is no signal"),
        ({"cpus": 0.0}, "cpus: "),
        ({"pids_limit": -2}, "pids_limit: "),
        ({"blkio_weight": 5}, "blkio_weight: "),
        ({"pod": "%"}, "pod: not the name or id of a pod: '%'"),
        ({"dependencies": ["_"]}, "dependencies: not the name or id of a container: '_'"),
        ({"volumes_from": ["%:ro"]}, "volumes_from: "),
        ({"dns": ["here"]}, "dns: 'here' does not appear to be an IPv4 or IPv6 address"),
        ({"hosts": {"a": "b"}}, "hosts: 'b' does not appear to be an IPv4 or IPv6 address"),
        ({"rootfs": "relative"}, "rootfs: this must be an absolute path"),
        ({"rootfs": "/srv"}, "rootfs: this is instead of an image, such as 'counter'"),
        ({"personality": "BSD"}, "personality: Input should be 'LINUX' or 'LINUX32'"),
        ({"init_container_type": "twice"}, "init_container_type: "),
        ({"cgroups_mode": "none"}, "cgroups_mode: "),
        ({"pidns": "shared"}, "pidns: 'shared' is none of private"),
        ({"utsns": "path:/x"}, "utsns: 'path' is none of"),
        ({"platform": "arm64"}, "platform: 'arm64'"),
        ({"expose": ["8080:80"]}, "expose: "),
        ({"memory": True}, "memory: "),
        ({"log_driver": "syslog"}, "log_driver: "),
        ({"log_options": {"max-size": "big"}}, "log_options: max-size: 'big'"),
        ({"log_options": {"max_size": "1m"}}, "no 'max_size'; did you mean 'max-size'?"),
        ({"log_driver": "none", "log_options": {"tag": "t"}}, "log_options: tag: none has none"),
        ({"health": {"command": "x", "intervall": 3}}, "did you mean 'interval'?"),
        ({"mounts": [7]}, "mounts: "),
    ],
)
def test_a_wrong_value_names_its_option(options: dict[str, Any], message: str) -> None:
    assert message in refusal(**options)


def test_a_misspelt_field_of_a_part() -> None:
    with pytest.raises(ParameterError, match=r"^Health: there is no 'intervall'; did you mean"):
        Health(command="true", intervall=3)  # type: ignore[call-arg]  # pyright: ignore -- the point of the test


def test_a_part_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Port(container=80).container = 81  # pyright: ignore -- the point of the test


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (0, 0),
        (4096, 4096),
        ("4096", 4096),
        ("10b", 10),
        ("64k", 64 << 10),
        ("64kB", 64 << 10),
        ("64m", 64 << 20),
        ("64M", 64 << 20),
        ("64mb", 64 << 20),
        ("64MiB", 64 << 20),
        ("64 m", 64 << 20),
        ("1.5g", 3 << 29),
        ("2t", 2 << 40),
        ("1p", 1 << 50),
    ],
)
def test_sizes(text: int | str, size: int) -> None:
    assert spec(shm_size=text)["shm_size"] == size


@pytest.mark.parametrize(
    "text",
    ["", "m", "b", "64x", "64bb", "64kbb", "-1", "1e8", ".5g", "5.", "0x10", " 64m", "64  m",
     "64m ", "1_0m", "٣m", "99999p", -1, 2**63],
)  # fmt: skip
def test_what_podman_takes_for_no_size(text: int | str) -> None:
    assert "shm_size: " in refusal(shm_size=text)


def test_exposed_ports_gather_their_protocols() -> None:
    exposed = spec(expose=[80, "53/udp", "53", "90-91"])["expose"]
    assert exposed == {"80": "tcp", "53": "udp,tcp", "90": "tcp", "91": "tcp"}


def test_health() -> None:
    assert spec(health="none") == {"healthconfig": {"Test": ["NONE"]}}
    shell = spec(health=Health(command="probe || exit 1", timeout=0.5))
    assert shell == {
        "healthconfig": {
            "Test": ["CMD-SHELL", "probe || exit 1"],
            "Interval": 30_000_000_000,
            "Timeout": 500_000_000,
            "StartPeriod": 0,
            "Retries": 3,
        },
        "health_check_on_failure_action": 0,
    }
    for wrong in (-1, float("nan"), float("inf"), "5", "m", ""):
        assert "health: interval" in refusal(health=Health(command="x", interval=wrong))


def test_health_with_all_that_belongs_to_it() -> None:
    startup = StartupHealth(command=["up"], interval="5s", timeout=1, retries=4, successes=2)
    health = Health(
        command=["probe"],
        startup=startup,
        log_destination="/var/log",
        max_log_count=0,
        max_log_size=100,
        on_failure="stop",
    )
    made = spec(health=health)
    assert made["startupHealthConfig"] == {
        "Test": ["CMD", "up"],
        "Interval": 5_000_000_000,
        "Timeout": 1_000_000_000,
        "Retries": 4,
        "Successes": 2,
    }
    assert made["healthLogDestination"] == "/var/log"
    assert (made["healthMaxLogCount"], made["healthMaxLogSize"]) == (0, 100)
    assert made["health_check_on_failure_action"] == 4
    with pytest.raises(ParameterError, match="did you mean 'successes'"):
        StartupHealth(command="x", success=2)  # type: ignore[call-arg]  # pyright: ignore -- the point of the test


def test_the_check_of_the_image_may_have_another_action() -> None:
    made = spec(health=Health(on_failure="kill", max_log_count=3))
    assert made == {"health_check_on_failure_action": 2, "healthMaxLogCount": 3}
    assert "health: retries: this needs a command" in refusal(health=Health(retries=5))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1m30s", 90), ("1.5h", 5400), ("500ms", 0.5), ("1us", 1e-6), ("2h1ns", 7200)],
)
def test_durations(text: str, seconds: float) -> None:
    made = spec(health=Health(command="x", interval=text))["healthconfig"]["Interval"]
    assert made == pytest.approx(seconds * 1e9, abs=1)


def test_a_read_only_container_can_write_where_it_must() -> None:
    made = spec(read_only=True)
    assert made.pop("mounts") == [writable(path) for path in ("/run", "/tmp", "/var/tmp")]
    assert made == {"read_only_filesystem": True, "read_write_tmpfs": True}
    made = spec(read_only=True, mounts=["scratch:/tmp/", "/srv:/run"])
    assert [mount["destination"] for mount in made["mounts"]] == ["/run", "/var/tmp"]
    assert made["mounts"][0]["type"] == "bind"
    made = spec(read_only=True, read_only_tmpfs=False)
    assert made == {"read_only_filesystem": True, "read_write_tmpfs": False}
    assert spec(read_only=False) == {"read_only_filesystem": False}


def test_a_root_file_system_instead_of_an_image() -> None:
    made = container_spec(
        "", {"rootfs": "/srv/root", "rootfs_overlay": True, "rootfs_mapping": "uids=0-1-2"}
    )
    assert made == {
        "image": "",
        "rootfs": "/srv/root",
        "rootfs_overlay": True,
        "rootfs_mapping": "uids=0-1-2",
    }


def test_what_automatic_updates_pull() -> None:
    made = container_spec("9f86d081884c", {"raw_image_name": "docker.io/library/web:1"})
    assert made == {"image": "9f86d081884c", "raw_image_name": "docker.io/library/web:1"}


def test_the_environment() -> None:
    made = spec(
        env={"A": "b"},
        env_merge={"PATH": "${PATH}:/opt"},
        unset_env=["C"],
        secret_env={"TOKEN": "token"},
    )
    assert made == {
        "env": {"A": "b"},
        "envmerge": ["PATH=${PATH}:/opt"],
        "unsetenv": ["C"],
        "secret_env": {"TOKEN": "token"},
    }


def test_logs() -> None:
    made = spec(
        log_driver="journald",
        log_options={"path": "/x", "max-size": "1m", "tag": "t"},
        log_labels={"a": "b"},
    )
    assert made["log_configuration"] == {
        "driver": "journald",
        "path": "/x",
        "size": 1 << 20,
        "options": {"tag": "t"},
        "labels": {"a": "b"},
    }


def test_hosts_are_pairs() -> None:
    made = spec(hosts={"db": "10.0.0.9", "six": "fd00::1", "gate": "host-gateway"})
    assert made == {"hostadd": ["db:10.0.0.9", "six:fd00::1", "gate:host-gateway"]}


@pytest.mark.parametrize(
    ("given", "number"),
    [("SIGTERM", 15), ("term", 15), (15, 15), ("15", 15), ("RTMIN+3", 37), ("SIGRTMAX-1", 63),
     ("RTMIN", 34)],
)  # fmt: skip
def test_signals(given: str | int, number: int) -> None:
    assert spec(stop_signal=given)["stop_signal"] == number


def test_every_option_reaches_the_specification() -> None:
    kinds: list[tuple[str, object]] = [
        ("tty stdin init privileged remove publish_all no_new_privileges read_only", True),
        ("env_host http_proxy unset_env_all passwd create_workdir remove_image volatile", True),
        ("oom_kill_disable cpu_idle label_nested use_image_resolv_conf", True),
        ("use_image_hosts use_image_hostname", True),
        ("env labels annotations sysctls secret_env env_merge", {"a": "b"}),
        ("storage_options unified log_labels", {"a": "b"}),
        ("blkio_weight_devices device_read_bps device_write_bps network_priorities", {"a": 10}),
        ("device_read_iops device_write_iops hugepages", {"a": 10}),
        ("command entrypoint groups volumes_from dns_search dns_options unset_env", ["a"]),
        ("secrets cap_add cap_drop selinux mask unmask proc_options host_users gpus", ["a"]),
        ("dependencies chroot_dirs create_command", ["a"]),
        ("pidns ipcns utsns cgroupns userns", "host"),
        ("memory memory_swap memory_reservation shm_size shm_size_systemd", "64m"),
        ("kernel_memory_tcp", "64m"),
        ("restart_retries stop_timeout timeout stop_signal memory_swappiness", 5),
        ("cpu_shares pids_limit oom_score_adj network_class_id", 5),
        ("cpu_quota cpu_period cpu_burst cpu_rt_period cpu_rt_runtime", 0.5),
        ("init_path conmon_pid_file", "/a"),
    ]
    values: dict[str, Any] = {name: value for names, value in kinds for name in names.split()}
    values |= {
        "read_only_tmpfs": False, "restart": "on-failure", "systemd": "always",
        "sdnotify": "ignore", "health": "none", "image_volumes": "tmpfs",
        "log_driver": "none", "log_options": {"path": "/a"}, "mounts": ["/x"],
        "devices": ["/dev/fuse"], "ports": [80], "expose": [81], "ulimits": ["core=1"],
        "hosts": {"a": "10.0.0.1"}, "network": "none",
        "platform": "linux/arm64", "blkio_weight": 10, "dns": ["10.0.0.1"],
        "device_cgroup_rules": ["c 1:2 r"], "rdma": {"a": Rdma(hca_handles=1)},
        "personality": "LINUX32", "init_container_type": "once", "cgroups_mode": "split",
        "seccomp_policy": "image", "raw_image_name": "other",
    }  # fmt: skip
    elsewhere = {"rootfs", "rootfs_overlay", "rootfs_mapping", "cpus", "uid_map", "gid_map"}
    for name in ContainerOptions.__annotations__:
        if name not in elsewhere:
            values.setdefault(name, "a")
    everything = container_spec("counter", cast("ContainerOptions", values))
    needs = {"restart": "restart_retries", "read_only": "read_only_tmpfs"}
    for name in values:
        fewer = {key: value for key, value in values.items() if key not in (name, needs.get(name))}
        assert container_spec("counter", cast("ContainerOptions", fewer)) != everything, name
