"""The options that set a container into networks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, models
from tests.live._async.steps import lacks, run, said

from .steps import printed

if TYPE_CHECKING:
    from typing import Unpack

    from podlib import AsyncPodman
    from tests.testbed import Host

SLEEP = ("sleep", "60")


async def make_network(podman: AsyncPodman, name: str, subnet: str) -> None:
    body = json.dumps({"name": name, "subnets": [{"subnet": subnet}]}).encode()
    await podman.request("POST", "networks/create", body=body)


async def test_several_networks(podman: AsyncPodman, image: str) -> None:
    await make_network(podman, "lab", "10.99.0.0/24")
    await make_network(podman, "field", "10.98.0.0/24")
    container = await run(
        podman,
        image,
        command=SLEEP,
        network=[
            "lab:ip=10.99.0.7,mac=92:d0:c6:0a:29:33,alias=web,alias=www,interface_name=eth7",
            models.NetworkAttachment(name="field", ips=["10.98.0.9"], aliases=["farm"]),
        ],
    )
    networks = (await podman.containers.inspect(container)).network_settings.networks
    assert networks.keys() == {"lab", "field"}
    assert networks["lab"].ip_address == "10.99.0.7"
    assert networks["lab"].mac_address == "92:d0:c6:0a:29:33"
    assert {"web", "www"} <= set(networks["lab"].aliases)
    assert networks["field"].ip_address == "10.98.0.9"
    assert "farm" in networks["field"].aliases
    lines = await printed(podman, image, "ls /sys/class/net", network=f"container:{container}")
    assert "eth7" in " ".join(lines).split()


async def test_options_of_the_driver(podman: AsyncPodman, host: Host, image: str) -> None:
    await make_network(podman, "lab", "10.99.0.0/24")
    network = "lab:host_interface_name=podlib0"
    if await lacks(podman, "5.4.0", lambda: podman.containers.create(image, network=network)):
        return
    await run(podman, image, command=SLEEP, network=network)
    assert "podlib0" in host.run("ip", "link").stdout


async def test_bridge_with_an_address(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="bridge:ip=10.88.0.77")
    found = await podman.containers.inspect(container)
    assert found.network_settings.networks["podman"].ip_address == "10.88.0.77"


async def test_modes(podman: AsyncPodman, host: Host, image: str) -> None:
    async def mode(network: str) -> str:
        created = await podman.containers.create(image, network=network)
        return (await podman.containers.inspect(created.id)).host_config.network_mode

    for network in ("none", "host", "bridge", "slirp4netns:mtu=1400"):
        assert await mode(network) == network.partition(":")[0]
    assert await mode("private") == "bridge"
    other = await run(podman, image, command=SLEEP, network="none", name="other")
    assert await mode("container:other") == f"container:{other}"
    assert await mode("ns:/proc/1/ns/net") == "ns:/proc/1/ns/net"
    await podman.pods.create(name="web")
    created = await podman.containers.create(image, network="pod", pod="web")
    infra = (await podman.pods.inspect("web")).infra_container_id
    found = await podman.containers.inspect(created.id)
    assert found.host_config.network_mode == f"container:{infra}"
    with pytest.raises(APIError, match="pasta"):  # it is for rootless Podman only
        await mode("pasta:-T,5000")
    host.run("ip", "netns", "add", "mine")
    lines = await printed(podman, image, "ls /sys/class/net", network="ns:/run/netns/mine")
    host.run("ip", "netns", "del", "mine")
    assert lines[0].split()[0] == "lo"


async def test_names(podman: AsyncPodman, host: Host, image: str) -> None:
    lines = await printed(
        podman,
        image,
        "cat /etc/resolv.conf; cat /etc/hosts",
        network="bridge",
        dns=["10.0.0.53", "fd00::53"],
        dns_search=["example.com", "example.org"],
        dns_options=["ndots:2"],
        hosts={"db": "10.0.0.9", "other": "fd00::9"},
    )
    assert {"nameserver 10.0.0.53", "nameserver fd00::53", "options ndots:2"} <= set(lines)
    assert "search example.com example.org" in lines
    words = [line.split() for line in lines]
    assert ["10.0.0.9", "db"] in words
    assert ["fd00::9", "other"] in words
    if not host.version.startswith("4."):
        script = "grep gate /etc/hosts | grep -v host-gateway"
        hosts = {"gate": "host-gateway"}
        [line] = await printed(podman, image, script, hosts=hosts, network="bridge")
        assert line.split()[1] == "gate"


async def test_hosts_file(podman: AsyncPodman, host: Host, image: str) -> None:
    if await lacks(podman, "5.4.0", lambda: podman.containers.create(image, hosts_file="none")):
        return
    (host.share / "hosts").write_text("10.0.0.77 mentioned\n")
    lines = await printed(podman, image, "cat /etc/hosts", hosts_file="/mnt/share/hosts")
    assert any(line.split() == ["10.0.0.77", "mentioned"] for line in lines)


async def test_files_of_the_image(podman: AsyncPodman, image: str) -> None:
    async def mounted(**options: Unpack[models.ContainerOptions]) -> list[str]:
        script = "for f in hosts hostname resolv.conf; do grep -c /etc/$f /proc/mounts; done; true"
        return await printed(podman, image, script, **options)

    assert await mounted(network="bridge") == ["1", "1", "1"]
    lines = await mounted(network="bridge", use_image_hosts=True, use_image_resolv_conf=True)
    assert lines == ["0", "1", "0"]
    if not await lacks(
        podman, "5.4.0", lambda: podman.containers.create(image, use_image_hostname=True)
    ):
        assert await mounted(network="bridge", use_image_hostname=True) == ["1", "0", "1"]


async def test_ports(podman: AsyncPodman, image: str) -> None:
    container = await run(
        podman,
        image,
        command=["sh", "-c", "mkdir /www; echo served > /www/x; httpd -f -p 80 -h /www"],
        ports=[
            "127.0.0.1:8080:80/tcp",
            models.Port(container=5353, protocol="udp", host=5353),
            "7100-7102:7000-7002",
            9090,
        ],
    )
    found = await podman.containers.inspect(container)
    bindings = found.host_config.port_bindings
    assert bindings["80/tcp"] == [models.HostPort(host_ip="127.0.0.1", host_port="8080")]
    assert bindings["5353/udp"][0].host_port == "5353"
    assert [bindings[f"{7000 + n}/tcp"][0].host_port for n in range(3)] == ["7100", "7101", "7102"]
    assert int(bindings["9090/tcp"][0].host_port) > 1024


async def test_publishing_all(podman: AsyncPodman, image: str) -> None:
    container = await run(
        podman, image, command=SLEEP, expose=[80, "53/udp"], publish_all=True, network="bridge"
    )
    host_config = (await podman.containers.inspect(container)).host_config
    assert host_config.port_bindings.keys() == {"80/tcp", "53/udp"}
    assert all(each[0].host_port for each in host_config.port_bindings.values())
    assert await said(podman, container) == []
