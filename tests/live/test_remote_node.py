"""The scripts for remote nodes on a real host: run, and run again."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from podlib import Podman
from podlib.remote_node import bootstrap_script, run_script
from tests.testbed import Host

from .marks import checkpointing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import CompletedProcess


USER = "worker"
STUBS = "/run/stubs"
# What systemd does of it, as far as the script can see.
LOGINCTL = f"""#!/bin/sh
echo "$@" >> {STUBS}/log
uid=$(id -u "$2")
mkdir -p /var/lib/systemd/linger "/run/user/$uid/systemd"
touch "/var/lib/systemd/linger/$2"
chown -R "$uid" "/run/user/$uid"
podman system service --time=0 "unix:///run/user/$uid/systemd/private" > /dev/null 2>&1 &
"""
SYSTEMCTL = f"""#!/bin/sh
echo "$@" >> {STUBS}/log
socket=$XDG_RUNTIME_DIR/podman/podman.sock
[ -S "$socket" ] && exit
mkdir -p "$XDG_RUNTIME_DIR/podman"
podman system service --time=0 "unix://$socket" > /dev/null 2>&1 &
until [ -S "$socket" ]; do sleep 0.02; done
"""


def sh(host: Host, script: str, *, path: str = "") -> CompletedProcess[str]:
    words = ["env", f"PATH={path}:/usr/sbin:/usr/bin:/sbin:/bin"] if path else []
    return host.run(*words, "sh", "-s", stdin=script, check=False, timeout=60)


def files(host: Host) -> list[str]:
    return [(host.root / "etc" / name).read_text() for name in ("passwd", "subuid", "subgid")]


@pytest.fixture(autouse=True)
def _without_the_user(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hosts are without it before a test, and afterwards."""
    yield
    clear = f"""
        pkill -KILL -u {USER}
        pkill -KILL -f 'unix:///run/[u]ser'
        userdel -rf {USER}; groupdel {USER}
        rm -rf {STUBS} /run/systemd /var/lib/systemd/linger /run/user /tmp/image.tar
        rm -rf /tmp/podman-run-*
    """
    for host in request.node.funcargs.values():
        if isinstance(host, Host):
            host.run("sh", "-c", clear, check=False)


def test_a_node_without_systemd(host_a: Host) -> None:
    before = files(host_a)
    refused = sh(host_a, bootstrap_script(USER))
    assert refused.returncode == 125
    assert "systemd" in refused.stderr
    assert files(host_a) == before  # nothing was changed

    first = sh(host_a, bootstrap_script(USER, socket=False))
    assert (first.returncode, first.stdout.splitlines()[-1:]) == (
        0,
        [f"ready: podman works for {USER}"],
    ), first.stderr
    after = files(host_a)
    second = sh(host_a, bootstrap_script(USER, socket=False))
    assert (second.returncode, second.stdout) == (0, f"ready: podman works for {USER}\n")
    assert files(host_a) == after
    owned = [line.split(":") for line in after[1].splitlines() if line.startswith(f"{USER}:")]
    assert sum(int(count) for _, _, count in owned) == 65536
    more = sh(host_a, bootstrap_script(USER, socket=False, subids=100_000))
    assert more.returncode == 0, more.stderr
    ranges = [line.split(":") for line in files(host_a)[1].splitlines()]
    spans = sorted((int(first), int(first) + int(count)) for _, first, count in ranges)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@checkpointing
def test_a_run_and_the_same_once_more(host: Host, image: str) -> None:
    done = sh(host, bootstrap_script(USER, socket=False))
    assert done.returncode == 0, done.stderr
    load = (
        f"cd /; runuser -u {USER} -- env HOME=/home/{USER} "
        "XDG_RUNTIME_DIR=$(echo /tmp/podman-run-*) podman load -q -i /tmp/image.tar"
    )
    host.run("podman", "save", "-q", "-o", "/tmp/image.tar", image)
    host.run("chmod", "644", "/tmp/image.tar")
    host.run("sh", "-c", load)
    odd = 'it\'s "$HOME"\n`id`'
    script = run_script(
        USER,
        image,
        ["sh", "-c", 'echo "$X"; id -u >&2; exit 5'],
        name="hello",
        env={"X": odd},
        timeout=30,
    )
    first = sh(host, script)
    assert (first.returncode, first.stdout, first.stderr) == (5, f"{odd}\n", "0\n")
    second = sh(host, script)
    assert (second.returncode, second.stdout, second.stderr) == (5, f"{odd}\n", "0\n")
    removing = run_script(USER, image, ["echo", "new"], name="hello", remove=True)
    assert sh(host, removing).stdout == f"{odd}\n"  # what was there
    assert sh(host, removing).stdout == "new\n"
    for remove in (False, True):  # one that cannot start is no success
        bad = sh(host, run_script(USER, image, ["/none"], name="bad", remove=remove))
        assert (bad.returncode, bad.stdout) == (125, "")
        assert bad.stderr.splitlines()[-1] == "the container did not start"
    good = run_script(USER, image, ["echo", "good"], name="bad")
    assert sh(host, good).stdout == "good\n"  # nothing is left of it
    with Podman(host.socket) as podman:  # root's Podman has nothing to do with it
        assert podman.containers.list(all=True) == []


def test_a_socket(host_b: Host) -> None:
    stubs = f"mkdir -p {STUBS} /run/systemd/system\n"
    for name, text in (("loginctl", LOGINCTL), ("systemctl", SYSTEMCTL)):
        stubs += f"cat > {STUBS}/{name} <<'END'\n{text}END\nchmod 755 {STUBS}/{name}\n"
    stubs += f"touch {STUBS}/log; chmod 666 {STUBS}/log\n"
    host_b.run("sh", "-c", stubs)
    first = sh(host_b, bootstrap_script(USER), path=STUBS)
    assert first.returncode == 0, first.stderr
    ready, _, uri = first.stdout.splitlines()[-1].partition(" unix://")
    assert ready == "ready:"
    with Podman(host_b.root / uri.lstrip("/")) as podman:
        assert podman.system.info().host.security.rootless
    second = sh(host_b, bootstrap_script(USER), path=STUBS)
    assert second.stdout == first.stdout.splitlines()[-1] + "\n"
    log = (host_b.root / STUBS.lstrip("/") / "log").read_text().splitlines()
    enable = "--user enable --now podman.socket"
    assert log == [f"enable-linger {USER}", enable, enable]
