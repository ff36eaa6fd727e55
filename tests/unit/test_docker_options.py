"""What options become for Docker's API, without a server."""

from __future__ import annotations

from typing import Any, cast

import pytest

from podlib.errors import ParameterError
from podlib.models import (
    DockerContainerOptions,
    DockerNetworkOptions,
    DockerUpdateOptions,
    Health,
    Mount,
    NetworkAttachment,
    Subnet,
    docker_container_spec,
    docker_endpoint,
    docker_network_spec,
    docker_update_spec,
    docker_volume_spec,
)


def spec(**options: Any) -> dict[str, Any]:
    """The specification without the image; the options are not held to their types here."""
    made = docker_container_spec("box", cast("DockerContainerOptions", options))
    assert made.pop("Image") == "box"
    return made


def host(**options: Any) -> dict[str, Any]:
    """The part that is about the host, which has all of it."""
    made = spec(**options)
    config: dict[str, Any] = made.pop("HostConfig")
    assert made == {}
    return config


def test_nothing_said_is_nothing_sent() -> None:
    assert spec() == {"HostConfig": {}}


def test_the_process() -> None:
    made = spec(
        command=["sh"],
        entrypoint=["env"],
        env={"A": "b=c"},
        user="1:2",
        workdir="/w",
        hostname="h",
        tty=True,
        stdin=True,
        labels={"a": "b"},
        stop_signal="TERM",
        stop_timeout=0,
        health=Health(command="true", interval=1.5, retries=2),
    )
    assert made == {
        "Cmd": ["sh"],
        "Entrypoint": ["env"],
        "Env": ["A=b=c"],
        "User": "1:2",
        "WorkingDir": "/w",
        "Hostname": "h",
        "Tty": True,
        "OpenStdin": True,
        "Labels": {"a": "b"},
        "StopSignal": "15",
        "StopTimeout": 0,
        "Healthcheck": {
            "Test": ["CMD-SHELL", "true"],
            "Interval": 1_500_000_000,
            "Timeout": 30_000_000_000,
            "StartPeriod": 0,
            "Retries": 2,
        },
        "HostConfig": {},
    }
    assert spec(health="none")["Healthcheck"] == {"Test": ["NONE"]}


def test_mounts() -> None:
    made = host(
        mounts=["data:/data:ro,Z", "/srv:/srv", Mount(type="tmpfs", target="/t", size="1m"), "/a"]
    )
    assert made == {
        "Binds": ["data:/data:ro,Z", "/srv:/srv"],
        "Mounts": [
            {
                "Type": "tmpfs",
                "Target": "/t",
                "ReadOnly": False,
                "TmpfsOptions": {"SizeBytes": 1 << 20},
            },
            {"Type": "volume", "Target": "/a", "ReadOnly": False},
        ],
    }


def test_ports_and_networks() -> None:
    made = spec(ports=["127.0.0.1:80-81:8080-8081", 53], expose=["9/udp"], network_mode="none")
    assert made["ExposedPorts"] == {"8080/tcp": {}, "8081/tcp": {}, "53/tcp": {}, "9/udp": {}}
    assert made["HostConfig"] == {
        "NetworkMode": "none",
        "PortBindings": {
            "8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "80"}],
            "8081/tcp": [{"HostIp": "127.0.0.1", "HostPort": "81"}],
            "53/tcp": [{"HostIp": "", "HostPort": ""}],
        },
    }
    made = spec(networks=["lab:ip=10.0.0.9,ip6=fd00::9,alias=www", "more"])
    fixed = {"IPv4Address": "10.0.0.9", "IPv6Address": "fd00::9"}
    assert made["NetworkingConfig"] == {
        "EndpointsConfig": {"lab": {"Aliases": ["www"], "IPAMConfig": fixed}, "more": {}}
    }


