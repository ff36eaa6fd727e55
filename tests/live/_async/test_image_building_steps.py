"""How images are built on real services, and what the steps of a build find."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from podlib import (
    BuildError,
    Credentials,
    ParameterError,
    models,
)

from .image_steps import build_from, ran, write
from .steps import lacks

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, Unpack

    from podlib import AsyncPodman
    from tests.testbed import Host


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a context."""
    return tmp_path / "context"


# -- how it is built -------------------------------------------------------------------------


async def test_quietly(podman: AsyncPodman, folder: Path, image: str) -> None:
    built = await build_from(podman, folder, f"FROM {image}\nLABEL a=b\n", quiet=True)
    assert built.log == [built.id]


async def test_pull_policies(podman: AsyncPodman, host: Host, folder: Path, image: str) -> None:
    base = f"{host.registry()}/base:1"
    one = await build_from(podman, folder, f"FROM {image}\nLABEL base=1\n")
    two = await build_from(podman, folder, f"FROM {image}\nLABEL base=2\n")

    async def label(**options: Unpack[models.BuildOptions]) -> str:
        options["tls_verify"] = False
        built = await build_from(podman, folder, f"FROM {base}\nLABEL a=b\n", **options)
        return (await podman.images.inspect(built.id)).labels["base"]

    await podman.images.push(one.id, base, tls_verify=False)
    with pytest.raises(BuildError, match=r"image not known|not found"):
        await label(pull="never")
    assert await label() == "1"
    await podman.images.push(two.id, base, tls_verify=False)
    assert await label(pull="missing") == "1"
    assert await label(pull="newer") == "2"
    with pytest.raises(BuildError, match="HTTP response to HTTPS client"):
        await build_from(podman, folder, f"FROM {base}\n", pull="always")


async def test_retry(podman: AsyncPodman, folder: Path) -> None:
    def call() -> Any:
        return build_from(
            podman, folder, "FROM 127.0.0.1:1/nobody\n", retry=0, retry_delay=60, tls_verify=False
        )

    if await lacks(podman, "5.0.0", call):
        return
    with pytest.raises(BuildError, match="connection refused"):
        await call()


async def test_credentials_for_the_base(
    podman: AsyncPodman, host: Host, folder: Path, image: str
) -> None:
    anna = Credentials("anna", "her word")
    registry = host.registry(user=anna.username, password=anna.password)
    base = f"{registry}/private:1"
    await podman.images.push(image, base, tls_verify=False, credentials=anna)
    write(folder, Containerfile=f"FROM {base}\nLABEL a=b\n")
    with pytest.raises(BuildError, match=r"authentication required|unauthorized|basic auth"):
        await podman.images.build(folder, tls_verify=False, pull="always")
    built = await podman.images.build(
        folder, tls_verify=False, pull="always", credentials={registry: anna}
    )
    assert (await podman.images.inspect(built.id)).labels["a"] == "b"


async def test_a_cache_elsewhere(podman: AsyncPodman, host: Host, folder: Path, image: str) -> None:
    cache = f"{host.registry()}/cache"
    text = f"FROM {image}\nRUN date > /made\n"
    options = models.BuildOptions(cache_from=[cache], cache_to=[cache], tls_verify=False)
    built = await build_from(podman, folder, text, **options)
    await podman.images.remove(built.id)

    again = await build_from(podman, folder, text, **options)
    assert any("cache" in line.lower() for line in again.log)
    assert (await build_from(podman, folder, text, cache_ttl="1h")).id == again.id
    assert (await build_from(podman, folder, text, cache_ttl=0.001)).id != again.id


async def test_several_caches(podman: AsyncPodman, host: Host, folder: Path, image: str) -> None:
    registry = host.registry()
    options = models.BuildOptions(cache_from=[f"{registry}/a", f"{registry}/b"], tls_verify=False)
    text = f"FROM {image}\nLABEL a=b\n"
    if host.version.startswith("4.3"):
        with pytest.raises(ParameterError, match=r"Podman 4\.3 takes one"):
            await build_from(podman, folder, text, **options)
    else:
        assert (await build_from(podman, folder, text, **options)).id
        assert any("/v2/b/" in request for request in host.registry_requests())


