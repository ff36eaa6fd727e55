"""The wire format of protocol buffers, as far as CRIU's images need it. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib.errors import CheckpointArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT, _64_BITS, _BYTES, _32_BITS = 0, 1, 2, 5
_FIXED = {_64_BITS: 8, _32_BITS: 4}
_LONGEST_VARINT = 10
_FIELDS = 64
"""Numbers from here on belong to no field that is read; a message may be full of them."""


class Message:
    """A message whose fields are found by their numbers; of those that come again, the last."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._found: dict[int, int | bytes] | None = None

    def number(self, field: int, default: int = 0) -> int:
        """A number, or the default if it is not there."""
        value = self._values.get(field)
        return value if isinstance(value, int) else default

    def numbers(self, field: int) -> list[int]:
        """All numbers of a repeated field, packed or not."""
        found: list[int] = []
        for number, value in self._fields():
            if number == field:
                found += [value] if isinstance(value, int) else _packed(value)
        return found

    def message(self, field: int) -> Message:
        """The message in a field; an empty one if it is not there."""
        return Message(self._bytes(field))

    def text(self, field: int) -> str:
        """The text in a field."""
        return self._bytes(field).decode("utf-8", "replace")

    def _bytes(self, field: int) -> bytes:
        value = self._values.get(field)
        return value if isinstance(value, bytes) else b""

    @property
    def _values(self) -> dict[int, int | bytes]:
        if self._found is None:
            self._found = {n: value for n, value in self._fields() if n < _FIELDS}
        return self._found

    def _fields(self) -> Iterator[tuple[int, int | bytes]]:
        data, at = self._data, 0
        while at < len(data):
            key, at = _varint(data, at)
            kind = key & 7
            if kind == _VARINT:
                value, at = _varint(data, at)
                yield key >> 3, value
                continue
            length, at = _varint(data, at) if kind == _BYTES else (_FIXED.get(kind, -1), at)
            if not 0 <= length <= len(data) - at:
                raise CheckpointArchiveError("a message of an image is cut, or none")
            part = data[at : at + length]
            at += length
            yield key >> 3, part if kind == _BYTES else int.from_bytes(part, "little")


def _packed(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + shift + 1
    raise CheckpointArchiveError("a message of an image has a number without end")
