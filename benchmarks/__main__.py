"""``python -m benchmarks``: measures, prints the table, exits with 1 if a goal is not met."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from . import (
    builds,
    commands,
    imports,
    logs,
    report,
    server,
    small_calls,
    transfers,
    transient,
)
from .compiler import SetupError
from .rounds import Setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from .report import Row
    from .rounds import Cores

TOPICS: dict[str, tuple[Callable[[Setting], list[Row]], Cores]] = {
    "small": (small_calls.sync_rows, "same"),
    "asyncio": (small_calls.async_rows, "same"),
    "list": (small_calls.list_rows, "same"),
    "logs": (logs.rows, "apart"),
    "download": (transfers.download_rows, "apart"),
    "exec": (transfers.exec_rows, "apart"),
    "upload": (transfers.upload_rows, "apart"),
    "pump": (transfers.pump_rows, "apart"),
    "build": (builds.rows, "apart"),
    "import": (imports.rows, "same"),
    "process": (imports.process_rows, "same"),
    "transient": (transient.rows, "apart"),
    "command": (commands.rows, "same"),
}


def main() -> int:
    arguments = _arguments()
    rows: list[Row] = []
    try:
        with server.running() as socket:
            for name in arguments.only or TOPICS:
                measure, cores = TOPICS[name]
                print(f"measuring {name} …", file=sys.stderr)
                rows += measure(Setting(socket, arguments.quick, arguments.cores or cores))
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    show = report.as_json if arguments.json else report.as_table
    print(show(rows, quick=arguments.quick, cores=arguments.cores))
    return 0 if all(row.met is not False for row in rows) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=TOPICS, help="one topic; may be given several times"
    )
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--cores",
        choices=("same", "apart"),
        help="where client and server run (default: by topic, see benchmarks/rounds.py)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
