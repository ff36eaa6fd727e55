"""Podman itself leaves out of a context what the unit tests say that it does."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from tests.ignore_files import LEFT_OUT, TREE, make

if TYPE_CHECKING:
    from tests.testbed import Host

ASKED = ["**/a\n", "**/node_modules", "*\n!dir/sub", "*\n!**/keep", "*\n!/a\n!./b", "dir/*"]


def arrived(host: Host, number: int) -> list[set[str]]:
    """The files that ``COPY . /`` brings from each of the contexts, in one build."""
    (host.share / "main").mkdir()
    copies = [f"COPY --from=c{at} . /{at}/" for at in range(number)]
    (host.share / "main" / "Containerfile").write_text("\n".join(["FROM scratch", *copies]))
    contexts = [f"--build-context=c{at}=/mnt/share/{at}" for at in range(number)]
    output = "--output=type=tar,dest=/mnt/share/out.tar"
    host.run("podman", "build", "--layers=false", *contexts, output, "/mnt/share/main")
    found: list[set[str]] = [set() for _ in range(number)]
    with tarfile.open(host.share / "out.tar") as archive:
        for member in archive:
            at, _, name = member.name.partition("/")
            found[int(at)].add(name)
    return found


def test_what_podman_leaves_out(host_b: Host) -> None:
    for at, ignore_file in enumerate(ASKED):
        make(host_b.share / str(at), ignore_file)
    found = arrived(host_b, len(ASKED))
    left_out = {ignore_file: TREE - names for ignore_file, names in zip(ASKED, found, strict=True)}
    assert left_out == {ignore_file: LEFT_OUT[ignore_file] for ignore_file in ASKED}
