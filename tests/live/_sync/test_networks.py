# Generated from tests/live/_async/test_networks.py: edit there.
"""Networks on real services: made, listed, joined and left by containers, removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from podlib import APIError, ConflictError, NotFoundError, ParameterError, models

from .steps import lacks, run, until

if TYPE_CHECKING:
    from podlib import Podman
    from podlib.models import ContainerNetwork, NetworkFilters, NetworkPruneFilters
    from tests.testbed import Host

LATER = datetime.now(UTC) + timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def sleeper(podman: Podman, image: str, name: str, network: str) -> str:
    """A running container in a network; its id."""
    return run(podman, image, name=name, command=["sleep", "100"], network=network)


def resolves(podman: Podman, image: str, network: str, name: str) -> bool:
    """Whether a container in a network finds ``name``."""
    ask = f"for n in 1 2 3 4 5 6 7 8 9; do nslookup -type=a {name} && exit; sleep 0.2; done; exit 1"
    container = run(podman, image, command=["sh", "-c", ask], network=network)
    return podman.containers.wait(container) == 0


def place(podman: Podman, container: str, network: str) -> ContainerNetwork:
    """How a container is in a network."""
    found = podman.containers.inspect(container)
    return found.network_settings.networks[network]


# -- create ----------------------------------------------------------------------------------


def test_create(podman: Podman) -> None:
    made = podman.networks.create("plain")
    assert (made.name, made.driver) == ("plain", "bridge")
    assert made.dns_enabled
    assert not made.internal
    assert not made.ipv6_enabled
    assert made.created
    assert made.network_interface.startswith("podman")
    [subnet] = made.subnets
    assert subnet.gateway.endswith(".1")
    assert made.ipam_options == {"driver": "host-local"}
    assert (podman.networks.inspect("plain")).id == made.id
    with pytest.raises(ConflictError, match="plain already used"):
        podman.networks.create("plain")
    assert (podman.networks.create()).name.startswith("podman")


def test_create_with_all_that_is_known_everywhere(podman: Podman) -> None:
    made = podman.networks.create(
        "full",
        driver="bridge",
        network_interface="br7",
        subnets=[
            models.Subnet(
                subnet="10.99.0.0/24",
                gateway="10.99.0.9",
                lease_range=models.LeaseRange(start_ip="10.99.0.20", end_ip="10.99.0.30"),
            ),
            models.Subnet(subnet="10.98.0.0/24", lease_range="10.98.0.128/25"),
            "fd00:99::/64",
        ],
        ipv6_enabled=True,
        internal=True,
        dns_enabled=False,
        labels={"a": "b"},
        options={"mtu": "1400", "isolate": "true"},
        ipam_options={"driver": "host-local"},
    )
    first, second, third = made.subnets
    assert (first.subnet, first.gateway) == ("10.99.0.0/24", "10.99.0.9")
    assert first.lease_range
    assert (first.lease_range.start_ip, first.lease_range.end_ip) == ("10.99.0.20", "10.99.0.30")
    assert second.lease_range
    assert (second.lease_range.start_ip, second.lease_range.end_ip) == (
        "10.98.0.128",
        "10.98.0.254",
    )
    assert (third.subnet, third.lease_range) == ("fd00:99::/64", None)
    assert (made.network_interface, made.labels) == ("br7", {"a": "b"})
    assert made.options == {"mtu": "1400", "isolate": "true"}
    assert made.ipv6_enabled
    assert made.internal
    assert not made.dns_enabled
    listed = {each.name: each for each in podman.networks.list()}
    assert listed["full"] == made


def test_create_with_what_is_newer(podman: Podman) -> None:
    def with_routes() -> object:
        last = models.Route(destination="10.78.0.0/24", gateway="10.99.0.51")
        return podman.networks.create(
            "n", subnets=["10.99.0.0/24"], routes=["10.77.0.0/24,10.99.0.50,20", last]
        )

    def with_dns_servers() -> object:
        return podman.networks.create("m", network_dns_servers=["9.9.9.9", "fd00::1"])

    def if_it_does_not_exist() -> object:
        return podman.networks.create("n", driver="macvlan", ignore_if_exists=True)

    if lacks(podman, "4.6.0", with_routes):
        assert lacks(podman, "4.4.0", with_dns_servers)
        assert lacks(podman, "4.4.0", if_it_does_not_exist)
        return
    with_routes()
    made = podman.networks.inspect("n")
    first, second = made.routes
    assert (first.destination, first.gateway, first.metric) == ("10.77.0.0/24", "10.99.0.50", 20)
    assert (second.destination, second.gateway, second.metric) == (
        "10.78.0.0/24",
        "10.99.0.51",
        None,
    )
    with_dns_servers()
    assert (podman.networks.inspect("m")).network_dns_servers == ["9.9.9.9", "fd00::1"]
    if_it_does_not_exist()
    assert (podman.networks.inspect("n")).driver == "bridge"


def test_other_drivers(podman: Podman) -> None:
    made = podman.networks.create(
        "mac", driver="macvlan", network_interface="lo", subnets=["10.97.0.0/24"]
    )
    assert (made.driver, made.network_interface, made.dns_enabled) == ("macvlan", "lo", False)
    made = podman.networks.create("bare", ipam_options={"driver": "none"})
    assert (made.subnets, made.ipam_options) == ([], {"driver": "none"})
    with pytest.raises(APIError, match="nonsense"):
        podman.networks.create("odd", driver="nonsense")


def test_containers_find_each_other_by_name(podman: Podman, image: str) -> None:
    podman.networks.create("talk")
    sleeper(podman, image, "other", "talk")
    assert resolves(podman, image, "talk", "other")


def test_networks_that_cannot_be_made(podman: Podman) -> None:
    podman.networks.create("there", subnets=["10.99.0.0/24"])
    before = {each.id for each in podman.networks.list()}
    create: Any = podman.networks.create  # as a caller without a type checker has it
    with pytest.raises(APIError, match=r"10\.99\.0\.0/25 is already used"):
        podman.networks.create("here", subnets=["10.99.0.0/25"])
    for name in ("a/b", "a b", ".a", "-a", "_a", "a%", "ü", "host", "none"):
        with pytest.raises(APIError, match="name"):
            podman.networks.create(name)
    with pytest.raises(APIError, match="nonsense"):
        podman.networks.create("here", options={"nonsense": "1"})
    with pytest.raises(ParameterError, match="no 'subnet'; did you mean 'subnets'"):
        create("here", subnet="10.99.0.0/25")
    assert {each.id for each in podman.networks.list()} == before


# -- list, inspect, exists -------------------------------------------------------------------


def test_list(podman: Podman, image: str) -> None:
    one = podman.networks.create("n-one", labels={"a": "b", "x": ""})
    podman.networks.create("n-two", labels={"a": "c"}, internal=True)
    podman.containers.create(image, network="n-one")

    def names(**filters: Any) -> set[str]:
        found = podman.networks.list(filters=cast("NetworkFilters", filters))
        return {each.name for each in found}

    assert names() == {"n-one", "n-two", "podman"}
    assert names(name="one") == {"n-one"}
    assert names(name=["^n-one$", "two"]) == {"n-one", "n-two"}
    assert names(id=one.id[:20]) == {"n-one"}
    assert names(driver="bridge") == {"n-one", "n-two", "podman"}
    assert names(driver="macvlan") == set()
    assert names(label="a") == {"n-one", "n-two"}
    assert names(label="a=b") == {"n-one"}
    assert names(label=["a=b", "x"]) == {"n-one"}
    assert names(label=["a=b", "a=c"]) == set()
    assert names(**{"label!": "a=b"}) == {"n-two", "podman"}
    assert names(dangling=True) == {"n-two"}
    assert names(dangling=False) == {"n-one", "podman"}
    assert names(until=LONG_AGO) == set()
    assert names(until=LATER, name="n-") == {"n-one", "n-two"}
    assert names(label="a", name="two") == {"n-two"}
    with pytest.raises(ParameterError, match="filters: there is no 'lable'"):
        podman.networks.list(filters=cast("NetworkFilters", {"lable": "a"}))
    with pytest.raises(ParameterError, match="filters: label: there is no value"):
        podman.networks.list(filters={"label": []})


def test_inspect(podman: Podman, host: Host, image: str) -> None:
    made = podman.networks.create("seen", subnets=["10.99.0.0/24", "fd00:99::/64"])
    container = sleeper(podman, image, "inside", "seen")
    found = podman.networks.inspect("seen")
    assert (found.id, found.created) == (made.id, made.created)
    if not host.version.startswith("4.3"):
        assert found.containers.keys() == {container}
        inside = found.containers[container]
        assert inside.name == "inside"
        interface = inside.interfaces["eth0"]
        assert len(interface.mac_address.split(":")) == 6
        assert [each.ipnet.partition("/")[2] for each in interface.subnets] == ["24", "64"]
        assert interface.subnets[0].gateway == "10.99.0.1"
    assert (podman.networks.inspect(made.id)).name == "seen"
    assert (podman.networks.inspect(made.id[:12])).name == "seen"
    with pytest.raises(NotFoundError, match="network not found"):
        podman.networks.inspect("nobody")


def test_exists(podman: Podman) -> None:
    made = podman.networks.create("there")
    assert podman.networks.exists("there")
    assert podman.networks.exists("podman")
    assert podman.networks.exists(made.id)
    assert podman.networks.exists(made.id[:12])
    assert not podman.networks.exists("ther")
    assert not podman.networks.exists("0" * 64)


def test_names_that_could_be_ids(podman: Podman) -> None:
    """The server takes a name that nobody has for the beginning of an id."""
    of = podman.networks
    default = of.inspect("podman")
    made = of.create("bystander")
    while made.id[0] == default.id[0]:  # else the digit could be either's
        of.remove("bystander")
        made = of.create("bystander")
    for name in (made.id[:1], made.id[:2], made.id[:11]):
        assert not of.exists(name)
        with pytest.raises(NotFoundError, match="nothing has the name"):
            of.inspect(name)
        with pytest.raises(NotFoundError, match="nothing has the name"):
            of.remove(name, force=True)
        for call in (of.connect, of.disconnect):
            with pytest.raises(NotFoundError, match="nothing has the name"):
                call(name, "nobody")
        with pytest.raises(ConflictError, match="already used"):  # the server counts it as taken
            of.create(name)
    assert {each.name for each in of.list()} == {"bystander", "podman"}


def test_digits_that_several_ids_begin_with(podman: Podman) -> None:
    of = podman.networks
    firsts = [(of.inspect("podman")).id[0]]
    while len(set(firsts)) == len(firsts):
        firsts.append((of.create(f"bystander-{len(firsts)}")).id[0])
    digit = firsts[-1]
    assert not of.exists(digit)
    for call in (of.inspect, of.remove):
        with pytest.raises(NotFoundError, match="nothing has the name"):
            call(digit)
    assert len(of.list()) == len(firsts)


def test_odd_names(podman: Podman) -> None:
    podman.networks.create("bystander")
    podman.networks.create("by_stander.x-1")
    odd = ("%", "_", "*", "by%", "by_", "bystand.r", "../networks/bystander", "json", "prune", ".")
    for name in odd:
        assert not podman.networks.exists(name)
        for call in (podman.networks.inspect, podman.networks.remove):
            with pytest.raises(NotFoundError):
                call(name)
    assert len(podman.networks.list()) == 3
    for name in ("json", "prune", "create", "by_stander.x-1"):
        if not podman.networks.exists(name):
            podman.networks.create(name)
        assert (podman.networks.inspect(name)).name == name
        podman.networks.remove(name)
    assert {each.name for each in podman.networks.list()} == {"bystander", "podman"}


# -- remove, prune ---------------------------------------------------------------------------


def test_remove(podman: Podman, image: str) -> None:
    made = podman.networks.create("used")
    container = (podman.containers.create(image, network="used")).id
    for name in ("used", made.id, made.id[:12]):
        with pytest.raises(ConflictError, match="associated containers"):
            podman.networks.remove(name)
        assert podman.networks.exists("used")
    podman.networks.remove(made.id, force=True)
    assert not podman.networks.exists("used")
    assert not podman.containers.exists(container)
    with pytest.raises(NotFoundError, match="used"):
        podman.networks.remove("used")
    with pytest.raises(NotFoundError):
        podman.networks.remove(made.id)
    podman.networks.create("free")
    podman.networks.remove("free")
    assert not podman.networks.exists("free")


def test_default_network_stays(podman: Podman) -> None:
    for force in (False, True):
        with pytest.raises(APIError, match="default network podman cannot be removed") as caught:
            podman.networks.remove("podman", force=force)
        assert caught.value.method == "DELETE"
    assert podman.networks.exists("podman")


def test_prune(podman: Podman, host: Host, image: str) -> None:
    for name, label in (("n-one", "b"), ("n-two", "c"), ("n-three", "d")):
        podman.networks.create(name, labels={"a": label})
    podman.networks.create("used", labels={"a": "b"})
    podman.containers.create(image, network="used")

    def pruned(**filters: Any) -> set[str]:
        reports = podman.networks.prune(filters=cast("NetworkPruneFilters", filters))
        assert [each.error for each in reports] == [""] * len(reports)
        gone = {each.name for each in reports}
        assert not gone & {each.name for each in podman.networks.list()}
        return gone

    assert pruned(until=LONG_AGO) == set()
    assert pruned(label="a=b", until=LONG_AGO) == set()
    assert pruned(label=["a=b", "a=c"]) == set()
    assert pruned(label="a=b", until=LATER) == {"n-one"}
    assert pruned(**{"label!": "a=d"}) == {"n-two"}
    with pytest.raises(ParameterError, match="filters: label: there is no value"):
        podman.networks.prune(filters={"label": []})
    with pytest.raises(ParameterError, match="filters: there is no 'name'"):
        podman.networks.prune(filters=cast("NetworkPruneFilters", {"name": "n-"}))
    assert {each.name for each in podman.networks.list()} == {"n-three", "used", "podman"}

    podman.networks.create("stuck")
    file = "/etc/containers/networks/stuck.json"
    host.run("mount", "--bind", file, file)
    try:
        reports = {each.name: each.error for each in podman.networks.prune()}
    finally:
        host.run("umount", "--lazy", file)
    assert reports.keys() == {"n-three", "stuck"}
    assert reports["n-three"] == ""
    assert "busy" in reports["stuck"]


# -- connect, disconnect, update -------------------------------------------------------------


def test_connect(podman: Podman, image: str) -> None:
    podman.networks.create("home")
    made = podman.networks.create("away", subnets=["10.99.0.0/24", "fd00:99::/64"])
    container = sleeper(podman, image, "guest", "home")
    podman.networks.connect(
        "away",
        "guest",
        aliases=["visitor"],
        ips=["10.99.0.77", "fd00:99::77"],
        mac="92:d0:c6:0a:29:33",
        interface="away0",
    )
    found = place(podman, container, "away")
    assert (found.ip_address, found.global_ipv6_address) == ("10.99.0.77", "fd00:99::77")
    assert found.mac_address == "92:d0:c6:0a:29:33"
    assert "visitor" in found.aliases
    assert resolves(podman, image, "away", "visitor")
    with pytest.raises(ConflictError, match="already connected"):
        podman.networks.connect("away", "guest")
    podman.networks.disconnect("away", container)
    assert "away" not in (podman.containers.inspect(container)).network_settings.networks
    with pytest.raises(APIError, match="not connected"):
        podman.networks.disconnect("away", "guest")
    podman.networks.connect(made.id[:12], container)
    assert (place(podman, container, "away")).ip_address.startswith("10.99.0.")
    podman.networks.disconnect(made.id, container, force=True)
    assert "away" not in (podman.containers.inspect(container)).network_settings.networks


def test_connect_with_options(podman: Podman, image: str) -> None:
    podman.networks.create("home")
    podman.networks.create("away")
    sleeper(podman, image, "guest", "home")

    def call() -> None:
        podman.networks.connect("away", "guest", options={"mode": "any"})

    if not lacks(podman, "5.4.0", call):
        call()
        assert (place(podman, "guest", "away")).ip_address


def test_connect_what_is_not_there(podman: Podman, image: str) -> None:
    podman.networks.create("net")
    container = podman.containers.create(image, name="bystander", network="podman")
    before = (podman.containers.inspect(container.id)).network_settings.networks.keys()
    for call in (podman.networks.connect, podman.networks.disconnect):
        with pytest.raises(NotFoundError, match="nobody"):
            call("nobody", "bystander")
        with pytest.raises(NotFoundError, match="nobody"):
            call("net", "nobody")
        for name in ("%", "_", "____________", "", "a/b"):
            with pytest.raises(ParameterError, match="not the name or id of a container"):
                call("net", name)
    with pytest.raises(ParameterError, match="mac"):
        podman.networks.connect("net", "bystander", mac="nonsense")
    with pytest.raises(ParameterError, match="ips"):
        podman.networks.connect("net", "bystander", ips=["10.99.0.300"])
    networks = (podman.containers.inspect(container.id)).network_settings.networks
    assert networks.keys() == before
    podman.containers.create(image, name="apart", network="none")
    with pytest.raises(APIError, match="network mode"):
        podman.networks.connect("net", "apart")


def test_update(podman: Podman) -> None:
    made = podman.networks.create("net")

    def call() -> None:
        podman.networks.update("net", add_dns_servers=["9.9.9.9", "8.8.8.8", "fd00:0::1"])

    if lacks(podman, "4.4.0", call):
        return
    call()
    found = podman.networks.inspect("net")
    assert found.network_dns_servers == ["9.9.9.9", "8.8.8.8", "fd00::1"]
    podman.networks.update(
        made.id, add_dns_servers=["9.9.9.9"], remove_dns_servers=["8.8.8.8", "1.1.1.1"]
    )
    found = podman.networks.inspect("net")
    assert set(found.network_dns_servers) == {"9.9.9.9", "fd00::1"}
    with pytest.raises(ParameterError, match="add_dns_servers: 'here'"):
        podman.networks.update("net", add_dns_servers=["here"])
    with pytest.raises(NotFoundError, match="nobody"):
        podman.networks.update("nobody", add_dns_servers=["9.9.9.9"])


def test_a_running_container_asks_the_new_name_server(
    podman: Podman, host: Host, image: str
) -> None:
    if host.version.startswith("4.3"):
        return  # it has no update
    podman.networks.create("net", network_dns_servers=["10.99.0.1"])
    sleeper(podman, image, "asker", "net")
    podman.networks.update("net", add_dns_servers=["10.99.0.2"])

    def told() -> bool:
        config = host.run("sh", "-c", "cat /run/containers/networks/aardvark-dns/net").stdout
        return "10.99.0.2" in config.partition("\n")[0]

    until(told)
