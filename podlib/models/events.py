"""What happens on the service's host, as it tells of it."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pydantic import Field

from ._base import EMPTY_DICT, Dicted, Model, PascalModel, Texts, UnixTimeOrZero, wire

__all__ = ["Event", "EventActor", "EventFilters"]


class EventFilters(TypedDict, total=False):
    """Which events to tell. Several values of one name: any of them; several names: all of them."""

    container: Texts
    """Names, or the beginnings of ids."""
    event: Texts
    """What happened, such as ``start`` or ``died``."""
    image: Texts
    """Names, or the beginnings of ids. It finds events of images, not of their containers."""
    label: Texts
    """``key=value``; since Podman 5.7 also ``key``. Before 6.0, containers alone have labels."""
    pod: Texts
    """Likewise."""
    type: Texts
    """``container``, ``image``, ``network``, ``pod``, ``secret``, ``system``, ``volume``."""
    volume: Texts
    """The beginnings of names. Podman 4.3 finds none by this."""


class EventActor(PascalModel):
    """What an event happened to. ``id`` is empty for volumes, and in places for images."""

    id: Annotated[str, wire("ID")] = ""
    attributes: Dicted[str] = EMPTY_DICT
    """Its ``name`` (a network's: ``network``), ``image``, ``podId`` and labels; of ``died``,
    ``containerExitCode``."""


class Event(Model):
    """One thing that happened, such as ``start`` of a ``container``."""

    type: Annotated[str, wire("Type")] = ""
    action: Annotated[str, wire("Action")] = ""
    actor: Annotated[EventActor, wire("Actor")] = Field(default_factory=EventActor)
    scope: str = ""
    time: UnixTimeOrZero = None
    """In whole seconds."""
    time_nano: Annotated[int, wire("timeNano")] = 0
    """In nanoseconds since 1970."""
    health_status: Annotated[str, wire("HealthStatus")] = ""
    """Of the action ``health_status``: ``healthy``, ``unhealthy`` or ``starting``."""
    status: str = ""
    """The action once more, as older versions of Docker's API have it; so the next two."""
    id: str = ""
    from_: Annotated[str, wire("from")] = ""
