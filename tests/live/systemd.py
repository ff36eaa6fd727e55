"""A systemd in a host, for the time of a test: what quadlets need.

It is the manager of a user, root, since it is not the host's first process; Podman finds it where
it looks for the system's. It knows no units but those that the quadlets' generator makes.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.testbed import TestbedError

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.testbed import Host

RUNTIME = "/run/user/0"
SOCKET = f"{RUNTIME}/systemd/private"
PATIENCE = 20.0
START = f"""
set -e
mkdir -p /run/systemd/system {RUNTIME} /run/quadlets/units /run/quadlets/generators
ln -s {SOCKET} /run/systemd/private
ln -s /usr/libexec/podman/quadlet /run/quadlets/generators/podman-system-generator
for target in basic shutdown sysinit; do
    printf '[Unit]\\nDefaultDependencies=no\\n' > /run/quadlets/units/$target.target
done
export XDG_RUNTIME_DIR={RUNTIME}
export SYSTEMD_UNIT_PATH=/run/quadlets/units:{RUNTIME}/systemd/generator
export SYSTEMD_GENERATOR_PATH=/run/quadlets/generators
export SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/run/quadlets/none
# It takes cgroups of version 2 only, and none of its own.
exec unshare --mount sh -ec '
    umount --lazy /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mkdir -p /sys/fs/cgroup/systemd
    echo 0 > /sys/fs/cgroup/systemd/cgroup.procs
    exec /usr/lib/systemd/systemd --user --unit=basic.target
'
"""
CLEAR = f"rm -rf /run/systemd /run/quadlets {RUNTIME}"


@contextmanager
def systemd(host: Host) -> Generator[None]:
    """Have one in ``host``."""
    process = host.start("systemd.log", "sh", "-c", START)
    try:
        end = time.monotonic() + PATIENCE
        while not (host.root / SOCKET.lstrip("/")).exists():
            if process.poll() is not None or time.monotonic() > end:
                log = (host.folder / "systemd.log").read_text()
                raise TestbedError(f"{host.name} has no systemd:\n{log}")
            time.sleep(0.02)
        yield
    finally:
        host.run("pkill", "-KILL", "-x", "systemd", check=False)
        process.wait(PATIENCE)
        host.run("sh", "-c", CLEAR)


def systemctl(host: Host, *words: str) -> None:
    """Tell it something."""
    host.run("env", f"XDG_RUNTIME_DIR={RUNTIME}", "systemctl", "--user", *words)
