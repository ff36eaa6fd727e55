"""The examples of the documentation run as they stand, on real hosts; its links lead somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .documentation import PAGES, ROOT, examples, links, resolves

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed import Host

NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
WITH_EXAMPLES = [name for name in NAMES if any(examples((ROOT / name).read_text()))]


@pytest.fixture
def folder(tmp_path: Path, host_a: Host, host_b: Host, image: str) -> Path:
    """Where examples run: both hosts' sockets are there, and ``busybox`` is in both stores.

    The program ``podman`` is that of the first.
    """
    (tmp_path / "bin").mkdir()
    host_a.program(tmp_path / "bin" / "podman", "podman")
    for host in (host_a, host_b):
        host.api("POST", f"/images/{image}/tag?repo=localhost/busybox&tag=latest")
        (tmp_path / f"{host.name}.sock").symlink_to(host.socket)
    return tmp_path


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples(name: str, folder: Path, host_a: Host, host_b: Host) -> None:
    """One after the other: a later example of a page may go on from an earlier one."""
    for example in examples((ROOT / name).read_text()):
        problem = example.problem(folder, host_a.socket)
        if "NotSupportedError: " in problem and host_b.version < "5.8":
            pytest.skip(f"this machine's own Podman is too old for it: {problem.splitlines()[-1]}")
        assert not problem, f"{name}:{example.line}: {problem}"


def test_examples_are_where_users_look_first() -> None:
    pages = {"README.md", "docs/quick-start.md", "docs/migration.md"}
    assert pages <= set(WITH_EXAMPLES)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links(page: Path) -> None:
    assert [link for link in links(page.read_text()) if not resolves(link, page)] == []


PAGE = """\
# Some page

```python
print(1, 2)
```
```text
1 ...
```

<!-- not run: it has no end -->
```python
while True: ...
```

```python
print(3)
```

Prose parts a program from what is not its output.

```text
4
```
"""


def test_examples_are_found() -> None:
    found = [(example.line, example.program, example.output) for example in examples(PAGE)]
    assert found == [(4, "print(1, 2)\n", "1 ...\n"), (16, "print(3)\n", None)]


@pytest.mark.parametrize(
    ("program", "output", "problem"),
    [
        ("print(1, 2)", "1 ...\n", ""),
        ("print(1, 2)", "1 3\n", "it prints"),
        ("import podlib; podlib.nothing", "", "exits with 1"),
        ("import sys; print('!', file=sys.stderr)", "", "exits with 0:\n!"),
    ],
)
def test_example_that_is_wrong(
    program: str, output: str, problem: str, tmp_path: Path, host_a: Host
) -> None:
    page = f"```python\n{program}\n```\n```text\n{output}```\n"
    [example] = examples(page)
    found = example.problem(tmp_path, host_a.socket)
    assert problem in found
    assert bool(problem) == bool(found)


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page: all of it\n\n```sh\n# no heading\n```\n")
    good = ["page.md", "#a-page-all-of-it", "page.md#a-page-all-of-it"]
    bad = ["none.md", "#no-heading", "#none", "page.md#none"]
    assert [link for link in [*good, *bad] if resolves(link, page)] == good
    assert links("[a](x.md), [b](https://x.org)\n```\n[c](y.md)\n```\n[d](#z)") == ["x.md", "#z"]
