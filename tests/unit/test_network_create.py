from __future__ import annotations

import json
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podlib import models
from podlib.errors import ParameterError
from podlib.models import LeaseRange, NetworkOptions, Route, Subnet, network_spec, network_update


def refused(message: str, **options: Any) -> None:
    with pytest.raises(ParameterError, match=message):
        network_spec("net", cast("NetworkOptions", options))


# -- the whole ---------------------------------------------------------------------------------


def test_containers_find_each_other_unless_said() -> None:
    assert network_spec("net", {}) == {"name": "net", "dns_enabled": True}
    assert network_spec("", {"dns_enabled": False}) == {"name": "", "dns_enabled": False}


@pytest.mark.parametrize("driver", ["macvlan", "ipvlan"])
def test_drivers_that_have_no_names(driver: str) -> None:
    assert network_spec("net", {"driver": driver})["dns_enabled"] is False
    assert network_spec("net", {"driver": driver, "dns_enabled": True})["dns_enabled"] is True


def test_all_options() -> None:
    spec = network_spec(
        "net",
        {
            "driver": "bridge",
            "network_interface": "br0",
            "subnets": ["10.89.0.7/24", Subnet(subnet="fd00::/64", gateway="fd00:0:0::9")],
            "routes": ["10.1.0.0/16,10.89.0.1", Route(destination="::/0", gateway="fd00::2")],
            "ipv6_enabled": True,
            "internal": False,
            "dns_enabled": True,
            "network_dns_servers": ("9.9.9.9", "fd00:0::1"),
            "labels": {"a": "b"},
            "options": {"mtu": "1400"},
            "ipam_options": {"driver": "host-local"},
            "ignore_if_exists": True,
        },
    )
    assert json.loads(json.dumps(spec)) == {
        "name": "net",
        "driver": "bridge",
        "network_interface": "br0",
        "subnets": [{"subnet": "10.89.0.0/24"}, {"subnet": "fd00::/64", "gateway": "fd00::9"}],
        "routes": [
            {"destination": "10.1.0.0/16", "gateway": "10.89.0.1"},
            {"destination": "::/0", "gateway": "fd00::2"},
        ],
        "ipv6_enabled": True,
        "internal": False,
        "dns_enabled": True,
        "network_dns_servers": ["9.9.9.9", "fd00::1"],
        "labels": {"a": "b"},
        "options": {"mtu": "1400"},
        "ipam_options": {"driver": "host-local"},
    }


def test_what_is_sent_is_what_is_answered() -> None:
    """A network's answer has the names of its options."""
    names = NetworkOptions.__annotations__.keys() - {"ignore_if_exists"}
    assert names <= models.Network.model_fields.keys()


def test_callers_keep_their_own() -> None:
    labels, servers = {"a": "b"}, ["9.9.9.9"]
    spec: Any = network_spec("net", {"labels": labels, "network_dns_servers": servers})
    spec["labels"]["c"] = "d"
    spec["network_dns_servers"].append("1.1.1.1")
    assert (labels, servers) == ({"a": "b"}, ["9.9.9.9"])


def test_options_that_cannot_be_right() -> None:
    refused("network options: there is no 'subnet'; did you mean 'subnets'", subnet="10.0.0.0/8")
    refused("network options: internal: ", internal="yes")
    refused("network options: driver: ", driver=5)
    refused("network options: labels: ", labels={"a": 1})
    refused("network options: options: ", options=["mtu=1400"])
    refused("network options: network_interface: ", network_interface=16 * "x")
    refused("network options: network_dns_servers: ", network_dns_servers=["here"])
    refused("network options: network_dns_servers: ", network_dns_servers="9.9.9.9")
    refused("network options: subnets: ", subnets="10.89.0.0/24")
    refused("network options: subnets: ", subnets=[5])
    refused("Subnet: subnet: 'x' does not appear to be", subnets=["x"])
    refused("Subnet: subnet: ", subnets=["10.89.0.0/33"])
    refused("routes: '10.1.0.0/16' is not DESTINATION,GATEWAY", routes=["10.1.0.0/16"])


# -- subnets -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("10.89.0.20-10.89.0.30", "10.89.0.20", "10.89.0.30"),
        ("10.89.0.128/25", "10.89.0.128", "10.89.0.254"),
        ("10.89.0.0/25", "10.89.0.1", "10.89.0.127"),
        ("10.89.0.64/26", "10.89.0.64", "10.89.0.127"),
        ("10.89.0.0/24", "10.89.0.1", "10.89.0.254"),
        ("10.89.0.7", "10.89.0.7", "10.89.0.7"),
        ("10.89.0.20-", "10.89.0.20", None),
        ("-10.89.0.30", None, "10.89.0.30"),
    ],
)
def test_lease_ranges_of_texts(text: str, first: str | None, last: str | None) -> None:
    wanted = {"start_ip": first, "end_ip": last}
    spec = Subnet(subnet="10.89.0.0/24", lease_range=text).wire()
    assert spec["lease_range"] == {name: value for name, value in wanted.items() if value}


def test_a_lease_range_of_its_own_notation() -> None:
    assert LeaseRange.parse("10.0.0.1-10.0.0.9").wire() == {
        "start_ip": "10.0.0.1",
        "end_ip": "10.0.0.9",
    }
    with pytest.raises(ParameterError, match=r"lease_range: '10\.0\.0\.0/8' is not START-END"):
        LeaseRange.parse("10.0.0.0/8")


