"""What ``podlib --help`` says."""

from __future__ import annotations

from .commands import MODULES, command

_BEGIN = """\
usage: podlib [--socket PATH_OR_URI] [--output json|text] COMMAND …

The command line of podlib, the Python client for Podman. On a terminal it
writes tables, elsewhere one JSON document: {"success": true, "data": …}, or on
the standard error {"success": false, "error": "…", "exit_code": N}.

"""
_END = """
options of all commands, before the command's name or behind it:
  --socket PATH_OR_URI  where the Podman service is (default: that of
                        PODMAN_SOCKET_PATH, then what `podlib connections` shows)
  --connection NAME     likewise, as Podman's files name it
  --transient           where no socket answers, run a service for this command
  --output json|text    for programs or for people
  --debug               show tracebacks of errors

examples:
  podlib ps --all
  podlib run docker.io/library/alpine --timeout 10 echo hello
  podlib migrate web /run/other-host/podman.sock --dry-run
  podlib COMMAND --help   what a command takes, with examples
"""


def overview() -> str:
    """All commands, and what each of them is for."""
    lines = ["commands:"]
    for names in MODULES.values():
        lines += [
            f"  {name:<19} {command(name).summary}"
            for name in names.split()
            if not name.startswith("_")
        ]
    return _BEGIN + "\n".join(lines) + "\n" + _END
