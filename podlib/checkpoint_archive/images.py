"""CRIU's images: which kind one is, and its messages. No I/O."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeAlias

from podlib.errors import CheckpointArchiveError

from .protobuf import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

Data: TypeAlias = bytes | bytearray

COMMON, SERVICE = 0x54564319, 0x55105940
"""How images of processes begin, and those of statistics. What kind it is, follows."""
PSTREE, CORE, MM, PAGEMAP, STATS = 0x50273030, 0x55053847, 0x57492820, 0x56084025, 0x57093306
_NUMBER = struct.Struct("<I")
_HEAD = struct.Struct("<II")


def messages(name: str, data: Data, kind: int) -> Iterator[Message]:
    """The messages of an image. Raises CheckpointArchiveError if it is of another kind."""
    if len(data) < _HEAD.size or _HEAD.unpack_from(data) not in {(COMMON, kind), (SERVICE, kind)}:
        raise CheckpointArchiveError(f"{name} is no image of CRIU, or of another kind")
    at = _HEAD.size
    while at < len(data):
        if len(data) - at < _NUMBER.size:
            raise CheckpointArchiveError(f"{name} is cut")
        (length,) = _NUMBER.unpack_from(data, at)
        at += _NUMBER.size
        if length > len(data) - at:
            raise CheckpointArchiveError(f"{name} is cut")
        yield Message(bytes(data[at : at + length]))
        at += length


def message(name: str, data: Data, kind: int) -> Message:
    """The only message of an image, or the first."""
    found = next(messages(name, data, kind), None)
    if found is None:
        raise CheckpointArchiveError(f"{name} is empty")
    return found
