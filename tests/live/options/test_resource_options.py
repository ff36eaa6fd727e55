"""The options that limit a container, seen in its cgroups."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, models
from tests.live._async.steps import lacks, run, said

from .steps import runtime_config

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from tests.testbed import Host

SLEEP = ("sleep", "60")


async def cgroup(podman: AsyncPodman, host: Host, container: str, *files: str) -> list[str]:
    """The lines of files in a container's cgroups, such as ``cpu/cpu.shares``."""
    path = (await podman.containers.inspect(container)).state.cgroup_path
    names = [f"/sys/fs/cgroup/{file.replace('/', path + '/', 1)}" for file in files]
    return host.run("cat", *names).stdout.splitlines()


async def test_limits_of_cgroups(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(
        podman,
        image,
        command=SLEEP,
        network="none",
        memory="64m",
        memory_swap="96m",
        memory_reservation=32 << 20,
        memory_swappiness=7,
        oom_kill_disable=True,
        kernel_memory_tcp="16m",
        cpu_period="50ms",
        cpu_quota=0.025,
        cpu_shares=100,
        cpuset_cpus="0",
        cpuset_mems="0",
        pids_limit=50,
    )
    expected = {
        "memory/memory.limit_in_bytes": str(64 << 20),
        "memory/memory.memsw.limit_in_bytes": str(96 << 20),
        "memory/memory.soft_limit_in_bytes": str(32 << 20),
        "memory/memory.swappiness": "7",
        "cpu/cpu.cfs_period_us": "50000",
        "cpu/cpu.cfs_quota_us": "25000",
        "cpu/cpu.shares": "100",
        "cpuset/cpuset.cpus": "0",
        "cpuset/cpuset.mems": "0",
        "pids/pids.max": "50",
    }
    found = await cgroup(podman, host, container, *expected)
    assert dict(zip(expected, found, strict=True)) == expected
    assert "oom_kill_disable 1" in await cgroup(
        podman, host, container, "memory/memory.oom_control"
    )
    config = (await podman.containers.inspect(container)).host_config
    assert (config.memory_swap, config.memory_swappiness) == (96 << 20, 7)
    assert config.oom_kill_disable
    told = (await runtime_config(podman, host, container))["linux"]["resources"]
    assert told["memory"]["kernelTCP"] == 16 << 20  # runc leaves it alone


async def test_no_limit_of_processes(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none", pids_limit=-1)
    assert await cgroup(podman, host, container, "pids/pids.max") == ["max"]


async def test_processor_time(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none", cpus=0.25, cpu_idle=True)
    found = await cgroup(podman, host, container, "cpu/cpu.cfs_quota_us", "cpu/cpu.idle")
    assert found[0] == "25000"
    told = (await runtime_config(podman, host, container))["linux"]["resources"]["cpu"]
    assert told["idle"] == 1  # the runtimes of cgroups v1 leave it alone
    created = await podman.containers.create(
        image, network="none", cpu_quota="20ms", cpu_burst="1ms", cpu_rt_period=1, cpu_rt_runtime=0,
    )  # fmt: skip
    await podman.containers.init(created.id)
    told = (await runtime_config(podman, host, created.id))["linux"]["resources"]["cpu"]
    assert told == {
        "quota": 20_000, "burst": 1000, "realtimePeriod": 1_000_000, "realtimeRuntime": 0
    }  # fmt: skip


async def test_block_devices(podman: AsyncPodman, host: Host, image: str) -> None:
    """Of the machine's first disk, which is where the tests' files are."""
    [major, minor] = disk(host)
    host.run("mknod", "/dev/disk", "b", major, minor)
    container = await run(
        podman,
        image,
        command=SLEEP,
        network="none",
        device_read_bps={"/dev/disk": "100m"},
        device_write_bps={"/dev/disk": 200 << 20},
        device_read_iops={"/dev/disk": 3000},
        device_write_iops={"/dev/disk": 4000},
    )
    files = [f"blkio/blkio.throttle.{what}_device" for what in (
        "read_bps", "write_bps", "read_iops", "write_iops"
    )]  # fmt: skip
    numbers = f"{major}:{minor}"
    assert await cgroup(podman, host, container, *files) == [
        f"{numbers} {100 << 20}", f"{numbers} {200 << 20}", f"{numbers} 3000", f"{numbers} 4000"
    ]  # fmt: skip
    created = await podman.containers.create(image, blkio_weight=321)
    assert "Block I/O weight" in created.warnings[0]  # it means another file of the kernel
    # Weights of devices need a scheduler that few have: the runtime fails, but was told.
    created = await podman.containers.create(
        image, network="none", blkio_weight_devices={"/dev/disk": 200}
    )
    with pytest.raises(APIError, match="weight_device"):
        await podman.containers.init(created.id)
    host.run("rm", "/dev/disk")
    told = (await runtime_config(podman, host, created.id))["linux"]["resources"]["blockIO"]
    assert told["weightDevice"] == [{"major": int(major), "minor": int(minor), "weight": 200}]


def disk(host: Host) -> list[str]:
    lines = host.run("cat", "/proc/partitions").stdout.splitlines()
    return next(line.split()[:2] for line in lines if re.search(r" (vd|sd|xvd|nvme\d+n)\w+$", line))


async def test_what_the_runtime_is_told(podman: AsyncPodman, host: Host, image: str) -> None:
    """Limits of controllers that no host has here."""
    created = await podman.containers.create(
        image,
        network="none",
        hugepages={"2MB": "4m"},
        rdma={"mlx5_0": models.Rdma(hca_handles=3, hca_objects=5)},
        network_class_id=5,
        network_priorities={"lo": 3},
    )
    with suppress(APIError):  # the runtime's own answer to what it cannot do
        await podman.containers.init(created.id)
    told = (await runtime_config(podman, host, created.id))["linux"]["resources"]
    assert told["hugepageLimits"] == [{"pageSize": "2MB", "limit": 4 << 20}]
    assert told["rdma"] == {"mlx5_0": {"hcaHandles": 3, "hcaObjects": 5}}
    assert told["network"] == {"classID": 5, "priorities": [{"name": "lo", "priority": 3}]}
    with pytest.raises(APIError, match="without cgroup v2"):
        await podman.containers.create(image, unified={"memory.high": "1000"})


async def test_class_of_rdt(podman: AsyncPodman, host: Host, image: str) -> None:
    if await lacks(podman, "4.8.0", lambda: podman.containers.create(image, rdt_class="gold")):
        return
    created = await podman.containers.create(image, network="none", rdt_class="gold")
    with suppress(APIError):  # newer runtimes refuse it where the machine has no such thing
        await podman.containers.init(created.id)
    told = (await runtime_config(podman, host, created.id))["linux"]
    assert told["intelRdt"] == {"closID": "gold"}


async def test_limits_of_the_process(podman: AsyncPodman, image: str) -> None:
    container = await run(
        podman,
        image,
        command=["sh", "-c", "cat /proc/self/limits /proc/self/oom_score_adj"],
        network="none",
        ulimits=["nofile=512:1024", "nproc=4000", models.Ulimit(name="core", soft=0)],
        oom_score_adj=100,
    )
    await podman.containers.wait(container)
    lines = await said(podman, container)
    assert lines[-1] == "100"
    limits = {line[:26].strip(): line[26:].split()[:2] for line in lines}
    assert limits["Max open files"] == ["512", "1024"]
    assert limits["Max processes"] == ["4000", "4000"]
    assert limits["Max core file size"] == ["0", "0"]


async def test_places_of_cgroups(podman: AsyncPodman, host: Host, image: str) -> None:
    async def conmons(container: str) -> str:
        pid = (await podman.containers.inspect(container)).state.conmon_pid
        return host.run("cat", f"/proc/{pid}/cgroup").stdout

    container = await run(
        podman, image, command=SLEEP, network="none", cgroup_parent="/mine", cgroups_mode="enabled"
    )
    found = await podman.containers.inspect(container)
    assert found.state.cgroup_path == f"/mine/libpod-{container}"
    assert found.host_config.cgroup_parent == "/mine"
    assert "conmon" in await conmons(container)
    alone = await run(podman, image, command=SLEEP, network="none", cgroups_mode="no-conmon")
    assert "conmon" not in await conmons(alone)
    with pytest.raises(APIError, match="not compatible with NoCgroups"):
        await podman.containers.create(image, cgroups_mode="disabled")
    split = await podman.containers.create(image, network="none", cgroups_mode="split")
    with pytest.raises(APIError, match="cgroup"):  # for cgroups v2 only
        await podman.containers.start(split.id)
