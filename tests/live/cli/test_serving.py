"""Services of the command's own: ``podlib serve``, ``--transient``, ``podlib bus``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from podlib import Podman
from tests.live.cli.conftest import PODLIB

if TYPE_CHECKING:
    from tests.testbed import Host


@pytest.fixture
def environ(host_b: Host, tmp_path: Path) -> dict[str, str]:
    """Of a machine that has Podman, but no service."""
    program = host_b.program(tmp_path / "podman", "podman")
    path = f"{program.parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}


def document(text: bytes) -> Any:
    answer = json.loads(text)
    assert answer["success"]
    return answer["data"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_serve_until_it_is_told_to_end(
    host_b: Host, environ: dict[str, str], number: signal.Signals
) -> None:
    with subprocess.Popen([str(PODLIB), "serve"], env=environ, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            data = document(process.stdout.readline())
            with Podman(data["socket"]) as podman:
                assert podman.system.version().version == host_b.version
            assert data["version"] == host_b.version
            process.send_signal(number)
            assert process.wait(20) == 0
        finally:
            process.kill()
    assert not Path(data["socket"]).exists()


def test_serve_says_why_it_cannot(environ: dict[str, str], tmp_path: Path) -> None:
    words = [str(PODLIB), "serve", "--podman", str(tmp_path / "none")]
    done = subprocess.run(words, env=environ, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (125, b"")
    assert "none" in json.loads(done.stderr)["error"]


def test_a_service_for_one_command(host_b: Host, environ: dict[str, str]) -> None:
    words = [str(PODLIB), "version"]
    without = subprocess.run(words, env=environ, capture_output=True, check=False)
    assert without.returncode == 125
    assert "no Podman service answers" in json.loads(without.stderr)["error"]
    done = subprocess.run([*words, "--transient"], env=environ, capture_output=True, check=True)
    assert document(done.stdout) == host_b.version


def test_the_worker_of_the_bus() -> None:
    done = subprocess.run([str(PODLIB), "bus", "--self-test"], capture_output=True, check=True)
    assert done.stdout == b"bus-integration-podman self-test OK\n"
    done = subprocess.run([str(PODLIB), "bus", "--nonsense"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
