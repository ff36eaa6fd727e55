from __future__ import annotations

import copy
from typing import Any

import pytest

from podlib.models import Device, Mount, PodOptions, pod_spec

from .specs import refusal_of_pod, spec_of_pod


def test_a_rich_specification() -> None:
    options: PodOptions = {
        "name": "web",
        "labels": {"tier": "1"},
        "shared_namespaces": ["net", "uts"],
        "ports": ["8080:80"],
        "network": "lab:ip=10.99.0.7",
        "dns": ["10.0.0.53"],
        "hosts": {"db": "10.0.0.9"},
        "mounts": ["data:/data:ro", Mount(type="bind", source="/a", target="/b", options=["O"])],
        "devices": ["/dev/fuse", Device(host="vendor.com/gpu=0")],
        "shm_size": "2m",
        "memory": "64m",
        "cpus": 0.5,
        "restart": "on-failure",
        "restart_retries": 3,
        "uid_map": ["0:100000:5000"],
        "sysctls": {"net.core.somaxconn": "99"},
        "hosts_file": "none",
        "create_command": ["make"],
    }
    ids = [{"container_id": 0, "host_id": 100000, "size": 5000}]
    assert pod_spec(options) == {
        "name": "web",
        "labels": {"tier": "1"},
        "shared_namespaces": ["net", "uts"],
        "portmappings": [
            {
                "container_port": 80,
                "host_port": 8080,
                "host_ip": "",
                "protocol": "tcp",
                "range": 1,
            },
        ],
        "netns": {"nsmode": "bridge"},
        "Networks": {"lab": {"static_ips": ["10.99.0.7"]}},
        "dns_server": ["10.0.0.53"],
        "hostadd": ["db:10.0.0.9"],
        "volumes": [{"Name": "data", "Dest": "/data", "Options": ["ro"], "IsAnonymous": False}],
        "overlay_volumes": [{"source": "/a", "destination": "/b", "options": []}],
        "pod_devices": ["/dev/fuse:/dev/fuse:rwm", "vendor.com/gpu=0"],
        "shm_size": 2 << 20,
        "resource_limits": {
            "memory": {"limit": 64 << 20},
            "cpu": {"period": 100_000, "quota": 50_000},
        },
        "restart_policy": "on-failure",
        "restart_tries": 3,
        "userns": {"nsmode": "private"},
        "idmappings": {"UIDMap": ids, "GIDMap": ids},
        "sysctl": {"net.core.somaxconn": "99"},
        "hostsFile": "none",
        "pod_create_command": ["make"],
    }


def test_confinement_is_in_the_notation_of_the_command_line() -> None:
    made = spec_of_pod(
        no_new_privileges=True,
        seccomp="/a.json",
        apparmor="mine",
        selinux=["type:a", "level:s0"],
        mask=["/a", "/b"],
        unmask=["/c", "/d"],
        proc_options=["hidepid=2", "nosuid"],
    )
    assert made == {
        "security_opt": [
            "no-new-privileges",
            "seccomp=/a.json",
            "apparmor=mine",
            "label=type:a",
            "label=level:s0",
            "mask=/a",
            "mask=/b",
            "unmask=/c",
            "unmask=/d",
            "proc-opts=hidepid=2,nosuid",
        ]
    }
    assert spec_of_pod(no_new_privileges=False) == {}


def test_without_options_nothing_is_sent() -> None:
    assert spec_of_pod() == {}


def test_what_the_caller_passed_is_neither_changed_nor_kept() -> None:
    options: dict[str, Any] = {"labels": {"a": "b"}, "mounts": ["/a:/b:O"], "infra_command": ["a"]}
    before = copy.deepcopy(options)
    made = spec_of_pod(**options)
    made["labels"]["c"] = "d"
    made["infra_command"].append("b")
    assert options == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lables": {}}, "pod options: there is no 'lables'; did you mean 'labels'?"),
        ({"cap_add": ["ALL"]}, "pod options: there is no 'cap_add'"),
        ({"shared_namespaces": ["mnt"]}, "shared_namespaces: Input should be 'cgroup', 'ipc'"),
        ({"exit_policy": "end"}, "exit_policy: Input should be 'continue' or 'stop'"),
        ({"restart_retries": 3}, "restart_retries: this goes with restart='on-failure' only"),
        ({"mounts": [Mount(type="artifact", source="a", target="/a")]}, "takes no artifacts"),
        ({"volumes_from": ["%"]}, "volumes_from: "),
        ({"infra_conmon_pid_file": "x"}, "infra_conmon_pid_file: this must be an absolute path"),
        ({"memory": "big"}, "memory: 'big' is no size"),
    ],
)
def test_a_wrong_value_names_its_option(options: dict[str, Any], message: str) -> None:
    assert message in refusal_of_pod(**options)


def test_every_option_reaches_the_specification() -> None:
    kinds: list[tuple[str, object]] = [
        ("no_infra share_parent no_manage_hosts no_manage_hostname", True),
        ("no_manage_resolv_conf no_new_privileges", True),
        ("labels sysctls", {"a": "b"}),
        ("infra_command create_command dns_search dns_options", ["a"]),
        ("volumes_from selinux mask unmask proc_options", ["a"]),
        ("pidns ipcns utsns userns", "host"),
        ("memory memory_swap memory_reservation shm_size shm_size_systemd", "64m"),
        ("cpu_shares pids_limit memory_swappiness restart_retries", 5),
        ("cpu_quota cpu_period", 0.5),
    ]
    values: dict[str, Any] = {name: value for names, value in kinds for name in names.split()}
    values |= {
        "restart": "on-failure", "exit_policy": "stop", "mounts": ["/x"], "ports": [80],
        "devices": ["/dev/fuse"], "network": "none", "blkio_weight": 10, "dns": ["10.0.0.1"],
        "hosts": {"a": "10.0.0.1"}, "shared_namespaces": ["net"], "infra_conmon_pid_file": "/a",
    }  # fmt: skip
    for name in PodOptions.__annotations__:
        if name not in {"cpus", "uid_map", "gid_map"}:
            values.setdefault(name, "a")
    everything = spec_of_pod(**values)
    for name in values:
        dropped = {name, "restart_retries"} if name == "restart" else {name}
        fewer = {key: value for key, value in values.items() if key not in dropped}
        assert spec_of_pod(**fewer) != everything, name
