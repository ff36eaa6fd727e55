"""Containers that are prepared, restarted, paused, renamed, changed and pruned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    ConflictError,
    NotFoundError,
    ParameterError,
    models,
)

from .steps import lacks, names, run, running, said, until

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from tests.testbed import Host

SLEEP = ("sleep", "60")


# -- init, restart, pause --------------------------------------------------------------------


async def test_init(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(image, command=["echo", "ran"], network="none")
    await podman.containers.init(created.id)
    state = (await podman.containers.inspect(created.id)).state
    assert (state.status, state.running) == ("initialized", False)
    await podman.containers.init(created.id)
    assert await said(podman, created.id) == []
    await podman.containers.start(created.id)
    assert await podman.containers.wait(created.id) == 0
    assert await said(podman, created.id) == ["ran"]
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.containers.init("nobody")


async def test_restart(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none")
    before = (await podman.containers.inspect(container)).state
    await podman.containers.restart(container, timeout=0)
    after = (await podman.containers.inspect(container)).state
    assert after.running
    assert after.pid != before.pid
    assert after.started_at
    assert before.started_at
    assert after.started_at > before.started_at
    await podman.containers.kill(container)
    await podman.containers.wait(container)
    await podman.containers.restart(container)
    assert await running(podman, container)
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.containers.restart("nobody")


async def test_restart_waits_for_the_end(podman: AsyncPodman, image: str) -> None:
    command = ["sh", "-c", "trap 'echo ended; exit' TERM; echo begun; while :; do sleep 0.05; done"]
    container = await run(podman, image, command=command, network="none")

    async def has_begun() -> bool:
        return await said(podman, container) == ["begun"]

    await until(has_begun)
    await podman.containers.restart(container, timeout=10)
    assert (await said(podman, container))[:2] == ["begun", "ended"]


async def test_pause_and_unpause(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none")
    await podman.containers.pause(container)
    state = (await podman.containers.inspect(container)).state
    assert (state.status, state.paused) == ("paused", True)
    assert await podman.containers.wait(container, condition="paused", timeout=5) == -1
    with pytest.raises(ConflictError, match="paused"):
        await podman.containers.pause(container)
    await podman.containers.unpause(container)
    assert await running(podman, container)
    with pytest.raises(ConflictError, match="not paused"):
        await podman.containers.unpause(container)
    await podman.containers.kill(container)
    await podman.containers.wait(container)
    with pytest.raises(ConflictError):
        await podman.containers.pause(container)
    for call in (podman.containers.pause, podman.containers.unpause):
        with pytest.raises(NotFoundError, match="nobody"):
            await call("nobody")


async def test_stop_what_is_not_there(podman: AsyncPodman, image: str) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.containers.stop("nobody")
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.containers.stop("nobody", ignore=True)
    created = await podman.containers.create(image)
    await podman.containers.stop(created.id, ignore=True)
    assert not await running(podman, created.id)


# -- rename ----------------------------------------------------------------------------------


async def test_rename(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, name="old", command=SLEEP, network="none")
    await podman.containers.create(image, name="taken")
    await podman.containers.rename("old", "new")
    assert (await podman.containers.inspect("new")).id == container
    assert await running(podman, "new")
    assert await names(podman) == {"new", "taken"}
    with pytest.raises(ConflictError):
        await podman.containers.rename("new", "taken")
    with pytest.raises(APIError, match="name"):
        await podman.containers.rename("new", "no name")
    with pytest.raises(NotFoundError, match="old"):
        await podman.containers.rename("old", "newer")
    assert await names(podman) == {"new", "taken"}


# -- update ----------------------------------------------------------------------------------


async def test_update_limits(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(podman, image, command=SLEEP, memory="64m", network="none")
    await podman.containers.update(
        container,
        memory="96m",
        memory_swap="128m",
        memory_reservation="32m",
        cpus=0.5,
        cpu_shares=512,
        cpuset_cpus="0",
        pids_limit=50,
    )
    pid = (await podman.containers.inspect(container)).state.pid
    groups = {
        kind: path
        for line in host.run("cat", f"/proc/{pid}/cgroup").stdout.splitlines()
        for _, kinds, path in [line.split(":", 2)]
        for kind in kinds.split(",")
    }

    def limit(kind: str, file: str) -> str:
        return host.run("cat", f"/sys/fs/cgroup/{kind}{groups[kind]}/{file}").stdout.strip()

    assert limit("memory", "memory.limit_in_bytes") == str(96 << 20)
    assert limit("memory", "memory.memsw.limit_in_bytes") == str(128 << 20)
    assert limit("memory", "memory.soft_limit_in_bytes") == str(32 << 20)
    assert limit("cpu", "cpu.cfs_quota_us") == "50000"
    assert limit("cpu", "cpu.shares") == "512"
    assert limit("cpuset", "cpuset.cpus") == "0"
    assert limit("pids", "pids.max") == "50"
    await podman.containers.update(container, cpu_period=0.05, cpu_quota=timedelta(seconds=0.01))
    assert limit("cpu", "cpu.cfs_quota_us") == "10000"
    assert limit("memory", "memory.limit_in_bytes") == str(96 << 20)


async def test_update_of_a_container_that_does_not_run(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(image, command=SLEEP, memory="64m", network="none")
    before = await podman.containers.inspect(created.id)
    if podman.server_version.startswith("4."):  # it can only tell the OCI runtime
        with pytest.raises(APIError):
            await podman.containers.update(created.id, memory="96m")
        return
    await podman.containers.update(created.id, memory="96m")
    after = await podman.containers.inspect(created.id)
    assert (before.host_config.memory, after.host_config.memory) == (64 << 20, 96 << 20)


async def test_update_restart_policy(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(image, network="none")

    async def update() -> None:
        await podman.containers.update(created.id, restart="on-failure", restart_retries=3)

    if await lacks(podman, "5.1.0", update):
        return
    await update()
    policy = (await podman.containers.inspect(created.id)).host_config.restart_policy
    assert (policy.name, policy.maximum_retry_count) == ("on-failure", 3)
    await podman.containers.update(created.id, restart="always")
    policy = (await podman.containers.inspect(created.id)).host_config.restart_policy
    assert policy.name == "always"


async def test_update_health(podman: AsyncPodman, image: str) -> None:
    health = models.Health(command=["true"], interval=0, timeout=5, retries=2)
    created = await podman.containers.create(image, command=SLEEP, health=health, network="none")

    async def update(change: models.Health) -> models.ContainerConfig:
        await podman.containers.update(created.id, health=change)
        return (await podman.containers.inspect(created.id)).config

    if await lacks(podman, "5.4.0", lambda: update(models.Health(retries=3))):
        return
    found = (await update(models.Health(retries=4, timeout="7s", on_failure="kill"))).healthcheck
    assert found
    assert (found.test, found.retries, found.timeout) == (["CMD", "true"], 4, 7)
    config = await update(models.Health(command="test -e /x && true", max_log_count=9))
    assert config.healthcheck
    assert config.healthcheck.test == ["CMD-SHELL", "test -e /x && true"]
    assert config.healthcheck.retries == 4
    assert config.healthcheck_on_failure_action == "kill"
    assert config.healthcheck_max_log_count == 9
    config = await update(models.Health(command=["test", "-e", "/x"]))
    assert config.healthcheck
    assert config.healthcheck.test == ["CMD", "test", "-e", "/x"]
    startup = models.StartupHealth(command=["test", "-e", "/y"], successes=3)
    config = await update(models.Health(startup=startup))
    assert config.startup_health_check
    assert config.startup_health_check.test == ["CMD", "test", "-e", "/y"]
    assert config.startup_health_check.successes == 3
    await podman.containers.update(created.id, health="none")
    config = (await podman.containers.inspect(created.id)).config
    assert config.healthcheck is None or config.healthcheck.test == ["NONE"]


async def test_update_environment(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(
        image, command=["env"], env={"A": "1", "B": "2"}, network="none"
    )

    async def update() -> None:
        await podman.containers.update(created.id, env={"B": "3", "C": "x=y"}, unset_env=["A"])

    if await lacks(podman, "5.5.0", update):
        return
    await update()
    await podman.containers.start(created.id)
    await podman.containers.wait(created.id)
    lines = await said(podman, created.id)
    assert {"B=3", "C=x=y"} <= set(lines)
    assert not any(line.startswith("A=") for line in lines)


async def test_update_by_device(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none")

    async def update() -> None:
        await podman.containers.update(container, device_read_bps={"/dev/nowhere": "1m"})

    if await lacks(podman, "5.4.0", update):
        return
    with pytest.raises(APIError, match="/dev/nowhere"):  # it was read: there is no such device
        await update()


async def test_update_ulimits(podman: AsyncPodman, image: str) -> None:
    created = await podman.containers.create(
        image, command=["sh", "-c", "ulimit -n"], network="none"
    )

    async def update() -> None:
        await podman.containers.update(created.id, ulimits=["nofile=300:400"])

    if await lacks(podman, "5.8.0", update):
        return
    await update()
    await podman.containers.start(created.id)
    await podman.containers.wait(created.id)
    assert await said(podman, created.id) == ["300"]


async def test_update_that_is_refused(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none")
    with pytest.raises(NotFoundError, match="nobody"):
        await podman.containers.update("nobody", memory="64m")
    with pytest.raises(ParameterError, match="did you mean 'memory'"):
        await podman.containers.update(container, memry="64m")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake that is tested
    with pytest.raises(ParameterError, match="memory"):
        await podman.containers.update(container, memory="much")
    with pytest.raises(ParameterError, match="restart_retries"):
        await podman.containers.update(container, restart_retries=3)
    with pytest.raises(ParameterError, match="nothing of it"):
        await podman.containers.update(container, health=models.Health())
    with pytest.raises(APIError):
        await podman.containers.update(container, memory=1)


# -- prune -----------------------------------------------------------------------------------


async def test_prune(podman: AsyncPodman, image: str) -> None:
    alive = await run(podman, image, command=SLEEP, labels={"a": "b"}, network="none")
    labels = {"a": "b", "c": "d"}
    ended = await run(podman, image, command=["true"], labels=labels, network="none")
    await podman.containers.wait(ended)
    other = (await podman.containers.create(image, labels={"a": "x"})).id
    before = datetime.now(UTC) - timedelta(hours=1)
    assert await podman.containers.prune(filters={"until": before}) == []
    assert await podman.containers.prune(filters={"label": ["a=b", "c=x"]}) == []
    [removed] = await podman.containers.prune(filters={"label": ["a=b", "c=d"]})
    assert (removed.id, removed.error) == (ended, "")
    assert removed.size >= 0
    assert await podman.containers.prune(filters={"label!": "a"}) == []
    assert {each.id for each in await podman.containers.list(all=True)} == {alive, other}
    later = datetime.now(UTC) + timedelta(hours=1)
    [removed] = await podman.containers.prune(filters={"until": later})
    assert removed.id == other
    assert await podman.containers.prune() == []
    assert await running(podman, alive)
    with pytest.raises(ParameterError, match="no 'name'"):
        await podman.containers.prune(filters={"name": "x"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- the mistake that is tested
    with pytest.raises(APIError, match="yesterday"):
        await podman.containers.prune(filters={"until": "yesterday or so"})
