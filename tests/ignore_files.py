"""A folder, ignore files for it, and what Podman 5.8.6 left out of ``COPY . /`` by them.

The unit tests hold podlib to all of them; a live test asks Podman again about some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LINK = "dir/link"
DIR = {"dir/a", "dir/b.md", "dir/keep", LINK, "dir/sub/a", "dir/sub/keep", "dir/deep/er/x.md"}
TREE = {
    *("a", "b", "ab", "a.c", "a+b", "a b", "keep", "README.md", "[x]", "x1", "x-", ".hidden", "ä"),
    *("#c", "!d", "node_modules/m", "other/node_modules/m", "other/x/node_modules/m"),
    *("src/app.py", "src/y.pyc", *DIR),
}


def all_but(*names: str) -> set[str]:
    return TREE - {*names}


LEFT_OUT: dict[str, set[str]] = {
    "# a comment\n\na\r\n /b\n./ab\n": {"a", "ab"},
    "/a": {"a"},
    "dir/\n": DIR,
    "/dir/sub/": {"dir/sub/a", "dir/sub/keep"},
    "dir/*": DIR,
    "*.md": {"README.md"},
    "**/*.md": {"README.md", "dir/b.md", "dir/deep/er/x.md"},
    "**/a\n": {"a", "dir/a", "dir/sub/a"},
    "*/*/a": {"dir/sub/a"},
    "**/node_modules": {"node_modules/m", "other/node_modules/m", "other/x/node_modules/m"},
    "**/sub/**": {"dir/sub/a", "dir/sub/keep"},
    "?\na?": {"a", "ab", "b", "ä"},
    "[ab]\nx[0-9]\nsrc/*.py[a-c]": {"a", "b", "src/y.pyc", "x1"},
    "[^a]\nx[\\-]": {"b", "x-", "ä"},
    "\\[x\\]\na\\+b\nä\na b": {"[x]", "a b", "a+b", "ä"},
    "a.c\na+b": {"a.c", "ab"},
    "*\n!*.md": all_but("README.md"),
    "*\n!dir/sub": all_but("dir/sub/a", "dir/sub/keep"),
    "*\n!**/keep": all_but("keep"),
    "*\n!src/**": all_but("src/app.py", "src/y.pyc"),
    "dir\n!dir/keep\n": DIR - {"dir/keep"},
    "dir/**\n!dir/sub/keep": DIR - {"dir/sub/keep"},
    "!a\na\n!dir\ndir": {"a", *DIR},
    "*\n!/a\n!./b": all_but("a", "b"),
    "**/a\n!dir/sub/a\n": {"a", "dir/a"},
    "**": TREE,
    ".*\nContainerfile": {".hidden"},
    "..\n../a\n.\n#c\n\\#c\n\\!d": {"#c", "!d"},
}
"""By the text of an ignore file. Of a folder that is left out, Podman 5.8 looks only at what a
pattern with ``!`` begins with."""

SENT_ALL_THE_SAME = {"*\n!**/keep": {"dir/keep", "dir/sub/keep"}}
"""What newer servers bring back: it is sent, and the server decides."""


def make(folder: Path, ignore_file: str) -> None:
    """The folder, with that ignore file."""
    for name in sorted({*TREE, "Containerfile"} - {LINK}):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / LINK).symlink_to("sub/a")
    (folder / ".containerignore").write_bytes(ignore_file.encode())
