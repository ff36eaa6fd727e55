"""A session: the hosts of one test run or one demo, made when it begins and gone when it ends.

Everything of a session lies in a folder of its own, outside the checkout. The folder says which
process owns it and which processes to end, so that what a killed session leaves is found and
cleared by the next.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from . import cgroups, roots
from .errors import MissingError
from .host import Base, Host
from .machine import own_podman, require
from .processes import Process
from .suites import HOSTS, SUITES, settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

SESSIONS = Path("/var/tmp/podlib-testbed")


@contextmanager
def session(names: Iterable[str] = HOSTS) -> Generator[dict[str, Host]]:
    """Bring up the hosts called ``names`` with Podman services, for a while.

    Everything ends with the block, and with this process. To be entered in the main thread: hosts
    die with the thread that started them. Raises ``MissingError`` when the machine cannot have
    live hosts.
    """
    require()
    clear()
    bases = find_bases(names)
    folder = _open()
    made: dict[str, Host] = {}
    try:
        made.update((name, Host(name, folder / name, base)) for name, base in bases.items())
        for host in made.values():
            host.prepare(settings(host.base.runtime))
            for process in host.boot():
                _record(folder, process)
        with ThreadPoolExecutor(len(made)) as pool:
            list(pool.map(_start, made.values()))
        yield made
    finally:
        for host in made.values():
            host.shutdown()
        _remove(folder)


def find_bases(names: Iterable[str] = HOSTS) -> dict[str, Base]:
    """The machine's own Podman where it serves, else a root of the host's Debian release.

    It serves for the hosts that checkpoint: the others are there for being old.
    """
    suites = {name: SUITES[HOSTS[name]] for name in names}
    own = own_podman()
    bases = {name: own for name, suite in suites.items() if own and suite.checkpoints}
    rest = {name: suite for name, suite in suites.items() if name not in bases}
    for name, root in zip(rest, roots.ensure(list(rest.values())), strict=True):
        bases[name] = Base(root, "runc", checkpoints=rest[name].checkpoints)
    return {name: bases[name] for name in suites}


def _start(host: Host) -> None:
    if host.base.checkpoints:
        _checkpoints(host)
    host.start_service()


def _checkpoints(host: Host) -> None:
    check = host.run("criu", "check", check=False)
    if check.returncode:
        reason = (check.stdout + check.stderr).strip().splitlines()[-1:]
        raise MissingError(f"real Podman hosts need a working CRIU; criu check: {''.join(reason)}")


def running() -> list[str]:
    """The names of the sessions whose process lives."""
    return [folder.name for folder in _folders() if _owned(folder)]


def clear() -> list[str]:
    """Remove the sessions whose process is gone; returns their names."""
    if not SESSIONS.is_dir():
        return []
    with roots.locked(SESSIONS / "lock"):
        gone = [folder for folder in _folders() if not _owned(folder)]
        for folder in gone:
            _remove(folder)
    return [folder.name for folder in gone]


def _folders() -> list[Path]:
    return sorted(folder for folder in SESSIONS.glob("*") if folder.is_dir())


def _owned(folder: Path) -> bool:
    return any(owner.alive() for owner in _recorded(folder)[:1])


def _open() -> Path:
    folder = SESSIONS / secrets.token_hex(4)
    SESSIONS.mkdir(parents=True, exist_ok=True)
    # Under the lock, so that nobody finds the folder before it says whose it is.
    with roots.locked(SESSIONS / "lock"):
        folder.mkdir(mode=0o711)
        _record(folder, Process.find(os.getpid()))
    return folder


def _record(folder: Path, process: Process) -> None:
    with (folder / "processes").open("a") as file:
        file.write(json.dumps([process.pid, process.started]) + "\n")


def _recorded(folder: Path) -> list[Process]:
    """The session's owner, then the processes that its hosts die with."""
    file = folder / "processes"
    lines = file.read_text().splitlines() if file.exists() else []
    return [Process(*json.loads(line)) for line in lines]


def _remove(folder: Path) -> None:
    """End what still runs of a session, and remove all that it left."""
    for process in _recorded(folder)[1:]:
        process.kill()
    for host in folder.iterdir():
        if host.is_dir() and not cgroups.remove(Host.cgroup_name(host)):
            print(f"processes still run in {Host.cgroup_name(host)}", file=sys.stderr)
    shutil.rmtree(folder)
