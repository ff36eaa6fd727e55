# Generated from tests/live/_async/test_container_watching.py: edit there.
"""Containers that are listed, measured and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import APIError, ConflictError, NotFoundError, ParameterError, StreamError, models

from .steps import lacks, names, read, run, until
from .test_container_attach import left

if TYPE_CHECKING:
    from podlib import Podman
    from tests.testbed import Host

SLEEP = ("sleep", "60")
BUSY = ("sh", "-c", "while :; do :; done")


# -- exists, list ----------------------------------------------------------------------------


def test_exists_and_list_of_what_is_no_container_of_podman(
    podman: Podman, host: Host, image: str
) -> None:
    recipe = f"FROM {image}\nRUN sleep 61.3\n"
    build = host.start("build.log", "sh", "-c", f"echo '{recipe}' | podman build --no-cache -")

    def external() -> list[models.ContainerSummary]:
        every = podman.containers.list(all=True, external=True)
        return [each for each in every if each.id not in ours]

    def has_begun() -> bool:
        return not host.run("pgrep", "-xf", "sleep 61.3", check=False).returncode

    ours = {(podman.containers.create(image, name="ours")).id}
    try:
        until(has_begun)
        [found] = external()
        assert found.names
        assert (found.state, found.started_at) == ("storage", None)
        assert names(podman) == {"ours"}
        assert podman.containers.exists(found.id, external=True)
        assert not podman.containers.exists(found.id)
        assert podman.containers.exists("ours", external=True)
        assert not podman.containers.exists("nobody", external=True)
    finally:
        host.run("pkill", "-KILL", "-xf", "sleep 61.3", check=False)
        build.wait()
    assert external() == []


def test_list_with_namespaces(podman: Podman, host: Host, image: str) -> None:
    container = run(podman, image, command=SLEEP, network="none")
    [plain] = podman.containers.list()
    assert plain.namespaces is None
    [found] = podman.containers.list(namespace=True)
    assert found.namespaces
    pid = (podman.containers.inspect(container)).state.pid
    inode = host.run("readlink", f"/proc/{pid}/ns/mnt").stdout
    assert found.namespaces.mnt == inode.strip().removeprefix("mnt:[").removesuffix("]")


def test_list_with_published_ports(podman: Podman, image: str) -> None:
    ports = ["127.0.0.1:18080:80/tcp", "15000-15002:5000-5002/udp"]
    run(podman, image, command=SLEEP, ports=ports)
    [found] = podman.containers.list()
    assert sorted(found.ports, key=lambda port: port.container_port) == [
        models.PortMapping(host_ip="127.0.0.1", container_port=80, host_port=18080),
        models.PortMapping(container_port=5000, host_port=15000, range=3, protocol="udp"),
    ]


def test_list_synchronised(podman: Podman, image: str) -> None:
    container = run(podman, image, command=SLEEP, network="none")
    podman.containers.pause(container)
    [found] = podman.containers.list(all=True, sync=True)
    assert (found.id, found.state) == (container, "paused")


def test_list_by_filters_of_all_kinds(podman: Podman, image: str) -> None:
    container = run(podman, image, name="one", command=SLEEP, network="none", labels={"a": "b"})
    other = (podman.containers.create(image, name="two", mounts=["stuff:/stuff"])).id

    def listed(filters: models.ContainerFilters) -> set[str]:
        return {each.id for each in podman.containers.list(all=True, filters=filters)}

    both = {container, other}
    assert listed({"ancestor": image}) == both
    assert listed({"before": "two"}) == {container}
    assert listed({"since": "one"}) == {other}
    assert listed({"id": container[:12]}) == {container}
    assert listed({"health": "healthy"}) == set()
    assert listed({"network": "podman"}) == {other}
    assert listed({"volume": "stuff"}) == {other}
    assert listed({"restart-policy": "always"}) == set()
    assert listed({"pod": "nobody"}) == set()
    assert listed({"until": "1h"}) == set()
    podman.containers.kill(container)
    assert podman.containers.wait(container) == 137
    assert listed({"exited": 137}) == {container}
    assert listed({"exited": [1, 2]}) == set()
    if podman.server_version.startswith("4."):
        with pytest.raises(APIError, match="label! is an invalid filter"):
            listed({"label!": "a"})
        return
    assert listed({"label!": "a"}) == {other}
    if podman.server_version.startswith("5.4."):
        with pytest.raises(APIError, match="command is an invalid filter"):
            listed({"command": "sleep"})
        return
    assert listed({"command": "sleep"}) == {container}
    assert listed({"should-start-on-boot": True}) == set()


# -- healthcheck -----------------------------------------------------------------------------


def test_healthcheck(podman: Podman, image: str) -> None:
    health = models.Health(command=["test", "-e", "/well"], interval=0, retries=1)
    container = run(podman, image, command=SLEEP, health=health, network="none")
    state = podman.containers.healthcheck(container)
    assert state.status == "unhealthy"
    podman.exec.run(container, ["touch", "/well"])
    state = podman.containers.healthcheck(container)
    assert state.status == "healthy"
    logged = (podman.containers.inspect(container)).state.health
    assert logged
    assert [entry.exit_code for entry in logged.log] == [1, 0]
    podman.containers.kill(container)
    podman.containers.wait(container)
    with pytest.raises(ConflictError):
        podman.containers.healthcheck(container)
    without = run(podman, image, command=SLEEP, network="none")
    with pytest.raises(ConflictError, match="no defined healthcheck"):
        podman.containers.healthcheck(without)
    with pytest.raises(NotFoundError, match="nobody"):
        podman.containers.healthcheck("nobody")


# -- top -------------------------------------------------------------------------------------


def test_top(podman: Podman, image: str) -> None:
    container = run(podman, image, command=SLEEP, network="none")

    def runs() -> bool:
        found = podman.containers.top(container)
        [process] = found.processes
        return dict(zip(found.titles, process, strict=True))["COMMAND"] == "sleep 60"

    until(runs)  # for a moment it is still the OCI runtime
    found = podman.containers.top(container, ps_args=["pid", "comm"])
    assert (found.titles, found.processes) == (["PID", "COMMAND"], [["1", "sleep"]])
    found = podman.containers.top(container, ps_args=["-ef"])
    assert any("sleep 60" in " ".join(process) for process in found.processes)
    podman.containers.kill(container)
    podman.containers.wait(container)
    with pytest.raises(ConflictError):
        podman.containers.top(container)
    with pytest.raises(NotFoundError, match="nobody"):
        podman.containers.top("nobody")


def test_top_stream(podman: Podman, image: str) -> None:
    container = run(podman, image, command=SLEEP, network="none")

    def execs() -> bool:  # until then, it is the OCI runtime's own process
        top = podman.containers.top(container, ps_args=["comm"])
        return top.processes == [["sleep"]]

    until(execs)
    seen = 0
    with podman.containers.top_stream(container, ps_args=["comm"], delay=1) as tops:
        for top in tops:
            assert top.processes == [["sleep"]]
            seen += 1
            if seen == 2:
                break
    assert seen == 2
    with pytest.raises(APIError, match="delay"):
        left(podman.containers.top_stream(container, delay=0))
    with pytest.raises(NotFoundError, match="nobody"):
        left(podman.containers.top_stream("nobody"))


# -- stats -----------------------------------------------------------------------------------


def test_stats(podman: Podman, image: str) -> None:
    first = run(podman, image, name="first", command=BUSY, memory="64m")
    second = run(podman, image, name="second", command=SLEEP, network="none")
    third = (podman.containers.create(image, name="third")).id

    def is_busy() -> bool:
        [found] = podman.containers.stats("first")
        return found.cpu_nano > 10_000_000

    until(is_busy)
    older = podman.server_version.startswith("4.")
    found = {each.container_id: each for each in podman.containers.stats()}
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
    both = podman.containers.stats("second", first[:12])
    assert {each.name for each in both} == {"first", "second"}
    [still] = podman.containers.stats("third")
    assert (still.container_id, still.mem_usage) == (third, 0)
    if lacks(podman, "4.7.0", lambda: podman.containers.stats(all=True)):
        return
    assert {each.name for each in podman.containers.stats(all=True)} == {
        "first",
        "second",
        "third",
    }


def test_stats_of_what_is_not_there(podman: Podman) -> None:
    assert podman.containers.stats() == []
    older = podman.server_version.startswith("4.")
    with pytest.raises(StreamError if older else NotFoundError):
        podman.containers.stats("nobody")
    with pytest.raises(ParameterError, match="'%'"):
        podman.containers.stats("%")


def test_stats_stream(podman: Podman, image: str) -> None:
    run(podman, image, name="first", command=BUSY, network="none")
    run(podman, image, name="second", command=SLEEP, network="none")
    seen: list[models.ContainerStats] = []
    with podman.containers.stats_stream("first", interval=1) as samples:
        for sample in samples:
            [found] = sample
            seen += [found]
            if len(seen) == 2:
                break
    assert [each.name for each in seen] == ["first", "first"]
    assert seen[1].cpu_nano > seen[0].cpu_nano
    assert seen[1].cpu > 1
    with podman.containers.stats_stream(interval=1) as samples:
        for sample in samples:
            assert {each.name for each in sample} == {"first", "second"}
            break
    with pytest.raises(APIError, match="interval"):
        left(podman.containers.stats_stream(interval=0))
    older = podman.server_version.startswith("4.")
    with pytest.raises(StreamError if older else NotFoundError):
        read(podman.containers.stats_stream("nobody"))


def test_stats_stream_with_those_that_do_not_run(podman: Podman, image: str) -> None:
    podman.containers.create(image, name="still")

    def sampled() -> list[str]:
        with podman.containers.stats_stream(all=True, interval=1) as samples:
            for sample in samples:
                return [each.name for each in sample]
        return []

    if lacks(podman, "4.7.0", sampled):
        return
    assert sampled() == ["still"]


def test_docker_stats(podman: Podman, image: str) -> None:
    container = run(podman, image, name="busy", command=BUSY, memory="64m")
    found = podman.containers.docker_stats(container, one_shot=True)
    assert found.id == container
    assert found.name == "busy"
    assert found.read
    assert found.memory_stats.limit == 64 << 20
    assert found.memory_stats.usage > 0
    assert found.pids_stats.current >= 1  # the runtime that started it may still be there
    assert set(found.networks) == {"eth0"} or podman.server_version.startswith("4.")
    later = podman.containers.docker_stats("busy")
    assert later.cpu_stats.cpu_usage.total_usage >= found.cpu_stats.cpu_usage.total_usage
    podman.containers.kill(container)
    podman.containers.wait(container)
    with pytest.raises(ConflictError):
        podman.containers.docker_stats(container)
    with pytest.raises(NotFoundError, match="nobody"):
        podman.containers.docker_stats("nobody")


def test_docker_stats_stream(podman: Podman, image: str) -> None:
    container = run(podman, image, command=BUSY, network="none")
    with podman.containers.docker_stats_stream(container) as samples:
        for sample in samples:  # the next one comes after five seconds
            assert sample.id == container
            assert sample.cpu_stats.cpu_usage.total_usage > 0
            break
    with pytest.raises(NotFoundError, match="nobody"):
        left(podman.containers.docker_stats_stream("nobody"))


def test_top_stream_ends_with_the_container(podman: Podman, image: str) -> None:
    container = run(podman, image, command=SLEEP, network="none")
    seen = 0
    with podman.containers.top_stream(container, delay=1) as tops:
        for _ in tops:
            seen += 1
            if seen == 1:
                podman.containers.kill(container)
    assert seen >= 1
