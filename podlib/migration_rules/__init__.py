"""What stands in the way of a move: rules over what both hosts say. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib.errors import CheckpointFailedError, RestoreFailedError

from . import container_rules, host_rules, network_rules, registry_rules, storage_rules
from .facts import Facts, blockers_first
from .storage_rules import overlaid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podlib.models.migration_plan import Finding

__all__ = ["Facts", "findings", "had_warned", "overlaid"]

_HARMLESS = {"copy", "log-stays", "exec-sessions", "address-stays"}
"""Warnings of what is left behind: no host fails for these."""
_ROOMS = (container_rules, host_rules, storage_rules, network_rules, registry_rules)


def findings(facts: Facts) -> tuple[Finding, ...]:
    """All that was found, blockers first."""
    return blockers_first(
        finding for room in _ROOMS for rule in room.RULES for finding in rule(facts)
    )


def had_warned(error: BaseException, warnings: Sequence[Finding]) -> str:
    """What the plan knew of why a host could not freeze or start the container: a sentence."""
    told = [each.message for each in warnings if each.kind not in _HARMLESS]
    if not told or not isinstance(error, CheckpointFailedError | RestoreFailedError):
        return ""
    return f" The plan had warned: {'; '.join(told)}."
