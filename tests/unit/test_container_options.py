from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any, cast

import pytest

from podlib.errors import ParameterError
from podlib.models import (
    ContainerOptions,
    Device,
    Health,
    Mount,
    NetworkAttachment,
    Port,
    Secret,
    Ulimit,
    container_spec,
)


def spec(**options: Any) -> dict[str, Any]:
    """The specification without the image; the options are not held to their types here."""
    made = container_spec("counter", cast("ContainerOptions", options))
    assert made.pop("image") == "counter"
    return made


def refusal(**options: Any) -> str:
    with pytest.raises(ParameterError) as caught:
        spec(**options)
    return str(caught.value)


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
        "log_options": {"max-size": "10m", "tag": "t"},
        "platform": "linux/arm64/v8",
    }
    assert container_spec("counter", options) == {
        "image": "counter",
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
                "SubPath": "",
                "IsAnonymous": False,
            }
        ],
        "mounts": [{"type": "bind", "source": "/srv", "destination": "/srv", "options": []}],
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
        "log_configuration": {"driver": "k8s-file", "size": 10485760, "options": {"tag": "t"}},
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
        ({"network": "container:"}, "network: 'container:'"),
        ({"network": "host:x"}, "network: 'host:x'"),
        ({"pidns": "shared"}, "pidns: 'shared' is none of private"),
        ({"utsns": "path:/x"}, "utsns: 'path' is none of"),
        ({"platform": "arm64"}, "platform: 'arm64'"),
        ({"expose": ["8080:80"]}, "expose: "),
        ({"memory": True}, "memory: "),
        ({"log_driver": "syslog"}, "log_driver: "),
        ({"log_options": {"max-size": "big"}}, "log_options: max-size: 'big'"),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80", (80, 0, "", "tcp", 1)),
        (80, (80, 0, "", "tcp", 1)),
        (":80", (80, 0, "", "tcp", 1)),
        ("8080:80", (80, 8080, "", "tcp", 1)),
        ("8080:80/udp", (80, 8080, "", "udp", 1)),
        ("8080:80/SCTP", (80, 8080, "", "sctp", 1)),
        ("127.0.0.1:8080:80", (80, 8080, "127.0.0.1", "tcp", 1)),
        ("127.0.0.1::80", (80, 0, "127.0.0.1", "tcp", 1)),
        ("[::1]:8080:80", (80, 8080, "::1", "tcp", 1)),
        ("8000-8010:80-90", (80, 8000, "", "tcp", 11)),
        ("80-82/udp", (80, 0, "", "udp", 3)),
    ],
)
def test_ports(text: str | int, expected: tuple[int, int, str, str, int]) -> None:
    (port,) = spec(ports=[text])["portmappings"]
    names = ("container_port", "host_port", "host_ip", "protocol", "range")
    assert tuple(port[name] for name in names) == expected


@pytest.mark.parametrize(
    "text",
    ["", "a:80", "1:2:3:4", "127.0.0.1:80", "0:80", "8080:0", "8000-8010:80", "70000:80",
     "8080:80/foo", "8080:80/", "10-5:10-5", "::1:80:80", "localhost:8081:80", "80/tcp,udp"],
)  # fmt: skip
def test_what_podman_takes_for_no_port(text: str) -> None:
    refusal(ports=[text])


def test_a_range_ends_at_the_last_port() -> None:
    assert Port(container=65535).wire()["range"] == 1
    with pytest.raises(ParameterError, match="too many"):
        Port(container=65535, range=2).wire()


def volume(name: str, target: str, *options: str) -> dict[str, object]:
    return {
        "Name": name,
        "Dest": target,
        "Options": list(options),
        "SubPath": "",
        "IsAnonymous": not name,
    }


