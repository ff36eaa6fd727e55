"""Two hosts between which a container moves, and the container."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import podlib
from benchmarks.compiler import SetupError, compiled
from tests.testbed import CHECKPOINTING, session
from tests.testbed.image import BaseImage
from tests.testbed.processes import Process

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.testbed import Host

Place = Literal["disk", "memory"]
"""Where a service has its temporary files."""

NAME = "memory"
IMAGE = "localhost/podlib-memory:latest"
PROGRAM = Path(__file__).with_name("memory.c")
CONTAINERFILE = 'FROM scratch\nCOPY memory /memory\nENTRYPOINT ["/memory"]\n'
PATIENCE = 60.0


@dataclass(frozen=True)
class Pair:
    """The hosts. Each has two services on one store: with temporary files here and there."""

    source: Host
    target: Host
    _image: BaseImage
    _on_disk: dict[str, Path]

    def sockets(self, place: Place) -> tuple[str, str]:
        """Those of the source's and the target's services."""
        if place == "memory":
            return str(self.source.socket), str(self.target.socket)
        return str(self._on_disk[self.source.name]), str(self._on_disk[self.target.name])

    @contextmanager
    def container(self, mib: int) -> Generator[None]:
        """A process with so much memory, which counts on the source; it is gone afterwards."""
        try:
            with podlib.Podman(self.source.socket) as podman:
                podman.containers.create(IMAGE, name=NAME, command=[str(mib)])
                podman.containers.start(NAME)
            self.paused(self.source)
            yield
        finally:
            for host in (self.source, self.target):
                host.empty(keep=self._image)

    def paused(self, host: Host) -> float:
        """Wait until it counts on the host; how long it stood still at most, in seconds."""
        with podlib.Podman(host.socket) as podman:
            before = _said(podman)
            deadline = time.monotonic() + PATIENCE
            while (said := _said(podman)) == before:
                if time.monotonic() > deadline:
                    raise SetupError(f"it does not count on {host.name}: {said!r}")
                time.sleep(0.02)
        return int(said.split()[1]) / 1e6


def _said(podman: podlib.Podman) -> str:
    with podman.containers.logs(NAME, tail=1) as lines:
        return "".join(line.text for line in lines)


@contextmanager
def pair() -> Generator[Pair]:
    """Bring the hosts up, for a while."""
    with session(CHECKPOINTING) as hosts, ExitStack() as stack:
        on_disk = {host.name: stack.enter_context(_on_disk(host)) for host in hosts.values()}
        source, target = hosts.values()
        yield Pair(source, target, _installed(source, target), on_disk)


@contextmanager
def _on_disk(host: Host) -> Generator[Path]:
    """Another service of the host, with its temporary files on the machine's disk; its socket."""
    (host.share / "temporary").mkdir()
    words = ("podman", "system", "service", "--time=0", "unix:///mnt/share/disk.sock")
    process = host.start("disk.log", "env", "TMPDIR=/mnt/share/temporary", *words)
    socket = host.share / "disk.sock"
    try:
        _wait_for(socket)
        yield socket
    finally:
        if process.poll() is None:
            for inside in Process.find(process.pid).children():
                inside.kill()
        process.wait()


def _wait_for(socket: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    with podlib.Podman(socket) as podman:
        while True:
            try:
                podman.system.ping()
            except podlib.ConnectError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return


def _installed(source: Host, target: Host) -> BaseImage:
    """Build the image on the source, and bring it to the target."""
    with tempfile.TemporaryDirectory(prefix="podlib-bench-") as folder:
        program = compiled(PROGRAM, folder, "-static")
        with podlib.Podman(source.socket) as podman:
            podman.images.build([program], tags=[IMAGE], containerfile_text=CONTAINERFILE)
    archive = source.api("GET", f"/images/{IMAGE}/get?format=oci-archive")
    image = BaseImage(source.api("GET", f"/images/{IMAGE}/json")["Id"], archive, IMAGE)
    image.load(target)
    return image
