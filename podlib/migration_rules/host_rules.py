"""Of the two hosts: their versions, runtimes and room."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podlib import versions
from podlib.errors import NotSupportedError

from .facts import blocker, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.models.migration_plan import Finding
    from podlib.models.system import Info

    from .facts import Facts


def _architecture(facts: Facts) -> Iterator[Finding]:
    here, there = facts.source.host.arch, facts.target.host.arch
    if here != there:
        yield blocker(
            "architecture",
            f"it runs on {here}, the target is {there}",
            "Processes move between hosts of one architecture only.",
        )


def _root(facts: Facts) -> Iterator[Finding]:
    for side, info in _sides(facts):
        if info.host.security.rootless:
            yield blocker(
                "rootless",
                f"the service of the {side} is rootless",
                "Checkpoints and restores need a service that runs as root.",
            )


def _criu(facts: Facts) -> Iterator[Finding]:
    for side, info in _sides(facts):
        runtime = info.host.oci_runtime
        if runtime and runtime.name == "crun" and "+CRIU" not in runtime.version:
            yield blocker(
                "runtime-without-criu",
                f"crun of the {side} was built without CRIU",
                "Install a crun that has it, and libcriu, or set runc as the runtime.",
            )


def _runtimes(facts: Facts) -> Iterator[Finding]:
    wanted, there = facts.container.oci_runtime, facts.target.host.oci_runtime
    if there and wanted and wanted.rpartition("/")[2] != there.name:
        yield warning(
            "runtime-differs",
            f"it runs under {wanted}, the target's own runtime is {there.name}",
            f"Make sure that the target has {wanted} too: Podman restores it with that.",
        )


def _versions(facts: Facts) -> Iterator[Finding]:
    here, there = _number(facts.source_version), _number(facts.target_version)
    if there < here:
        yield warning(
            "target-older",
            f"the target is Podman {facts.target_version}, "
            f"the source Podman {facts.source_version}",
            "An older CRIU may be unable to read the checkpoint: then it goes on on the source.",
        )


def _options(facts: Facts) -> Iterator[Finding]:
    asked = {"tcpClose": facts.options.get("tcp_close")}
    try:
        versions.check("POST containers/{}/restore", asked, facts.target_version)
    except NotSupportedError as error:
        yield blocker("option-unknown", f"tcp_close: {error}", "Use tcp_established, or update it.")
        return
    runtime = facts.target.host.oci_runtime
    if facts.options.get("tcp_close") and runtime and runtime.name == "runc":
        version = runtime.version.partition("\n")[0] or "runc"
        yield warning(
            "runtime-option",
            f"tcp_close: the target restores with {version}, which may not know --tcp-close",
            "See `runc restore --help` there: without it, the restore fails, and the container "
            "goes on on the source.",
        )


def _room(facts: Facts) -> Iterator[Finding]:
    free = facts.target.host.mem_free
    if facts.memory and facts.memory > free:
        yield warning(
            "memory",
            f"it uses {facts.memory} bytes of memory, the target has {free} free",
            "Caches count as used: look whether it has more that can be had.",
        )
    store = facts.target.store
    left = store.graph_root_allocated - store.graph_root_used
    # The archive and what is unpacked from it lie side by side while it is restored.
    needed = 2 * ((facts.memory or 0) + (facts.container.size_rw or 0))
    needed += facts.image_to_send.size if facts.image_to_send else 0
    if store.graph_root_allocated and needed > left:
        yield warning(
            "disk",
            f"about {needed} bytes are needed in the target's store, {left} are free",
            "Make room there.",
        )


def _sides(facts: Facts) -> tuple[tuple[str, Info], ...]:
    return ("source", facts.source), ("target", facts.target)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


RULES = (_architecture, _root, _criu, _runtimes, _versions, _options, _room)
