"""What the machine itself offers: what it lacks for real hosts, and its own Podman if it serves."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import MissingError
from .host import Base
from .tools import PATH, install, which

if TYPE_CHECKING:
    from collections.abc import Callable

INITS = ("/usr/bin/catatonit", "/usr/libexec/podman/catatonit", "/usr/libexec/catatonit/catatonit")
COMMANDS = ("unshare", "nsenter", "setpriv")
NAMESPACES = ("--mount", "--net", "--pid", "--ipc", "--uts", "--cgroup", "--fork")


def require() -> None:
    """Raise ``MissingError`` with what this machine lacks, if anything."""
    for there, what in _requirements():
        if not there():
            raise MissingError(f"real Podman hosts need {what}")


def _requirements() -> list[tuple[Callable[[], bool], str]]:
    return [
        (lambda: os.geteuid() == 0, "root"),
        # The kernel has this file only when it is built with the support that CRIU needs.
        (Path("/proc/sys/kernel/ns_last_pid").exists, "a kernel with CONFIG_CHECKPOINT_RESTORE"),
        (lambda: all(which(command) for command in COMMANDS), " and ".join(COMMANDS)),
        (lambda: _succeeds("unshare", *NAMESPACES, "true"), "the right to make namespaces"),
        (_overlay, "the overlay file system"),
    ]


def _overlay() -> bool:
    if "overlay" not in Path("/proc/filesystems").read_text():
        _succeeds("modprobe", "overlay")
    return "overlay" in Path("/proc/filesystems").read_text()


def own_podman() -> Base | None:
    """The machine's own Podman, when it is new enough and can checkpoint."""
    version = re.search(r"\d+", _output("podman", "--version"))
    if version is None or int(version[0]) < 5 or not _succeeds("criu", "check"):
        return None
    runtime = "runc" if which("runc") else "crun"
    if runtime == "crun" and "+CRIU" not in _output("crun", "--version"):
        return None
    init = next((path for path in INITS if Path(path).exists()), None)
    if init is None:
        return None
    install("busybox", apt=["busybox-static"], dnf=["busybox"])
    return Base(Path("/"), runtime, init, which("busybox") or "")


def _succeeds(*command: str) -> bool:
    return _run(*command)[0] == 0


def _output(*command: str) -> str:
    return _run(*command)[1]


def _run(*command: str) -> tuple[int, str]:
    if not which(command[0]):
        return 127, ""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PATH": PATH},
    )
    return done.returncode, done.stdout
