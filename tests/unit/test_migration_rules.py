"""What stands in the way of a move: one case for each kind of finding."""

from __future__ import annotations

import json
from typing import Any

import pytest

from podlib.errors import CheckpointFailedError, ConnectError, RestoreFailedError
from podlib.migration_rules import Facts, findings, had_warned
from podlib.models import (
    ContainerInspect,
    ContainerSummary,
    Finding,
    ImageInspect,
    Info,
    MigrationPlan,
    NetworkInspect,
    PodInspect,
    ThroughRegistry,
    decode,
)


def container(**changes: Any) -> ContainerInspect:
    document: dict[str, Any] = {
        "Id": "a" * 64,
        "Name": "web",
        "Created": "2026-01-01T00:00:00Z",
        "State": {"Status": "running", "Running": True},
        "Config": {},
        "HostConfig": {"NetworkMode": "none", "LogConfig": {"Type": "k8s-file"}},
        "NetworkSettings": {},
        "OCIRuntime": "runc",
    }
    for name, value in changes.items():
        document[name] = document[name] | value if isinstance(value, dict) else value
    return decode(ContainerInspect, json.dumps(document).encode())


def info(store: dict[str, Any] | None = None, **host: Any) -> Info:
    document = {
        "host": {"arch": "amd64", "ociRuntime": {"name": "runc"}, "memFree": 10**9} | host,
        "store": store or {},
        "version": {},
    }
    return decode(Info, json.dumps(document).encode())


def found(inspected: ContainerInspect | None = None, **facts: Any) -> list[Finding]:
    given: dict[str, Any] = {
        "options": {},
        "source": info(),
        "target": info(),
        "source_version": "5.4.2",
        "target_version": "5.8.6",
        "networks": {},
    }
    return list(findings(Facts(container=inspected or container(), **given | facts)))


def only(kind: str, inspected: ContainerInspect | None = None, **facts: Any) -> Finding:
    """The one finding: that there is no other says that the rest is as it should be."""
    [finding] = found(inspected, **facts)
    assert finding.kind == kind
    assert finding.message
    assert finding.advice
    return finding


def bridged(address: str = "", **settings: Any) -> ContainerInspect:
    return container(
        HostConfig={"NetworkMode": "bridge"},
        NetworkSettings={"Networks": {"net": {"IPAddress": address}}, **settings},
    )


def network(*, taken: str = "") -> NetworkInspect:
    document = {
        "name": "net",
        "id": "b" * 64,
        "subnets": [{"subnet": "10.1.0.0/24"}],
        "containers": {
            "c": {"name": "other", "interfaces": {"eth0": {"subnets": [{"ipnet": taken}]}}}
        },
    }
    return decode(NetworkInspect, json.dumps(document).encode())


QUIET = {"tcp_established": True}
"""An option that stills the question after connections."""


def test_nothing_is_in_the_way() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("not-running", {"State": {"Status": "paused"}}),
        ("in-pod", {"Pod": "p"}),
        ("auto-remove", {"HostConfig": {"AutoRemove": True}}),
        ("shares-namespace", {"HostConfig": {"IpcMode": "container:1234567890abcdef"}}),
        ("requires-others", {"Dependencies": ["f"]}),
        ("no-image", {"Rootfs": "/srv/root"}),
        ("overlay", {"Mounts": [{"Type": "image", "Destination": "/data"}]}),
        ("overlay", {"Mounts": [{"Type": "bind", "Options": ["lowerdir=/srv"]}]}),
        ("overlay", {"Mounts": [{"Type": "volume", "Name": "v", "Options": ["O", "rbind"]}]}),
    ],
)
def test_blockers_of_the_container(kind: str, changes: dict[str, Any]) -> None:
    assert only(kind, container(**changes)).severity == "blocker"


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("host-pids", {"HostConfig": {"PidMode": "host"}}),
        ("privileged", {"HostConfig": {"Privileged": True}}),
        ("device", {"HostConfig": {"Devices": [{"PathOnHost": "/dev/fuse"}]}}),
        ("init", {"HostConfig": {"Init": True}}),
        ("secret", {"Config": {"Secrets": [{"Name": "key", "ID": "s"}]}}),
        ("exec-sessions", {"ExecIDs": ["e"]}),
        ("log-stays", {"HostConfig": {"LogConfig": {"Type": "journald"}}}),
        ("runtime-differs", {"OCIRuntime": "/usr/bin/crun"}),
        ("bind-mount", {"Mounts": [{"Type": "bind", "Source": "/srv", "Destination": "/data"}]}),
        ("other-mount", {"Mounts": [{"Type": "glob", "Destination": "/data"}]}),
        ("volume-driver", {"Mounts": [{"Type": "volume", "Name": "v", "Driver": "nfs"}]}),
    ],
)
def test_warnings_of_the_container(kind: str, changes: dict[str, Any]) -> None:
    assert only(kind, container(**changes)).severity == "warning"


