from __future__ import annotations

from typing import Any, cast

import pytest

from podlib.errors import ParameterError
from podlib.models import (
    Device,
    DeviceRule,
    IdRange,
    Mount,
    NetworkAttachment,
    Port,
    Secret,
    Ulimit,
)

from .specs import refusal, spec


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
        (
            Mount(type="image", source="tools", target="/x"),
            "image_volumes",
            {"Source": "tools", "Destination": "/x", "ReadWrite": True},
        ),
        (
            Mount(source="data", target="/x", subpath="/y"),
            "volumes",
            {**volume("data", "/x"), "SubPath": "/y"},
        ),
        (
            Mount(type="ramfs", target="/x", size=4096, read_only=True),
            "mounts",
            {
                "type": "ramfs",
                "source": "ramfs",
                "destination": "/x",
                "options": ["ro", "size=4096"],
            },
        ),
        (
            Mount(type="devpts", target="/dev/pts", options=["gid=5", "max=64"], mode=0o620),
            "mounts",
            {
                "type": "devpts",
                "source": "devpts",
                "destination": "/dev/pts",
                "options": ["gid=5", "max=64", "mode=0620"],
            },
        ),
        (
            Mount(type="artifact", source="model", target="/x", title="a.bin", file_name="b"),
            "artifact_volumes",
            {"source": "model", "destination": "/x", "title": "a.bin", "name": "b"},
        ),
        (
            Mount(type="artifact", source="model", target="/x", digest="sha256:12"),
            "artifact_volumes",
            {"source": "model", "destination": "/x", "digest": "sha256:12"},
        ),
    ],
)
def test_mounts(mount: Mount | str, where: str, entry: dict[str, object]) -> None:
    assert spec(mounts=[mount]) == {where: [entry]}


@pytest.mark.parametrize(
    "mount",
    ["", "data:x", "./a:/b", "a/b:/c", ":/x", "/a:", "da ta:/x", "/a:/b:ro:rw"],
)
def test_what_podman_takes_for_no_mount(mount: str) -> None:
    refusal(mounts=[mount])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "bind", "source": "relative"}, "/x: a bind's source is an absolute path"),
        ({"type": "bind", "source": "/y", "subpath": "/z"}, "/x: a bind has no subpath"),
        ({"type": "tmpfs", "source": "x"}, "/x: a tmpfs has no source"),
        ({"type": "tmpfs", "size": "big"}, "size: 'big' is no size"),
        ({"type": "image"}, "/x: which image?"),
        ({"type": "image", "source": "a", "options": ["ro"]}, "/x: an image has no options"),
        ({"source": "data", "size": 0}, "/x: a volume has no size"),
        ({"source": "data", "mode": 0}, "/x: a volume has no mode"),
        ({"source": "data", "title": "a"}, "/x: a volume has no title"),
        ({"type": "artifact"}, "/x: an artifact has a source"),
        ({"type": "artifact", "source": "a", "title": "b", "digest": "c"}, "no title together"),
        ({"type": "artifact", "source": "a", "read_only": True}, "an artifact has no read_only"),
        ({"type": "devpts", "size": 1}, "/x: a devpts has no size"),
    ],
)
def test_a_field_that_a_mount_cannot_have(fields: dict[str, Any], message: str) -> None:
    assert message in refusal(mounts=[Mount(target="/x", **fields)])


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
        ("nvidia.com/gpu=all", "nvidia.com/gpu=all"),
        ("vendor.com/class=0:1", "vendor.com/class=0:1"),
    ],
)
def test_devices(device: Device | str, path: str) -> None:
    assert spec(devices=[device])["devices"] == [{"path": path}]


@pytest.mark.parametrize("text", ["fuse", "/dev/fuse:x", "/dev/fuse:/dev/x:r:w", "/dev/fuse:"])
def test_what_is_no_device(text: str) -> None:
    refusal(devices=[text])


def test_a_cdi_name_stands_alone() -> None:
    device = Device(host="vendor.com/gpu=0", permissions="r")
    assert "vendor.com/gpu=0: a CDI name says all" in refusal(devices=[device])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("c 10:229 rw", {"type": "c", "major": 10, "minor": 229, "access": "rw"}),
        ("b 8:* r", {"type": "b", "major": 8, "access": "r"}),
        ("a *:* rwm", {"type": "a", "access": "rwm"}),
        (DeviceRule(type="c", minor=0), {"type": "c", "minor": 0, "access": "rwm"}),
    ],
)
def test_device_rules(rule: DeviceRule | str, expected: dict[str, object]) -> None:
    assert spec(device_cgroup_rules=[rule])["device_cgroup_rule"] == [{"allow": True, **expected}]


