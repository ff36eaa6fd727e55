"""The installed command, as a process, against real hosts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.command import Result

if TYPE_CHECKING:
    from tests.testbed import Host

PODLIB = Path(sys.executable).parent / "podlib"
"""As an installation has it."""


class Command:
    """``podlib`` for one host; ``folder`` is where it runs."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host = host
        self.folder = folder
        self._environ = {
            name: value for name, value in os.environ.items() if not name.startswith("CONTAINER")
        }

    def start(self, *words: object, **options: Any) -> subprocess.Popen[bytes]:
        """Begin a command whose outputs are pipes."""
        given: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "env": {**self._environ, **options.pop("environ", {})},
            "cwd": self.folder,
            **options,
        }
        command = [str(PODLIB), "--socket", str(self.host.socket), *map(str, words)]
        return cast("subprocess.Popen[bytes]", subprocess.Popen(command, **given))

    def __call__(self, *words: object, typed: bytes | None = None, **options: Any) -> Result:
        """Run a command to its end."""
        if typed is not None:
            options["stdin"] = subprocess.PIPE
        with self.start(*words, **options) as process:
            return finished(process, typed)


def finished(process: subprocess.Popen[bytes], typed: bytes | None = None) -> Result:
    """What became of a command."""
    stdout, stderr = process.communicate(typed, timeout=100)
    return Result(process.returncode, (stdout or b"").decode(), (stderr or b"").decode())


@pytest.fixture
def podlib(host_a: Host, tmp_path: Path) -> Command:
    """The command for the first host."""
    return Command(host_a, tmp_path)
