# Generated from tests/live/_async/test_image_building_steps.py: edit there.
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

    from podlib import Podman
    from tests.testbed import Host


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a context."""
    return tmp_path / "context"


# -- how it is built -------------------------------------------------------------------------


def test_quietly(podman: Podman, folder: Path, image: str) -> None:
    built = build_from(podman, folder, f"FROM {image}\nLABEL a=b\n", quiet=True)
    assert built.log == [built.id]


def test_pull_policies(podman: Podman, host: Host, folder: Path, image: str) -> None:
    base = f"{host.registry()}/base:1"
    one = build_from(podman, folder, f"FROM {image}\nLABEL base=1\n")
    two = build_from(podman, folder, f"FROM {image}\nLABEL base=2\n")

    def label(**options: Unpack[models.BuildOptions]) -> str:
        options["tls_verify"] = False
        built = build_from(podman, folder, f"FROM {base}\nLABEL a=b\n", **options)
        return (podman.images.inspect(built.id)).labels["base"]

    podman.images.push(one.id, base, tls_verify=False)
    with pytest.raises(BuildError, match=r"image not known|not found"):
        label(pull="never")
    assert label() == "1"
    podman.images.push(two.id, base, tls_verify=False)
    assert label(pull="missing") == "1"
    assert label(pull="newer") == "2"
    with pytest.raises(BuildError, match="HTTP response to HTTPS client"):
        build_from(podman, folder, f"FROM {base}\n", pull="always")


def test_retry(podman: Podman, folder: Path) -> None:
    def call() -> Any:
        return build_from(
            podman, folder, "FROM 127.0.0.1:1/nobody\n", retry=0, retry_delay=60, tls_verify=False
        )

    if lacks(podman, "5.0.0", call):
        return
    with pytest.raises(BuildError, match="connection refused"):
        call()


def test_credentials_for_the_base(podman: Podman, host: Host, folder: Path, image: str) -> None:
    anna = Credentials("anna", "her word")
    registry = host.registry(user=anna.username, password=anna.password)
    base = f"{registry}/private:1"
    podman.images.push(image, base, tls_verify=False, credentials=anna)
    write(folder, Containerfile=f"FROM {base}\nLABEL a=b\n")
    with pytest.raises(BuildError, match=r"authentication required|unauthorized|basic auth"):
        podman.images.build(folder, tls_verify=False, pull="always")
    built = podman.images.build(
        folder, tls_verify=False, pull="always", credentials={registry: anna}
    )
    assert (podman.images.inspect(built.id)).labels["a"] == "b"


def test_a_cache_elsewhere(podman: Podman, host: Host, folder: Path, image: str) -> None:
    cache = f"{host.registry()}/cache"
    text = f"FROM {image}\nRUN date > /made\n"
    options = models.BuildOptions(cache_from=[cache], cache_to=[cache], tls_verify=False)
    built = build_from(podman, folder, text, **options)
    podman.images.remove(built.id)

    again = build_from(podman, folder, text, **options)
    assert any("cache" in line.lower() for line in again.log)
    assert (build_from(podman, folder, text, cache_ttl="1h")).id == again.id
    assert (build_from(podman, folder, text, cache_ttl=0.001)).id != again.id


def test_several_caches(podman: Podman, host: Host, folder: Path, image: str) -> None:
    registry = host.registry()
    options = models.BuildOptions(cache_from=[f"{registry}/a", f"{registry}/b"], tls_verify=False)
    text = f"FROM {image}\nLABEL a=b\n"
    if host.version.startswith("4.3"):
        with pytest.raises(ParameterError, match=r"Podman 4\.3 takes one"):
            build_from(podman, folder, text, **options)
    else:
        assert (build_from(podman, folder, text, **options)).id
        assert any("/v2/b/" in request for request in host.registry_requests())


def test_what_is_used_is_told(podman: Podman, host: Host, folder: Path, image: str) -> None:
    text = f"FROM {image}\nRUN true\n"
    told = build_from(podman, folder, text, rusage=True, no_cache=True)
    assert any("(elapsed)" in line for line in told.log)
    assert podman.images.exists(told.id)
    build_from(podman, folder, text, rusage=True, rusage_log="/mnt/share/used", no_cache=True)
    assert "(elapsed)" in (host.share / "used").read_text()


def test_containers_that_are_kept(podman: Podman, host: Host, folder: Path, image: str) -> None:
    def kept() -> int:
        return len(host.run("podman", "ps", "--all", "--external", "--quiet").stdout.split())

    assert kept() == 0

    with pytest.raises(BuildError, match="exit status 3"):
        build_from(podman, folder, f"FROM {image}\nRUN exit 3\n", force_rm=False, rm=False)
    assert kept() > 0


# -- what the steps find ---------------------------------------------------------------------


def test_files_of_the_network(podman: Podman, folder: Path, image: str) -> None:
    said = ran(
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


def test_namespaces(podman: Podman, host: Host, folder: Path, image: str) -> None:
    script = "for n in pid ipc uts net cgroup; do readlink /proc/self/ns/$n; done; ip -o -4 addr"
    own = host.run("sh", "-c", script).stdout.splitlines()

    def found(**options: Unpack[models.BuildOptions]) -> tuple[set[str], set[str]]:
        """The namespaces that are the host's, and the addresses."""
        said = ran(podman, folder, image, script, **options)
        shared = {line.partition(":")[0] for line in said[:5] if line in own[:5]}
        return shared - {"cgroup"}, {line.split()[1] for line in said[5:]}

    links = {line.split()[1] for line in own[5:]}
    assert found() == ({"net"}, links)
    assert found(
        network="ns:/proc/1/ns/net", pidns="host", utsns="host", ipcns="ns:/proc/1/ns/ipc"
    ) == ({"net", "pid", "uts", "ipc"}, links)
    assert found(network="none", ipcns="host", pidns="private") == ({"ipc"}, {"lo"})
    assert found(network="private") == (set(), {"lo", "eth0"})
    with pytest.raises(ParameterError, match="pidns: 'pod' is none of"):
        found(pidns="pod")