@pytest.mark.parametrize(
    ("mount", "where", "entry"),
    [
        ("data:/x", "volumes", volume("data", "/x")),
        ("data:/x:ro,Z", "volumes", volume("data", "/x", "ro", "Z")),
        ("/x", "volumes", volume("", "/x")),
        (Mount(source="data", target="/x", read_only=True), "volumes", volume("data", "/x", "ro")),
        (
            "/etc:/x:rslave",
            "mounts",
            {"type": "bind", "source": "/etc", "destination": "/x", "options": ["rslave"]},
        ),
        (
            "/etc:/x:O,U",
            "overlay_volumes",
            {"source": "/etc", "destination": "/x", "options": ["U"]},
        ),
        (
            Mount(type="tmpfs", target="/x", size="1m", mode=0o700),
            "mounts",
            {
                "type": "tmpfs",
                "source": "tmpfs",
                "destination": "/x",
                "options": ["size=1048576", "mode=0700"],
            },
        ),
        (
            Mount(type="image", source="tools", target="/x", read_only=True, subpath="/bin"),
            "image_volumes",
            {"Source": "tools", "Destination": "/x", "ReadWrite": False, "subPath": "/bin"},
        ),
    ],
)
def test_mounts(mount: Mount | str, where: str, entry: dict[str, object]) -> None:
    assert spec(mounts=[mount]) == {where: [entry]}


@pytest.mark.parametrize(
    "mount",
    [
        "",
        "data:x",
        "./a:/b",
        "a/b:/c",
        ":/x",
        "/a:",
        "da ta:/x",
        "/a:/b:ro:rw",
        {"type": "bind", "source": "relative", "target": "/x"},
        {"type": "tmpfs", "source": "x", "target": "/x"},
        {"type": "image", "target": "/x"},
        {"source": "data", "target": "/x", "size": 5},
    ],
)
def test_what_podman_takes_for_no_mount(mount: str | dict[str, Any]) -> None:
    given = mount if isinstance(mount, str) else Mount(**mount)
    refusal(mounts=[given])


@pytest.mark.parametrize(
    ("ulimit", "soft", "hard"),
    [
        ("nofile=1024", 1024, 1024),
        ("NOFILE=1024:2048", 1024, 2048),
        ("nofile=-1", 2**64 - 1, 2**64 - 1),
        ("nofile=5:-1", 5, 2**64 - 1),
        (Ulimit(name="nofile", soft=1, hard=2), 1, 2),
    ],
)
def test_ulimits(ulimit: Ulimit | str, soft: int, hard: int) -> None:
    assert spec(ulimits=[ulimit])["r_limits"] == [{"type": "nofile", "soft": soft, "hard": hard}]


@pytest.mark.parametrize("text", ["nofile", "nofile=2:1", "nofile=-1:5", "foo=1", "nofile=-2", "="])
def test_what_podman_takes_for_no_ulimit(text: str) -> None:
    refusal(ulimits=[text])


@pytest.mark.parametrize(
    ("device", "path"),
    [
        ("/dev/fuse", "/dev/fuse:/dev/fuse:rwm"),
        ("/dev/fuse:r", "/dev/fuse:/dev/fuse:r"),
        ("/dev/fuse:/dev/x", "/dev/fuse:/dev/x:rwm"),
        ("/dev/fuse:/dev/x:rw", "/dev/fuse:/dev/x:rw"),
        (Device(host="/dev/fuse", permissions="m"), "/dev/fuse:/dev/fuse:m"),
    ],
)
def test_devices(device: Device | str, path: str) -> None:
    assert spec(devices=[device])["devices"] == [{"path": path}]


@pytest.mark.parametrize("text", ["fuse", "/dev/fuse:x", "/dev/fuse:/dev/x:r:w", "/dev/fuse:"])
def test_what_is_no_device(text: str) -> None:
    refusal(devices=[text])


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("none", {"netns": {"nsmode": "none"}}),
        ("container:web", {"netns": {"nsmode": "container", "value": "web"}}),
        ("ns:/run/netns/x", {"netns": {"nsmode": "path", "value": "/run/netns/x"}}),
        ("blue", {"netns": {"nsmode": "bridge"}, "Networks": {"blue": {}}}),
        (
            ["blue", NetworkAttachment(name="red", mac="92:d0:c6:0a:29:33", interface="eth7")],
            {
                "netns": {"nsmode": "bridge"},
                "Networks": {
                    "blue": {},
                    "red": {"static_mac": "92:d0:c6:0a:29:33", "interface_name": "eth7"},
                },
            },
        ),
    ],
)
def test_networks(network: object, expected: dict[str, object]) -> None:
    assert spec(network=network) == expected


@pytest.mark.parametrize("field", [{"ips": ["10.0.0"]}, {"mac": "92:d0"}, {"name": ""}])
def test_what_is_no_network_attachment(field: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=f"NetworkAttachment: {next(iter(field))}"):
        NetworkAttachment(**cast("dict[str, Any]", {"name": "blue", **field}))


