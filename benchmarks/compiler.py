"""The machine's C compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class SetupError(Exception):
    """The benchmark cannot run on this machine as it is; the message says what is missing."""


def compiled(source: Path, folder: str | Path, *options: str) -> str:
    """Compile ``source`` into a program of its name in ``folder``; the program's path."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SetupError("no C compiler found: install one (package gcc) or set CC")
    program = f"{folder}/{source.stem}"
    command = [compiler, "-O2", *options, "-o", program, str(source)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SetupError(f"{' '.join(command)} failed:\n{result.stderr}")
    return program
