"""Groups of containers that move together: what is to be known, and what is reported."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .migration import Migration
    from .migration_plan import Finding, MigrationPlan


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What a move of a whole group would do, and what stands in its way."""

    name: str
    """The project's, or the pod's."""
    members: tuple[MigrationPlan, ...]
    """What holds for each container, in the order in which they start."""
    networks: tuple[str, ...]
    """Those that the target lacks, and gets."""
    volumes: tuple[str, ...]
    """Those that the target gets, with their content."""
    own_findings: tuple[Finding, ...]
    """What is of no single container. Blockers first."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found, with the container's name before what is of one container."""
        found = [*self.own_findings]
        for plan in self.members:
            found += [
                replace(each, message=f"{plan.name}: {each.message}") for each in plan.findings
            ]
        return tuple(sorted(found, key=lambda each: each.severity != "blocker"))

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """What makes the move fail."""
        return tuple(each for each in self.findings if each.severity == "blocker")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What may make it fail, or is left behind."""
        return tuple(each for each in self.findings if each.severity == "warning")

    def __str__(self) -> str:
        """The plan in lines, for people: the group, then each container."""
        lines = [
            f"{self.name}: {', '.join(each.name for each in self.members)}",
            f"  networks to create  {', '.join(self.networks) or 'none'}",
            f"  volumes to create   {', '.join(self.volumes) or 'none'}",
        ]
        for each in self.own_findings:
            lines += [f"{each.severity}: {each.message}", f"  {each.advice}"]
        return "\n".join([*lines, *(f"\n{plan}" for plan in self.members)])


@dataclass(frozen=True, slots=True)
class GroupMigration:
    """A group of containers that was moved."""

    name: str
    members: tuple[Migration, ...]
    """In the order in which they start."""
    networks: tuple[str, ...]
    """Those that were created at the target."""
    volumes: tuple[str, ...]
    frozen: float
    """Seconds from the first checkpoint's request until the last container ran at the target."""
