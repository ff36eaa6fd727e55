"""What stands in the way of a move of a whole group, and what is made for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from podlib._async.group_plan import luggage_of
from podlib.migration_rules.group_rules import GroupFacts, group_findings
from podlib.models import (
    ContainerNetwork,
    Finding,
    GroupPlan,
    MigrationPlan,
    Network,
    PodInspect,
    Volume,
    decode,
    network_like,
    network_spec,
    pod_like,
    pod_spec,
    volume_like,
    volume_spec,
)

from .test_project_order import container


def network(**fields: Any) -> Network:
    document = {"name": "net", "id": "b" * 64, "driver": "bridge", **fields}
    return decode(Network, json.dumps(document).encode())


def volume(name: str = "data", **options: str) -> Volume:
    document = {"Name": name, "Driver": "local", "Options": options, "Labels": {"a": "b"}}
    return decode(Volume, json.dumps(document).encode())


WEB = container("web", volumes=("data",))


def only(**facts: Any) -> Finding:
    """The one finding: that there is no other says that the rest is as it should be."""
    given: dict[str, Any] = {"moving": [WEB], "staying": [], "options": {}}
    [finding] = group_findings(GroupFacts(name="project 'shop'", **given | facts))
    assert finding.message
    assert finding.advice
    return finding


def test_nothing_is_in_the_way() -> None:
    facts = GroupFacts(
        name="project 'shop'",
        moving=[WEB],
        staying=[],
        options={},
        networks=[network(subnets=[{"subnet": "10.1.0.0/24"}]), network(name="missing")],
        there={"net": network(subnets=[{"subnet": "10.1.0.0/24"}])},
        volumes=[volume(), volume(o="uid=1")],
        others={"data": []},
    )
    assert group_findings(facts) == ()


def test_what_does_not_run() -> None:
    assert only(moving=[]).kind == "nothing-runs"
    exited, frozen = container("job"), container("job")
    exited.state.status = "exited"
    frozen.state.checkpointed = True
    assert only(staying=[exited]).message == "container 'job' is exited, and stays on the source"
    assert (only(staying=[frozen]).kind, only(staying=[frozen]).severity) == ("frozen", "blocker")


def test_network_that_is_another() -> None:
    facts = {
        "networks": [network(subnets=[{"subnet": "10.1.0.0/24"}])],
        "there": {"net": network(subnets=[{"subnet": "10.2.0.0/24"}])},
    }
    assert only(**facts).kind == "network-differs"
    assert (
        group_findings(
            GroupFacts("", [WEB], [], {"ignore_static_ip": True}, **facts)  # type: ignore[arg-type] # a dictionary of all kinds
        )
        == ()
    )


@pytest.mark.parametrize(
    ("kind", "severity", "options"),
    [
        ("volume-in-memory", "blocker", {"type": "tmpfs", "device": "tmpfs"}),
        ("volume-device", "warning", {"type": "nfs", "device": ":/srv"}),
    ],
)
def test_volumes_that_are_elsewhere(kind: str, severity: str, options: dict[str, str]) -> None:
    finding = only(volumes=[volume(**options)])
    assert (finding.kind, finding.severity) == (kind, severity)


def test_volume_that_others_use() -> None:
    finding = only(volumes=[volume()], others={"data": ["backup", "cron"]})
    assert finding.message == "backup, cron uses the volume 'data' too, and stays"


def pod(**fields: Any) -> PodInspect:
    document = {
        "Id": "e" * 64,
        "Name": "web",
        "Created": "2026-01-01T00:00:00Z",
        "State": "Running",
        "InfraContainerID": "f" * 64,
        "SharedNamespaces": ["ipc", "net", "uts"],
        "ExitPolicy": "continue",
        **fields,
    }
    return decode(PodInspect, json.dumps(document).encode())


def test_pods() -> None:
    assert only(pod=pod(), pod_taken=True).kind == "pod-taken"
    assert only(pod=pod(InfraContainerID="")).kind == "pod-without-infra"
    assert only(pod=pod(ExitPolicy="stop")).kind == "pod-stops"
    less = only(pod=pod(memory_limit=1, mounts=[{"Type": "bind"}]))
    assert less.kind == "pod-settings"
    assert less.message == "the new pod 'web' will be without its limits, mounts"


def test_a_pod_like_it() -> None:
    infra = container("infra")
    infra.host_config.network_mode = "bridge"
    infra.network_settings.networks = {
        "net": ContainerNetwork(
            ip_address="10.1.0.7", mac_address="92:d0:c6:0a:29:33", aliases=["web", infra.id[:12]]
        )
    }
    config = {
        "PortBindings": {
            "80/tcp": [
                {"HostIp": "", "HostPort": "8080"},
                {"HostIp": "127.0.0.1", "HostPort": "81"},
                {"HostIp": "::1", "HostPort": "82"},
            ]
        },
        "DNSServer": ["10.0.0.1"],
        "HostAdd": ["other:10.0.0.2", "six:fd00::2"],
    }
    there = pod(InfraConfig=config, Labels={"a": "b"}, Hostname="shop")
    spec: dict[str, Any] = {**pod_spec(pod_like(there, infra, same_addresses=True))}
    assert spec["Networks"] == {
        "net": {
            "aliases": ["web"],
            "static_ips": ["10.1.0.7"],
            "static_mac": "92:d0:c6:0a:29:33",
        }
    }
    assert [(each["host_ip"], each["host_port"]) for each in spec["portmappings"]] == [
        ("", 8080),
        ("127.0.0.1", 81),
        ("::1", 82),
    ]
    assert spec["hostadd"] == ["other:10.0.0.2", "six:fd00::2"]
    assert (spec["name"], spec["hostname"], spec["labels"]) == ("web", "shop", {"a": "b"})
    assert (spec["shared_namespaces"], spec["exit_policy"]) == (["ipc", "net", "uts"], "continue")
    other = pod_spec(pod_like(there, infra, same_addresses=False))
    assert other["Networks"] == {"net": {"aliases": ["web"]}}
    infra.host_config.network_mode = "host"
    assert pod_spec(pod_like(there, infra, same_addresses=True))["netns"] == {"nsmode": "host"}


def test_a_volume_is_taken_from_the_first_that_has_it() -> None:
    order = [
        container("a", volumes=("shared", "own", "shared")),
        container("b", volumes=("shared", "nfs")),
        container("c"),
    ]
    volumes = [volume("shared"), volume("own"), volume("nfs", device=":/srv")]
    assert luggage_of(order, volumes) == {"a": ["shared", "own"], "b": [], "c": []}


def test_a_network_like_it() -> None:
    spec: dict[str, Any] = {
        "driver": "bridge",
        "ipv6_enabled": True,
        "internal": True,
        "dns_enabled": True,
        "labels": {"a": "b"},
        "options": {"mtu": "1400"},
        "ipam_options": {"driver": "host-local"},
        "subnets": [
            {
                "subnet": "10.1.0.0/24",
                "gateway": "10.1.0.1",
                "lease_range": {"start_ip": "10.1.0.10", "end_ip": "10.1.0.20"},
            },
            {"subnet": "fd00::/64", "gateway": "fd00::1"},
        ],
        "routes": [{"destination": "10.9.0.0/24", "gateway": "10.1.0.9", "metric": 7}],
        "network_dns_servers": ["10.0.0.1"],
    }
    there = network(**spec, network_interface="podman7")
    assert network_spec("net", network_like(there)) == {"name": "net", **spec}
    parent = network(driver="macvlan", network_interface="eth0", ipam_options={"driver": "dhcp"})
    made = network_spec("net", network_like(parent))
    assert (made["driver"], made["network_interface"]) == ("macvlan", "eth0")
    assert "subnets" not in made


def test_a_volume_like_it() -> None:
    assert volume_spec("data", volume_like(volume(o="size=1g"))) == {
        "Name": "data",
        "Driver": "local",
        "Options": {"o": "size=1g"},
        "Labels": {"a": "b"},
    }


def plan(name: str, *findings: Finding) -> MigrationPlan:
    return MigrationPlan("a" * 64, name, "img", 0, 1, 0, (), (), "5.4.2", "5.8.6", findings)


def test_plan_for_people() -> None:
    bad, well = Finding("x", "blocker", "it is bad", "Mend it."), Finding("y", "warning", "m", "n")
    whole = GroupPlan("shop", (plan("db", well), plan("web", bad)), ("net",), (), (well,))
    assert [each.message for each in whole.findings] == ["web: it is bad", "m", "db: m"]
    assert (len(whole.blockers), len(whole.warnings)) == (1, 2)
    text = str(whole)
    assert text.startswith("shop: db, web\n  networks to create  net\n  volumes to create   none\n")
    assert "warning: m\n  n\n\ndb (aaaaaaaaaaaa)\n" in text
    assert text.endswith("1 blocker, 0 warnings")
