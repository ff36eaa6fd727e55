"""What the quadlet operations answer."""

from __future__ import annotations

from typing import TypedDict

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, PascalModel, Texts


class QuadletFilters(TypedDict, total=False):
    """What ``list`` of quadlets can go by: regular expressions.

    ``status`` and ``pod`` are new in Podman 6.
    """

    name: Texts
    pod: Texts
    status: Texts


class Quadlet(PascalModel):
    """One quadlet."""

    name: str = ""
    """That of its file, such as ``web.container``."""
    unit_name: str = ""
    """The unit that systemd has for it."""
    path: str = ""
    """Where its file is, on the server's host."""
    status: str = ""
    """systemd's, such as ``active/running`` or ``inactive/dead``; or what is wrong with it."""
    app: str = ""
    """What was installed together has this in common."""
    pod: str = ""
    """The quadlet of the pod that it belongs to."""


class QuadletsInstalled(PascalModel):
    """Where the files are now, and what is wrong with others; both by the server's own paths."""

    installed_quadlets: Dicted[str] = EMPTY_DICT
    quadlet_errors: Dicted[str] = EMPTY_DICT


class QuadletsRemoved(PascalModel):
    """The quadlets that were removed, and by name, why others were not."""

    removed: Listed[str] = EMPTY_LIST
    errors: Dicted[str] = EMPTY_DICT