def test_a_network(podman: Podman, host: Host, folder: Path, image: str) -> None:
    host.run("podman", "network", "create", "--subnet", "10.77.0.0/24", "lab")
    own = host.run("readlink", "/proc/self/ns/cgroup").stdout.strip()
    group, *addresses = ran(
        podman,
        folder,
        image,
        "readlink /proc/self/ns/cgroup; ip -o -4 addr",
        network="lab",
        cgroupns="private",
    )
    assert group != own
    assert any("10.77.0." in each for each in addresses)


def test_user_namespace(podman: Podman, folder: Path, image: str) -> None:
    said = ran(
        podman,
        folder,
        image,
        "cat /proc/self/uid_map /proc/self/gid_map",
        uid_map=[models.IdRange(container=0, host=100000, size=99)],
        gid_map=["0:200000:9"],
    )
    assert [line.split() for line in said] == [["0", "100000", "99"], ["0", "200000", "9"]]


def test_limits(podman: Podman, folder: Path, image: str) -> None:
    files = (
        "memory/memory.limit_in_bytes",
        "memory/memory.memsw.limit_in_bytes",
        "cpu/cpu.shares",
        "cpu/cpu.cfs_period_us",
        "cpu/cpu.cfs_quota_us",
        "cpuset/cpuset.cpus",
        "cpuset/cpuset.mems",
    )
    said = ran(
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


def test_what_the_steps_may_do(podman: Podman, folder: Path, image: str) -> None:
    said = ran(
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
        ran(podman, folder, image, "true", seccomp="/nobodys-profile")
    with pytest.raises(BuildError, match="apparmor"):
        ran(podman, folder, image, "true", apparmor="nobodys-profile")


def test_isolation(podman: Podman, folder: Path, image: str) -> None:
    script = "readlink /proc/self/ns/net"
    inside = ran(podman, folder, image, script, isolation="oci", network="none")
    # Podman 4.3 loses the output of one chrooted step in a hundred, for bare sockets too.
    for _ in range(4):
        with suppress(ValueError):  # the mark at the end of its output is not there
            chrooted = ran(podman, folder, image, script, isolation="chroot")
            break
    else:
        pytest.fail("no step said anything")
    assert inside != chrooted


def test_groups_and_volumes(podman: Podman, host: Host, folder: Path, image: str) -> None:
    (host.share / "brought").write_text("")
    options = models.BuildOptions(groups=["777"], volumes=["/mnt/share:/mnt:ro"])

    def call() -> Any:
        script = "id -G; ls /mnt/brought; touch /mnt/x || echo refused"
        return ran(podman, folder, image, script, **options)

    if lacks(podman, "4.4.0", call):
        return
    said = call()
    assert {"0 777", "/mnt/brought", "refused"} <= set(said)


def test_volumes_of_the_image(podman: Podman, folder: Path, image: str) -> None:
    text = f"FROM {image}\nVOLUME /data\nRUN touch /data/x\nRUN ls /data\n"

    def call() -> Any:
        return build_from(podman, folder, text, compat_volumes=True)

    if lacks(podman, "5.2.0", call):
        return
    assert "x" not in (call()).log
    assert "x" in (build_from(podman, folder, text, no_cache=True)).log


def test_no_hosts(podman: Podman, folder: Path, image: str) -> None:
    def call() -> Any:
        return ran(podman, folder, image, "cat /etc/hosts || true", no_hosts=True)

    if lacks(podman, "5.4.0", call):
        return
    assert not any("localhost" in line for line in call())


def test_proxies(podman: Podman, folder: Path, image: str) -> None:
    said = ran(podman, folder, image, "env", http_proxy=True)
    assert not any("proxy" in line.lower() for line in said)  # the service has none


def test_where_the_cgroup_is(podman: Podman, folder: Path, image: str) -> None:
    said = ran(podman, folder, image, "cat /proc/self/cgroup", cgroup_parent="/mine")
    assert all(line.endswith(":/mine") for line in said)
