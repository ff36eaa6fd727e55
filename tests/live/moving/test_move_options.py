"""Each option of a move, on real hosts: in one flavour, for both send them by the same code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import MigrationError, async_migrate, async_plan_migration
from tests.live._async.steps import counted, counts, run, run_counter, running, until

if TYPE_CHECKING:
    from podlib import AsyncPodman, models
    from tests.testbed import Host


def kinds(plan: models.MigrationPlan) -> dict[str, str]:
    return {each.kind: each.severity for each in plan.findings}


async def test_address_that_does_not_fit(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    await podman_a.networks.create("backend", subnets=["10.77.1.0/24"])
    await podman_b.networks.create("backend", subnets=["10.77.2.0/24"])
    await run_counter(podman_a, image, network="backend")
    plan = await async_plan_migration("counter", podman_a, podman_b)
    assert kinds(plan)["address-outside"] == "blocker"
    moved = await async_migrate("counter", podman_a, podman_b, ignore_static_ip=True)
    facts = await podman_b.containers.inspect(moved.container_id)
    assert facts.network_settings.networks["backend"].ip_address.startswith("10.77.2.")


async def test_address_that_is_taken(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    for podman in (podman_a, podman_b):
        await podman.networks.create("backend", subnets=["10.77.1.0/24"])
        await run_counter(podman, image, network="backend")
    await podman_b.containers.rename("counter", "other")
    plan = await async_plan_migration("counter", podman_a, podman_b)
    assert "is that of 'other' at the target" in "".join(each.message for each in plan.blockers)


async def test_another_name(podman_a: AsyncPodman, podman_b: AsyncPodman, image: str) -> None:
    container = await run_counter(podman_a, image)
    await podman_b.containers.create(image, name="counter")
    moved = await async_migrate("counter", podman_a, podman_b, name="moved")
    assert moved.name == "moved"
    assert moved.container_id != container
    assert (await podman_b.containers.inspect("moved")).id == moved.container_id
    assert not await podman_a.containers.exists("counter")
    await counted(podman_b, "moved", (await counts(podman_b, "moved"))[-1].number + 2)


async def test_another_name_that_is_taken_at_the_last_moment(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_b: Host, image: str
) -> None:
    """Who has it is neither taken for the container that moves, nor removed."""
    container = await run_counter(podman_a, image)

    def take(event: models.MigrationProgress) -> None:
        if event.phase == "transfer":
            host_b.run("podman", "run", "-d", "--name", "moved", image, "sleep", "60", check=False)

    with pytest.raises(MigrationError, match="in use") as caught:
        await async_migrate("counter", podman_a, podman_b, name="moved", progress=take)
    assert caught.value.location == "source"
    assert await running(podman_a, container)
    assert await running(podman_b, "moved")


async def test_another_name_and_a_port_that_is_taken_at_the_last_moment(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_b: Host, image: str
) -> None:
    """What the restore made before it failed has the new name, but another id: it is removed."""
    command = ["sh", "-c", "while :; do sleep 0.1; done"]
    await run(podman_a, image, name="web", command=command, ports=["8080:80"])

    def take(event: models.MigrationProgress) -> None:
        if event.phase == "transfer":
            words = ["run", "-d", "--name", "other", "-p", "8080:80", image, *command]
            host_b.run("podman", *words, check=False)  # more than once

    with pytest.raises(MigrationError, match="8080") as caught:
        await async_migrate("web", podman_a, podman_b, name="moved", progress=take)
    assert caught.value.location == "source"
    assert await running(podman_a, "web")
    assert [each.names for each in await podman_b.containers.list(all=True)] == [["other"]]


async def test_copy(podman_a: AsyncPodman, podman_b: AsyncPodman, image: str) -> None:
    container = await run_counter(podman_a, image)
    copied = await async_migrate("counter", podman_a, podman_b, leave_running=True)
    assert copied.container_id == container
    for podman in (podman_a, podman_b):
        await counted(podman, container, (await counts(podman, container))[-1].number + 2)


async def test_copy_that_fails(podman_a: AsyncPodman, podman_b: AsyncPodman, image: str) -> None:
    container = await run_counter(podman_b, image)

    def fail(event: models.MigrationProgress) -> None:
        if event.phase == "transfer":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await async_migrate("counter", podman_b, podman_a, leave_running=True, progress=fail)
    assert await running(podman_b, container)
    assert not await podman_a.containers.exists(container)


async def test_changed_files_are_left(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    loop = "echo changed > /file; while :; do test -e /file; echo $?; sleep 0.1; done"
    container = await run(podman_a, image, command=["sh", "-c", loop])
    await async_migrate(container, podman_a, podman_b, ignore_root_fs=True)

    async def missed() -> bool:
        async with podman_b.containers.logs(container, tail=1) as lines:
            return [line.text async for line in lines] == ["1"]

    await until(missed)


async def test_ports_and_volumes_of_the_target(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    container = await run(
        podman_a,
        image,
        name="counter",
        command=["sh", "-c", "while :; do sleep 0.1; done"],
        mounts=["data:/data"],
        ports=["8080:80"],
    )
    await podman_b.volumes.create("data")
    await run(podman_b, image, name="other", command=["sleep", "60"], ports=["8080:80"])
    await async_migrate(
        "counter",
        podman_a,
        podman_b,
        publish=["8081:80"],
        ignore_volumes=True,
        ignore_static_ip=True,
    )
    facts = await podman_b.containers.inspect(container)
    assert facts.network_settings.ports["80/tcp"][0].host_port == "8081"


async def test_option_that_the_target_does_not_know(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    container = await run_counter(podman_b, image)
    plan = await async_plan_migration("counter", podman_b, podman_a, tcp_close=True)
    assert kinds(plan)["option-unknown"] == "blocker"
    assert kinds(plan)["target-older"] == "warning"
    with pytest.raises(MigrationError, match="tcp_close"):
        await async_migrate("counter", podman_b, podman_a, tcp_close=True)
    assert await running(podman_b, container)


async def test_option_that_the_targets_runtime_may_not_know(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    """Whether it does is seen when it restores; the hosts' runc does not."""
    container = await run_counter(podman_a, image)
    plan = await async_plan_migration("counter", podman_a, podman_b, tcp_close=True)
    assert kinds(plan)["runtime-option"] == "warning"
    with pytest.raises(MigrationError, match=r"The plan had warned: .*tcp-close") as caught:
        await async_migrate("counter", podman_a, podman_b, tcp_close=True)
    assert caught.value.location == "source"
    assert await running(podman_a, container)


async def test_what_an_older_target_cannot_read(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str
) -> None:
    """CRIU 4.1.1 does not read what 4.2.1 wrote: the error says that the plan knew."""
    container = await run_counter(podman_b, image)
    with pytest.raises(MigrationError, match=r"The plan had warned: the target is Podman 5\.4\.2"):
        await async_migrate("counter", podman_b, podman_a)
    assert await running(podman_b, container)
