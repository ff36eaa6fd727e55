"""What people see: lines and tables, on a terminal with rich if that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import streams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Table(NamedTuple):
    """Rows below headings, and what to say if there are none."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    empty: str = ""


def render(table: Table) -> str:
    """The table as text."""
    rows = [[clean(cell) for cell in row] for row in table.rows]
    if not rows:
        return f"{table.empty}\n" if table.empty and streams.is_terminal(streams.STDOUT) else ""
    if streams.is_terminal(streams.STDOUT):
        try:
            return _drawn(table.headings, rows)
        except ImportError:  # rich is not there
            pass
    return plain(table.headings, rows)


def plain(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns that are as wide as what is in them."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    aligned = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return "".join(f"{line}\n" for line in aligned)


def _drawn(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    with console.capture() as capture:
        console.print(drawn)
    return capture.get()


def clean(cell: object) -> str:
    """One line of text without what a terminal would take for a command."""
    return "".join(each if each.isprintable() else " " for each in str(cell))


def short(id: str) -> str:  # noqa: A002 -- it is one
    """The beginning of an id, as people use it."""
    return id.removeprefix("sha256:")[:12]


def size(count: float) -> str:
    """``1.5 MB``: powers of 1000, as Podman shows sizes."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def ago(text: str, now: datetime | None = None) -> str:
    """How long ago an RFC 3339 time was, in words."""
    from .times import moment

    try:
        then = moment(text)
    except ValueError:
        return text
    from datetime import UTC, datetime

    seconds = int(((now or datetime.now(UTC)) - then).total_seconds())
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return _count(seconds // length, name)
    return _count(max(seconds, 0), "second")


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'} ago"
