"""How containers are to be moved: what ``migrate``, ``migrate_project`` and their plans take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from ._parameters import ContainerName, at_least, check_options
from .network_parts import Port

__all__ = [
    "EveryMoveOptions",
    "GroupOptions",
    "MoveOptions",
    "at_a_time",
    "group_options",
    "move_options",
]


class EveryMoveOptions(TypedDict, total=False):
    """Options of every move."""

    tcp_established: bool
    """Move processes that hold TCP connections too, and keep these: the target must have the same
    address."""
    tcp_close: bool
    """Close at the target the connections that were open. Podman 5.7 or newer there; the source is
    asked as with ``tcp_established``."""
    file_locks: bool
    """Move processes that hold file locks too."""
    ignore_root_fs: bool
    """Leave what the container has changed in its image's files."""
    ignore_volumes: bool
    """Leave the content of its named volumes: it gets those that the target has by these names."""
    ignore_static_ip: bool
    """Let the target choose the address, rather than keep it."""
    ignore_static_mac: bool
    """Let the target choose the MAC address."""


@with_config(ConfigDict(extra="forbid", strict=True))
class GroupOptions(EveryMoveOptions, total=False):
    """Options of a move of several containers. All are off unless they are said."""


@with_config(ConfigDict(extra="forbid", strict=True))
class MoveOptions(EveryMoveOptions, total=False):
    """Options of a move. All are off unless they are said."""

    leave_running: bool
    """Let it run on, on the source: then the target has a copy, and both run."""
    name: ContainerName
    """Another name at the target. It gets a new id then."""
    pod: ContainerName
    """Into this pod of the target, which shares the namespaces that it shares with its pod now."""
    publish: Sequence[str]
    """Other published ports at the target, such as ``8080:80/tcp``."""


_ADAPTER = TypeAdapter(MoveOptions)
_GROUP_ADAPTER = TypeAdapter(GroupOptions)


def move_options(options: Mapping[str, object]) -> MoveOptions:
    """The options as they were given, checked. Raises ParameterError."""
    checked = check_options("move", _ADAPTER, cast("MoveOptions", options), MoveOptions)
    published_ports(checked.get("publish", ()))
    return checked


def published_ports(texts: Sequence[str]) -> list[Port]:
    """What ``publish`` means, one for each protocol. Raises ParameterError."""
    found: list[Port] = []
    for text in texts:
        ports, slash, protocols = text.partition("/")
        found += [Port.parse(f"{ports}{slash}{each}") for each in protocols.split(",")]
    return found


def group_options(options: Mapping[str, object]) -> MoveOptions:
    """Options of a group, which are those of each of its containers. Raises ParameterError."""
    given = cast("GroupOptions", options)
    return cast("MoveOptions", check_options("move", _GROUP_ADAPTER, given, GroupOptions))


def at_a_time(at_once: int) -> int:
    """How many containers may be under way. Raises ParameterError for none."""
    return at_least("at_once", at_once, 1)
