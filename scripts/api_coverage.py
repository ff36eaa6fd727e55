"""How much of libpod's and Docker's API podlib has, and how much of that is tried on real servers.

``python -m scripts.api_coverage FILE``: FILE is what ``pytest --operations FILE`` wrote. If it is
older than the code or the tests, the live tests are run first. An operation that no method has,
and one that is not tried without a reason in tests/api/untested.txt, are errors.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podlib import versions
from podlib.errors import NotSupportedError
from scripts.sources import (
    APIS,
    FLAVOURS,
    ROOT,
    Flavour,
    Operation,
    operation_of,
    operations,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Tried = dict[str, set[str]]
"""The keys of the operations that succeeded in both flavours, by the server's version."""


@dataclass(frozen=True)
class Reason:
    """Why an operation is not tried on some versions."""

    versions: str
    method: str
    route: str
    text: str

    def holds_on(self, version: str) -> bool:
        """Whether it is about this version."""
        return self.versions == "*" or f"{version}.".startswith(f"{self.versions}.")

    def is_about(self, operation: Operation) -> bool:
        """Whether it is about this operation."""
        return (operation.method, operation.route) == (self.method, self.route)


def covered(flavour: str, described: Sequence[Operation]) -> set[str]:
    """The operations that some public method names in its docstring, and sends."""
    keys = [each.key for each in described]
    found: set[str] = set()
    for method in Flavour(flavour).methods:
        found |= {operation_of(call, keys) for call in method.names} & {
            operation_of(call, keys) for call in method.sends
        }
    names = {str(each) for each in described if each.key in found}
    return found - {""} | {each.key for each in described if each.means in names}


def tried(document: Mapping[str, Sequence[str]], described: Sequence[Operation]) -> Tried:
    """What the live tests wrote down; the newest version first."""
    keys = [each.key for each in described]
    numbers = sorted({where.split()[1] for where in document}, key=versions._number, reverse=True)
    found: Tried = {}
    for version in numbers:
        sync, async_ = (set(document.get(f"{name} {version}", ())) for name in FLAVOURS)
        found[version] = {operation_of(call, keys) for call in sync & async_} - {""}
    return found


def lacks(operation: Operation, version: str) -> str:
    """Why a server cannot have an operation; "" if it has it."""
    if operation.means:
        return f"no server has it: the description means {operation.means}"
    try:
        versions.check(operation.key, {}, version)
    except NotSupportedError as error:
        return f"needs Podman {error.needs}"
    return ""


class Coverage:
    """What is covered and tried, and what is not."""

    def __init__(
        self,
        api: str,
        described: Sequence[Operation],
        flavours: Mapping[str, set[str]],
        live: Tried,
        reasons: Sequence[Reason],
    ) -> None:
        self._api = api
        self._described = described
        self._flavours = flavours
        self._live = live
        self._reasons = reasons

    def headline(self) -> str:
        """All the counts, in one line."""
        total = len(self._described)
        counts = [f"{len(found)}/{total} {name}" for name, found in self._flavours.items()]
        live = [f"{len(found)} on {version}" for version, found in self._live.items()]
        return f"{self._api} {', '.join(counts)}, live-tested {', '.join(live)}"

    def untried(self, version: str) -> Iterator[tuple[Operation, str]]:
        """What is not tried on a version, and why not; "" if nobody says."""
        for operation in self._described:
            if operation.key not in self._live[version]:
                yield operation, lacks(operation, version) or self._said(operation, version)

    def _said(self, operation: Operation, version: str) -> str:
        fitting = (
            each.text
            for each in self._reasons
            if each.is_about(operation) and each.holds_on(version)
        )
        return next(fitting, "")

    def problems(self) -> Iterator[str]:
        """What must not be."""
        for name, found in self._flavours.items():
            for operation in self._described:
                if operation.key not in found:
                    yield f"{operation}: no {name} method names it in its docstring and sends it"
        for version in self._live:
            for operation, text in self.untried(version):
                if not text:
                    yield f"{operation}: not tested on {version}, and tests/api has no reason"
        for reason in self._reasons:
            yield from self._idle(reason)

    def _idle(self, reason: Reason) -> Iterator[str]:
        """What is wrong with a reason, on the versions that were there."""
        where = [version for version in self._live if reason.holds_on(version)]
        about = [each for each in self._described if reason.is_about(each)]
        for operation in about:
            for version in where:
                if operation.key in self._live[version]:
                    yield f"{operation}: tested on {version}, though it has a reason not to be"
        if where and all(lacks(operation, version) for operation in about for version in where):
            yield f"{reason.method} {reason.route}: the reason for {reason.versions} is not needed"

    def report(self) -> Iterator[str]:
        """What the headline does not say, line by line."""
        for version in self._live:
            untried = list(self.untried(version))
            if untried:
                yield ""
                yield f"{self._api}: not live-tested on {version}:"
            for operation, text in untried:
                yield f"  {operation.method:6} {operation.route:44} {text or '?'}"


def is_current(file: Path) -> bool:
    """Whether the file was written after the last change of the code and the tests."""
    sources = (path for folder in ("podlib", "tests") for path in (ROOT / folder).rglob("*.py"))
    return file.exists() and file.stat().st_mtime > max(path.stat().st_mtime for path in sources)


def _coverage(api: str, document: Mapping[str, Sequence[str]]) -> Coverage:
    described = [each for each in operations() if each.described and each.api == api]
    reasons = [Reason(*line.split(None, 3)) for line in table("untested.txt")]
    return Coverage(
        api,
        described,
        {name: covered(name, described) for name in FLAVOURS},
        tried(document, described),
        [each for each in reasons if each.route.startswith("/libpod/") == (api == "libpod")],
    )


def main() -> int:
    """Print the coverage; the exit status."""
    file = Path(sys.argv[1])
    if not is_current(file):
        command = [sys.executable, "-m", "pytest", "-q", "tests/live", "--operations", str(file)]
        if status := subprocess.run(command, cwd=ROOT, check=False).returncode:
            return status
    document = json.loads(file.read_text())
    found = [_coverage(api, document) for api in APIS]
    print(*(each.headline() for each in found), sep="\n")
    print("\n".join(line for each in found for line in each.report()))
    problems = [problem for each in found for problem in each.problems()]
    if problems:
        print("\nproblems:", *problems, sep="\n  ")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
