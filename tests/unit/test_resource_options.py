from __future__ import annotations

from datetime import timedelta

import pytest

from podlib.models import Rdma, ResourceOptions
from podlib.models.resource_options import resource_limits

from .specs import refusal, spec


def test_limits_of_memory() -> None:
    made = spec(
        memory="64m",
        memory_swap="-1",
        memory_reservation=4096,
        memory_swappiness=0,
        kernel_memory_tcp="1m",
        oom_kill_disable=True,
    )
    assert made["resource_limits"]["memory"] == {
        "limit": 64 << 20,
        "swap": -1,
        "reservation": 4096,
        "swappiness": 0,
        "kernelTCP": 1 << 20,
        "disableOOMKiller": True,
    }


def test_limits_of_processors() -> None:
    made = spec(
        cpu_period=timedelta(milliseconds=50),
        cpu_quota="25ms",
        cpu_burst=0.01,
        cpu_rt_period=1,
        cpu_rt_runtime=0.5,
        cpu_shares=2,
        cpu_idle=True,
        cpuset_cpus="0-1",
        cpuset_mems="0",
    )
    assert made["resource_limits"]["cpu"] == {
        "period": 50_000,
        "quota": 25_000,
        "burst": 10_000,
        "realtimePeriod": 1_000_000,
        "realtimeRuntime": 500_000,
        "shares": 2,
        "idle": 1,
        "cpus": "0-1",
        "mems": "0",
    }
    assert spec(cpus=1.5)["resource_limits"]["cpu"] == {"period": 100_000, "quota": 150_000}


def test_limits_of_devices() -> None:
    made = spec(
        blkio_weight=100,
        blkio_weight_devices={"/dev/sda": 200},
        device_read_bps={"/dev/sda": "1m"},
        device_write_bps={"/dev/sda": 2048},
        device_read_iops={"/dev/sda": 100},
        device_write_iops={"/dev/sda": 200, "/dev/sdb": 300},
    )
    assert made == {
        "resource_limits": {"blockIO": {"weight": 100}},
        "weightDevice": {"/dev/sda": {"weight": 200}},
        "throttleReadBpsDevice": {"/dev/sda": {"rate": 1 << 20}},
        "throttleWriteBpsDevice": {"/dev/sda": {"rate": 2048}},
        "throttleReadIOPSDevice": {"/dev/sda": {"rate": 100}},
        "throttleWriteIOPSDevice": {"/dev/sda": {"rate": 200}, "/dev/sdb": {"rate": 300}},
    }
    alone = spec(device_read_iops={"/dev/sda": 1})
    assert alone["resource_limits"] == {"blockIO": {}}


def test_other_limits() -> None:
    made = spec(
        pids_limit=-1,
        hugepages={"2MB": "4m"},
        rdma={"mlx5_0": Rdma(hca_handles=3, hca_objects=None)},
        network_class_id=0x100001,
        network_priorities={"eth0": 5},
        unified={"memory.high": "1000"},
    )
    assert made["resource_limits"] == {
        "pids": {"limit": -1},
        "hugepageLimits": [{"pageSize": "2MB", "limit": 4 << 20}],
        "rdma": {"mlx5_0": {"hcaHandles": 3}},
        "network": {"classID": 0x100001, "priorities": [{"name": "eth0", "priority": 5}]},
        "unified": {"memory.high": "1000"},
    }


def test_what_is_no_limit_of_a_cgroup_is_elsewhere() -> None:
    made = spec(
        rdt_class="gold", cgroups_mode="split", cgroup_parent="/a", oom_score_adj=-5, gpus=["all"]
    )
    assert made == {
        "intelRdt": {"closID": "gold"},
        "cgroups_mode": "split",
        "cgroup_parent": "/a",
        "oom_score_adj": -5,
        "gpus": ["all"],
    }


def test_limits_alone() -> None:
    options: ResourceOptions = {"memory": "1k", "cpu_shares": 5}
    assert resource_limits(options) == {"memory": {"limit": 1024}, "cpu": {"shares": 5}}
    assert resource_limits({}) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cpus": 1.0, "cpu_quota": 1}, "cpus: cpu_period and cpu_quota say the same"),
        ({"cpu_period": 50_000}, "cpu_period (in µs): 50000000000 is not in 1000 to 1000000"),
        ({"cpu_period": "x"}, "cpu_period: 'x' is no duration"),
        ({"cpu_quota": -1}, "cpu_quota: -1.0 is no duration"),
        ({"cpu_shares": 1}, "cpu_shares: 1 is less than 2"),
        ({"memory_swappiness": 101}, "memory_swappiness: 101 is not in 0 to 100"),
        ({"blkio_weight_devices": {"/dev/x": 5}}, "blkio_weight_devices: /dev/x: 5 is not in 10"),
        ({"device_read_bps": {"/dev/x": "fast"}}, "device_read_bps: /dev/x: 'fast' is no size"),
        ({"device_read_iops": {"/dev/x": -1}}, "device_read_iops: /dev/x: -1 is less than 0"),
        ({"device_read_iops": {"/dev/x": "1"}}, "device_read_iops: "),
        ({"hugepages": {"2MB": "x"}}, "hugepages: 2MB: 'x' is no size"),
        ({"cpu_idle": 1}, "cpu_idle: "),
        ({"rdma": {"a": 1}}, "rdma: "),
    ],
)
def test_what_is_no_limit(options: dict[str, object], message: str) -> None:
    assert message in refusal(**options)