@pytest.mark.parametrize(
    ("kind", "severity", "facts"),
    [
        ("architecture", "blocker", {"target": info(arch="arm64")}),
        ("rootless", "blocker", {"source": info(security={"rootless": True})}),
        (
            "runtime-without-criu",
            "blocker",
            {"source": info(ociRuntime={"name": "crun", "version": "crun 1.8 +SECCOMP"})},
        ),
        ("target-older", "warning", {"source_version": "5.8.6", "target_version": "5.4.2"}),
        ("option-unknown", "blocker", {"target_version": "5.6.0", "options": {"tcp_close": True}}),
        ("runtime-option", "warning", {"options": {"tcp_close": True}}),
        ("copy", "warning", {"options": {"leave_running": True}}),
        ("name-taken", "blocker", {"names_taken": ["web"]}),
        ("is-there", "blocker", {"names_taken": ["a" * 64, "web"]}),
        ("secret-missing", "blocker", {"secrets_missing": ["key"]}),
        ("volume-taken", "blocker", {"volumes_taken": ["data"]}),
        ("memory", "warning", {"memory": 2 * 10**9}),
        (
            "disk",
            "warning",
            {
                "memory": 600,
                "target": info({"graphRootAllocated": 2000, "graphRootUsed": 1000}),
            },
        ),
    ],
)
def test_of_the_hosts(kind: str, severity: str, facts: dict[str, Any]) -> None:
    assert only(kind, **facts).severity == severity


def test_room_for_the_image() -> None:
    image = ImageInspect.model_construct(size=2000)
    target = info({"graphRootAllocated": 2000, "graphRootUsed": 1000})
    assert "2000 bytes" in only("disk", image_to_send=image, target=target).message


def test_volumes_that_may_be_there() -> None:
    assert found(volumes_taken=["data"], options={"ignore_volumes": True}) == []


def test_network_that_is_missing() -> None:
    finding = only("network-missing", bridged(), networks={"net": None}, options=QUIET)
    assert finding.severity == "blocker"


@pytest.mark.parametrize(
    ("kind", "address", "taken"),
    [("address-outside", "10.2.0.2", ""), ("address-taken", "10.1.0.2", "10.1.0.2/24")],
)
def test_addresses(kind: str, address: str, taken: str) -> None:
    networks = {"net": network(taken=taken)}
    inspected = bridged(address)
    assert only(kind, inspected, networks=networks, options=QUIET).severity == "blocker"
    for option in ({"ignore_static_ip": True}, {"name": "other"}):
        assert found(inspected, networks=networks, options=QUIET | option) == []


def test_address_that_is_free() -> None:
    networks = {"net": network(taken="10.1.0.20/24")}
    assert found(bridged("10.1.0.2"), networks=networks, options=QUIET) == []


REGISTRY = ThroughRegistry("registry.example.com/checkpoints/web:1")


def test_image_that_would_lose_its_name() -> None:
    finding = only("image-taken", registry=REGISTRY, images_taken=["target"])
    assert finding.severity == "blocker"
    assert "the target has an image registry.example.com/checkpoints/web:1" in finding.message


def test_address_does_not_go_through_a_registry() -> None:
    facts: dict[str, Any] = {"networks": {"net": network(taken="10.1.0.2/24")}}
    only("address-taken", bridged("10.1.0.2"), options=QUIET, **facts)
    facts["options"] = {"tcp_close": True}
    by_kind = {each.kind: each for each in found(bridged("10.1.0.2"), registry=REGISTRY, **facts)}
    assert by_kind.keys() == {"address-stays", "runtime-option"}
    assert by_kind["address-stays"].severity == "warning"


def test_connections_do_not_go_through_a_registry() -> None:
    assert only("connections-lost", options=QUIET, registry=REGISTRY).severity == "blocker"


def test_what_comes_through_a_registry_goes_into_no_pod() -> None:
    found_ = found(options={"tcp_close": True, "pod": "p"}, registry=REGISTRY)
    assert "pod-out-of-reach" in {each.kind for each in found_}