async def test_what_is_used_is_told(
    podman: AsyncPodman, host: Host, folder: Path, image: str
) -> None:
    text = f"FROM {image}\nRUN true\n"
    told = await build_from(podman, folder, text, rusage=True, no_cache=True)
    assert any("(elapsed)" in line for line in told.log)
    assert await podman.images.exists(told.id)
    await build_from(podman, folder, text, rusage=True, rusage_log="/mnt/share/used", no_cache=True)
    assert "(elapsed)" in (host.share / "used").read_text()


async def test_containers_that_are_kept(
    podman: AsyncPodman, host: Host, folder: Path, image: str
) -> None:
    def kept() -> int:
        return len(host.run("podman", "ps", "--all", "--external", "--quiet").stdout.split())

    assert kept() == 0

    with pytest.raises(BuildError, match="exit status 3"):
        await build_from(podman, folder, f"FROM {image}\nRUN exit 3\n", force_rm=False, rm=False)
    assert kept() > 0


# -- what the steps find ---------------------------------------------------------------------


async def test_files_of_the_network(podman: AsyncPodman, folder: Path, image: str) -> None:
    said = await ran(
        podman,
        folder,
        image,
        "cat /etc/hosts /etc/resolv.conf",
        network="private",
        hosts={"printer": "10.1.2.3"},
        dns=["10.9.9.9"],
        dns_search=["example.org"],
        dns_options=["ndots:3"],
    )
    assert any(line.split() == ["10.1.2.3", "printer"] for line in said)
    assert {"nameserver 10.9.9.9", "search example.org", "options ndots:3"} <= set(said)


async def test_namespaces(podman: AsyncPodman, host: Host, folder: Path, image: str) -> None:
    script = "for n in pid ipc uts net cgroup; do readlink /proc/self/ns/$n; done; ip -o -4 addr"
    own = host.run("sh", "-c", script).stdout.splitlines()

    async def found(**options: Unpack[models.BuildOptions]) -> tuple[set[str], set[str]]:
        """The namespaces that are the host's, and the addresses."""
        said = await ran(podman, folder, image, script, **options)
        shared = {line.partition(":")[0] for line in said[:5] if line in own[:5]}
        return shared - {"cgroup"}, {line.split()[1] for line in said[5:]}

    links = {line.split()[1] for line in own[5:]}
    assert await found() == ({"net"}, links)
    assert await found(
        network="ns:/proc/1/ns/net", pidns="host", utsns="host", ipcns="ns:/proc/1/ns/ipc"
    ) == ({"net", "pid", "uts", "ipc"}, links)
    assert await found(network="none", ipcns="host", pidns="private") == ({"ipc"}, {"lo"})
    assert await found(network="private") == (set(), {"lo", "eth0"})
    with pytest.raises(ParameterError, match="pidns: 'pod' is none of"):
        await found(pidns="pod")


async def test_a_network(podman: AsyncPodman, host: Host, folder: Path, image: str) -> None:
    host.run("podman", "network", "create", "--subnet", "10.77.0.0/24", "lab")
    own = host.run("readlink", "/proc/self/ns/cgroup").stdout.strip()
    group, *addresses = await ran(
        podman,
        folder,
        image,
        "readlink /proc/self/ns/cgroup; ip -o -4 addr",
        network="lab",
        cgroupns="private",
    )
    assert group != own
    assert any("10.77.0." in each for each in addresses)


async def test_user_namespace(podman: AsyncPodman, folder: Path, image: str) -> None:
    said = await ran(
        podman,
        folder,
        image,
        "cat /proc/self/uid_map /proc/self/gid_map",
        uid_map=[models.IdRange(container=0, host=100000, size=99)],
        gid_map=["0:200000:9"],
    )
    assert [line.split() for line in said] == [["0", "100000", "99"], ["0", "200000", "9"]]


