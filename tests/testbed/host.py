"""One host: a process tree with file systems, network, processes and cgroups of its own."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import cgroups
from .api import call
from .errors import TestbedError
from .leftovers import remove_leftovers
from .processes import Process
from .registry import Registry
from .tools import PATH, tail

if TYPE_CHECKING:
    from .image import BaseImage

BOOT = Path(__file__).with_name("boot.sh")
ENTER = Path(__file__).with_name("enter.py")
ENVIRONMENT = {
    "PATH": PATH,
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PODMAN_IGNORE_CGROUPSV1_WARNING": "1",
}


@dataclass(frozen=True)
class Base:
    """What a host is made of: a root file system, and where in it the tools are."""

    root: Path
    runtime: str
    init: str = "/usr/bin/catatonit"
    busybox: str = "/usr/bin/busybox"
    checkpoints: bool = True


@dataclass
class Host:
    """A real Podman host. ``folder`` is its part of the session's folder."""

    name: str
    folder: Path
    base: Base
    version: str = ""
    _unshare: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _init: Process | None = field(default=None, repr=False)
    _service: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _registries: dict[int, Registry] = field(default_factory=dict[int, Registry], repr=False)

    @property
    def share(self) -> Path:
        """A folder that the host sees as ``/mnt/share``."""
        return self.folder / "share"

    @property
    def socket(self) -> Path:
        """The socket of its Podman service, seen from the machine."""
        return self.share / "podman.sock"

    @property
    def cgroup(self) -> str:
        return self.cgroup_name(self.folder)

    @staticmethod
    def cgroup_name(folder: Path) -> str:
        """The cgroup of the host that has ``folder``."""
        return f"podlib-{folder.parent.name}-{folder.name}"

    @property
    def busybox(self) -> Path:
        """A static busybox, seen from the machine: what images can be made of."""
        return self.base.root / self.base.busybox.lstrip("/")

    @property
    def root(self) -> Path:
        """The root of its file system, seen from the machine, while it runs."""
        return Path(f"/proc/{self._first.pid}/root")

    @property
    def _first(self) -> Process:
        if self._init is None:
            raise TestbedError(f"{self.name} is not running")
        return self._init

    # -- the host ------------------------------------------------------------------------------

    def prepare(self, settings: dict[str, str]) -> None:
        """Make the folders and cgroups that it boots from."""
        for name in ("etc", "layers", "share"):
            (self.folder / name).mkdir(parents=True)
        for name, text in settings.items():
            file = self.folder / "etc" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        made = cgroups.create(self.cgroup)
        lines = [f"{folder} {tree.options}\n" for tree, folder in made]
        (self.folder / "cgroups").write_text("".join(lines))

    def boot(self) -> list[Process]:
        """Start it, without its service. Returns the processes that all of it dies with."""
        root, folder = str(self.base.root), str(self.folder)
        with (self.folder / "boot.log").open("w") as log:
            self._unshare = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL"),
                    *("sh", str(BOOT), self.name, root, folder),
                    *(self.base.init, self.base.busybox),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=ENVIRONMENT,
                start_new_session=True,
            )
        assert self._unshare.stdout
        with self._unshare.stdout as output:
            if output.readline() != b"ready\n":
                self._unshare.wait()
                raise TestbedError(f"{self.name} did not start:\n{self._log('boot.log')}")
        outside = Process.find(self._unshare.pid)
        [self._init] = outside.children()
        return [outside, self._init]

    def shutdown(self) -> None:
        """End it and everything in it."""
        if self._unshare is None:
            return
        self._unshare.kill()
        self._unshare.wait()
        if self._init:
            self._init.kill()
        for process in (self._service, *(each.process for each in self._registries.values())):
            if process:
                process.wait()
        self._unshare = self._init = self._service = None
        self._registries.clear()

    def run(
        self, *argv: str, check: bool = True, stdin: str = "", timeout: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the host, as root, with ``stdin`` as its input.

        ``check`` raises ``TestbedError`` with what it printed when it fails.
        """
        done = subprocess.run(
            self._inside(*argv),
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            env=ENVIRONMENT,
            timeout=timeout,
        )
        if check and done.returncode:
            output = tail(done.stdout + done.stderr)
            raise TestbedError(f"{self.name}: {' '.join(argv)} exited {done.returncode}:\n{output}")
        return done

    def start(self, log: str, *argv: str) -> subprocess.Popen[bytes]:
        """Start a command in the host that goes on; what it prints goes to the file ``log``."""
        with (self.folder / log).open("a") as output:
            return subprocess.Popen(
                self._inside(*argv),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=ENVIRONMENT,
                start_new_session=True,
            )

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End at once what ``start`` started."""
        _end(process, signal.SIGKILL)

    def program(self, path: Path, *command: str) -> Path:
        """Make ``path`` a program of the machine that runs ``command`` in the host.

        The words that it is given follow those of ``command``.
        """
        variables = (f"{name}={value}" for name, value in ENVIRONMENT.items())
        words = [sys.executable, "-S", str(ENTER), str(self._first.pid), *command]
        path.write_text(f'#!/bin/sh\nexec env {shlex.join([*variables, *words])} "$@"\n')
        path.chmod(0o755)
        return path

    def _inside(self, *argv: str) -> list[str]:
        return [
            *("nsenter", "--target", str(self._first.pid), "--root", "--wd"),
            *("--mount", "--net", "--pid", "--ipc", "--uts", "--cgroup"),
            *("sh", "/run/enter", *argv),
        ]

    def _log(self, name: str) -> str:
        return tail((self.folder / name).read_text(errors="replace"))

    # -- its Podman service --------------------------------------------------------------------

    def start_service(self) -> None:
        """Start Podman's service and wait until it answers."""
        self._service = self.start(
            "service.log",
            *("podman", "system", "service", "--time=0", "unix:///mnt/share/podman.sock"),
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.api("GET", "/_ping")
                break
            except OSError as error:
                if self._service.poll() is not None or time.monotonic() > deadline:
                    log = self._log("service.log")
                    raise TestbedError(f"{self.name}: no Podman service:\n{log}") from error
            time.sleep(0.02)
        # The server runs programs and asks the package manager for this: once will do.
        self.version = self.version or self.api("GET", "/version")["Version"]

    def stop_service(self) -> None:
        """Ask the service to end; containers live on."""
        self._end_service(signal.SIGTERM)

    def kill_service(self) -> None:
        """End the service at once, as a crash would; containers live on."""
        self._end_service(signal.SIGKILL)

    def restart_service(self) -> None:
        self.stop_service()
        self.start_service()

    def _end_service(self, number: signal.Signals) -> None:
        if self._service:
            _end(self._service, number)
            self._service = None

    def api(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Any:
        """One plain call of libpod's API; see ``api.call``."""
        return call(str(self.socket), method, path, body, kind)

    def empty(self, keep: BaseImage) -> None:
        """Remove everything that was made, and all registries, but the image ``keep``.

        The service is started if it does not run.
        """
        if self._service is None or self._service.poll() is not None:
            self.start_service()
        remove_leftovers(self, keep)
        self._end_registries()

    # -- registries ----------------------------------------------------------------------------

    def registry(self, *, user: str = "", password: str = "", port: int = 5000) -> str:
        """Start an empty image registry in the host; returns its address there.

        It speaks plain HTTP. With ``user``, it gives and takes nothing without these credentials.
        Another ``port`` is another registry. All are gone when the host is emptied.
        """
        self._registries[port] = Registry.start(self, port, user, password)
        return self._registries[port].address

    def registry_requests(self, port: int = 5000) -> list[str]:
        """What the registry was asked, such as ``GET /v2/busybox/manifests/latest 200``."""
        return self._registries[port].requests()

    def _end_registries(self) -> None:
        for registry in self._registries.values():
            _end(registry.process, signal.SIGKILL)
            registry.forget()
        self._registries.clear()


def _end(inside: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # nsenter does not pass signals on to the command, which is its child.
    with suppress(ProcessLookupError):  # it ended by itself
        for process in Process.find(inside.pid).children():
            os.kill(process.pid, number)
    inside.wait(timeout=30)
