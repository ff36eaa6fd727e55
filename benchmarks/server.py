"""Compiles and runs ``server.c``."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from . import documents

if TYPE_CHECKING:
    from collections.abc import Generator

CPUS = sorted(os.sched_getaffinity(0))
SOURCE = Path(__file__).with_name("server.c")


class SetupError(Exception):
    """The benchmark cannot run on this machine as it is; the message says what is missing."""


@contextmanager
def running() -> Generator[str]:
    """Runs the server in a temporary folder and gives the path of its socket."""
    with tempfile.TemporaryDirectory(prefix="podlib-bench-") as folder:
        socket_path = str(Path(folder, "server.sock"))
        command = [_compiled(folder), socket_path, *documents.write(Path(folder))]
        with _started(command):
            yield socket_path


def _compiled(folder: str) -> str:
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SetupError("no C compiler found: install one (package gcc) or set CC")
    program = str(Path(folder, "server"))
    command = [compiler, "-O2", "-pthread", "-o", program, str(SOURCE)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SetupError(f"{' '.join(command)} failed:\n{result.stderr}")
    return program


@contextmanager
def _started(command: list[str]) -> Generator[None]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if process.stdout.readline() != b"ready\n":
                raise SetupError("the benchmark's server did not start")
            os.sched_setaffinity(process.pid, {CPUS[0]})
            yield
        finally:
            process.stdin.close()  # the server ends with its standard input
