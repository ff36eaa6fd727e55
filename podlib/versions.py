"""Which server versions have which operations and parameters. No I/O.

Podlib speaks to Podman 4.3 and newer: what every such server has is not in the tables. An
operation is its method and its route below ``libpod/``; one of the Docker-compatible API has
``docker`` before that. Where the first version is not known for
certain, the tables have the first one that may be it, so that no server is refused what it has;
but for what removes things, the first that surely has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from .errors import NotSupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SINCE = {
    "DELETE artifacts/remove": "5.7.0",
    "DELETE artifacts/{}": "5.6.0",
    "DELETE quadlets": "5.8.0",
    "DELETE quadlets/{}": "5.8.0",
    "GET artifacts/json": "5.6.0",
    "GET artifacts/{}/extract": "5.6.0",
    "GET artifacts/{}/json": "5.6.0",
    "GET images/{}/resolve": "5.0.0",
    "GET quadlets/json": "5.7.0",
    "GET quadlets/{}/exists": "5.8.0",
    "GET quadlets/{}/file": "5.8.0",
    "GET secrets/{}/exists": "4.5.0",
    "GET volumes/{}/export": "5.6.0",
    "POST artifacts/add": "5.6.0",
    "POST artifacts/local/add": "5.8.0",
    "POST artifacts/pull": "5.6.0",
    "POST artifacts/{}/push": "5.6.0",
    "POST exec/{}/remove": "4.8.0",
    "POST kube/apply": "4.4.0",
    "POST local/build": "5.7.0",
    "POST local/images/load": "5.7.0",
    "POST networks/{}/update": "4.4.0",
    "POST quadlets": "5.8.0",
    "POST system/check": "5.2.0",
    "POST volumes/{}/import": "5.6.0",
    "docker POST containers/{}/update": "5.1.0",
}
"""The first version that has an operation."""

GONE: dict[str, str] = {}
"""The first version that no longer has an operation. So far, Podman 6 has all that 4.3 had."""

_MANIFEST = {
    "4.9.0": (
        "annotations artifact_annotations artifact_config artifact_config_type "
        "artifact_exclude_titles artifact_layer_type artifact_subject artifact_type "
        "index_annotation index_annotations subject"
    )
}

PARAMETERS: dict[str, dict[str, str]] = {
    "DELETE images/{}": {"4.4.0": "ignore"},
    "DELETE manifests/{}": {"5.4.0": "ignore"},
    "DELETE play/kube": {"4.4.0": "force"},
    "GET containers/stats": {"4.7.0": "all"},
    "GET generate/kube": {"4.5.0": "replicas type", "4.7.0": "noTrunc podmanOnly"},
    "GET manifests/{}/json": {"4.4.0": "tlsVerify"},
    "GET secrets/{}/json": {"4.7.0": "showsecret"},
    "POST artifacts/add": {"5.7.0": "replace"},
    "POST build": {
        "4.4.0": "groupadd volume",
        "4.7.0": "layerLabel",
        "4.8.0": "unsetlabel",
        "5.0.0": "retry retry-delay",
        "5.2.0": "compatvolumes",
        "5.4.0": "nohosts",
        "5.5.0": "inheritlabels",
        "5.6.0": (
            "build-context createdannotation inheritannotations rewritetimestamp sourcedateepoch "
            "unsetannotation"
        ),
    },
    "POST commit": {"4.8.0": "stream"},
    "POST containers/create": {
        "4.4.0": "startupHealthConfig volumes.*.SubPath",
        "4.5.0": "group_entry label_nested rootfs_mapping shm_size_systemd",
        "4.8.0": "intelRdt",
        "5.1.0": "image_volumes.*.subPath",
        "5.3.0": "healthLogDestination healthMaxLogCount healthMaxLogSize removeImage",
        "5.4.0": "Networks.*.options base_hosts_file use_image_hostname",
        "5.5.0": "artifact_volumes",
        "6.0.0": "gpus",
    },
    "POST containers/{}/mount": {"6.0.0": "external"},
    "POST containers/{}/restore": {"5.7.0": "tcpClose"},
    "POST containers/{}/update": {
        "5.1.0": "restartPolicy restartRetries",
        "5.4.0": (
            "BlkIOWeightDevice DeviceReadBPs DeviceReadIOPs DeviceWriteBPs DeviceWriteIOPs "
            "health_cmd health_interval health_log_destination health_max_log_count "
            "health_max_log_size health_on_failure health_retries health_start_period "
            "health_startup_cmd health_startup_interval health_startup_retries "
            "health_startup_success health_startup_timeout health_timeout no_healthcheck"
        ),
        "5.5.0": "Env UnsetEnv",
        "5.8.0": "r_limits",
    },
    "POST images/prune": {"5.3.0": "buildcache"},
    "POST images/pull": {"4.8.0": "compatMode", "5.0.0": "retry retrydelay"},
    "POST images/{}/push": {
        "4.6.0": "compressionLevel",
        "4.7.0": "forceCompressionFormat",
        "5.0.0": "retry retryDelay",
    },
    "POST manifests/{}": _MANIFEST,
    "POST manifests/{}/add": {
        "4.9.0": "annotations index_annotation index_annotations subject",
    },
    "POST manifests/{}/registry/{}": {"4.7.0": "addCompression forceCompressionFormat"},
    "POST networks/create": {"4.4.0": "ignoreIfExists network_dns_servers", "4.6.0": "routes"},
    "POST networks/{}/connect": {"5.4.0": "options"},
    "POST play/kube": {
        "4.4.0": "publishPorts",
        "4.5.0": "serviceContainer wait",
        "4.7.0": "noTrunc userns",
        "4.8.1": "replace",
        "5.0.0": "publishAllPorts",
        "5.3.0": "build",
        "5.4.0": "noHostname",
    },
    "POST pods/create": {
        "4.4.0": "ipcns volumes.*.SubPath",
        "4.5.0": "shm_size_systemd",
        "4.6.0": "restart_policy restart_tries",
        "5.1.0": "image_volumes.*.subPath",
        "5.4.0": "Networks.*.options hostsFile no_manage_hostname",
    },
    "POST secrets/create": {"4.7.0": "replace", "5.6.0": "ignore"},
    "POST system/prune": {"5.1.0": "external", "5.4.0": "build"},
    "POST volumes/create": {"4.4.0": "IgnoreIfExists", "5.6.0": "GID UID"},
    "POST volumes/prune": {"6.0.0": "dryrun"},
    "PUT manifests/{}": _MANIFEST,
}
"""By operation and first version: the parameters that are new then, be they of the query or members
of the body, also such as ``volumes.*.SubPath``, of each item. Older servers do not read them."""

LIMITS = SINCE.keys() | GONE.keys() | PARAMETERS.keys()
"""The operations that not every server takes as they are."""


def check(operation: str, parameters: Mapping[str, object], server: str) -> None:
    """Raise NotSupportedError if ``server`` lacks the operation, or a parameter that is asked for.

    A parameter that is None, False or empty is not asked for; 0 is.
    """
    version = _number(server)
    if (since := SINCE.get(operation)) and version < _number(since):
        raise NotSupportedError(operation, needs=f"{since} or newer", server=server)
    if (gone := GONE.get(operation)) and version >= _number(gone):
        raise NotSupportedError(operation, needs=f"older than {gone}", server=server)
    for first, names in PARAMETERS.get(operation, {}).items():
        for name in names.split() if version < _number(first) else ():
            if _asked_for(parameters, name):
                feature = f"the parameter {name!r} of {operation}"
                raise NotSupportedError(feature, needs=f"{first} or newer", server=server)


def _asked_for(value: object, path: str) -> bool:
    name, _, rest = path.partition(".")
    if not name:
        return value is not False if isinstance(value, int | float) else bool(value)
    found: Iterable[object] = ()
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        found = members.values() if name == "*" else [members.get(name)]
    elif isinstance(value, list | tuple) and name == "*":
        found = cast("Sequence[object]", value)
    return any(_asked_for(each, rest) for each in found)


def _number(version: str) -> tuple[int, ...]:
    """``(5, 8, 2)``; a development version counts as the one that it becomes."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
