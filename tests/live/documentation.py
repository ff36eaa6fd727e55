"""The pages of the documentation, and what can be run and followed in them."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / "README.md", ROOT / "CONTRIBUTING.md"),
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent.name != "examples"),
]
"""All of them; docs/reference/examples is on the pages that are made from it."""

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(
    r"^(?P<mark><!-- not run: .+ -->\n)?```python\n(?P<program>.*?)^```\n"
    r"(?:```text\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A program of a page, and what the page says that it prints; None: it does not say."""

    line: int
    program: str
    output: str | None

    def problem(self, folder: Path, socket: Path) -> str:
        """Run it in ``folder`` beside the service at ``socket``: what is wrong; "" if nothing."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", self.program],
            cwd=folder,
            env={
                **os.environ,
                "CONTAINER_HOST": f"unix://{socket}",
                "PATH": f"{folder}/bin:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode or done.stderr:
            return f"it exits with {done.returncode}:\n{done.stderr}"
        if self.output is None or _matches(self.output, done.stdout):
            return ""
        return f"it prints\n{done.stdout}where the page says\n{self.output}"


def _matches(want: str, got: str) -> bool:
    return doctest.OutputChecker().check_output(want, got, doctest.ELLIPSIS)


def examples(page: str) -> Iterator[Example]:
    """The programs of a page that are to be run, in their order."""
    for match in _EXAMPLE.finditer(page):
        if not match["mark"]:
            line = page.count("\n", 0, match.start("program")) + 1
            yield Example(line, match["program"], match["output"])


def links(page: str) -> list[str]:
    """The targets of a page's links that lie in this project."""
    targets = [match["target"] for match in _LINK.finditer(_FENCE.sub("", page))]
    return [target for target in targets if not target.startswith("https://")]


def resolves(link: str, page: Path) -> bool:
    """Whether there is a file, and in it the heading, that ``link`` in ``page`` leads to."""
    name, _, anchor = link.partition("#")
    path = page.parent / name if name else page
    return path.is_file() and (not anchor or anchor in _anchors(path.read_text()))


def _anchors(page: str) -> set[str]:
    """The headings, as the forges make anchors of them."""
    titles = (match["title"].lower() for match in _HEADING.finditer(_FENCE.sub("", page)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}
