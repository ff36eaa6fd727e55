"""The process that migrates: it says each phase, and how it ended, one JSON document a line.

Its arguments are the sockets of both services, the container, the journal's path or ``-``, the
name at the target or ``-``, and the way: ``socket``, ``registry`` and the image's name, or a
compression and the file's path.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING, cast

import podlib
from podlib import models

if TYPE_CHECKING:
    from podlib.models.checkpoint_manifest import Compression


def say(**what: object) -> None:
    """One line, at once."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Move it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    here, there, container, journal, name, way, place = sys.argv[1:]
    options = models.MoveOptions() if name == "-" else models.MoveOptions(name=name)
    through: models.ThroughFile | models.ThroughRegistry | None = None
    if way == "registry":
        through = models.ThroughRegistry(place, tls_verify=False)
    elif way != "socket":
        through = models.ThroughFile(place, cast("Compression", way))
    with podlib.Podman(here) as source, podlib.Podman(there) as target:
        try:
            podlib.migrate(
                container,
                source,
                target,
                stall=5.0,
                answer=20.0,
                through=through,
                journal=None if journal == "-" else journal,
                progress=lambda event: say(phase=event.phase),
                **options,
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
