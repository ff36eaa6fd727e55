"""What is seen of a report: its state, plain lines, and the rows of a terminal."""

from __future__ import annotations

import io
import re
import sys
import threading

import pytest
from rich.console import Console

from podlib import ProgressDisplay
from podlib.models import BlobProgress, ManifestPushProgress, PullProgress, PushProgress
from podlib.progress.bars import Bars
from podlib.progress.state import Blob, State

A, B, C = (f"sha256:{digit * 64}" for digit in "abc")
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
DONE = PullProgress(id="f" * 64, images=["f" * 64])


def text(line: str) -> PullProgress:
    return PullProgress(status="pulling", stream=f"{line}\n")


def blob(digest: str, status: str, current: int = 0, total: int = 0) -> PullProgress:
    progress = BlobProgress(
        status=status, current=current, total=total, progress_component_id=digest
    )
    return PullProgress(status="pulling", stream="Pulling artifact", pull_progress=progress)


class Terminal(io.StringIO):
    """A file that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    return Terminal()


# -- the state -----------------------------------------------------------------------------------


def test_a_blob_from_its_beginning_to_its_end() -> None:
    state = State()
    state.tell(text(f"Copying blob {A}"), 5)
    [found] = state.blobs.values()
    seen = [(found.name, found.size(), found.rate(7), found.status)]
    for line in (
        blob(A, "pulling", 0, -1),
        blob(A, "pulling", 1_000, -1),
        blob(A, "pulling", 500_000, 2_000_000),
        blob(A, "pulling", 1_000_000, 0),  # it is not forgotten
        blob(A, "pulling", 3_000_000, 2_500_000),  # and may be wrong
        blob(A, "success", 3_000_000, 3_000_000),
    ):
        state.tell(line, 6)
        seen.append((found.name, found.size(), found.rate(7), found.status))
    assert seen == [
        ("aaaaaaaaaaaa", "", "", "copying"),
        ("aaaaaaaaaaaa", "", "", "copying"),
        ("aaaaaaaaaaaa", "1.0 kB", "500 B/s", "copying"),
        ("aaaaaaaaaaaa", "0.5/2.0 MB", "250.0 kB/s", "copying"),
        ("aaaaaaaaaaaa", "1.0/2.0 MB", "500.0 kB/s", "copying"),
        ("aaaaaaaaaaaa", "3.0/2.5 MB", "1.5 MB/s", "copying"),
        ("aaaaaaaaaaaa", "3.0 MB", "1.5 MB/s", "done"),
    ]


def test_what_changes_is_told_once() -> None:
    state = State()
    told = [
        state.tell(line, 0)
        for line in (
            blob(A, "skipped"),
            blob(A, "skipped"),
            blob(B, "pulling", 1, 2),
            blob(B, "success", 2, 2),
            blob(B, "something new"),
        )
    ]
    names = [found and (found.name[:1], found.status) for found in told]
    assert names[:3] == [("a", "already exists"), None, None]
    assert [found and found.name[:1] for found in told[3:]] == ["b", None]


@pytest.mark.parametrize(
    "last",
    [
        text("Writing manifest to image destination"),
        DONE,
        PushProgress(manifest_digest=A),
        ManifestPushProgress(id=A),
    ],
)
def test_without_bytes_the_end_is_that_of_all(last: PullProgress) -> None:
    state = State()
    state.tell(text("Trying to pull x..."), 0)
    assert state.text == "Trying to pull x..."
    state.tell(blob(C, "skipped"), 0)
    state.tell(text(f"Copying blob {A}"), 0)
    state.tell(text(f"Copying config {B}"), 0)
    assert state.text == ""
    assert [each.status for each in state.blobs.values()] == ["already exists", *2 * ["copying"]]
    state.tell(last, 0)
    assert [each.status for each in state.blobs.values()] == ["already exists", *2 * ["done"]]


def test_other_texts_have_short_digests_and_no_commands() -> None:
    state = State()
    state.tell(text(f"Found {A} \x1b[31m\r\nthere"), 0)
    assert state.text == "Found aaaaaaaaaaaa  [31m  there"


@pytest.mark.parametrize(
    ("size", "wanted"),
    [(0, ""), (999, "999 B"), (1_000, "1.0 kB"), (10**15, "1000.0 TB"), (12_345_678, "12.3 MB")],
)
def test_sizes(size: int, wanted: str) -> None:
    assert Blob("a", 0, current=size).size() == wanted
    assert Blob("a", 0, current=size).rate(0) == ""


# -- plain lines ---------------------------------------------------------------------------------

REPORT = [
    text("Trying to pull x..."),
    text(f"Copying blob {A}"),
    blob(A, "pulling", 0, 10),
    blob(A, "pulling", 5, 10),
    blob(B, "skipped"),
    blob(A, "success", 10, 10),
    DONE,
]
LINES = f"""\
Trying to pull x...
Copying blob {A}
bbbbbbbbbbbb: already exists
aaaaaaaaaaaa: done, 10 B
"""


def shown(file: io.StringIO) -> str:
    with ProgressDisplay(file) as display:
        for line in REPORT:
            display(line)
    return file.getvalue()


def test_plain_lines_where_there_is_no_terminal() -> None:
    assert shown(io.StringIO()) == LINES


@pytest.mark.parametrize("kind", ["dumb", "unknown", ""])
def test_plain_lines_on_a_terminal_that_cannot_draw(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("TERM", kind)
    assert shown(terminal) == LINES


def test_plain_lines_without_rich(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "rich" or name == "podlib.progress.bars":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)
    assert shown(terminal) == LINES


def test_plain_lines_outside_of_a_block(terminal: Terminal) -> None:
    display = ProgressDisplay(terminal)
    for line in REPORT:
        display(line)
    assert terminal.getvalue() == LINES


def test_plain_lines_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    ProgressDisplay()("STEP 1/2: FROM \x1b[31mbusybox")
    assert capsys.readouterr() == ("", "STEP 1/2: FROM  [31mbusybox\n")


def test_plain_lines_in_a_file_of_another_encoding() -> None:
    data = io.BytesIO()
    file = io.TextIOWrapper(data, encoding="ascii")
    ProgressDisplay(file)("täglich")
    assert data.getvalue() == b"t?glich\n"


def test_nobody_reads_the_plain_lines() -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    assert shown(Gone()) == ""


# -- rows ----------------------------------------------------------------------------------------


def frame(width: int, *, encoding: str = "utf-8") -> list[str]:
    """The rows of blobs of all kinds, on a terminal without colours."""
    state = State()
    for line in (
        text("Trying to pull x..."),
        text(f"Copying blob {C}"),
        blob(A, "skipped"),
        blob(B, "pulling", 500_000, 1_000_000),
        blob("sha256:" + "d" * 64, "success", 20_000_000, 20_000_000),
        blob("sha256:" + "e" * 64, "pulling", 7_000, -1),
        text(f"Checking {'all that is to be chäcked ' * 4}"),
    ):
        state.tell(line, 0)
    data = io.BytesIO()
    file = io.TextIOWrapper(data, encoding=encoding)
    console = Console(file=file, width=width, color_system=None, no_color=True)
    console.print(Bars(file, state, threading.RLock(), width=width).rows())
    file.flush()
    return data.getvalue().decode(encoding).splitlines()


def test_a_row_for_each_blob() -> None:
    rows = frame(80)
    assert [row[:12] for row in rows[:5]] == [12 * digit for digit in "cabde"]
    waiting, there, half, done, unknown = (row[12:].split() for row in rows[:5])
    assert waiting[0] in {"-", "\\", "|", "/"}
    assert waiting[1:] == ["copying"]
    assert there == ["already", "exists"]
    assert half[0].startswith(18 * "━")
    assert len(half[0]) < 40
    assert half[1:3] == ["0.5/1.0", "MB"]
    assert re.fullmatch(r"[\d.]+ k?B/s", " ".join(half[3:]))
    assert done == [40 * "━", "20.0", "MB", "done"]
    assert unknown[-4:-2] == ["7.0", "kB"]
    assert rows[5][2:].startswith("Checking all that is to be chäcked ")
    assert max(map(len, rows)) <= 80


def test_rows_of_a_narrow_terminal_have_no_bars() -> None:
    rows = frame(40)
    assert not any("━" in row for row in rows)
    assert "0.5/1.0 MB" in rows[2]
    assert len(rows) == 6
    assert max(map(len, rows)) <= 40


def test_rows_without_bytes_have_no_bars(terminal: Terminal) -> None:
    with ProgressDisplay(terminal) as display:
        display(text(f"Copying blob {A}"))
        display(text("Writing manifest to image destination"))
    plain = re.sub(r"\x1b\[[\d;?]*\w", "", terminal.getvalue())
    assert plain.split("\n")[-2].split("\r")[-1].split() == ["aaaaaaaaaaaa", "done"]


def test_rows_in_ascii() -> None:
    rows = frame(80, encoding="ascii")
    assert "-" * 40 in rows[3]
    assert "ch?cked" in rows[-1]


def test_the_cursor_comes_back(terminal: Terminal) -> None:
    shown(terminal)
    begin, end = terminal.getvalue().find(HIDE), terminal.getvalue().rfind(SHOW)
    assert 0 <= begin < end
    last = terminal.getvalue()[:end].rpartition("\x1b[2K")[2]
    assert "aaaaaaaaaaaa" in last
    assert "bbbbbbbbbbbb" in terminal.getvalue()


@pytest.mark.parametrize("kind", [KeyboardInterrupt, ValueError])
def test_the_cursor_comes_back_after_a_failure(
    terminal: Terminal, kind: type[BaseException]
) -> None:
    def fail() -> None:
        with ProgressDisplay(terminal) as display:
            display(REPORT[1])
            raise kind

    with pytest.raises(kind):
        fail()
    assert "incomplete" in terminal.getvalue()
    assert terminal.getvalue().count(HIDE) == terminal.getvalue().count(SHOW) == 1


def test_the_log_of_a_build_goes_by_above(terminal: Terminal) -> None:
    with ProgressDisplay(terminal) as display:
        display("STEP 1/2: FROM [bold]busybox[/bold]")
        display(REPORT[1])
    assert "STEP 1/2: FROM [bold]busybox[/bold]\n" in terminal.getvalue()
    display("after it")
    assert terminal.getvalue().endswith("after it\n")
