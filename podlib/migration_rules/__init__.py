"""What stands in the way of a move: rules over what both hosts say. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import container_rules, host_rules, network_rules, storage_rules
from .facts import Facts, blockers_first

if TYPE_CHECKING:
    from podlib.models.migration_plan import Finding

__all__ = ["Facts", "findings"]

_ROOMS = (container_rules, host_rules, storage_rules, network_rules)


def findings(facts: Facts) -> tuple[Finding, ...]:
    """All that was found, blockers first."""
    return blockers_first(
        finding for room in _ROOMS for rule in room.RULES for finding in rule(facts)
    )
