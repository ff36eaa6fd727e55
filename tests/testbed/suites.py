"""The hosts and what they are made of, as data: another Debian release is another line here."""

from __future__ import annotations

from dataclasses import dataclass

# What a host needs to run, checkpoint, restore and serve containers, images and pulls.
PACKAGES = (
    "aardvark-dns",
    "busybox-static",
    "ca-certificates",
    "catatonit",
    "conmon",
    "criu",
    "crun",
    "docker-registry",
    "fuse-overlayfs",
    "iproute2",
    "iptables",
    "libcriu2",
    "netavark",
    "nftables",
    "openssh-client",
    "openssh-server",
    "passt",
    "podman",
    "runc",
    "uidmap",
)

# The first two work without CAP_SYS_RESOURCE, which containers and small machines lack.
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
pids_limit = 0
[engine]
runtime = "{runtime}"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def settings(runtime: str) -> dict[str, str]:
    """The files laid over a host's /etc for the time of a session."""
    return {
        "containers/containers.conf": CONTAINERS_CONF.format(runtime=runtime),
        # The runtime makes the cgroups; CRIU would try to set properties that it may not.
        "criu/runc.conf": "manage-cgroups ignore\n",
        "criu/crun.conf": "manage-cgroups ignore\n",
        "hosts": "127.0.0.1 localhost\n",
        "resolv.conf": "",
    }


@dataclass(frozen=True)
class Suite:
    """A Debian release that a host's root file system is made from."""

    name: str
    packages: tuple[str, ...] = PACKAGES
    checkpoints: bool = True
    """Whether its CRIU works on the kernels of today."""


SUITES = {
    # Crun's CRIU library is not packaged there, and CRIU 3.17 cannot read a new kernel's vDSO.
    "bookworm": Suite("bookworm", tuple(p for p in PACKAGES if p != "libcriu2"), checkpoints=False),
    "trixie": Suite("trixie"),
    "forky": Suite("forky"),
}

# Where the machine's own Podman serves, the hosts that can checkpoint are made of it.
HOSTS = {"host-a": "trixie", "host-b": "forky", "host-c": "bookworm"}
CHECKPOINTING = [name for name, suite in HOSTS.items() if SUITES[suite].checkpoints]
