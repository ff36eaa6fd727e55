"""The options that say what runs in a container, seen by that process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import APIError, AsyncPodman
from tests.live._async.steps import lacks, run, said, until

from .steps import printed, runtime_config

if TYPE_CHECKING:
    from tests.testbed import Host


async def test_environment(podman: AsyncPodman, image: str) -> None:
    lines = await printed(
        podman,
        image,
        "env",
        env={"A": "1", "EMPTY": ""},
        env_merge={"PATH": "${PATH}:/opt/bin"},
        unset_env=["container"],
    )
    assert {"A=1", "EMPTY="} <= set(lines)
    [path] = [line for line in lines if line.startswith("PATH=")]
    assert path.endswith("/bin:/opt/bin")
    assert not any(line.startswith("container=") for line in lines)


async def test_environment_of_the_service(podman: AsyncPodman, image: str) -> None:
    variable = "PODMAN_IGNORE_CGROUPSV1_WARNING=1"
    assert variable not in await printed(podman, image, "env")
    assert variable in await printed(podman, image, "env", env_host=True)


async def test_environment_that_is_left_out(podman: AsyncPodman, image: str) -> None:
    container = await run(
        podman, image, network="none", entrypoint=["/bin/env"], unset_env_all=True, env={"A": "1"}
    )
    await podman.containers.wait(container)
    names = {line.partition("=")[0] for line in await said(podman, container)}
    assert "A" in names
    assert names <= {"A", "HOSTNAME", "HOME"}


async def test_proxies(podman: AsyncPodman, host: Host, image: str) -> None:
    assert not any("proxy" in line for line in await printed(podman, image, "env", http_proxy=True))
    service = host.start(
        "proxy.log",
        *("env", "http_proxy=http://10.0.0.1:3128"),
        *("podman", "system", "service", "--time=1", "unix:///mnt/share/proxy.sock"),
    )

    async def listens() -> bool:
        return (host.share / "proxy.sock").exists()

    await until(listens)
    async with AsyncPodman(host.share / "proxy.sock") as other:
        lines = await printed(other, image, "env", http_proxy=True)
        assert "http_proxy=http://10.0.0.1:3128" in lines
        assert not any("proxy" in line for line in await printed(other, image, "env"))
    service.wait(timeout=20)  # it ends by itself, since it is idle


async def test_user(podman: AsyncPodman, host: Host, image: str) -> None:
    container = await run(
        podman,
        image,
        command=["sh", "-c", "id -u; id -g; id -G; sleep 60"],
        user="1000:1001",
        groups=["1002"],
        passwd_entry="entry:x:$UID:$GID:of mine:/:/bin/sh",
        network="none",
    )
    entries = host.run("podman", "exec", "--user=0", container, "cat", "/etc/passwd").stdout
    assert entries == "entry:x:1000:1001:of mine:/:/bin/sh\n"
    uid, gid, groups = await said(podman, container)
    assert (uid, gid, set(groups.split())) == ("1000", "1001", {"1001", "1002"})
    [line] = await printed(podman, image, "cat /etc/passwd", host_users=["daemon"])
    assert line.startswith("daemon:")


async def test_entry_for_the_group(podman: AsyncPodman, host: Host, image: str) -> None:
    entry = "mine:x:$GID:"
    if await lacks(podman, "4.5.0", lambda: podman.containers.create(image, group_entry=entry)):
        return
    command = ("sleep", "60")
    container = await run(
        podman, image, command=command, user="1000:1001", group_entry=entry, network="none"
    )
    group = host.run("podman", "exec", "--user=0", container, "cat", "/etc/group").stdout
    assert "mine:x:1001:" in group


async def test_no_entries_for_the_user(podman: AsyncPodman, image: str) -> None:
    script = "ls /etc/passwd || true"
    assert await printed(podman, image, script, user="1000") == ["/etc/passwd"]
    [complaint] = await printed(podman, image, script, user="1000", passwd=False)
    assert "No such file" in complaint


async def test_working_directory(podman: AsyncPodman, image: str) -> None:
    lines = await printed(podman, image, "pwd", workdir="/new/place", create_workdir=True)
    assert lines == ["/new/place"]
    with pytest.raises(APIError, match="/nowhere"):
        await printed(podman, image, "pwd", workdir="/nowhere")


async def test_host_and_clock(podman: AsyncPodman, image: str) -> None:
    lines = await printed(
        podman,
        image,
        "hostname; umask; date +%Z",
        hostname="inside",
        umask="0027",
        timezone="UTC",
    )
    assert lines == ["inside", "0027", "UTC"]


async def test_init_and_personality(podman: AsyncPodman, host: Host, image: str) -> None:
    [line] = await printed(podman, image, "tr '\\0' ' ' < /proc/1/cmdline", init=True)
    assert line.startswith("/run/podman-init -- sh -c")
    created = await podman.containers.create(
        image, init=True, init_path="/usr/bin/busybox", personality="LINUX32", network="none"
    )
    await podman.containers.init(created.id)
    config = await runtime_config(podman, host, created.id)
    assert {"/run/podman-init": "/usr/bin/busybox"}.items() <= {
        mount["destination"]: mount["source"] for mount in config["mounts"]
    }.items()
    # Older runtimes do not do as they are told.
    assert config["linux"]["personality"] == {"domain": "LINUX32"}


async def test_terminal_and_standard_input(podman: AsyncPodman, image: str) -> None:
    assert await printed(podman, image, "tty || true") == ["not a tty"]
    [line] = await printed(podman, image, "tty", tty=True, stdin=True)
    assert line.startswith("/dev/pts/")
    created = await podman.containers.create(image, tty=True, stdin=True)
    config = (await podman.containers.inspect(created.id)).config
    assert (config.tty, config.open_stdin) == (True, True)
