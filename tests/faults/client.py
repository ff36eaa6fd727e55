"""The process that migrates: it says each phase, and how it ended, one JSON document a line.

Its arguments are the sockets of both services, the container, and the journal's path or ``-``.
"""

from __future__ import annotations

import json
import signal
import sys

import podlib


def say(**what: object) -> None:
    """One line, at once."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Move it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    here, there, container, journal = sys.argv[1:]
    with podlib.Podman(here) as source, podlib.Podman(there) as target:
        try:
            podlib.migrate(
                container,
                source,
                target,
                stall=5.0,
                answer=20.0,
                journal=None if journal == "-" else journal,
                progress=lambda event: say(phase=event.phase),
            )
        except podlib.MigrationError as error:
            say(end=error.location, why=str(error))
        except podlib.PodmanError as error:
            say(end="source", why=str(error))
        except KeyboardInterrupt as error:
            say(end="interrupted", why=str(getattr(error, "__notes__", "")))
        else:
            say(end="moved")


if __name__ == "__main__":
    main()