async def test_limits(podman: AsyncPodman, folder: Path, image: str) -> None:
    files = (
        "memory/memory.limit_in_bytes",
        "memory/memory.memsw.limit_in_bytes",
        "cpu/cpu.shares",
        "cpu/cpu.cfs_period_us",
        "cpu/cpu.cfs_quota_us",
        "cpuset/cpuset.cpus",
        "cpuset/cpuset.mems",
    )
    said = await ran(
        podman,
        folder,
        image,
        f"cd /sys/fs/cgroup; cat {' '.join(files)}; ulimit -n; df /dev/shm | tail -1",
        memory="64m",
        memory_swap="96m",
        cpu_shares=512,
        cpu_period=0.05,
        cpu_quota=0.025,
        cpuset_cpus="0",
        cpuset_mems="0",
        shm_size="1m",
        ulimits=["nofile=100:200"],
    )
    numbers = ["67108864", "100663296", "512", "50000", "25000", "0", "0", "100"]
    found = [line for line in said if line in numbers]
    assert found in (numbers, [*numbers[:1], *numbers[2:]])  # some kernels do not count swap
    assert said[-1].split()[1] == "1024"


async def test_what_the_steps_may_do(podman: AsyncPodman, folder: Path, image: str) -> None:
    said = await ran(
        podman,
        folder,
        image,
        "ls /dev/nil; grep CapEff /proc/self/status",
        devices=["/dev/null:/dev/nil:rw"],
        cap_add=["CAP_SYS_PTRACE"],
        cap_drop=["CAP_CHOWN"],
        seccomp="unconfined",
        selinux=["disable"],
    )
    assert said[0] == "/dev/nil"
    capabilities = int(said[1].split()[1], 16)
    assert capabilities & 1 << 19  # CAP_SYS_PTRACE
    assert not capabilities & 1  # CAP_CHOWN
    with pytest.raises(BuildError, match="nobodys-profile"):
        await ran(podman, folder, image, "true", seccomp="/nobodys-profile")
    with pytest.raises(BuildError, match="apparmor"):
        await ran(podman, folder, image, "true", apparmor="nobodys-profile")


async def test_isolation(podman: AsyncPodman, folder: Path, image: str) -> None:
    script = "readlink /proc/self/ns/net"
    inside = await ran(podman, folder, image, script, isolation="oci", network="none")
    # Podman 4.3 loses the output of one chrooted step in a hundred, for bare sockets too.
    for _ in range(4):
        with suppress(ValueError):  # the mark at the end of its output is not there
            chrooted = await ran(podman, folder, image, script, isolation="chroot")
            break
    else:
        pytest.fail("no step said anything")
    assert inside != chrooted


async def test_groups_and_volumes(
    podman: AsyncPodman, host: Host, folder: Path, image: str
) -> None:
    (host.share / "brought").write_text("")
    options = models.BuildOptions(groups=["777"], volumes=["/mnt/share:/mnt:ro"])

    def call() -> Any:
        script = "id -G; ls /mnt/brought; touch /mnt/x || echo refused"
        return ran(podman, folder, image, script, **options)

    if await lacks(podman, "4.4.0", call):
        return
    said = await call()
    assert {"0 777", "/mnt/brought", "refused"} <= set(said)


async def test_volumes_of_the_image(podman: AsyncPodman, folder: Path, image: str) -> None:
    text = f"FROM {image}\nVOLUME /data\nRUN touch /data/x\nRUN ls /data\n"

    def call() -> Any:
        return build_from(podman, folder, text, compat_volumes=True)

    if await lacks(podman, "5.2.0", call):
        return
    assert "x" not in (await call()).log
    assert "x" in (await build_from(podman, folder, text, no_cache=True)).log


async def test_no_hosts(podman: AsyncPodman, folder: Path, image: str) -> None:
    def call() -> Any:
        return ran(podman, folder, image, "cat /etc/hosts || true", no_hosts=True)

    if await lacks(podman, "5.4.0", call):
        return
    assert not any("localhost" in line for line in await call())


async def test_proxies(podman: AsyncPodman, folder: Path, image: str) -> None:
    said = await ran(podman, folder, image, "env", http_proxy=True)
    assert not any("proxy" in line.lower() for line in said)  # the service has none


async def test_where_the_cgroup_is(podman: AsyncPodman, folder: Path, image: str) -> None:
    said = await ran(podman, folder, image, "cat /proc/self/cgroup", cgroup_parent="/mine")
    assert all(line.endswith(":/mine") for line in said)
