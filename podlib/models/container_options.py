"""The typed specification of a new container: what ``containers.create`` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError
from podlib.spelling import unknown

from ._parameters import (
    AbsolutePath,
    ContainerName,
    PodName,
    Spec,
    Whole,
    at_least,
    check_options,
    renamed,
    signal_number,
    size_in_bytes,
)
from .health_parts import Health
from .network_options import ContainerNetworkOptions, network_spec
from .resource_options import ResourceOptions, resource_spec
from .security_options import ContainerSecurityOptions, security_spec
from .storage_options import ContainerStorageOptions, storage_spec

__all__ = ["ContainerOptions", "LifeOptions", "ProcessOptions", "container_spec"]

LogDriver = Literal["k8s-file", "journald", "json-file", "none", "passthrough", "passthrough-tty"]
RestartPolicy = Literal["no", "on-failure", "always", "unless-stopped"]


class ProcessOptions(TypedDict, total=False):
    """The process that runs in a container, and what it finds there of itself."""

    command: Sequence[str]
    entrypoint: Sequence[str]
    env: Mapping[str, str]
    env_merge: Mapping[str, str]
    """Variables whose values may say ``${NAME}`` for what a variable is otherwise, as in
    ``{"PATH": "${PATH}:/opt/bin"}``."""
    env_host: bool
    """The environment of the server too."""
    http_proxy: bool
    """Of the server's environment, the variables that name proxies."""
    unset_env: Sequence[str]
    """Variables of the image, or of the server's configuration, that it does not get."""
    unset_env_all: bool
    """None of them."""
    hostname: str
    user: str
    """``USER[:GROUP]``, names or numbers."""
    groups: Sequence[str]
    """Further groups of the user."""
    passwd: bool
    """Whether /etc/passwd and /etc/group get entries for the user. ``True`` unless said."""
    passwd_entry: str
    """The entry for /etc/passwd, in which ``$USERNAME``, ``$UID``, ``$GID``, ``$NAME`` and
    ``$HOME`` are filled in."""
    group_entry: str
    """Likewise for /etc/group. Podman 4.5 or newer."""
    host_users: Sequence[str]
    """Users of the server's host that /etc/passwd gets as well."""
    workdir: str
    create_workdir: bool
    """Make ``workdir`` if the image has none such."""
    tty: bool
    stdin: bool
    """Keep the standard input open."""
    init: bool
    """Run a small init as process 1, which reaps the others."""
    init_path: AbsolutePath
    """Another program on the server's host for ``init``."""
    timezone: str
    """``local`` is that of the server's host."""
    umask: str
    """Octal digits, as ``0022``."""
    personality: Literal["LINUX", "LINUX32"]
    """Which architecture ``uname`` reports: ``LINUX32`` is the one of 32 bits."""


class LifeOptions(TypedDict, total=False):
    """How a container comes to life and ends, and what is known of it."""

    name: str
    pod: PodName
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    dependencies: Sequence[ContainerName]
    """Containers that are started before this one."""
    init_container_type: Literal["always", "once"]
    """Run to its end before the other containers of its ``pod`` start: each time, or the first."""
    remove: bool
    """The server removes the container when it ends."""
    remove_image: bool
    """With ``remove``, its image too. Podman 5.3 or newer."""
    restart: RestartPolicy
    restart_retries: Whole
    """For ``on-failure``; any number of times otherwise."""
    stop_signal: str | int
    stop_timeout: Whole
    """Seconds between the stop signal and SIGKILL."""
    timeout: Whole
    """After so many seconds it is killed."""
    health: Health | Literal["none"]
    """``"none"`` switches the image's own check off."""
    systemd: Literal["true", "false", "always"]
    """Whether it is set up for systemd: ``true`` only if that is what it runs."""
    sdnotify: Literal["container", "conmon", "healthy", "ignore"]
    """Who tells the server's systemd that it is ready. ``healthy`` is Podman 4.6 or newer."""
    log_driver: LogDriver
    """``passthrough-tty`` is Podman 5."""
    log_options: Mapping[str, str]
    """``path`` on the server's host, ``max-size``, and of ``journald`` only ``tag``."""
    log_labels: Mapping[str, str]
    """For ``journald``. Podman 6."""
    platform: str
    """``OS/ARCH[/VARIANT]`` of the image. The server does not compare it with an image it has."""
    raw_image_name: str
    """What automatic updates pull; the image, as it is given, unless said."""
    rootfs: AbsolutePath
    """Instead of an image, which then is ``""``: a folder of the server's host."""
    rootfs_overlay: bool
    """Leave ``rootfs`` as it is: the changes are thrown away."""
    rootfs_mapping: str
    """How the ids in ``rootfs`` are mapped, as ``uids=0-1000-10;gids=0-1000-10``. Podman 4.5 or
    newer."""
    conmon_pid_file: AbsolutePath
    """On the server's host: gets the id of the process that watches the container."""
    create_command: Sequence[str]
    """What inspect shows as the command that made the container."""


