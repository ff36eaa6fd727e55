"""A small compose project: three services that count, talk by name, and share a volume."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from podlib.models import NetworkAttachment
from tests.live._async.steps import counted, counts, running
from tests.live.counter import missing

if TYPE_CHECKING:
    from podlib import AsyncPodman

NET = "shop_default"
LABELS = {"com.docker.compose.project": "shop"}
SERVICES = ("cron", "db", "web")
"""In the order in which they start: ``web`` depends on ``db``, and shares a volume with it."""
COUNT = (
    "n=0; while :; do n=$((n+1)); echo $n >> /files/$NAME; "
    'echo "$n $EPOCHREALTIME"; sleep 0.05; done'
)
"""Every count is in the log and in a file of a volume."""
VOLUMES = {
    "cron": ["shop_cron:/files"],
    "db": ["shop_files:/files", "shop_data:/data"],
    "web": ["shop_files:/files", "shop_web:/web"],
}


def labels(service: str) -> dict[str, str]:
    depends = {"web": "db:service_started:false"}.get(service, "")
    return {
        **LABELS,
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": "1",
        "com.docker.compose.depends_on": depends,
    }


def name(service: str) -> str:
    return f"shop-{service}-1"


async def start(podman: AsyncPodman, image: str) -> None:
    """The project, whose services have counted a bit."""
    await podman.networks.create(NET, subnets=["10.99.7.0/24"], labels=LABELS)
    for mounts in VOLUMES.values():
        for mount in mounts:
            volume = mount.partition(":")[0]
            await podman.volumes.create(volume, labels=LABELS, ignore_if_exists=True)
    for service in SERVICES:
        made = await podman.containers.create(
            image,
            name=name(service),
            command=["sh", "-c", COUNT],
            env={"NAME": service},
            labels=labels(service),
            network=NetworkAttachment(name=NET, aliases=[service, f"the-{service}"]),
            mounts=VOLUMES[service],
        )
        await podman.containers.start(made.id)
    owned = "echo kept > /data/file; chown 70:71 /data /data/file; chmod 750 /data"
    await run_in(podman, "db", "sh", "-c", owned)
    for service in SERVICES:
        await counted(podman, name(service), 2)
    await talks(podman)


async def run_in(podman: AsyncPodman, service: str, *words: str) -> str:
    """What a command in a service's container prints."""
    done = await podman.exec.run(name(service), [*words])
    assert done.exit_code == 0, done
    return done.stdout.decode()


async def talks(podman: AsyncPodman) -> None:
    """Whether ``web`` reaches ``db`` by its alias."""
    serve = "head -n 2 /files/db | nc -l -p 8000"
    # The server may begin later: on a busy machine by seconds.
    ask = "for _ in $(seq 90); do nc -w 2 the-db 8000 && exit; sleep 0.1; done; exit 1"
    _, said = await asyncio.gather(
        run_in(podman, "db", "timeout", "20", "sh", "-c", serve),
        run_in(podman, "web", "sh", "-c", ask),
    )
    assert said == "1\n2\n"


async def goes_on(here: AsyncPodman, elsewhere: AsyncPodman | None = None) -> None:
    """All run here and nowhere else; no count is lost or doubled, in memory nor in a volume."""
    if elsewhere is not None:
        left = await elsewhere.containers.list(
            all=True, filters={"label": "com.docker.compose.project=shop"}
        )
        assert [each.names for each in left] == []
    for service in SERVICES:
        assert await running(here, name(service))
        seen = await counts(here, name(service))
        seen = await counted(here, name(service), seen[-1].number + 2)
        assert missing(seen) == set()
        assert len(seen) == seen[-1].number
        lines = (await run_in(here, service, "cat", f"/files/{service}")).split()
        assert lines == [str(number + 1) for number in range(len(lines))]
        assert len(lines) >= len(seen)
    await talks(here)
    facts = await run_in(here, "db", "stat", "-c", "%u %g %a", "/data", "/data/file")
    assert facts.split() == ["70", "71", "750", "70", "71", "644"]


async def nothing_left(podman: AsyncPodman) -> None:
    """No container, network or volume of the project is there."""
    assert not await podman.networks.exists(NET)
    assert await podman.volumes.list() == []
    assert await podman.containers.list(all=True) == []


async def tear_down(podman: AsyncPodman) -> None:
    """Remove all of it."""
    for service in SERVICES:
        await podman.containers.remove(name(service), force=True, timeout=0, ignore=True)
    for volume in await podman.volumes.list():
        await podman.volumes.remove(volume.name)
    await podman.networks.remove(NET)
