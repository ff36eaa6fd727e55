"""Of the container itself: its state, what it shares with others, its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facts import blocker, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.models.migration_plan import Finding

    from .facts import Facts


def _state(facts: Facts) -> Iterator[Finding]:
    status = facts.container.state.status
    if status != "running":
        yield blocker(
            "not-running",
            f"it is {status}, not running",
            "Start or unpause it; one that does not run needs no checkpoint: create it anew.",
        )


def _pod(facts: Facts) -> Iterator[Finding]:
    wanted = facts.options.get("pod")
    if wanted is None:
        if facts.container.pod:
            yield blocker(
                "in-pod",
                "it belongs to a pod",
                "Name a `pod` of the target that it goes into, or move the whole pod.",
            )
    elif facts.pod is None:
        yield blocker(
            "pod-missing",
            f"the target has no pod {wanted!r}",
            "Create it there first, with the same shared namespaces.",
        )
    elif missing := [each for each in _borrowed(facts) if each not in facts.pod.shared_namespaces]:
        yield blocker(
            "pod-shares-less",
            f"the pod {wanted!r} of the target does not share {', '.join(missing)}",
            "Create one that shares what its pod shares.",
        )


_NAMESPACES = {"net": "network", "pid": "pid", "ipc": "ipc"}


def _borrowed(facts: Facts) -> dict[str, str]:
    """The namespaces that it has from another container, and the id of that."""
    host = facts.container.host_config
    modes = {"net": host.network_mode, "pid": host.pid_mode, "ipc": host.ipc_mode}
    return {
        kind: mode.removeprefix("container:")
        for kind, mode in modes.items()
        if mode.startswith("container:")
    }


def _owners(facts: Facts) -> set[str]:
    return {*_borrowed(facts).values()}


def _removed_at_its_end(facts: Facts) -> Iterator[Finding]:
    if facts.container.host_config.auto_remove:
        yield blocker(
            "auto-remove",
            "Podman removes it as soon as it stops (--rm), and the way back with it",
            "Create it without --rm.",
        )


def _shared(facts: Facts) -> Iterator[Finding]:
    host = facts.container.host_config
    only_its_pods = bool(facts.container.pod) and len(_owners(facts)) < 2
    for kind in () if only_its_pods and "pod" in facts.options else _borrowed(facts):
        yield blocker(
            "shares-namespace",
            f"it shares the {_NAMESPACES[kind]} namespace of another container",
            "A container moves with namespaces of its own, or of its pod, only.",
        )
    if host.pid_mode == "host":
        yield warning(
            "host-pids",
            "it sees the processes of its host",
            "CRIU needs the same process numbers to be free at the target; they may not be.",
        )


def _depends(facts: Facts) -> Iterator[Finding]:
    container, owners = facts.container, _owners(facts)
    of_the_pod = 1 if container.pod and not owners else 0  # which it shares nothing with
    if len({*container.dependencies} - owners) > of_the_pod:
        yield blocker(
            "requires-others",
            "it requires other containers (--requires)",
            "Podman does not export its checkpoint then: create it without --requires.",
        )
    if facts.dependants and not facts.options.get("leave_running"):
        yield blocker(
            "required-by-others",
            f"{', '.join(facts.dependants)} of the source needs it there",
            "Podman removes it only after these: remove them first, and create them anew at the "
            "target.",
        )


def _devices(facts: Facts) -> Iterator[Finding]:
    host = facts.container.host_config
    if host.privileged:
        yield warning(
            "privileged",
            "it is privileged, and so has all devices of its host",
            "The target must have the same devices; what its processes have open of them cannot "
            "be frozen.",
        )
    for device in host.devices:
        yield warning(
            "device",
            f"it has the device {device.path_on_host}",
            "The target must have it at the same path, and no process may have it open.",
        )


def _init(facts: Facts) -> Iterator[Finding]:
    if facts.container.host_config.init:
        yield warning(
            "init",
            "its first process is the host's own init program (--init)",
            "The target must have the very same file: CRIU compares what it restores. If its path "
            "is a symbolic link, as on Debian, no host can restore it, not even the source: create "
            "it with --init-path.",
        )


def _name(facts: Facts) -> Iterator[Finding]:
    if facts.container.id in facts.names_taken:
        yield blocker(
            "is-there",
            "the target has this very container: by an earlier move, or it is the source itself",
            "Remove it on neither: if they are two hosts, recover the earlier move, which decides.",
        )
        return
    for name in facts.names_taken:
        yield blocker(
            "name-taken",
            f"the target has a container {name!r} already",
            "Remove it there, or give another `name`.",
        )


def _sessions(facts: Facts) -> Iterator[Finding]:
    if facts.container.exec_ids:
        yield warning(
            "exec-sessions",
            f"{len(facts.container.exec_ids)} processes were started in it by exec",
            "They do not travel, and end when it is frozen.",
        )


def _copy(facts: Facts) -> Iterator[Finding]:
    if facts.options.get("leave_running"):
        yield warning(
            "copy",
            "it runs on, on the source: afterwards there are two",
            "Both go on from the same state; see that they do not do the same work twice.",
        )


def _log(facts: Facts) -> Iterator[Finding]:
    driver = facts.container.host_config.log_config.type
    if driver not in {"k8s-file", "json-file", "none", ""}:
        yield warning(
            "log-stays",
            f"its log is kept by {driver}",
            "What it has logged so far stays on the source.",
        )


def _secrets(facts: Facts) -> Iterator[Finding]:
    for name in facts.secrets_missing:
        yield blocker(
            "secret-missing",
            f"the target has no secret {name!r}",
            "Create it there first; its content does not travel.",
        )
    for secret in facts.container.config.secrets:
        yield warning(
            "secret",
            f"it has the secret {secret.name!r} mounted",
            "If it is below /run/secrets, as it is unless its `target` is another path, only its "
            "own host can restore it: create it with such a `target`.",
        )


RULES = (
    _state,
    _pod,
    _removed_at_its_end,
    _shared,
    _depends,
    _name,
    _devices,
    _init,
    _sessions,
    _copy,
    _log,
    _secrets,
)
