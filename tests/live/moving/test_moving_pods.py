"""A pod moves with its containers, and a container from one pod into another."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from podlib import (
    MigrationError,
    async_migrate,
    async_migrate_pod,
    async_plan_migration,
    async_plan_pod_migration,
    async_recover_migration,
    models,
)
from tests.live._async.steps import counted, counts, running
from tests.live.counter import COMMAND, missing

from .test_groups import When, client

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import AsyncPodman
    from tests.testbed import Host

NET = "backend"
MEMBERS = ("one", "two")


async def start(podman: AsyncPodman, image: str) -> str:
    """A pod of two counters in a network of its own; its id."""
    await podman.networks.create(NET, subnets=["10.99.9.0/24"])
    made = await podman.pods.create(
        name="web",
        labels={"tier": "web"},
        network=[models.NetworkAttachment(name=NET, ips=["10.99.9.7"])],
        ports=["8123:80"],
    )
    for name in MEMBERS:
        await podman.containers.create(
            image, name=name, pod="web", command=COMMAND, mounts=["shared:/data"]
        )
    await podman.pods.start("web")
    for name in MEMBERS:
        await counted(podman, name, 2)
    return made.id


async def goes_on(podman: AsyncPodman) -> None:
    for name in MEMBERS:
        assert await running(podman, name)
        seen = await counts(podman, name)
        seen = await counted(podman, name, seen[-1].number + 2)
        assert missing(seen) == set()
        assert len(seen) == seen[-1].number
    said = await podman.exec.run("one", ["ip", "-o", "-4", "addr", "show", "eth0"])
    assert b"10.99.9.7/24" in said.stdout
    assert (await podman.pods.inspect("web")).labels == {"tier": "web"}


async def nothing_left(podman: AsyncPodman) -> None:
    assert await podman.containers.list(all=True) == []
    assert await podman.pods.list() == []
    assert await podman.volumes.list() == []
    assert not await podman.networks.exists(NET)


async def test_a_pod_moves(podman_a: AsyncPodman, podman_b: AsyncPodman, image: str) -> None:
    await start(podman_a, image)
    moved = await async_migrate_pod("web", podman_a, podman_b)
    assert [each.name for each in moved.members] == [*MEMBERS]
    assert (moved.networks, moved.volumes) == ((NET,), ("shared",))
    await goes_on(podman_b)
    assert await podman_a.pods.list() == []
    assert await podman_a.containers.list(all=True) == []


@pytest.mark.usefixtures("soon")
async def test_a_pod_whose_move_fails(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    host_a: Host,
    host_b: Host,
    image: str,
    tmp_path: Path,
) -> None:
    await start(podman_a, image)
    plan = await async_plan_pod_migration("web", podman_a, podman_b)
    assert plan.blockers == ()
    assert [each.name for each in plan.members] == [*MEMBERS]

    def take() -> None:
        host_b.run("podman", "create", "--name", "two", image)

    journal = tmp_path / "journal"
    late = When("starting two on the target", take)
    with pytest.raises(MigrationError, match=r"pod 'web' was not migrated: .*in use") as caught:
        await async_migrate_pod("web", podman_a, podman_b, progress=late, journal=journal)
    assert caught.value.locations == {"one": "source", "two": "source"}
    await podman_b.containers.remove("two")
    await nothing_left(podman_b)
    await goes_on(podman_a)

    async def recovered(moment: str) -> models.MigrationRecovery:
        what = ("migrate_pod", "web")
        done = client(host_a, host_b, moment, signal.SIGKILL, journal, what)
        assert done.returncode == -signal.SIGKILL
        return await async_recover_migration(podman_a, podman_b, journal=journal)

    undone = await recovered("starting two on the target")
    assert undone.location == "source"
    await nothing_left(podman_b)
    await goes_on(podman_a)
    finished = await recovered("removing one from the source")
    assert finished.location == "target"
    assert [each.name for each in finished.members] == [*MEMBERS]
    await goes_on(podman_b)
    assert await podman_a.pods.list() == []
    assert await podman_a.containers.list(all=True) == []
    await podman_a.pods.create(name="web")
    with pytest.raises(MigrationError) as taken:
        await async_migrate_pod("web", podman_a, podman_b)
    assert taken.value.plan is not None
    assert {each.kind for each in taken.value.plan.blockers} == {"nothing-runs", "pod-taken"}


async def test_from_pod_to_pod(podman_a: AsyncPodman, podman_b: AsyncPodman, image: str) -> None:
    await start(podman_a, image)
    plan = await async_plan_migration("one", podman_a, podman_b, pod="other")
    assert "pod-missing" in {each.kind for each in plan.blockers}
    await podman_b.pods.create(name="other")
    await podman_b.pods.start("other")
    moved = await async_migrate("one", podman_a, podman_b, pod="other")
    assert (await podman_b.containers.inspect(moved.container_id)).pod == (
        await podman_b.pods.inspect("other")
    ).id
    seen = await counted(podman_b, "one", (await counts(podman_b, "one"))[-1].number + 2)
    assert missing(seen) == set()
    assert await running(podman_a, "two")
    with pytest.raises(MigrationError, match="belongs to a pod"):
        await async_migrate("two", podman_a, podman_b)