def test_limits_and_devices() -> None:
    assert host(
        memory="64m",
        memory_swap=-1,
        cpus=0.5,
        cpu_shares=2,
        pids_limit=-1,
        shm_size=5,
        ulimits=["nofile=1:2", "core=-1"],
        devices=["/dev/a:/dev/b:r"],
        device_read_bps={"/dev/a": "1k"},
        blkio_weight_devices={"/dev/a": 10},
        log_driver="none",
        restart="on-failure",
        restart_retries=3,
        hosts={"h": "10.0.0.1"},
    ) == {
        "Memory": 64 << 20,
        "MemorySwap": -1,
        "NanoCpus": 500_000_000,
        "CpuShares": 2,
        "PidsLimit": -1,
        "ShmSize": 5,
        "Ulimits": [
            {"Name": "nofile", "Soft": 1, "Hard": 2},
            {"Name": "core", "Soft": -1, "Hard": -1},
        ],
        "Devices": [
            {"PathOnHost": "/dev/a", "PathInContainer": "/dev/b", "CgroupPermissions": "r"}
        ],
        "BlkioDeviceReadBps": [{"Path": "/dev/a", "Rate": 1024}],
        "BlkioWeightDevice": [{"Path": "/dev/a", "Weight": 10}],
        "LogConfig": {"Type": "none", "Config": {}},
        "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
        "ExtraHosts": ["h:10.0.0.1"],
    }


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"nam": "x"}, "nam"),
        ({"memory": "much"}, "memory"),
        ({"restart_retries": 1}, "restart_retries"),
        ({"restart": "always", "restart_retries": 1}, "restart_retries"),
        ({"cpus": 1.0, "cpu_quota": 1}, "cpus"),
        ({"networks": ["a"], "network_mode": "none"}, "networks"),
        ({"network_mode": ""}, "network_mode"),
        ({"networks": ["a:ip=10.0.0.1,ip=10.0.0.2"]}, "ips"),
        ({"networks": ["a:interface_name=eth9"]}, "interface"),
        ({"mounts": [Mount(type="image", source="box", target="/i")]}, "/i"),
        ({"mounts": [Mount(source="data", target="/d", subpath="x")]}, "/d"),
        ({"mounts": [Mount(target="/d", options=["Z"])]}, "/d"),
        ({"health": Health(command="true", on_failure="kill")}, "health"),
        ({"ports": ["1:2:3:4"]}, "ports"),
        ({"stop_timeout": -1}, "stop_timeout"),
    ],
)
def test_what_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        spec(**options)


def test_an_image_without_a_name_is_refused() -> None:
    with pytest.raises(ParameterError, match="image"):
        docker_container_spec("", {})


def test_endpoints() -> None:
    place = NetworkAttachment(name="lab", mac="92:d0:c6:0a:29:33", options={"a": "b"})
    assert docker_endpoint(place) == {
        "MacAddress": "92:d0:c6:0a:29:33",
        "DriverOpts": {"a": "b"},
    }


def test_updates() -> None:
    options: DockerUpdateOptions = {"memory": "1m", "restart": "no"}
    assert docker_update_spec(options) == {
        "Memory": 1 << 20,
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    }


def test_networks_and_volumes() -> None:
    options: DockerNetworkOptions = {
        "driver": "bridge",
        "internal": True,
        "subnets": [
            Subnet(subnet="10.0.0.0/24", gateway="10.0.0.1", lease_range="10.0.0.128/25"),
            "10.1.0.0/24",
        ],
        "ipam_driver": "host-local",
    }
    assert docker_network_spec("lab", options) == {
        "Name": "lab",
        "Driver": "bridge",
        "Internal": True,
        "IPAM": {
            "Driver": "host-local",
            "Config": [
                {"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.1", "IPRange": "10.0.0.128/25"},
                {"Subnet": "10.1.0.0/24"},
            ],
        },
    }
    subnet = Subnet(subnet="10.0.0.0/24", lease_range="10.0.0.9-10.0.0.99")
    with pytest.raises(ParameterError, match="lease_range"):
        docker_network_spec("lab", {"subnets": [subnet]})
    assert docker_volume_spec("data", {"options": {"type": "tmpfs"}}) == {
        "Name": "data",
        "DriverOpts": {"type": "tmpfs"},
    }
