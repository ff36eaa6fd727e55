"""What became of the objects that were to be pruned: one report for each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypedDict

from ._base import EMPTY_LIST, Listed, PascalModel, Texts, wire
from ._shared import Reason

__all__ = [
    "NetworkPruneReport",
    "PodPruneReport",
    "PruneReport",
    "SystemPruneFilters",
    "SystemPruneReport",
]


class PruneReport(PascalModel):
    """A container, an image or a volume. ``error`` says why it was not removed, else it is empty.

    ``size`` is in bytes.
    """

    id: str
    error: Annotated[Reason, wire("Err")] = ""
    size: int = 0


class PodPruneReport(PascalModel):
    """A pod. ``error`` says why it was not removed, else it is empty."""

    id: str
    error: Annotated[Reason, wire("Err")] = ""


class NetworkPruneReport(PascalModel):
    """A network. ``error`` says why it was not removed, else it is empty."""

    name: str
    error: Reason = ""


class SystemPruneReport(PascalModel):
    """What ``system.prune`` removed, and what it could not. Sizes are in bytes."""

    pod_prune_report: Listed[PodPruneReport] = EMPTY_LIST
    container_prune_reports: Listed[PruneReport] = EMPTY_LIST
    """The server tries again until nothing more goes: a container may be here several times."""
    image_prune_reports: Listed[PruneReport] = EMPTY_LIST
    network_prune_reports: Listed[NetworkPruneReport] = EMPTY_LIST
    volume_prune_reports: Listed[PruneReport] = EMPTY_LIST
    reclaimed_space: int = 0


SystemPruneFilters = TypedDict(
    "SystemPruneFilters",
    {"label": Texts, "label!": Texts, "until": str | datetime},
    total=False,
)
"""What ``system.prune`` can go by: labels that it must or must not have, ``key`` or ``key=value``,
and ``until``: a time, or such as ``10m``, that it must be older than."""
