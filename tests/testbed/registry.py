"""An image registry in a host: Debian's docker-registry, with an empty store of its own."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import TestbedError
from .tools import tail

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from .host import Host

# Perl is in every Debian; its crypt() knows bcrypt, the only kind that the registry takes.
BCRYPT = "print crypt($ARGV[0], q($2y$05$saltsaltsaltsaltsaltse))"
ACCESS = re.compile(r'^\S+ \S+ \S+ \[.*?\] "(\S+) (\S+) HTTP/1\.1" (\d+)', re.MULTILINE)


@dataclass
class Registry:
    """A registry that runs. ``address`` is where the host finds it."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path
    store: Path

    @classmethod
    def start(cls, host: Host, port: int, user: str, password: str) -> Registry:
        """Start it and wait until it listens."""
        name = f"registry-{port}"
        address = f"127.0.0.1:{port}"
        config: dict[str, Any] = {
            "version": 0.1,
            "storage": {"filesystem": {"rootdirectory": f"/var/tmp/{name}"}},
            "http": {"addr": address},
        }
        if user:
            hashed = host.run("perl", "-e", BCRYPT, password).stdout
            (host.share / f"{name}.users").write_text(f"{user}:{hashed}\n")
            path = f"/mnt/share/{name}.users"
            config["auth"] = {"htpasswd": {"realm": "podlib", "path": path}}
        # JSON is YAML, which the registry reads.
        (host.share / f"{name}.yml").write_text(json.dumps(config))
        log = host.folder / f"{name}.log"
        log.unlink(missing_ok=True)
        process = host.start(log.name, "docker-registry", "serve", f"/mnt/share/{name}.yml")
        probe = f"until echo > /dev/tcp/127.0.0.1/{port}; do sleep 0.05; done"
        if host.run("timeout", "10", "bash", "-c", probe, check=False).returncode:
            raise TestbedError(f"{host.name}: no registry:\n{tail(log.read_text())}")
        return cls(address, process, log, host.root / "var/tmp" / name)

    def requests(self) -> list[str]:
        """What it was asked and answered, such as ``GET /v2/busybox/manifests/latest 200``."""
        return [" ".join(found) for found in ACCESS.findall(self.log.read_text())]

    def forget(self) -> None:
        """Remove what it stored."""
        shutil.rmtree(self.store, ignore_errors=True)  # nothing was pushed, maybe
