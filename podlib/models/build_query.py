"""What the server takes for the options of an image build."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import TypeAdapter

from podlib import query, versions
from podlib.errors import ParameterError

from ._parameters import (
    Spec,
    at_least,
    check_options,
    nanoseconds,
    parts,
    renamed,
    size_in_bytes,
)
from .build_options import BuildOptions
from .container_parts import Device, IdRange, Ulimit
from .resource_options import resource_limits

__all__ = ["build_parts_sent", "build_spec"]

_adapter = TypeAdapter(BuildOptions)


def build_spec(server: str, options: BuildOptions) -> Spec:
    """The options as the query of a build by ``server``, a version. Raises ``ParameterError``."""
    options = check_options("build options", _adapter, options, BuildOptions)
    given = cast("Mapping[str, Any]", options)
    spec: Spec = {
        "layers": True,
        "forcerm": True,
        "outputformat": _FORMATS[given.get("format", "oci")],
    }
    spec |= renamed(options, _AS_THEY_ARE)
    for names, encode in ((_AS_JSON, _json), (_PAIRS, _pairs), (_FLAGS, query.flag)):
        spec |= {wire: encode(given[name]) for name, wire in names.items() if name in given}
    for convert in (_sources, _spans, _limits, _parts, _namespaces):
        spec |= convert(options)
    return spec | _by_version(versions._number(server), given)


def secret_file(number: int) -> str:
    """Where in the context the server finds a secret; it moves the file away before it builds."""
    return f".podlib-secret-{number}"


def sent_containerfiles(options: BuildOptions) -> list[tuple[str, str | os.PathLike[str]]]:
    """The Containerfiles that go with the context: their names there; a text, or where they are."""
    if "containerfile_text" in options:
        return [(_containerfile(0), options["containerfile_text"])]
    files = enumerate(_containerfiles(options))
    return [(_containerfile(at), each) for at, each in files if not isinstance(each, str)]


def build_parts_sent(options: BuildOptions) -> list[str]:
    """The options whose files go with the context."""
    names = [name for name in ("containerfile_text", "ignorefile", "secrets") if options.get(name)]
    return names or [each for each in ("containerfile",) if sent_containerfiles(options)]


def _containerfiles(options: BuildOptions) -> list[str | os.PathLike[str]]:
    given = options.get("containerfile", ())
    return [given] if isinstance(given, str | os.PathLike) else [*given]


def _containerfile(number: int) -> str:
    return f".podlib-containerfile-{number}"


_FORMATS = {
    # Unless it is asked for, the server does not use its cache.
    "oci": "application/vnd.oci.image.manifest.v1+json",
    "docker": "application/vnd.docker.distribution.manifest.v2+json",
}
_COMPRESSIONS = {"none": 0, "bzip2": 1, "gzip": 2, "xz": 3, "zstd": 4}

_AS_THEY_ARE = {
    "tags": "t",
    "target": "target",
    "from_": "from",
    "ignore_unknown": "ignore",
    "layers": "layers",
    "squash": "squash",
    "unset_labels": "unsetlabel",
    "identity_label": "identitylabel",
    "unset_annotations": "unsetannotation",
    "unset_env": "unsetenv",
    "omit_history": "omithistory",
    "os_version": "osversion",
    "os_features": "osfeature",
    "rewrite_timestamp": "rewritetimestamp",
    "platforms": "platform",
    "all_platforms": "allplatforms",
    "manifest": "manifest",
    "no_cache": "nocache",
    "tls_verify": "tlsVerify",
    "skip_unused_stages": "skipunusedstages",
    "quiet": "q",
    "rusage": "rusage",
    "rusage_log": "rusagelogfile",
    "rm": "rm",
    "force_rm": "forcerm",
    "isolation": "isolation",
    "no_hosts": "nohosts",
    "http_proxy": "httpproxy",
    "volumes": "volume",
    "compat_volumes": "compatvolumes",
    "groups": "groupadd",
    "seccomp": "seccomp",
    "apparmor": "apparmor",
    "cgroup_parent": "cgroupparent",
}
_AS_JSON = {
    "build_args": "buildargs",
    "labels": "labels",
    "excludes": "excludes",
    "cpp_flags": "cppflags",
    "dns": "dnsservers",
    "dns_search": "dnssearch",
    "dns_options": "dnsoptions",
    "cap_add": "addcaps",
    "cap_drop": "dropcaps",
    "selinux": "labelopts",
}
_PAIRS = {"env": "setenv", "layer_labels": "layerLabel"}
_FLAGS = {
    "inherit_labels": "inheritlabels",
    "inherit_annotations": "inheritannotations",
    "created_annotation": "createdannotation",
}


def _json(value: Mapping[str, object] | Sequence[object]) -> str | None:
    plain = dict(value) if isinstance(value, Mapping) else list(value)
    return json.dumps(plain, separators=(",", ":")) if plain else None


def _pairs(value: Mapping[str, str]) -> list[str]:
    return [f"{name}={each}" for name, each in value.items()]


def _sources(options: BuildOptions) -> Spec:
    spec: Spec = {}
    files = _containerfiles(options)
    if "containerfile_text" in options:
        if files:
            raise ParameterError("give either containerfile or containerfile_text")
        spec["dockerfile"] = _containerfile(0)
    elif any(files):
        names = enumerate(files)
        spec["dockerfile"] = _json(
            [each if isinstance(each, str) else _containerfile(at) for at, each in names]
        )
    if secrets := options.get("secrets"):
        for name in secrets:
            if not name or "," in name:
                raise ParameterError(f"secrets: {name!r} cannot be an id")
        texts = [f"id={name},src={secret_file(number)}" for number, name in enumerate(secrets)]
        spec["secrets"] = _json(texts)
    if "annotations" in options:
        spec["annotations"] = _json(_pairs(options["annotations"]))
    if "compression" in options:
        spec["compression"] = _COMPRESSIONS[options["compression"]]
    if "pull" in options:
        spec["pullpolicy"] = "ifnewer" if options["pull"] == "newer" else options["pull"]
    return spec


def _by_version(version: tuple[int, ...], given: Mapping[str, Any]) -> Spec:
    """What servers of different versions read in different notations."""
    spec: Spec = {}
    for name, wire in (("cache_from", "cachefrom"), ("cache_to", "cacheto")):
        if repositories := given.get(name):
            spec[wire] = _json(repositories)
            if version < (4, 4):
                [spec[wire], *more] = repositories
                if more:
                    raise ParameterError(f"{name}: Podman 4.3 takes one repository only")
    if contexts := given.get("build_contexts"):
        kinds = {name: _context(name, each) for name, each in contexts.items()}
        spec["additionalbuildcontexts"] = [
            f"{name}={kind}:{value}" for name, (kind, value) in kinds.items()
        ]
        if version < (5, 6):
            spec["additionalbuildcontexts"] = _json(
                {
                    name: {"IsURL": kind == "url", "IsImage": kind == "image", "Value": value}
                    for name, (kind, value) in kinds.items()
                }
            )
    return spec


def _context(name: str, text: str | os.PathLike[str]) -> tuple[str, str]:
    if isinstance(text, os.PathLike):
        return "localpath", os.fspath(text)
    for scheme in ("docker-image://", "container-image://"):
        if text.startswith(scheme):
            return "image", text.removeprefix(scheme)
    if text.startswith(("http://", "https://", "git://")):
        return "url", text
    if text.startswith("/"):
        return "localpath", text
    raise ParameterError(f"build_contexts: {name}: {text!r} is no URL and no docker-image://NAME")


def _spans(options: BuildOptions) -> Spec:
    given = cast("Mapping[str, Any]", options)
    spec: Spec = {
        wire: f"{nanoseconds(name, given[name])}ns"
        for name, wire in (("cache_ttl", "cachettl"), ("retry_delay", "retry-delay"))
        if name in given
    }
    for name, wire in (("timestamp", "timestamp"), ("source_date_epoch", "sourcedateepoch")):
        if name in given:
            spec[wire] = int(given[name].timestamp())
    for name in ("retry", "jobs"):
        if name in given:
            spec[name] = at_least(name, given[name], 0)
    return spec


def _limits(options: BuildOptions) -> Spec:
    limits = cast("Mapping[str, Spec]", resource_limits(cast("Any", options)))
    spec = renamed(limits.get("memory", {}), {"limit": "memory", "swap": "memswap"})
    spec |= renamed(
        limits.get("cpu", {}),
        {
            "shares": "cpushares",
            "period": "cpuperiod",
            "quota": "cpuquota",
            "cpus": "cpusetcpus",
            "mems": "cpusetmems",
        },
    )
    if "shm_size" in options:
        spec["shmsize"] = size_in_bytes("shm_size", options["shm_size"])
    return spec


def _parts(options: BuildOptions) -> Spec:
    spec: Spec = {}
    if "devices" in options:
        devices = parts(options["devices"], Device.parse)
        spec["devices"] = _json([each.notation() for each in devices])
    if "ulimits" in options:
        ulimits = parts(options["ulimits"], Ulimit.parse)
        spec["ulimits"] = _json([_ulimit(each) for each in ulimits])
    if "hosts" in options:
        spec["extrahosts"] = _json([f"{name}:{ip}" for name, ip in options["hosts"].items()])
    return spec


def _ulimit(limit: Ulimit) -> str:
    limit.wire()  # is the soft limit below the hard one?
    return f"{limit.name}={limit.soft}:{limit.soft if limit.hard is None else limit.hard}"


def _namespaces(options: BuildOptions) -> Spec:
    given = cast("Mapping[str, str]", options)
    spec: Spec = {}
    found = [
        _namespace(name, given[name], wire) for name, wire in _NAMESPACES.items() if name in given
    ]
    if ranges := _id_ranges(options):
        spec["idmappingoptions"] = _json(ranges)
        found.append({"Name": "user", "Host": False, "Path": ""})
    network = given.get("network", "host" if found else "")
    if network:  # any other namespace that is told would change the server's default
        spec["networkmode"] = "NetworkDisabled" if network == "none" else "NetworkEnabled"
        spec["nsoptions"] = _json([_network(network), *found])
    return spec


_NAMESPACES = {"pidns": "pid", "ipcns": "ipc", "utsns": "uts", "cgroupns": "cgroup"}


def _namespace(name: str, text: str, wire: str) -> Spec:
    path = text.removeprefix("ns:")
    if text not in ("private", "host") and not path.startswith("/"):
        raise ParameterError(f"{name}: {text!r} is none of private, host, ns:PATH")
    return {"Name": wire, "Host": text == "host", "Path": path if path.startswith("/") else ""}


def _network(text: str) -> Spec:
    named = text not in ("private", "none", "host")
    return {
        "Name": "network",
        "Host": text == "host",
        "Path": text.removeprefix("ns:") if named else "",
    }


def _id_ranges(options: BuildOptions) -> Spec:
    uids, gids = (
        parts(cast("Mapping[str, Sequence[IdRange | str]]", options).get(name, ()), IdRange.parse)
        for name in ("uid_map", "gid_map")
    )
    if not uids and not gids:
        return {}
    return {
        wire: [
            {"containerID": each.container, "hostID": each.host, "size": each.size}
            for each in ranges
        ]
        for wire, ranges in (("UIDMap", uids or gids), ("GIDMap", gids or uids))
    }
