"""Containers that are listed, measured and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import APIError, ConflictError, NotFoundError, ParameterError, StreamError, models

from .steps import lacks, names, read, run, until
from .test_container_attach import left

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from tests.testbed import Host

SLEEP = ("sleep", "60")
BUSY = ("sh", "-c", "while :; do :; done")


# -- exists, list ----------------------------------------------------------------------------


async def test_exists_and_list_of_what_is_no_container_of_podman(
    podman: AsyncPodman, host: Host, image: str
) -> None:
    recipe = f"FROM {image}\nRUN sleep 61.3\n"
    build = host.start("build.log", "sh", "-c", f"echo '{recipe}' | podman build --no-cache -")

    async def external() -> list[models.ContainerSummary]:
        every = await podman.containers.list(all=True, external=True)
        return [each for each in every if each.id not in ours]

    async def has_begun() -> bool:
        return not host.run("pgrep", "-xf", "sleep 61.3", check=False).returncode

    ours = {(await podman.containers.create(image, name="ours")).id}
    try:
        await until(has_begun)
        [found] = await external()
        assert found.names
        assert (found.state, found.started_at) == ("storage", None)
        assert await names(podman) == {"ours"}
        assert await podman.containers.exists(found.id, external=True)
        assert not await podman.containers.exists(found.id)
        assert await podman.containers.exists("ours", external=True)
        assert not await podman.containers.exists("nobody", external=True)
    finally:
        host.run("pkill", "-KILL", "-xf", "sleep 61.3", check=False)
        build.wait()
    assert await external() == []


async def test_list_with_namespaces(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none")
    [plain] = await podman.containers.list()
    assert plain.namespaces is None
    [found] = await podman.containers.list(namespace=True)
    assert found.namespaces
    pid = (await podman.containers.inspect(container)).state.pid
    inode = host.run("readlink", f"/proc/{pid}/ns/mnt").stdout
    assert found.namespaces.mnt == inode.strip().removeprefix("mnt:[").removesuffix("]")


async def test_list_with_published_ports(podman: AsyncPodman, image: str) -> None:
    ports = ["127.0.0.1:18080:80/tcp", "15000-15002:5000-5002/udp"]
    await run(podman, image, command=SLEEP, ports=ports)
    [found] = await podman.containers.list()
    assert sorted(found.ports, key=lambda port: port.container_port) == [
        models.PortMapping(host_ip="127.0.0.1", container_port=80, host_port=18080),
        models.PortMapping(container_port=5000, host_port=15000, range=3, protocol="udp"),
    ]


async def test_list_synchronised(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none")
    await podman.containers.pause(container)
    [found] = await podman.containers.list(all=True, sync=True)
    assert (found.id, found.state) == (container, "paused")


async def test_list_by_filters_of_all_kinds(podman: AsyncPodman, image: str) -> None:
    container = await run(
        podman, image, name="one", command=SLEEP, network="none", labels={"a": "b"}
    )
    other = (await podman.containers.create(image, name="two", mounts=["stuff:/stuff"])).id

    async def listed(filters: models.ContainerFilters) -> set[str]:
        return {each.id for each in await podman.containers.list(all=True, filters=filters)}

    both = {container, other}
    assert await listed({"ancestor": image}) == both
    assert await listed({"before": "two"}) == {container}
    assert await listed({"since": "one"}) == {other}
    assert await listed({"id": container[:12]}) == {container}
    assert await listed({"health": "healthy"}) == set()
    assert await listed({"network": "podman"}) == {other}
    assert await listed({"volume": "stuff"}) == {other}
    assert await listed({"restart-policy": "always"}) == set()
    assert await listed({"pod": "nobody"}) == set()
    assert await listed({"until": "1h"}) == set()
    await podman.containers.kill(container)
    assert await podman.containers.wait(container) == 137
    assert await listed({"exited": 137}) == {container}
    assert await listed({"exited": [1, 2]}) == set()
    if podman.server_version.startswith("4."):
        with pytest.raises(APIError, match="label! is an invalid filter"):
            await listed({"label!": "a"})
        return
    assert await listed({"label!": "a"}) == {other}
    if podman.server_version.startswith("5.4."):
        with pytest.raises(APIError, match="command is an invalid filter"):
            await listed({"command": "sleep"})
        return
    assert await listed({"command": "sleep"}) == {container}
    assert await listed({"should-start-on-boot": True}) == set()


# -- healthcheck -----------------------------------------------------------------------------


async def test_healthcheck(podman: AsyncPodman, image: str) -> None:
    health = models.Health(command=["test", "-e", "/well"], interval=0, retries=1)
    container = await run(podman, image, command=SLEEP, health=health, network="none")
    state = await podman.containers.healthcheck(container)
    assert state.status == "unhealthy"
    await podman.exec.run(container, ["touch", "/well"])
    state = await podman.containers.healthcheck(container)
    assert state.status == "healthy"
    logged = (await podman.containers.inspect(container)).state.health
    assert logged
    assert [entry.exit_code for entry in logged.log] == [1, 0]
    await podman.containers.kill(container)
    await podman.containers.wait(container)
    with pytest.raises(ConflictError):
        await podman.containers.healthcheck(container)
    without = await run(podman, image, command=SLEEP, network="none")
    with pytest.raises(ConflictError, match="no defined healthcheck"):
        await podman.containers.healthcheck(without)
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.containers.healthcheck("nobody")


# -- top -------------------------------------------------------------------------------------


async def test_top(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none")

    async def runs() -> bool:
        found = await podman.containers.top(container)
        [process] = found.processes
        return dict(zip(found.titles, process, strict=True))["COMMAND"] == "sleep 60"

    await until(runs)  # for a moment it is still the OCI runtime
    found = await podman.containers.top(container, ps_args=["pid", "comm"])
    assert (found.titles, found.processes) == (["PID", "COMMAND"], [["1", "sleep"]])
    found = await podman.containers.top(container, ps_args=["-ef"])
    assert any("sleep 60" in " ".join(process) for process in found.processes)
    await podman.containers.kill(container)
    await podman.containers.wait(container)
    with pytest.raises(ConflictError):
        await podman.containers.top(container)
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.containers.top("nobody")


async def test_top_stream(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none")

    async def execs() -> bool:  # until then, it is the OCI runtime's own process
        top = await podman.containers.top(container, ps_args=["comm"])
        return top.processes == [["sleep"]]

    await until(execs)
    seen = 0
    async with podman.containers.top_stream(container, ps_args=["comm"], delay=1) as tops:
        async for top in tops:
            assert top.processes == [["sleep"]]
            seen += 1
            if seen == 2:
                break
    assert seen == 2
    with pytest.raises(APIError, match="delay"):
        await left(podman.containers.top_stream(container, delay=0))
    with pytest.raises(NotFoundError, match="nobody"):
        await left(podman.containers.top_stream("nobody"))


# -- stats -----------------------------------------------------------------------------------


async def test_stats(podman: AsyncPodman, image: str) -> None:
    first = await run(podman, image, name="first", command=BUSY, memory="64m")
    second = await run(podman, image, name="second", command=SLEEP, network="none")
    third = (await podman.containers.create(image, name="third")).id

    async def is_busy() -> bool:
        [found] = await podman.containers.stats("first")
        return found.cpu_nano > 10_000_000

    await until(is_busy)
    older = podman.server_version.startswith("4.")
    found = {each.container_id: each for each in await podman.containers.stats()}
    assert found.keys() == ({first, second, third} if older else {first, second})
    busy = found[first]
    assert busy.name == "first"
    assert busy.avg_cpu > 1
    assert busy.system_nano > 1_700_000_000_000_000_000
    assert busy.mem_limit == 64 << 20
    assert 0 < busy.mem_usage < busy.mem_limit
    assert 0 < busy.mem_perc < 100
    assert busy.pids == 1
    if older:
        assert busy.net_input >= 0
        assert busy.network == {}
    else:
        assert "eth0" in busy.network
        assert found[second].network == {}
    both = await podman.containers.stats("second", first[:12])
    assert {each.name for each in both} == {"first", "second"}
    [still] = await podman.containers.stats("third")
    assert (still.container_id, still.mem_usage) == (third, 0)
    if await lacks(podman, "4.7.0", lambda: podman.containers.stats(all=True)):
        return
    assert {each.name for each in await podman.containers.stats(all=True)} == {
        "first",
        "second",
        "third",
    }


async def test_stats_of_what_is_not_there(podman: AsyncPodman) -> None:
    assert await podman.containers.stats() == []
    older = podman.server_version.startswith("4.")
    with pytest.raises(StreamError if older else NotFoundError):
        await podman.containers.stats("nobody")
    with pytest.raises(ParameterError, match="'%'"):
        await podman.containers.stats("%")


async def test_stats_stream(podman: AsyncPodman, image: str) -> None:
    await run(podman, image, name="first", command=BUSY, network="none")
    await run(podman, image, name="second", command=SLEEP, network="none")
    seen: list[models.ContainerStats] = []
    async with podman.containers.stats_stream("first", interval=1) as samples:
        async for sample in samples:
            [found] = sample
            seen += [found]
            if len(seen) == 2:
                break
    assert [each.name for each in seen] == ["first", "first"]
    assert seen[1].cpu_nano > seen[0].cpu_nano
    assert seen[1].cpu > 1
    async with podman.containers.stats_stream(interval=1) as samples:
        async for sample in samples:
            assert {each.name for each in sample} == {"first", "second"}
            break
    with pytest.raises(APIError, match="interval"):
        await left(podman.containers.stats_stream(interval=0))
    older = podman.server_version.startswith("4.")
    with pytest.raises(StreamError if older else NotFoundError):
        await read(podman.containers.stats_stream("nobody"))


async def test_stats_stream_with_those_that_do_not_run(podman: AsyncPodman, image: str) -> None:
    await podman.containers.create(image, name="still")

    async def sampled() -> list[str]:
        async with podman.containers.stats_stream(all=True, interval=1) as samples:
            async for sample in samples:
                return [each.name for each in sample]
        return []

    if await lacks(podman, "4.7.0", sampled):
        return
    assert await sampled() == ["still"]


async def test_docker_stats(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, name="busy", command=BUSY, memory="64m")
    found = await podman.containers.docker_stats(container, one_shot=True)
    assert found.id == container
    assert found.name == "busy"
    assert found.read
    assert found.memory_stats.limit == 64 << 20
    assert found.memory_stats.usage > 0
    assert found.pids_stats.current >= 1  # the runtime that started it may still be there
    assert set(found.networks) == {"eth0"} or podman.server_version.startswith("4.")
    later = await podman.containers.docker_stats("busy")
    assert later.cpu_stats.cpu_usage.total_usage >= found.cpu_stats.cpu_usage.total_usage
    await podman.containers.kill(container)
    await podman.containers.wait(container)
    with pytest.raises(ConflictError):
        await podman.containers.docker_stats(container)
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.containers.docker_stats("nobody")


async def test_docker_stats_stream(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=BUSY, network="none")
    async with podman.containers.docker_stats_stream(container) as samples:
        async for sample in samples:  # the next one comes after five seconds
            assert sample.id == container
            assert sample.cpu_stats.cpu_usage.total_usage > 0
            break
    with pytest.raises(NotFoundError, match="nobody"):
        await left(podman.containers.docker_stats_stream("nobody"))


async def test_top_stream_ends_with_the_container(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none")
    seen = 0
    async with podman.containers.top_stream(container, delay=1) as tops:
        async for _ in tops:
            seen += 1
            if seen == 1:
                await podman.containers.kill(container)
    assert seen >= 1
