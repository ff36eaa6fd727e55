"""What is sent to change a container."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from podlib import ParameterError, models

if TYPE_CHECKING:
    from podlib.models import ContainerUpdateOptions


STARTUP = models.StartupHealth(command=["a", "b"], successes=2)


@pytest.mark.parametrize(
    ("options", "query", "body"),
    [
        ({}, {}, {}),
        (
            {"memory": "64m", "memory_swap": -1, "pids_limit": 5, "cpus": 1.5},
            {},
            {
                "memory": {"limit": 64 << 20, "swap": -1},
                "pids": {"limit": 5},
                "cpu": {"period": 100_000, "quota": 150_000},
            },
        ),
        ({"restart": "always"}, {"restartPolicy": "always"}, {}),
        (
            {"restart": "on-failure", "restart_retries": 0},
            {"restartPolicy": "on-failure", "restartRetries": 0},
            {},
        ),
        (
            {"blkio_weight_devices": {"/dev/a": 20}, "device_read_bps": {"/dev/a": "1k"}},
            {},
            {
                "blockIO": {},
                "BlkIOWeightDevice": [{"path": "/dev/a", "weight": 20}],
                "DeviceReadBPs": [{"path": "/dev/a", "rate": 1024}],
            },
        ),
        (
            {"device_write_iops": {"/dev/a": 7, "/dev/b": 8}},
            {},
            {
                "blockIO": {},
                "DeviceWriteIOPs": [
                    {"path": "/dev/a", "rate": 7},
                    {"path": "/dev/b", "rate": 8},
                ],
            },
        ),
        ({"unified": {"memory.high": "1"}}, {}, {"unified": {"memory.high": "1"}}),
        ({"env": {"A": "b=c"}, "unset_env": ["D"]}, {}, {"Env": ["A=b=c"], "UnsetEnv": ["D"]}),
        ({"health": "none"}, {}, {"no_healthcheck": True}),
        (
            {"health": models.Health(command="a && b", interval=timedelta(minutes=1))},
            {},
            {"health_cmd": "a && b", "health_interval": "60000000000ns"},
        ),
        (
            {"health": models.Health(command=["a", "b c"], on_failure="kill", max_log_size=0)},
            {},
            {"health_cmd": '["a", "b c"]', "health_on_failure": "kill", "health_max_log_size": 0},
        ),
        (
            {"health": models.Health(startup=STARTUP)},
            {},
            {"health_startup_cmd": '["a", "b"]', "health_startup_success": 2},
        ),
    ],
)
def test_what_is_sent(options: ContainerUpdateOptions, query: object, body: object) -> None:
    assert models.container_update_spec(options) == (query, body)


def test_ulimits() -> None:
    _, body = models.container_update_spec({"ulimits": ["nofile=1:2"]})
    assert body == {"r_limits": [models.Ulimit(name="nofile", soft=1, hard=2).wire()]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"memry": 1}, "did you mean 'memory'"),
        ({"oom_score_adj": 1}, "no 'oom_score_adj'"),
        ({"memory": "lots"}, "memory"),
        ({"restart": "sometimes"}, "restart"),
        ({"restart_retries": 1}, "restart_retries"),
        ({"restart": "always", "restart_retries": 1}, "restart_retries"),
        ({"health": models.Health()}, "nothing of it is given"),
        ({"health": "all"}, "health"),
        ({"env": {"A": 1}}, "env"),
    ],
)
def test_mistakes(options: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        models.container_update_spec(options)