def test_namespaces() -> None:
    assert spec(pidns="host", ipcns="container:web", utsns="pod", cgroupns="ns:/x") == {
        "pidns": {"nsmode": "host"},
        "ipcns": {"nsmode": "container", "value": "web"},
        "utsns": {"nsmode": "pod"},
        "cgroupns": {"nsmode": "path", "value": "/x"},
    }


def test_an_automatic_user_namespace_needs_the_mappings_too() -> None:
    made = spec(userns="auto")
    assert made == {"userns": {"nsmode": "auto"}, "idmappings": {"AutoUserNs": True}}
    assert spec(userns="nomap") == {"userns": {"nsmode": "no-map"}}


def test_exposed_ports_gather_their_protocols() -> None:
    exposed = spec(expose=[80, "53/udp", "53", "90-91"])["expose"]
    assert exposed == {"80": "tcp", "53": "udp,tcp", "90": "tcp", "91": "tcp"}


def test_health() -> None:
    assert spec(health="none") == {"healthconfig": {"Test": ["NONE"]}}
    shell = spec(health=Health(command="probe || exit 1", timeout=0.5))["healthconfig"]
    assert shell["Test"] == ["CMD-SHELL", "probe || exit 1"]
    assert shell["Timeout"] == 500_000_000
    for wrong in (-1, float("nan"), float("inf")):
        assert "health: interval" in refusal(health=Health(command="x", interval=wrong))


def test_resources() -> None:
    limits = spec(memory_reservation="32m", cpu_shares=512, cpuset_cpus="0-1", blkio_weight=100)
    assert limits["resource_limits"] == {
        "memory": {"reservation": 32 << 20},
        "cpu": {"shares": 512, "cpus": "0-1"},
        "blockIO": {"weight": 100},
    }


@pytest.mark.parametrize(
    ("given", "number"),
    [("SIGTERM", 15), ("term", 15), (15, 15), ("15", 15), ("RTMIN+3", 37), ("SIGRTMAX-1", 63),
     ("RTMIN", 34)],
)  # fmt: skip
def test_signals(given: str | int, number: int) -> None:
    assert spec(stop_signal=given)["stop_signal"] == number


def test_secrets_are_readable_and_hosts_are_pairs() -> None:
    made = spec(
        secrets=[Secret(name="token", target="/t", mode=0o400)],
        secret_env={"TOKEN": "token"},
        hosts={"db": "10.0.0.9"},
    )
    assert made == {
        "secrets": [{"Source": "token", "Target": "/t", "UID": 0, "GID": 0, "Mode": 0o400}],
        "secret_env": {"TOKEN": "token"},
        "hostadd": ["db:10.0.0.9"],
    }


def test_every_option_reaches_the_specification() -> None:
    kinds: list[tuple[str, object]] = [
        ("tty stdin init privileged remove publish_all no_new_privileges read_only", True),
        ("env labels annotations sysctls secret_env hosts", {"a": "b"}),
        ("command entrypoint groups volumes_from dns dns_search dns_options", ["a"]),
        ("secrets cap_add cap_drop selinux mask unmask", ["a"]),
        ("pidns ipcns utsns cgroupns userns", "host"),
        ("memory memory_swap memory_reservation shm_size", "64m"),
        ("restart_retries stop_timeout timeout stop_signal", 5),
        ("cpu_shares pids_limit oom_score_adj", 5),
    ]
    values: dict[str, Any] = {name: value for names, value in kinds for name in names.split()}
    values |= {
        "read_only_tmpfs": False, "restart": "on-failure", "systemd": "always",
        "sdnotify": "ignore", "health": "none", "image_volumes": "tmpfs",
        "log_driver": "none", "log_options": {"tag": "t"}, "mounts": ["/x"],
        "devices": ["/dev/fuse"], "ports": [80], "expose": [81], "ulimits": ["core=1"],
        "network": "none", "platform": "linux/arm64", "cpus": 1.0, "blkio_weight": 10,
    }  # fmt: skip
    for name in ContainerOptions.__annotations__:
        values.setdefault(name, "a")
    everything = spec(**values)
    needs = {"restart": "restart_retries", "read_only": "read_only_tmpfs"}
    for name in values:
        fewer = {key: value for key, value in values.items() if key not in (name, needs.get(name))}
        assert spec(**fewer) != everything, name