def test_lease_range_of_ipv6() -> None:
    spec = Subnet(subnet="fd00::/64", lease_range="fd00::/120").wire()
    assert spec["lease_range"] == {"start_ip": "fd00::1", "end_ip": "fd00::ff"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"gateway": "10.90.0.1"}, "gateway: 10.90.0.1 is not in the subnet 10.89.0.0/24"),
        ({"gateway": "fd00::1"}, "gateway: fd00::1 is not in the subnet"),
        ({"gateway": "x"}, "Subnet: gateway: 'x' does not appear to be"),
        ({"lease_range": "10.89.0.9-10.90.0.1"}, "lease_range: end_ip: 10.90.0.1 is not in"),
        ({"lease_range": "10.90.0.0/25"}, "lease_range: start_ip: 10.90.0.0 is not in"),
        ({"lease_range": "fd00::/120"}, "lease_range: start_ip: fd00::"),
        ({"lease_range": "10.89.0.30-10.89.0.20"}, "lease_range: 10.89.0.20 is before 10.89.0.30"),
        ({"lease_range": "x"}, "lease_range: 'x' is not START-END or a subnet"),
        ({"lease_range": "x-y"}, "LeaseRange: end_ip: .*; start_ip: "),
        ({"subnet": "255.255.255.255", "lease_range": "255.255.255.255"}, "is not START-END"),
        ({"lease_range": "10.89.0.1/24"}, "lease_range: '10.89.0.1/24' is not START-END"),
        ({"lease": "x"}, "Subnet: there is no 'lease'; did you mean 'lease_range'"),
    ],
)
def test_subnets_that_cannot_be_right(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Subnet(**{"subnet": "10.89.0.0/24", **fields}).wire()


@st.composite
def subnets_with_parts(draw: st.DrawFn) -> tuple[IPv4Network, IPv4Network]:
    length = draw(st.integers(4, 30))
    whole = ip_network((draw(st.integers(0, 2**32 - 1)) >> 32 - length << 32 - length, length))
    longer = draw(st.integers(length, 32))
    inside = draw(st.integers(0, whole.num_addresses - 1)) >> 32 - longer << 32 - longer
    part = ip_network((int(whole.network_address) + inside, longer))
    assert isinstance(whole, IPv4Network)
    assert isinstance(part, IPv4Network)
    return whole, part


@settings(deadline=None)
@given(subnets_with_parts())
def test_a_lease_range_has_the_hosts_of_its_part(given: tuple[IPv4Network, IPv4Network]) -> None:
    whole, part = given
    leases = LeaseRange.of(str(part), str(whole))
    first, last = ip_address(leases.start_ip), ip_address(leases.end_ip)
    edges = {whole.network_address, whole.broadcast_address}
    if part.num_addresses > 1:
        assert first in part
        assert last in part
        assert not {first, last} & edges
        assert int(last) - int(first) + 1 == part.num_addresses - len(
            edges & {part.network_address, part.broadcast_address}
        )


# -- routes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10.1.0.0/16,10.89.0.1", {"gateway": "10.89.0.1"}),
        ("10.1.0.0/16,10.89.0.1,7", {"gateway": "10.89.0.1", "metric": 7}),
        ("10.1.2.3/16,10.89.0.1,0", {"gateway": "10.89.0.1", "metric": 0}),
        ("10.1.0.0/16,blackhole", {"route_type": "blackhole"}),
        ("10.1.0.0/16,prohibit,200", {"route_type": "prohibit", "metric": 200}),
    ],
)
def test_routes_of_texts(text: str, wanted: dict[str, object]) -> None:
    assert Route.parse(text).wire() == {"destination": "10.1.0.0/16", **wanted}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "routes: '' is not DESTINATION,GATEWAY"),
        ("10.1.0.0/16", "routes: '10.1.0.0/16' is not DESTINATION,GATEWAY"),
        ("10.1.0.0/16,10.89.0.1," + 5000 * "9", "is not DESTINATION,GATEWAY"),
        ("10.1.0.0/16,10.89.0.1,x", "is not DESTINATION,GATEWAY"),
        ("10.1.0.0/16,10.89.0.1,1,2", "is not DESTINATION,GATEWAY"),
        ("x,10.89.0.1", "Route: destination: 'x' does not appear to be"),
        ("10.1.0.0/16,10.89.0.999", "Route: gateway: '10.89.0.999' does not appear to be"),
        ("10.1.0.0/16,x", "Route: route_type: Input should be 'unicast'"),
        ("10.1.0.0/16,10.89.0.1,4294967296", "Route: metric: "),
        ("10.1.0.0/16,unicast", "a unicast route has a gateway"),
    ],
)
def test_routes_that_cannot_be_right(text: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Route.parse(text).wire()


def test_only_unicast_routes_have_a_gateway() -> None:
    route = Route(destination="10.1.0.0/16", gateway="10.89.0.1", route_type="blackhole")
    with pytest.raises(ParameterError, match=r"routes: 10\.1\.0\.0/16: a unicast route"):
        route.wire()


# -- name servers ------------------------------------------------------------------------------


def test_name_servers() -> None:
    """They are written as at creation, since the server compares texts."""
    assert network_update(("9.9.9.9", "fd00:0::1"), ["FD00::2"]) == {
        "adddnsservers": ["9.9.9.9", "fd00::1"],
        "removednsservers": ["fd00::2"],
    }
    for wrong in (["here"], "9.9.9.9"):
        with pytest.raises(ParameterError, match=r"^add_dns_servers: "):
            network_update(wrong, ())
        with pytest.raises(ParameterError, match=r"^remove_dns_servers: "):
            network_update((), wrong)
