"""What a container or a pod may do, and which namespaces it has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError

from ._namespaces import KINDS, namespace
from ._parameters import Spec, parts, renamed
from .container_parts import IdRange

__all__ = ["ConfinementOptions", "ContainerSecurityOptions", "NamespaceOptions"]


class NamespaceOptions(TypedDict, total=False):
    """The namespaces that containers and pods have."""

    userns: str
    """``host``, ``private``, ``auto``, ``keep-id``, ``nomap``, ``pod``, ``container:NAME``,
    ``ns:PATH``. With options: ``auto:size=65536``, ``keep-id:uid=1000,gid=1000``."""
    uid_map: Sequence[IdRange | str]
    """For ``userns="private"``, which it implies. Texts are ``CONTAINER:HOST:SIZE``."""
    gid_map: Sequence[IdRange | str]
    """Of ``uid_map`` and ``gid_map``, each is like the other unless said."""
    pidns: str
    """``private``, ``host``, ``pod``, ``container:NAME``, ``ns:PATH``; so the others below."""
    ipcns: str
    """Also ``shareable`` and ``none``."""
    utsns: str
    sysctls: Mapping[str, str]
    """Settings of the kernel that belong to its namespaces, as ``net.core.somaxconn``."""


class ConfinementOptions(TypedDict, total=False):
    """What containers, and those of a pod, are kept from."""

    no_new_privileges: bool
    seccomp: str
    """``unconfined``, or the path of a profile on the server's host."""
    apparmor: str
    """``unconfined``, or the name of a profile."""
    selinux: Sequence[str]
    """Such as ``disable``, ``type:NAME``, ``level:s0:c1,c2``."""
    mask: Sequence[str]
    """Paths that it cannot see into, besides the usual ones."""
    unmask: Sequence[str]
    """Paths that it can, or ``ALL``."""
    proc_options: Sequence[str]
    """With which /proc is mounted, as ``hidepid=2``."""


class ContainerSecurityOptions(NamespaceOptions, ConfinementOptions, total=False):
    """What a container may do, and which namespaces it has."""

    privileged: bool
    cap_add: Sequence[str]
    """Such as ``NET_ADMIN``, or ``ALL``; so it is for ``cap_drop``."""
    cap_drop: Sequence[str]
    seccomp_policy: Literal["default", "image"]
    """``image``: the profile that the image's label has."""
    label_nested: bool
    """It may run containers with SELinux labels of their own. Podman 4.5 or newer."""
    cgroupns: str


def security_spec(options: ContainerSecurityOptions) -> Spec:
    """The members of a container's specification."""
    return namespace_spec(options) | renamed(
        options,
        {
            "privileged": "privileged",
            "cap_add": "cap_add",
            "cap_drop": "cap_drop",
            "no_new_privileges": "no_new_privileges",
            "seccomp": "seccomp_profile_path",
            "seccomp_policy": "seccomp_policy",
            "apparmor": "apparmor_profile",
            "selinux": "selinux_opts",
            "label_nested": "label_nested",
            "mask": "mask",
            "unmask": "unmask",
            "proc_options": "procfs_opts",
        },
    )


def confinement_texts(options: ConfinementOptions) -> list[str]:
    """What a pod's specification has of it: the notation of the command line."""
    texts = ["no-new-privileges"] if options.get("no_new_privileges") else []
    if "seccomp" in options:
        texts.append(f"seccomp={options['seccomp']}")
    if "apparmor" in options:
        texts.append(f"apparmor={options['apparmor']}")
    texts += [f"label={label}" for label in options.get("selinux", ())]
    texts += [f"mask={path}" for path in options.get("mask", ())]
    texts += [f"unmask={path}" for path in options.get("unmask", ())]
    if "proc_options" in options:  # of several texts the server would take the last
        texts.append(f"proc-opts={','.join(options['proc_options'])}")
    return texts


def namespace_spec(options: NamespaceOptions) -> Spec:
    """The members that containers' and pods' specifications share."""
    given = cast("Mapping[str, Any]", options)
    spec = renamed(options, {"sysctls": "sysctl"})
    for name in ("pidns", "ipcns", "utsns", "cgroupns"):
        if name in given:
            spec[name] = namespace(name, given[name], KINDS[name])
    return spec | _user_namespace(options)


def _user_namespace(options: NamespaceOptions) -> Spec:
    ranges = {name: _ranges(name, options) for name in ("uid_map", "gid_map")}
    uids, gids = ranges["uid_map"] or ranges["gid_map"], ranges["gid_map"] or ranges["uid_map"]
    text = options.get("userns", "private" if uids else "")
    if not text:
        return {}
    mode, _, details = text.partition(":")
    if uids and mode != "private":
        raise ParameterError(f"userns: {text!r}: uid_map and gid_map are for 'private'")
    if mode == "private" and not uids:
        raise ParameterError("userns: 'private' needs uid_map or gid_map")
    spec: Spec = {"userns": namespace("userns", text, KINDS["userns"])}
    if uids:
        spec["idmappings"] = {"UIDMap": uids, "GIDMap": gids}
    elif mode == "auto":
        # Without this the server leaves the container in the host's user namespace.
        spec["idmappings"] = {"AutoUserNs": True, **_auto(details)}
    return spec


def _ranges(name: str, options: NamespaceOptions) -> list[Spec]:
    given = cast("Mapping[str, Sequence[IdRange | str]]", options).get(name, ())
    try:
        return [each.wire() for each in parts(given, IdRange.parse)]
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from error


def _auto(details: str) -> Spec:
    """``size=65536,uidmapping=0:1000:1,gidmapping=…``, taken apart."""
    size: Spec = {}
    ranges: dict[str, list[Spec]] = {}
    names = {"uidmapping": "AdditionalUIDMappings", "gidmapping": "AdditionalGIDMappings"}
    for detail in filter(None, details.split(",")):
        key, _, value = detail.partition("=")
        if key == "size" and re.fullmatch(r"\d{1,9}", value, re.ASCII):
            size["Size"] = int(value)
        elif key in names:
            ranges.setdefault(names[key], []).append(IdRange.parse(value).wire())
        else:
            raise ParameterError(f"userns: {detail!r} is no option of 'auto'")
    return {"AutoUserNsOpts": {**size, **ranges}} if details else {}
