"""Compiles and runs ``server.c``."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from . import documents
from .compiler import SetupError, compiled

if TYPE_CHECKING:
    from collections.abc import Generator

CPUS = sorted(os.sched_getaffinity(0))
SOURCE = Path(__file__).with_name("server.c")


@contextmanager
def running() -> Generator[str]:
    """Runs the server in a temporary folder and gives the path of its socket."""
    with tempfile.TemporaryDirectory(prefix="podlib-bench-") as folder:
        socket_path = str(Path(folder, "server.sock"))
        command = [
            compiled(SOURCE, folder, "-pthread"),
            socket_path,
            *documents.write(Path(folder)),
        ]
        with _started(command):
            yield socket_path


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