def test_connections_cannot_be_seen() -> None:
    networks = {"net": network()}
    assert only("connections", bridged(), networks=networks).severity == "warning"
    assert found(bridged(), networks=networks, options=QUIET) == []
    only("runtime-option", bridged(), networks=networks, options={"tcp_close": True})


@pytest.mark.parametrize(
    ("published", "options", "clash"),
    [
        ("8080", {}, True),
        ("8083", {}, False),
        ("8083", {"publish": ["8081:80"]}, True),
        ("8080", {"publish": ["127.0.0.1:9000:80/tcp"]}, False),
        ("8080", {"publish": ["8081:80/udp"]}, False),
        ("8080", {"publish": ["80"]}, False),
        ("8083", {"publish": ["8079-8080:80-81/udp,tcp"]}, True),
    ],
)
def test_ports(published: str, options: dict[str, Any], clash: bool) -> None:
    other = {
        "Id": "d" * 64,
        "Names": ["other"],
        "Created": "2026-01-01T00:00:00Z",
        "Ports": [{"host_port": 8080, "container_port": 80, "range": 3, "protocol": "tcp"}],
    }
    inspected = bridged(Ports={"80/tcp": [{"HostPort": published}]})
    facts: dict[str, Any] = {
        "networks": {"net": network()},
        "options": QUIET | options,
        "running_at_target": [decode(ContainerSummary, json.dumps(other).encode())],
    }
    assert [each.kind for each in found(inspected, **facts)] == ["port-taken"] * clash


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RestoreFailedError("the archive", "no"), " The plan had warned: it is old; it is full."),
        (CheckpointFailedError("web", "no"), " The plan had warned: it is old; it is full."),
        (ConnectError("gone"), ""),
    ],
)
def test_what_a_failure_says_of_the_plan(error: Exception, told: str) -> None:
    warnings = [
        Finding(kind, "warning", message, "advice")
        for kind, message in (("a", "it is old"), ("log-stays", "it stays"), ("b", "it is full"))
    ]
    assert had_warned(error, warnings) == told
    assert had_warned(error, warnings[1:2]) == ""


def test_blockers_come_first() -> None:
    severities = [each.severity for each in found(names_taken=["web"], memory=2 * 10**9)]
    assert severities == ["blocker", "warning"]


def test_the_plan_in_words() -> None:
    plan = MigrationPlan(
        container_id="a" * 64,
        name="web",
        image="busybox",
        image_bytes=4_300_000,
        memory_bytes=None,
        root_fs_bytes=12,
        volumes=("data",),
        networks=(),
        source_version="5.4.2",
        target_version="5.8.6",
        findings=tuple(found(names_taken=["web"], memory=2 * 10**9)),
    )
    text = str(plan)
    assert "web (aaaaaaaaaaaa)" in text
    assert "busybox: 4.3 MB to send" in text
    assert "memory    unknown" in text
    assert "volumes   data\n  networks  none" in text
    assert "blocker: the target has a container 'web' already\n  Remove it there" in text
    assert text.endswith("1 blocker, 1 warning")


def pod(*shared: str) -> PodInspect:
    document = {
        "Id": "e" * 64,
        "Name": "p",
        "Created": "2026-01-01T00:00:00Z",
        "State": "Running",
        "SharedNamespaces": shared,
    }
    return decode(PodInspect, json.dumps(document).encode())


def test_into_a_pod() -> None:
    host = {"NetworkMode": "container:f", "IpcMode": "container:f"}
    member = container(Pod="p", HostConfig=host, Dependencies=["f"])
    options = {"pod": "p"} | QUIET
    assert found(member, options=options, pod=pod("ipc", "net", "uts")) == []
    assert only("pod-missing", member, options=options).severity == "blocker"
    less = only("pod-shares-less", member, options=options, pod=pod("net"))
    assert less.message == "the pod 'p' of the target does not share ipc"
    further = container(Pod="p", HostConfig=host, Dependencies=["f", "g"])
    assert only("requires-others", further, options=options, pod=pod("ipc", "net")).message
    two = container(Pod="p", HostConfig=host | {"IpcMode": "container:g"}, Dependencies=["f", "g"])
    kinds = [each.kind for each in found(two, options=options, pod=pod("ipc", "net"))]
    assert kinds == ["shares-namespace", "shares-namespace"]
    alone = container(Pod="p", Dependencies=["f"])  # a pod that shares nothing
    assert found(alone, options=options, pod=pod()) == []


def test_what_others_need() -> None:
    assert only("required-by-others", dependants=["side"]).severity == "blocker"
    assert only("copy", dependants=["side"], options={"leave_running": True}).message
