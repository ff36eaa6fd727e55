"""What can be changed of a container that is there: what ``containers.update`` takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, cast

from pydantic import ConfigDict, TypeAdapter, with_config

from podlib.errors import ParameterError

from ._parameters import Duration, Spec, check_options, nanoseconds
from .container_options import RestartPolicy, restart_spec
from .container_parts import Ulimit
from .health_parts import Health, StartupHealth
from .resource_options import LimitOptions, ResourceOptions, resource_spec

__all__ = ["ContainerUpdateOptions", "container_update_spec"]


@with_config(ConfigDict(extra="forbid", strict=True))
class ContainerUpdateOptions(LimitOptions, total=False):
    """Settings that can be changed; those that are not named stay as they are.

    Devices are paths on the server's host.
    """

    blkio_weight_devices: Mapping[str, int]
    """By block device: 10 to 1000. Podman 5.4 or newer, like the next four."""
    device_read_bps: Mapping[str, int | str]
    """By block device: bytes in a second; so it is for ``device_write_bps``."""
    device_write_bps: Mapping[str, int | str]
    device_read_iops: Mapping[str, int]
    """By block device: operations in a second; so it is for ``device_write_iops``."""
    device_write_iops: Mapping[str, int]
    unified: Mapping[str, str]
    """Any file of cgroups v2, as ``{"memory.high": "1073741824"}``."""
    ulimits: Sequence[Ulimit | str]
    """Texts are ``NAME=SOFT[:HARD]``. Podman 5.8 or newer."""
    restart: RestartPolicy
    """Podman 5.1 or newer."""
    restart_retries: int
    """For ``on-failure``."""
    health: Health | Literal["none"]
    """Of a check, only the fields that are given change; ``"none"`` ends all checks. Podman 5.4 or
    newer."""
    env: Mapping[str, str]
    """Variables of what is run from now on. Podman 5.5 or newer."""
    unset_env: Sequence[str]
    """Likewise: those that go."""


_adapter = TypeAdapter(ContainerUpdateOptions)


def container_update_spec(options: ContainerUpdateOptions) -> tuple[Spec, Spec]:
    """The query and the body of an update. Raises ``ParameterError``."""
    options = check_options("update options", _adapter, options, ContainerUpdateOptions)
    restart = restart_spec(options.get("restart"), options.get("restart_retries"))
    query = {
        wire: restart[name]
        for name, wire in (("restart_policy", "restartPolicy"), ("restart_tries", "restartRetries"))
        if name in restart
    }
    body = {**_resources(options), **_health(options.get("health")), **_env(options)}
    return query, body


_BY_DEVICE = {
    "weightDevice": "BlkIOWeightDevice",
    "throttleReadBpsDevice": "DeviceReadBPs",
    "throttleWriteBpsDevice": "DeviceWriteBPs",
    "throttleReadIOPSDevice": "DeviceReadIOPs",
    "throttleWriteIOPSDevice": "DeviceWriteIOPs",
}
"""The members of a new container's specification, and what an update calls them."""


def _resources(options: ContainerUpdateOptions) -> Spec:
    spec = resource_spec(cast("ResourceOptions", options))
    body = dict(cast("Spec", spec.get("resource_limits", {})))
    for name, wire in _BY_DEVICE.items():
        if name in spec:
            by_path = cast("Mapping[str, Spec]", spec[name])
            body[wire] = [{"path": path, **limit} for path, limit in by_path.items()]
    if "r_limits" in spec:
        body["r_limits"] = spec["r_limits"]
    return body


_CHECK = {"command": "cmd", "interval": "interval", "timeout": "timeout", "retries": "retries"}
_HEALTH = {
    **_CHECK,
    "start_period": "start_period",
    "on_failure": "on_failure",
    "log_destination": "log_destination",
    "max_log_count": "max_log_count",
    "max_log_size": "max_log_size",
}
_STARTUP = {**_CHECK, "successes": "success"}
"""The fields of a health check, and what an update calls them."""


def _health(health: Health | Literal["none"] | None) -> Spec:
    if health is None:
        return {}
    if health == "none":
        return {"no_healthcheck": True}
    body = _given(health, "health", _HEALTH)
    if health.startup is not None:
        body |= _given(health.startup, "health_startup", _STARTUP)
    if not body:
        raise ParameterError("health: nothing of it is given")
    return body


def _given(check: Health | StartupHealth, prefix: str, names: Mapping[str, str]) -> Spec:
    return {
        f"{prefix}_{wire}": _in_go(name, getattr(check, name))
        for name, wire in names.items()
        if name in check.model_fields_set and getattr(check, name) is not None
    }


def _in_go(name: str, value: object) -> object:
    if name in ("interval", "timeout", "start_period"):
        return f"{nanoseconds(f'health: {name}', cast('Duration', value))}ns"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return json.dumps([*cast("Sequence[str]", value)])  # what is no list, a shell runs
    return value


def _env(options: ContainerUpdateOptions) -> Spec:
    env: Spec = {}
    if "env" in options:
        env["Env"] = [f"{name}={value}" for name, value in options["env"].items()]
    if "unset_env" in options:
        env["UnsetEnv"] = [*options["unset_env"]]
    return env
