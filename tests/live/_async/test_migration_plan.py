"""What is found before a container moves, on real hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import (
    CheckpointFailedError,
    MigrationError,
    NotFoundError,
    ParameterError,
    async_migrate,
    async_plan_migration,
    async_save_checkpoint,
    async_save_project,
    models,
)

from .steps import run, run_counter, running

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import AsyncPodman


def kinds(plan: models.MigrationPlan | models.GroupPlan) -> dict[str, str]:
    return {each.kind: each.severity for each in plan.findings}


async def test_plan_of_what_can_move(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    container = await run_counter(podman_a, image)
    plan = await async_plan_migration("counter", podman_a, podman_b)
    assert plan.blockers == ()
    assert (plan.container_id, plan.name, plan.image) == (container, "counter", image)
    assert plan.image_bytes == 0  # it is there
    assert plan.memory_bytes is None or 0 < plan.memory_bytes < 100_000_000
    assert (plan.volumes, plan.networks) == ((), ())
    assert plan.source_version == podman_a.server_version
    assert plan.target_version == podman_b.server_version
    assert podman_a.socket != podman_b.socket
    assert "it can move" in str(plan)
    assert await running(podman_a, container)  # nothing was touched
    assert not await podman_b.containers.exists(container)


async def test_plan_of_what_cannot(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await podman_a.networks.create("backend")
    await podman_a.secrets.create("key", b"hidden")
    await run(
        podman_a,
        image,
        name="counter",
        command=["sh", "-c", "dd if=/dev/zero of=/file bs=1k count=100; sleep 60"],
        mounts=["data:/data", "/tmp:/host"],
        ports=["8080:80"],
        network="backend",
        privileged=True,
        secrets=["key"],
    )
    await podman_b.containers.create(image, name="counter")
    await podman_b.volumes.create("data")
    await run(podman_b, image, name="other", command=["sleep", "60"], ports=["8079-8081:81-83"])
    plan = await async_plan_migration("counter", podman_a, podman_b)
    found = kinds(plan)
    assert {kind for kind, severity in found.items() if severity == "blocker"} == {
        "name-taken",
        "volume-taken",
        "network-missing",
        "port-taken",
        "secret-missing",
    }
    assert {"bind-mount", "privileged", "connections"} <= found.keys()
    assert plan.volumes == ("data",)
    assert plan.networks == ("backend",)
    with pytest.raises(MigrationError) as caught:
        await async_migrate("counter", podman_a, podman_b)
    assert caught.value.plan is not None
    assert kinds(caught.value.plan) == found
    assert "port 8080/tcp is taken at the target, by other" in str(caught.value)


async def test_plan_asks_for_the_image(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await podman_b.images.remove(image, force=True)
    await run_counter(podman_a, image)
    plan = await async_plan_migration("counter", podman_a, podman_b)
    assert plan.image_bytes > 1_000_000
    assert "to send" in str(plan)


async def test_plan_of_nobody(podman_a: AsyncPodman, podman_b: AsyncPodman) -> None:
    with pytest.raises(NotFoundError):
        await async_plan_migration("nobody", podman_a, podman_b)
    with pytest.raises(ParameterError, match="tcp_establish"):
        await async_plan_migration("nobody", podman_a, podman_b, tcp_establish=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- it is what is tested


@pytest.mark.parametrize("how", ["image", "folder", "volume"])
async def test_what_no_host_can_restore(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path, how: str
) -> None:
    """Not even the source, so that a move that fails would have no way back."""
    mounts: dict[str, list[str | models.Mount]] = {
        "image": [models.Mount(type="image", source=image, target="/data")],
        "folder": ["/tmp:/data:O"],
        "volume": ["data:/data:O"],
    }
    await run(
        podman_a,
        image,
        name="counter",
        command=["sleep", "60"],
        mounts=mounts[how],
        labels={"com.docker.compose.project": "shop"},
    )
    plan = await async_plan_migration("counter", podman_a, podman_b)
    assert kinds(plan)["overlay"] == "blocker"
    with pytest.raises(CheckpointFailedError, match="mounted at /data: no host could restore it"):
        await async_save_checkpoint("counter", podman_a, tmp_path / "archive")
    with pytest.raises(CheckpointFailedError, match="mounted at /data: no host could restore it"):
        await async_save_project("shop", podman_a, tmp_path)
    assert await running(podman_a, "counter")


@pytest.mark.parametrize("publish", ["x", "80:", "1:99999999", "8080:80 9090:90", "8080:80/"])
async def test_ports_that_cannot_be_read(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, publish: str
) -> None:
    """The target would say so only when the container is frozen."""
    await run_counter(podman_a, image)
    with pytest.raises(ParameterError):
        await async_migrate("counter", podman_a, podman_b, publish=[publish])
    assert await running(podman_a, "counter")


async def test_a_secret(podman_a: AsyncPodman, podman_b: AsyncPodman, image: str) -> None:
    """Elsewhere it moves; in its usual place the plan has warned of what then fails."""
    command = ["sh", "-c", "while sleep 0.1; do :; done"]
    for podman in (podman_a, podman_b):
        await podman.secrets.create("key", b"hidden")
    await run(podman_a, image, name="counter", command=command, secrets=["key"])
    plan = await async_plan_migration("counter", podman_a, podman_b)
    assert (plan.blockers, "secret" in kinds(plan)) == ((), True)
    with pytest.raises(MigrationError, match="had warned: it has the secret 'key'") as caught:
        await async_migrate("counter", podman_a, podman_b)
    assert caught.value.location == "source"
    await podman_a.containers.remove("counter", force=True, timeout=0)
    await run(podman_a, image, name="counter", command=command, secrets=["key,target=/key"])
    await async_migrate("counter", podman_a, podman_b)
    assert await running(podman_b, "counter")


async def test_containers_that_depend_on_each_other(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    """Podman exports no checkpoint of the one, and does not remove the other."""
    command = ["sleep", "60"]
    await run(podman_a, image, name="db", command=command)
    await run(podman_a, image, name="web", command=command, dependencies=["db"])
    plan = await async_plan_migration("web", podman_a, podman_b)
    assert kinds(plan)["requires-others"] == "blocker"
    [finding] = (await async_plan_migration("db", podman_a, podman_b)).blockers
    assert finding.kind == "required-by-others"
    assert "web of the source" in finding.message
