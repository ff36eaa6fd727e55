"""A cgroup of its own for every host, so that two hosts never share a container's cgroup.

Both hierarchies are served: version 1 with one tree per controller, and version 2. A host sees its
cgroup as the root of each tree, through a cgroup namespace.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
# Words among a mount's options that do not tell which tree it shows.
NO_PART = re.compile(r"rw$|ro$|xattr$|clone_children$|noprefix$|release_agent=")


@dataclass(frozen=True)
class Hierarchy:
    """One mounted cgroup tree; ``options`` mount it again (empty for version 2)."""

    options: str
    path: Path


def hierarchies(mountinfo: str | None = None) -> list[Hierarchy]:
    """The cgroup trees of this machine."""
    found: dict[str, Hierarchy] = {}
    for line in (mountinfo or MOUNTS.read_text()).splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        if kind == "cgroup2":
            found.setdefault("", Hierarchy("", Path(left.split()[4])))
        elif kind == "cgroup":
            words = [word for word in options.split(",") if not NO_PART.match(word)]
            names = ",".join(words)
            found.setdefault(names, Hierarchy(names, Path(left.split()[4])))
    return list(found.values())


def create(name: str) -> list[tuple[Hierarchy, Path]]:
    """Make the cgroup ``name`` in every tree."""
    made: list[tuple[Hierarchy, Path]] = []
    for tree in hierarchies():
        folder = tree.path / name
        if not tree.options:
            _enable_controllers(tree.path)
        folder.mkdir(exist_ok=True)
        if tree.options == "cpuset":
            _inherit_cpuset(folder)
        made.append((tree, folder))
    return made


def _enable_controllers(root: Path) -> None:
    for controller in (root / "cgroup.controllers").read_text().split():
        with suppress(OSError):  # one that cannot be had: limits of its kind do not work then
            (root / "cgroup.subtree_control").write_text(f"+{controller}")


def _inherit_cpuset(folder: Path) -> None:
    # Version 1 starts a cpuset empty, and nothing may run in an empty one.
    for file in ("cpuset.cpus", "cpuset.mems"):
        (folder / file).write_text((folder.parent / file).read_text())
    (folder / "cgroup.clone_children").write_text("1")


def remove(name: str, timeout: float = 5) -> bool:
    """Remove the cgroup ``name`` and all below it; false when processes still live in it."""
    deadline = time.monotonic() + timeout
    folders = [hierarchy.path / name for hierarchy in hierarchies()]
    while True:
        for folder in folders:
            for below in sorted(folder.glob("**/"), reverse=True):
                with suppress(OSError):  # busy until its last process is gone; told below
                    below.rmdir()
        left = any(folder.exists() for folder in folders)
        if not left or time.monotonic() > deadline:
            return not left
        time.sleep(0.05)
