"""Archives of real checkpoints tell what was frozen; one flavour will do."""

from __future__ import annotations

import gzip
import io
import time
from typing import TYPE_CHECKING

from podlib import Podman, models, read_checkpoint

from .marks import checkpointing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed import Host

PATIENCE = 20.0
COMMAND = "echo new >/new; rm /bin/cal; echo data >/data/file; sleep 1000 & exec sleep 2000"


def started(podman: Podman, container: str) -> None:
    """Both processes are what they are going to be."""
    end = time.monotonic() + PATIENCE
    while {"sleep 1000", "sleep 2000"} - {
        line[-1] for line in podman.containers.top(container).processes
    }:
        assert time.monotonic() < end, "they did not start"
        time.sleep(0.05)


@checkpointing
def test_read_checkpoint(host: Host, image: str, tmp_path: Path) -> None:
    path = tmp_path / "web.tar"
    with Podman(host.socket) as podman:
        created = podman.containers.create(
            image,
            name="web",
            command=["sh", "-c", COMMAND],
            env={"WHO": "me and you"},
            mounts=[models.Mount(source="data", target="/data")],
        )
        podman.containers.start("web")
        started(podman, "web")
        podman.containers.checkpoint_to("web", path)
        facts = podman.containers.inspect("web")
    found = read_checkpoint(path)
    assert (found.id, found.name) == (created.id, "web")
    assert (found.image, found.image_id) == (image, facts.image)
    assert (found.engine, found.runtime) == ("Podman", facts.oci_runtime)
    assert found.command == ["sh", "-c", COMMAND]
    assert found.created == facts.created
    assert found.checkpointed is not None
    assert found.checkpointed.timestamp() >= int(facts.created.timestamp())
    assert "/bin/cal" in found.deleted_files
    [network] = found.networks
    assert (network.name, network.interface) == ("podman", "eth0")
    assert len(network.addresses) == 1
    assert {"/data", "/proc"} <= {mount.destination for mount in found.mounts}
    [first, second] = found.processes
    assert (first.pid, first.depth, first.name) == (1, 0, "sleep")
    assert (second.ppid, second.depth, second.threads) == (1, 1, [second.pid])
    assert (first.command, second.command) == (["sleep", "2000"], ["sleep", "1000"])
    assert first.environment["WHO"] == second.environment["WHO"] == "me and you"
    assert found.statistics
    assert found.statistics.frozen_time > 0
    assert found.statistics.pages_written * 4096 == found.sizes.memory
    assert found.sizes.memory < found.sizes.checkpoint < found.sizes.total < path.stat().st_size
    assert found.sizes.root_fs > 0
    assert found.sizes.volumes.keys() == {"data"}
    assert found.errors == []
    assert read_checkpoint(io.BytesIO(gzip.compress(path.read_bytes()))) == found
