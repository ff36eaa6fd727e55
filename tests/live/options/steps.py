"""Steps of the tests of a container's options."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.live._async.steps import run, said

if TYPE_CHECKING:
    from typing import Unpack

    from podlib import AsyncPodman
    from podlib.models import ContainerOptions
    from tests.testbed import Host


async def printed(
    podman: AsyncPodman, image: str, script: str, **options: Unpack[ContainerOptions]
) -> list[str]:
    """The lines that a shell script writes in a container with these options, and no network."""
    options["command"] = ["sh", "-c", script]
    options.setdefault("network", "none")
    container = await run(podman, image, **options)
    status = await podman.containers.wait(container)
    lines = await said(podman, container)
    assert status == 0, lines
    return lines


async def runtime_config(podman: AsyncPodman, host: Host, container: str) -> Any:
    """What Podman told the OCI runtime of a container that is ready, or running."""
    folder = (await podman.containers.inspect(container)).static_dir
    return json.loads(host.run("cat", f"{folder}/config.json").stdout)


def stored(host: Host, container: str) -> str:
    """What Podman's own database has of a container."""
    folder = "/var/lib/containers/storage"
    files = [f"{folder}/db.sql", f"{folder}/db.sql-wal", f"{folder}/libpod/bolt_state.db"]
    pattern = f'"id":"{container}"[^\\x00]*'
    return host.run("grep", "-aohP", pattern, *files, check=False).stdout