@pytest.mark.parametrize("text", ["", "c 1:2", "d 1:2 rwm", "c 1 rwm", "c 1:2 x", "c -1:2 r"])
def test_what_is_no_device_rule(text: str) -> None:
    refusal(device_cgroup_rules=[text])


@pytest.mark.parametrize("given", ["0:100000:5000", IdRange(container=0, host=100000, size=5000)])
def test_id_ranges(given: IdRange | str) -> None:
    ids = [{"container_id": 0, "host_id": 100000, "size": 5000}]
    assert spec(uid_map=[given])["idmappings"] == {"UIDMap": ids, "GIDMap": ids}


@pytest.mark.parametrize("text", ["", "0:1", "0:1:0", "a:b:c", "0:-1:1", "0:1:2:3"])
def test_what_is_no_id_range(text: str) -> None:
    assert "uid_map: " in refusal(uid_map=[text])


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ("token", ("token", "", 0, 0, 0o444)),
        ("token,target=/t,uid=1,gid=2,mode=0400", ("token", "/t", 1, 2, 0o400)),
        ("token,type=mount,mode=644", ("token", "", 0, 0, 0o644)),
        (Secret(name="token", target="/t", mode=0o400), ("token", "/t", 0, 0, 0o400)),
    ],
)
def test_secrets(secret: Secret | str, expected: tuple[str, str, int, int, int]) -> None:
    [made] = spec(secrets=[secret])["secrets"]
    assert tuple(made[name] for name in ("Source", "Target", "UID", "GID", "Mode")) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Secret: name: "),
        ("a,mode=999", "'mode=999' is no such option"),
        ("a,uid=x", "'uid=x' is no such option"),
        ("a,modes=1", "there is no 'modes'; did you mean 'mode'?"),
        ("a,type=env,target=B", "a: environment variables go to secret_env"),
        ("a,mode=77777", "Secret: mode: "),
    ],
)
def test_what_is_no_secret(text: str, message: str) -> None:
    assert message in refusal(secrets=[text])


BRIDGE = {"netns": {"nsmode": "bridge"}}


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("none", {"netns": {"nsmode": "none"}}),
        ("pod", {"netns": {"nsmode": "pod"}}),
        ("bridge", BRIDGE),
        ("container:web", {"netns": {"nsmode": "container", "value": "web"}}),
        ("ns:/run/netns/x", {"netns": {"nsmode": "path", "value": "/run/netns/x"}}),
        ("pasta", {"netns": {"nsmode": "pasta"}}),
        (
            "slirp4netns:mtu=1400,cidr=10.1.0.0/24",
            {
                "netns": {"nsmode": "slirp4netns"},
                "network_options": {"slirp4netns": ["mtu=1400", "cidr=10.1.0.0/24"]},
            },
        ),
        (
            "pasta:-T,5000",
            {"netns": {"nsmode": "pasta"}, "network_options": {"pasta": ["-T", "5000"]}},
        ),
        ("blue", {**BRIDGE, "Networks": {"blue": {}}}),
        (
            "bridge:ip=10.88.0.9",
            {**BRIDGE, "Networks": {"default": {"static_ips": ["10.88.0.9"]}}},
        ),
        (
            "blue:ip=10.0.0.1,ip6=fd00::1,mac=92:d0:c6:0a:29:33,alias=a,alias=b,interface_name=eth7,mtu=1",
            {
                **BRIDGE,
                "Networks": {
                    "blue": {
                        "static_ips": ["10.0.0.1", "fd00::1"],
                        "static_mac": "92:d0:c6:0a:29:33",
                        "aliases": ["a", "b"],
                        "interface_name": "eth7",
                        "options": {"mtu": "1"},
                    }
                },
            },
        ),
        (
            ["red", NetworkAttachment(name="blue", mac="92:d0:c6:0a:29:33", interface="eth7")],
            {
                **BRIDGE,
                "Networks": {
                    "red": {},
                    "blue": {"static_mac": "92:d0:c6:0a:29:33", "interface_name": "eth7"},
                },
                "networkOrder": ["red", "blue"],
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


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("container:", "network: 'container:': which?"),
        ("container:%", "network: not the name or id of a container"),
        ("host:x", "network: 'host:x': 'host' takes nothing behind it"),
        ("blue:ip", "network: 'blue:ip': 'ip' is not OPTION=VALUE"),
        ("blue:ip=x", "NetworkAttachment: ips: "),
        (":ip=10.0.0.1", "NetworkAttachment: name: "),
        (["blue", "blue:alias=x"], "network: a network is named twice"),
    ],
)
def test_what_is_no_network(network: object, message: str) -> None:
    assert message in refusal(network=network)
