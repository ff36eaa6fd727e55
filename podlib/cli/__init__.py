"""The command ``podlib``: a JSON document for programs, tables for people.

Programs start it anew for each operation, so its start is what counts: only what the chosen
command needs is imported. ``program`` runs a command, ``commands`` knows which there are; each of
the other modules either has commands, or is one thing that commands share.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the command that ``arguments`` name (default: the program's own); the exit status."""
    from .signals import held

    with held() as came:
        from .program import run

        return run(sys.argv[1:] if arguments is None else arguments, came)
