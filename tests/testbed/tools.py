"""Commands of the machine: running them, and installing the ones that are missing."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import MissingError, TestbedError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Folders that an ordinary user's PATH lacks.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def which(command: str) -> str | None:
    return shutil.which(command, path=PATH)


def install(command: str, *, apt: Sequence[str] = (), dnf: Sequence[str] = ()) -> None:
    """Make ``command`` available, by the machine's own package manager when it is missing."""
    if which(command):
        return
    if apt and which("apt-get"):
        _quietly("apt-get", "update", "-q")
        _quietly("apt-get", "install", "-qy", "--no-install-recommends", *apt)
    elif dnf and which("dnf"):
        _quietly("dnf", "install", "-qy", *dnf)
    if not which(command):
        raise MissingError(f"real Podman hosts need {command}, which could not be installed")


def _quietly(*command: str) -> None:
    done = subprocess.run(
        ["env", "DEBIAN_FRONTEND=noninteractive", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise TestbedError(f"{' '.join(command)} failed:\n{tail(done.stdout)}")


def tail(text: str, lines: int = 15) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


def debian_mirror(etc: Path = Path("/etc")) -> str | None:
    """The Debian mirror that this machine's apt uses, if it uses one."""
    apt = etc / "apt"
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    for file in files:
        if file.is_file() and (mirror := mirror_in(file.read_text(errors="replace"))):
            return mirror
    return None


def mirror_in(sources: str) -> str | None:
    """The first Debian archive named in an apt sources file of either format."""
    for line in sources.splitlines():
        line = line.partition("#")[0].strip()
        if not line.startswith(("deb ", "URIs:")):
            continue
        for word in line.split():
            # An archive of Debian's packages ends in /debian by convention; others do not.
            if re.fullmatch(r"https?://\S+/debian/?", word):
                return word
    return None
