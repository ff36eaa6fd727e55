"""Debian root file systems with Podman and CRIU, built once and kept outside the checkout."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import TestbedError
from .tools import PATH, debian_mirror, install, tail

if TYPE_CHECKING:
    from collections.abc import Generator

    from .suites import Suite

# Not needed by a host, and a third of its size.
SUPERFLUOUS = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale")


def cache() -> Path:
    """Where roots are kept: ``$PODLIB_CACHE/roots``, by default ``/var/cache/podlib/roots``."""
    return Path(os.environ.get("PODLIB_CACHE", "/var/cache/podlib")) / "roots"


def recipe(suite: Suite) -> str:
    """A hash of all that a root depends on: another recipe is another root."""
    text = json.dumps([suite.name, sorted(suite.packages), SUPERFLUOUS])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def root_of(suite: Suite) -> Path:
    return cache() / f"{suite.name}-{recipe(suite)}"


def ensure(suites: list[Suite]) -> list[Path]:
    """The roots of ``suites``, built where they are missing, side by side."""
    roots = [root_of(suite) for suite in suites]
    if not all(root.is_dir() for root in roots):
        # Debian's archive is signed: with the keys at hand, debootstrap checks it.
        install("debootstrap", apt=["debootstrap", "debian-archive-keyring"], dnf=["debootstrap"])
        cache().mkdir(parents=True, exist_ok=True)
        with locked(cache() / "lock"):
            # Another process may have built them while this one waited.
            missing = {suite for suite in suites if not root_of(suite).is_dir()}
            _build(sorted(missing, key=lambda suite: suite.name))
    return roots


def remove() -> list[Path]:
    """Remove all roots, which no session may be using; returns their paths."""
    if not cache().is_dir():
        return []
    with locked(cache() / "lock"):
        found = [path for path in cache().iterdir() if path.is_dir()]
        for path in found:
            shutil.rmtree(path)
    return found


def _build(suites: list[Suite]) -> None:
    """Build under names that nothing takes for a root, and rename each once it is whole."""
    builds: list[tuple[Suite, subprocess.Popen[bytes]]] = []
    try:
        for suite in suites:
            print(f"building a Debian {suite.name} root with Podman: a minute or two, once")
            sys.stdout.flush()
            builds.append((suite, _start(suite)))
        for suite, process in builds:
            _finish(suite, process)
    finally:
        for _, process in builds:
            process.kill()
            process.wait()


def _start(suite: Suite) -> subprocess.Popen[bytes]:
    shutil.rmtree(_part(suite), ignore_errors=True)  # of a build that was killed
    with _log(suite).open("w") as log:
        return subprocess.Popen(
            debootstrap(suite, _part(suite)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PATH": PATH},
            start_new_session=True,
        )


def _finish(suite: Suite, process: subprocess.Popen[bytes]) -> None:
    if process.wait():
        shutil.rmtree(_part(suite), ignore_errors=True)
        raise TestbedError(f"debootstrap {suite.name} failed:\n{tail(_log(suite).read_text())}")
    for folder in SUPERFLUOUS:
        shutil.rmtree(_part(suite) / folder, ignore_errors=True)
    _part(suite).rename(root_of(suite))
    _log(suite).unlink()


def _part(suite: Suite) -> Path:
    return root_of(suite).with_suffix(".part")


def _log(suite: Suite) -> Path:
    return root_of(suite).with_suffix(".log")


def debootstrap(suite: Suite, target: Path) -> list[str]:
    """The command that fills ``target``.

    It runs in namespaces of its own and dies with this process: what it mounts and starts does
    not outlive it.
    """
    scripts = Path("/usr/share/debootstrap/scripts")
    script = scripts / suite.name
    if not script.exists():  # an older debootstrap does not know the names of newer suites
        script = scripts / "sid"
    command = [
        *("setpriv", "--pdeathsig", "KILL"),
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
        *("debootstrap", "--variant=minbase", f"--include={','.join(suite.packages)}"),
        *(suite.name, str(target)),
    ]
    mirror = debian_mirror()
    # An empty mirror stands for debootstrap's own default.
    return [*command, mirror or "", str(script)]


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock on ``path`` among all processes of this machine; a killed one lets go of it."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for the process that holds {path}", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
