"""Where in the images of memory the arguments and the environment of a process are. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .images import MM, PAGEMAP, Data, message, messages

if TYPE_CHECKING:
    from .protobuf import Message

_PAGE = 4096
_MOST = 1 << 18
"""Bytes of arguments, and of environment, that are read of one process; the rest is left out."""
_PRESENT = 4
"""The flag of pages that are in this image, and not in that of an earlier checkpoint."""
_MM_FIELDS = {"command": (8, 9), "environment": (10, 11)}


class Span(NamedTuple):
    """A part of an image of pages that is wanted."""

    start: int
    end: int
    area: Area


class Area:
    """A part of a process's memory, put together as its pages come by."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def add(self, part: bytes) -> None:
        """The next part."""
        self._parts.append(part)

    @property
    def words(self) -> list[str]:
        """The texts in it, which end in zero bytes."""
        data = b"".join(self._parts)
        texts = data.split(b"\0")[: -1 if data.endswith(b"\0") else None] if data else []
        return [text.decode("utf-8", "surrogateescape") for text in texts]


class Areas(NamedTuple):
    """What is wanted of one process's memory."""

    command: Area
    environment: Area


def pages_id(name: str, pagemap: Data) -> int:
    """The number in the name of the image that has the pages."""
    return message(name, pagemap, PAGEMAP).number(1)


def spans(pid: str, pagemap: Data, mm: Data, areas: Areas) -> list[Span]:
    """The wanted parts of the image of pages, in the order of addresses and so of the image."""
    space = message(f"mm-{pid}.img", mm, MM)
    found: list[Span] = []
    for area, (first, last) in zip(areas, _MM_FIELDS.values(), strict=True):
        start = space.number(first)
        end = min(space.number(last), start + _MOST)
        found += _spans(f"pagemap-{pid}.img", pagemap, start, end, area)
    return sorted(found, key=lambda span: span.start)


def _spans(name: str, pagemap: Data, start: int, end: int, area: Area) -> list[Span]:
    """Nothing if a part is not in the image: a text with a hole would be misread."""
    found: list[Span] = []
    offset, missing = 0, max(0, end - start)
    entries = messages(name, pagemap, PAGEMAP)
    next(entries)  # the head
    for entry in entries:
        address, size = entry.number(1), (entry.number(5) or entry.number(2)) * _PAGE
        low, high = max(start, address), min(end, address + size)
        present = _present(entry)
        if low < high and present:
            found.append(Span(offset + low - address, offset + high - address, area))
            missing -= high - low
            if missing < 0:  # the same addresses twice
                break
        offset += size if present else 0
    return found if missing == 0 else []


def _present(entry: Message) -> bool:
    flags = entry.number(4, -1)
    return bool(flags & _PRESENT) if flags >= 0 else not entry.number(3)