@with_config(ConfigDict(extra="forbid", strict=True))
class ContainerOptions(
    LifeOptions,
    ProcessOptions,
    ContainerStorageOptions,
    ContainerNetworkOptions,
    ResourceOptions,
    ContainerSecurityOptions,
    total=False,
):
    """All that can be said of a new container besides its image.

    Sizes are bytes, or such as ``"64m"`` (powers of 1024). Times are seconds, in part also such as
    ``"50ms"``. Paths of mounts and devices are those of the server's host. What is left out is as
    the image, or the server's configuration, has it.
    """


_adapter = TypeAdapter(ContainerOptions)


def container_spec(image: str, options: ContainerOptions) -> Spec:
    """The options as the server's SpecGenerator. Raises ``ParameterError``."""
    options = check_options("container options", _adapter, options, ContainerOptions)
    return {
        **_image(image, options),
        **_process(options),
        **_life(options),
        **_log(options),
        **storage_spec(options),
        **network_spec(options),
        **resource_spec(options),
        **security_spec(options),
    }


def _image(image: str, options: LifeOptions) -> Spec:
    if "rootfs" in options:
        if image:
            raise ParameterError(f"rootfs: this is instead of an image, such as {image!r}: give ''")
        names = {
            "rootfs": "rootfs",
            "rootfs_overlay": "rootfs_overlay",
            "rootfs_mapping": "rootfs_mapping",
        }
        return {"image": "", **renamed(options, names)}
    spec: Spec = {"image": image, "raw_image_name": options.get("raw_image_name", image)}
    if "platform" in options:
        fields = options["platform"].split("/")
        if len(fields) not in (2, 3) or not all(fields):
            platform = options["platform"]
            raise ParameterError(f"platform: {platform!r} is not OS/ARCH or OS/ARCH/VARIANT")
        spec |= zip(("image_os", "image_arch", "image_variant"), fields, strict=False)
    return spec


def _process(options: ProcessOptions) -> Spec:
    spec = renamed(
        options,
        {
            "command": "command",
            "entrypoint": "entrypoint",
            "env": "env",
            "env_host": "env_host",
            "http_proxy": "httpproxy",
            "unset_env": "unsetenv",
            "unset_env_all": "unsetenvall",
            "hostname": "hostname",
            "user": "user",
            "groups": "groups",
            "passwd": "manage_password",
            "passwd_entry": "passwd_entry",
            "group_entry": "group_entry",
            "host_users": "hostusers",
            "workdir": "work_dir",
            "create_workdir": "create_working_dir",
            "tty": "terminal",
            "stdin": "stdin",
            "init": "init",
            "init_path": "init_path",
            "timezone": "timezone",
            "umask": "umask",
        },
    )
    if "env_merge" in options:
        spec["envmerge"] = [f"{name}={value}" for name, value in options["env_merge"].items()]
    if "personality" in options:
        spec["personality"] = {"domain": options["personality"]}
    return spec


def _life(options: LifeOptions) -> Spec:
    spec = renamed(
        options,
        {
            "name": "name",
            "pod": "pod",
            "labels": "labels",
            "annotations": "annotations",
            "dependencies": "dependencyContainers",
            "init_container_type": "init_container_type",
            "remove": "remove",
            "remove_image": "removeImage",
            "systemd": "systemd",
            "sdnotify": "sdnotifyMode",
            "conmon_pid_file": "conmon_pid_file",
            "create_command": "containerCreateCommand",
        },
    )
    spec |= restart_spec(options.get("restart"), options.get("restart_retries"))
    if "stop_timeout" in options:
        spec["stop_timeout"] = at_least("stop_timeout", options["stop_timeout"], 0)
    if "timeout" in options:
        spec["timeout"] = at_least("timeout", options["timeout"], 0)
    if "stop_signal" in options:
        spec["stop_signal"] = signal_number("stop_signal", options["stop_signal"])
    health = options.get("health")
    if health == "none":
        spec["healthconfig"] = {"Test": ["NONE"]}
    elif isinstance(health, Health):
        spec |= health.wire()
    return spec


def restart_spec(policy: RestartPolicy | None, retries: int | None) -> Spec:
    """The members that containers' and pods' specifications share."""
    spec: Spec = {} if policy is None else {"restart_policy": policy}
    if retries is not None:
        if policy != "on-failure":
            raise ParameterError("restart_retries: this goes with restart='on-failure' only")
        spec["restart_tries"] = at_least("restart_retries", retries, 0)
    return spec


def _log(options: LifeOptions) -> Spec:
    log = renamed(options, {"log_driver": "driver", "log_labels": "labels"})
    if "log_options" in options:
        log |= _log_options(options["log_options"], options.get("log_driver"))
    return {"log_configuration": log} if log else {}


def _log_options(given: Mapping[str, str], driver: str | None) -> Spec:
    for name in given:
        if name not in _LOG_OPTIONS:
            raise ParameterError(f"log_options: {unknown(name, _LOG_OPTIONS)}")
    if "tag" in given and driver not in (None, "journald"):
        raise ParameterError(f"log_options: tag: {driver} has none; journald has")
    spec = renamed(given, {"path": "path"})
    if "max-size" in given:
        spec["size"] = size_in_bytes("log_options: max-size", given["max-size"])
    if "tag" in given:
        spec["options"] = {"tag": given["tag"]}
    return spec


_LOG_OPTIONS = ("path", "max-size", "tag")
