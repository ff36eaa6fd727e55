"""The typed specification of a new pod: what ``pods.create`` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, with_config

from podlib.errors import ParameterError

from ._parameters import AbsolutePath, Spec, Whole, check_options, parts, renamed
from .container_options import RestartPolicy, restart_spec
from .container_parts import Device
from .network_options import NetworkingOptions, networking_spec
from .resource_options import LimitOptions, resource_limits
from .security_options import (
    ConfinementOptions,
    NamespaceOptions,
    confinement_texts,
    namespace_spec,
)
from .storage_options import MountOptions, mount_spec

__all__ = ["PodOptions", "pod_spec"]


@with_config(ConfigDict(extra="forbid", strict=True))
class PodOptions(
    MountOptions,
    NetworkingOptions,
    LimitOptions,
    NamespaceOptions,
    ConfinementOptions,
    total=False,
):
    """All that can be said of a new pod.

    Its containers share what its infra container has: namespaces, networks, ports, mounts and
    devices. Limits are for all of them together. The confinement is that of the infra container:
    Podman does not hand it on to the others. Paths are those of the server's host.
    """

    name: str
    hostname: str
    labels: Mapping[str, str]
    shared_namespaces: Sequence[Literal["cgroup", "ipc", "net", "pid", "uts"]]
    """What its containers share: ``ipc``, ``net`` and ``uts`` unless said."""
    share_parent: bool
    """Whether the containers' cgroups lie below the pod's. ``True`` unless said."""
    cgroup_parent: str
    exit_policy: Literal["continue", "stop"]
    """Whether the pod stops when the last of its containers has ended."""
    restart: RestartPolicy
    """For the containers that do not say it themselves. Podman 4.6 or newer."""
    restart_retries: Whole
    no_infra: bool
    """There is no infra container: nothing is shared."""
    infra_command: Sequence[str]
    infra_image: str
    infra_name: str
    infra_conmon_pid_file: AbsolutePath
    no_manage_hosts: bool
    """Each container has an /etc/hosts of its own; so it is for the next two."""
    no_manage_hostname: bool
    """Podman 5.4 or newer."""
    no_manage_resolv_conf: bool
    create_command: Sequence[str]
    """What inspect shows as the command that made the pod."""


_adapter = TypeAdapter(PodOptions)


def pod_spec(options: PodOptions) -> Spec:
    """The options as the server's PodSpecGenerator. Raises ``ParameterError``."""
    options = check_options("pod options", _adapter, options, PodOptions)
    spec = renamed(
        options,
        {
            "name": "name",
            "hostname": "hostname",
            "labels": "labels",
            "shared_namespaces": "shared_namespaces",
            "share_parent": "share_parent",
            "cgroup_parent": "cgroup_parent",
            "exit_policy": "exit_policy",
            "no_infra": "no_infra",
            "infra_command": "infra_command",
            "infra_image": "infra_image",
            "infra_name": "infra_name",
            "infra_conmon_pid_file": "infra_conmon_pid_file",
            "no_manage_hosts": "no_manage_hosts",
            "no_manage_hostname": "no_manage_hostname",
            "no_manage_resolv_conf": "no_manage_resolv_conf",
            "create_command": "pod_create_command",
            "hosts_file": "hostsFile",
        },
    )
    spec |= restart_spec(options.get("restart"), options.get("restart_retries"))
    spec |= _mounts(options)
    spec |= networking_spec(options)
    spec |= namespace_spec(options)
    if limits := resource_limits(options):
        spec["resource_limits"] = limits
    if texts := confinement_texts(options):
        spec["security_opt"] = texts
    return spec


def _mounts(options: MountOptions) -> Spec:
    spec = mount_spec(options)
    if "artifact_volumes" in spec:
        raise ParameterError("mounts: a pod takes no artifacts")
    if "devices" in options:
        spec["pod_devices"] = [each.notation() for each in parts(options["devices"], Device.parse)]
    return spec
