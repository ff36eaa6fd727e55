"""What is to be known before a container moves. No pydantic: no answer of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["blocker", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands in the way of a move, or may."""

    kind: str
    """What it is about, for programs: ``name-taken``, ``network-missing``, …"""
    severity: Severity
    """A blocker is known to make the move fail; a warning may, or something is left behind."""
    message: str
    """What was found."""
    advice: str
    """What to do."""


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What a move would do, and what stands in its way. Sizes are in bytes."""

    container_id: str
    name: str
    image: str
    """The image's name."""
    image_bytes: int
    """What the target's lack of the image costs; 0: it has it."""
    memory_bytes: int | None
    """What its processes use now, which is about the size of the checkpoint; None: the source
    does not say."""
    root_fs_bytes: int
    """What it has changed in its image's files, which travels too."""
    volumes: tuple[str, ...]
    """The named volumes, whose content travels too."""
    networks: tuple[str, ...]
    source_version: str
    """Podman's version there."""
    target_version: str
    findings: tuple[Finding, ...]
    """Blockers first."""

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """What makes the move fail."""
        return tuple(each for each in self.findings if each.severity == "blocker")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What may make it fail, or is left behind."""
        return tuple(each for each in self.findings if each.severity == "warning")

    def __str__(self) -> str:
        """The plan in lines, for people."""
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        image = f"{_size(self.image_bytes)} to send" if self.image_bytes else "is on the target"
        memory = "unknown" if self.memory_bytes is None else _size(self.memory_bytes)
        lines = [
            f"{self.name} ({self.container_id[:12]})",
            f"  Podman    {self.source_version} -> {self.target_version}",
            f"  image     {self.image}: {image}",
            f"  memory    {memory}",
            f"  files     {_size(self.root_fs_bytes)} changed in the image's files",
            f"  volumes   {', '.join(self.volumes) or 'none'}",
            f"  networks  {', '.join(self.networks) or 'none'}",
        ]
        for each in self.findings:
            lines += [f"{each.severity}: {each.message}", f"  {each.advice}"]
        verdict = _count(self.blockers, "blocker") if self.blockers else "it can move"
        return [*lines, f"{verdict}, {_count(self.warnings, 'warning')}"]


def _count(found: tuple[Finding, ...], word: str) -> str:
    return f"{len(found)} {word}{'' if len(found) == 1 else 's'}"


def _size(count: int) -> str:
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
