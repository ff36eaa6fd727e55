"""``python -m tests.testbed up | build | clean | check``."""

from __future__ import annotations

import argparse
import signal
import sys

from . import roots
from .errors import TestbedError
from .machine import require
from .sessions import clear, find_bases, running, session

HELP = """\
up     bring up the Podman hosts and keep them until Ctrl-C
build  make the root file systems that hosts start from, if they are not there yet
clean  remove what killed sessions left; with --all the cached root file systems too
check  say what this machine lacks for live hosts; exit status 0 when nothing
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.testbed",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("up", "build", "clean", "check"))
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    try:
        if arguments.command == "up":
            up()
        elif arguments.command == "build":
            require()
            find_bases()
        elif arguments.command == "clean":
            clean(everything=arguments.all)
        else:
            require()
            print("this machine can have live Podman hosts")
    except TestbedError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def up() -> None:
    """Bring up the hosts, say where they are, and wait for Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with session() as hosts:
            for host in hosts.values():
                print(f"{host.name}  Podman {host.version}  {host.socket}")
            print("Ctrl-C ends them", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print()


def clean(*, everything: bool) -> None:
    """Remove what is left of sessions that were killed, and all roots if ``everything``."""
    for name in clear():
        print(f"removed session {name}")
    if everything and running():
        raise TestbedError(f"sessions that need the roots still run: {', '.join(running())}")
    if everything:
        for root in roots.remove():
            print(f"removed {root}")


if __name__ == "__main__":
    sys.exit(main())
