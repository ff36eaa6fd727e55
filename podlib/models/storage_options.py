"""What a container or a pod has of files and devices."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from ._parameters import Spec, parts, renamed, size_in_bytes
from .container_parts import Device, DeviceRule, Secret
from .mount_parts import Mount

__all__ = ["ContainerStorageOptions", "MountOptions"]

VolumesFrom = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*(:[a-z,]+)?$")]


class MountOptions(TypedDict, total=False):
    """The mounts that containers and pods have. Sizes are bytes, or such as ``"64m"``."""

    mounts: Sequence[Mount | str]
    """Texts are ``[SOURCE:]TARGET[:OPTION,…]``, as ``data:/var/lib/data:ro,Z``."""
    volumes_from: Sequence[VolumesFrom]
    """Containers whose volumes this one has too, as ``web`` or ``web:ro``."""
    devices: Sequence[Device | str]
    """Texts are ``HOST[:CONTAINER][:PERMISSIONS]``, as ``/dev/fuse:rwm``, or CDI names."""
    shm_size: int | str
    """Of /dev/shm."""
    shm_size_systemd: int | str
    """Of what systemd mode mounts at /run, /run/lock, /tmp and /var/log/journal. Podman 4.5 or
    newer."""


class ContainerStorageOptions(MountOptions, total=False):
    """What a container has of files and devices."""

    image_volumes: Literal["anonymous", "tmpfs", "ignore"]
    """What becomes of the volumes that the image declares."""
    read_only: bool
    """The root file system."""
    read_only_tmpfs: bool
    """With ``read_only``, a tmpfs on /run, /tmp and /var/tmp all the same. ``True`` unless said."""
    secrets: Sequence[Secret | str]
    """Texts are ``NAME[,OPTION=VALUE…]``, as ``token,target=/etc/token,uid=1000,mode=0400``."""
    secret_env: Mapping[str, str]
    """Secrets by the name of their environment variable. Inspect shows them by the secret's."""
    device_cgroup_rules: Sequence[DeviceRule | str]
    """Texts are ``TYPE MAJOR:MINOR ACCESS``, as ``c 10:* rw``."""
    gpus: Sequence[str]
    """Their numbers, or ``all``. Podman 6; before, see ``devices``."""
    storage_options: Mapping[str, str]
    """Of the server's storage driver, as ``{"size": "10g"}``."""
    volatile: bool
    """Its own layer need not survive a crash of the host."""
    chroot_dirs: Sequence[str]
    """Folders in the container that get /etc/hosts and the like too, for a later chroot."""


def mount_spec(options: MountOptions) -> Spec:
    """The members that containers' and pods' specifications share."""
    lists: dict[str, list[Spec]] = {}
    for mount in parts(options.get("mounts", ()), Mount.parse):
        where, entry = mount.wire()
        lists.setdefault(where, []).append(entry)
    spec: Spec = {**lists, **renamed(options, {"volumes_from": "volumes_from"})}
    if "shm_size" in options:
        spec["shm_size"] = size_in_bytes("shm_size", options["shm_size"])
    if "shm_size_systemd" in options:
        size = size_in_bytes("shm_size_systemd", options["shm_size_systemd"])
        spec["shm_size_systemd"] = size
    return spec


def storage_spec(options: ContainerStorageOptions) -> Spec:
    """The members of a container's specification."""
    spec = mount_spec(options) | renamed(
        options,
        {
            "image_volumes": "image_volume_mode",
            "read_only": "read_only_filesystem",
            "secret_env": "secret_env",
            "gpus": "gpus",
            "storage_options": "storage_opts",
            "volatile": "volatile",
            "chroot_dirs": "chroot_directories",
        },
    )
    if options.get("read_only"):
        spec |= _writable(options, spec)
    if "secrets" in options:
        spec["secrets"] = [each.wire() for each in parts(options["secrets"], Secret.parse)]
    if "devices" in options:
        spec["devices"] = [each.wire() for each in parts(options["devices"], Device.parse)]
    if "device_cgroup_rules" in options:
        rules = parts(options["device_cgroup_rules"], DeviceRule.parse)
        spec["device_cgroup_rule"] = [rule.wire() for rule in rules]
    return spec


_WRITABLE = ("/run", "/tmp", "/var/tmp")  # noqa: S108 -- paths in the container


def _writable(options: ContainerStorageOptions, spec: Spec) -> Spec:
    """What the command line adds to a read-only container.

    Newer servers mount the same for ``read_write_tmpfs``, which Podman 4.3 does not know; without
    that, they make /dev and /dev/shm read-only too.
    """
    if not options.get("read_only_tmpfs", True):
        return {"read_write_tmpfs": False}
    given = parts(options.get("mounts", ()), Mount.parse)
    taken = {posixpath.normpath(mount.target) for mount in given}
    added = [
        Mount(type="tmpfs", target=path, options=["rw", "rprivate", "nosuid", "nodev", "tmpcopyup"])
        for path in _WRITABLE
        if path not in taken
    ]
    mounts = [*cast("list[Spec]", spec.get("mounts", [])), *(each.wire()[1] for each in added)]
    return {"read_write_tmpfs": True, "mounts": mounts}
