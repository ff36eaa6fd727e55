"""The options that say how a container comes to life, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from podlib import APIError, models
from tests.live._async.steps import lacks, run, said, until

from .steps import printed, stored

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from podlib.models.container_options import LogDriver
    from tests.testbed import Host

SLEEP = ("sleep", "60")


async def test_what_is_known_of_it(podman: AsyncPodman, host: Host, image: str) -> None:
    created = await podman.containers.create(
        image,
        name="known",
        labels={"a": "b"},
        annotations={"com.example.note": "x y"},
        create_command=["make", "known"],
        raw_image_name="registry.example/known:1",
        stop_signal="SIGUSR1",
        stop_timeout=3,
        restart="on-failure",
        restart_retries=2,
        sdnotify="conmon",
        systemd="always",
        platform="linux/amd64",
    )
    found = await podman.containers.inspect(created.id)
    config = found.config
    assert found.name == "known"
    assert config.labels["a"] == "b"
    assert config.annotations["com.example.note"] == "x y"
    assert config.create_command == ["make", "known"]
    assert (config.stop_signal, config.stop_timeout) == ("SIGUSR1", 3)
    assert found.host_config.restart_policy == models.RestartPolicy(
        name="on-failure", maximum_retry_count=2
    )
    assert config.systemd_mode
    assert config.sd_notify_mode == "conmon"
    assert '"RawImageName":"registry.example/known:1"' in stored(host, created.id)
    other = await podman.containers.create(image)
    assert f'"RawImageName":"{image}"' in stored(host, other.id)
    with pytest.raises(APIError):
        await podman.containers.create("localhost/nowhere", platform="plan9/mips")


async def test_dependencies(podman: AsyncPodman, image: str) -> None:
    await podman.containers.create(image, name="first", command=SLEEP, network="none")
    await podman.containers.create(
        image, name="second", command=SLEEP, network="none", dependencies=["first"]
    )
    first = await podman.containers.inspect("first")
    assert (await podman.containers.inspect("second")).dependencies == [first.id]
    await podman.containers.start("second")
    assert (await podman.containers.inspect("first")).state.running


async def test_init_containers(podman: AsyncPodman, image: str) -> None:
    await podman.pods.create(name="web")
    mounts = ["shared:/shared"]
    kinds: list[Literal["once", "always"]] = ["once", "always"]
    for kind in kinds:
        await podman.containers.create(
            image, name=kind, pod="web", mounts=mounts, init_container_type=kind,
            command=["sh", "-c", f"echo {kind} >> /shared/log"],
        )  # fmt: skip
    script = "cat /shared/log; sleep 60"
    await podman.containers.create(
        image, name="main", pod="web", mounts=mounts, command=["sh", "-c", script]
    )
    await podman.pods.start("web")

    async def has_read() -> bool:
        return set(await said(podman, "main")) == {"once", "always"}

    await until(has_read)
    assert not await podman.containers.exists("once")
    assert await podman.containers.exists("always")


async def test_removal_with_the_image(podman: AsyncPodman, host: Host, image: str) -> None:
    if await lacks(
        podman, "5.3.0", lambda: podman.containers.create(image, remove=True, remove_image=True)
    ):
        return
    host.run("podman", "build", "-q", "-t", "localhost/brief", "-", stdin=f"FROM {image}\nENV A=1")
    await run(
        podman, "localhost/brief", command=["true"], remove=True, remove_image=True, network="none"
    )

    async def gone() -> bool:
        return not await podman.images.exists("localhost/brief")

    await until(gone)


async def test_time_that_it_has(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, command=SLEEP, network="none", timeout=1)
    await podman.containers.wait(container, timeout=20)
    found = await podman.containers.inspect(container)
    assert (found.config.timeout, found.state.running) == (1, False)


async def test_restarts(podman: AsyncPodman, image: str) -> None:
    container = await run(
        podman, image, command=["false"], network="none", restart="on-failure", restart_retries=2
    )

    async def gave_up() -> bool:
        found = await podman.containers.inspect(container)
        return found.restart_count == 2 and found.state.status == "exited"

    await until(gave_up)
    created = await podman.containers.create(image, restart="unless-stopped")
    policy = (await podman.containers.inspect(created.id)).host_config.restart_policy
    assert policy.name == "unless-stopped"


async def test_what_is_told_to_systemd(podman: AsyncPodman, host: Host, image: str) -> None:
    created = await podman.containers.create(image, sdnotify="ignore", systemd="false")
    found = (await podman.containers.inspect(created.id)).config
    assert (found.sd_notify_mode, found.systemd_mode) == ("ignore", False)
    with pytest.raises(APIError, match=r"healthcheck to be set|invalid sdnotify value"):
        await podman.containers.create(image, sdnotify="healthy")
    if not host.version.startswith("4."):
        health = models.Health(command=["true"])
        created = await podman.containers.create(image, sdnotify="healthy", health=health)
        found = (await podman.containers.inspect(created.id)).config
        assert found.sd_notify_mode == "healthy"


async def test_pid_of_what_watches_it(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(
        podman, image, command=SLEEP, network="none", conmon_pid_file="/run/watches.pid"
    )
    pid = (await podman.containers.inspect(container)).state.conmon_pid
    assert host.run("cat", "/run/watches.pid").stdout == str(pid)


# -- root file systems -----------------------------------------------------------------------


async def test_root_file_system(podman: AsyncPodman, host: Host) -> None:
    (host.share / "root" / "bin").mkdir(parents=True, exist_ok=True)
    host.run("cp", "/usr/bin/busybox", "/mnt/share/root/bin/sh")
    root = "/mnt/share/root"
    assert await printed(podman, "", "echo > /by-container; echo yes", rootfs=root) == ["yes"]
    assert (host.share / "root" / "by-container").exists()
    lines = await printed(
        podman, "", "echo > /gone; echo yes", rootfs=root, rootfs_overlay=True, name="over"
    )
    assert lines == ["yes"]
    assert not (host.share / "root" / "gone").exists()
    assert (await podman.containers.inspect("over")).rootfs == root


async def test_ids_in_the_root_file_system(podman: AsyncPodman, host: Host) -> None:
    mapping = "uids=0-1000-10;gids=0-1000-10"
    if await lacks(
        podman,
        "4.5.0",
        lambda: podman.containers.create("", rootfs="/mnt/share/root", rootfs_mapping=mapping),
    ):
        return
    (host.share / "root").mkdir(exist_ok=True)
    created = await podman.containers.create(
        "", rootfs="/mnt/share/root", rootfs_mapping=mapping, network="none", command=["/bin/sh"]
    )
    assert f'"rootfs_mapping":"{mapping}"' in stored(host, created.id)


# -- logs ------------------------------------------------------------------------------------


async def test_logs(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(
        podman,
        image,
        command=["echo", "hello"],
        network="none",
        log_driver="k8s-file",
        log_options={"path": "/mnt/share/log", "max-size": "1m"},
    )
    await podman.containers.wait(container)
    assert "hello" in (host.share / "log").read_text()
    found = (await podman.containers.inspect(container)).host_config.log_config
    assert (found.type, found.path) == ("k8s-file", "/mnt/share/log")
    assert found.size == "1.049MB"
    created = await podman.containers.create(image, log_options={"tag": "mine"})
    assert (await podman.containers.inspect(created.id)).host_config.log_config.tag == "mine"


@pytest.mark.parametrize("driver", ["json-file", "none", "passthrough", "passthrough-tty"])
async def test_log_drivers(podman: AsyncPodman, host: Host, image: str, driver: LogDriver) -> None:
    if host.version.startswith("4.") and driver == "passthrough-tty":
        with pytest.raises(APIError, match="invalid log driver"):
            await podman.containers.create(image, log_driver=driver)
        return
    created = await podman.containers.create(image, log_driver=driver)
    found = (await podman.containers.inspect(created.id)).host_config.log_config
    assert found.type == driver


# -- health ----------------------------------------------------------------------------------


async def test_health(podman: AsyncPodman, image: str) -> None:
    health = models.Health(
        command=["test", "-e", "/well"],
        interval=0,
        timeout="2s",
        start_period="1m",
        retries=7,
        on_failure="stop",
    )
    created = await podman.containers.create(image, health=health)
    config = (await podman.containers.inspect(created.id)).config
    check = config.healthcheck
    assert check
    assert check.test == ["CMD", "test", "-e", "/well"]
    assert (check.interval, check.timeout, check.start_period, check.retries) == (0, 2, 60, 7)
    assert config.healthcheck_on_failure_action == "stop"
    created = await podman.containers.create(image, health="none")
    check = (await podman.containers.inspect(created.id)).config.healthcheck
    assert check
    assert check.test == ["NONE"]


async def test_health_at_the_start(podman: AsyncPodman, image: str) -> None:
    startup = models.StartupHealth(
        command="test -e /up", interval="5s", timeout=2, retries=4, successes=3
    )
    health = models.Health(command="true", startup=startup)
    if await lacks(podman, "4.4.0", lambda: podman.containers.create(image, health=health)):
        return
    created = await podman.containers.create(image, health=health)
    check = (await podman.containers.inspect(created.id)).config.startup_health_check
    assert check
    assert check.test == ["CMD-SHELL", "test -e /up"]
    assert (check.interval, check.timeout, check.retries, check.successes) == (5, 2, 4, 3)


async def test_log_of_health(podman: AsyncPodman, image: str) -> None:
    health = models.Health(
        command="true", log_destination="events_logger", max_log_count=0, max_log_size=9
    )
    if await lacks(podman, "5.3.0", lambda: podman.containers.create(image, health=health)):
        return
    created = await podman.containers.create(image, health=health)
    config = (await podman.containers.inspect(created.id)).config
    assert config.health_log_destination == "events_logger"
    assert (config.healthcheck_max_log_count, config.healthcheck_max_log_size) == (0, 9)


async def test_health_of_the_image(podman: AsyncPodman, host: Host, image: str) -> None:
    file = f"FROM {image}\nHEALTHCHECK --interval=7s CMD test -e /well\n"
    build = ("podman", "build", "-q", "--format=docker", "-t", "localhost/checked", "-")
    host.run(*build, stdin=file)
    created = await podman.containers.create(
        "localhost/checked", health=models.Health(on_failure="kill")
    )
    config = (await podman.containers.inspect(created.id)).config
    assert config.healthcheck
    assert config.healthcheck.test == ["CMD-SHELL", "test -e /well"]
    assert config.healthcheck.interval == 7
    assert config.healthcheck_on_failure_action == "kill"
