"""What bodies are made of: JSON lines, and frames of stdout and stderr. No I/O."""

from __future__ import annotations

import struct
from typing import Final, Literal

from podlib.errors import ProtocolError, TruncatedError

Stream = Literal["stdin", "stdout", "stderr"]

MAX_LINE: Final = 16 << 20
"""Bytes that one JSON line may have before it is taken for garbage."""
_STREAMS: Final[tuple[Stream, ...]] = ("stdin", "stdout", "stderr")
_unpack_head = struct.Struct(">B3xI").unpack_from
_HEAD_SIZE: Final = 8


class LineSplitter:
    r"""Cuts blocks into lines, at ``\n`` bytes only: other line ends may be part of a record."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._size = 0

    def feed(self, block: bytes) -> list[bytes]:
        """The lines that end in ``block``, without their line ends; empty ones are left out."""
        *lines, rest = block.split(b"\n")
        if lines and self._rest:
            lines[0] = b"".join([*self._rest, lines[0]])
            self._rest.clear()
            self._size = 0
        if rest:
            self._rest.append(rest)
            self._size += len(rest)
            if self._size > MAX_LINE:
                raise ProtocolError(f"a line of more than {MAX_LINE} bytes in the answer")
        return [line for line in lines if line.strip()]

    def end(self) -> list[bytes]:
        """The last line, if the body did not end with a line end."""
        rest = b"".join(self._rest).strip()
        self._rest.clear()
        return [rest] if rest else []


class FrameSplitter:
    """Takes apart Docker's multiplexed streams: each frame names its stream and its length.

    A long frame comes in pieces, as they arrive.
    ``uncounted_line_ends``: frames may be followed by a line end that their length leaves out, as
    Podman 4.3 writes the logs of an attach.
    """

    def __init__(self, *, uncounted_line_ends: bool = False) -> None:
        self._uncounted_line_ends = uncounted_line_ends
        self._held: list[bytes] = []
        """What came and is too short to go on with."""
        self._missing = 0
        """How much more it takes."""
        self._left = 0
        self._stream: Stream = "stdout"

    def feed(self, block: bytes) -> list[tuple[Stream, bytes]]:
        """The pieces of output that are in ``block``."""
        if self._held:
            self._held.append(block)
            self._missing -= len(block)
            if self._missing > 0:
                return []
            block = b"".join(self._held)
            self._held.clear()
        pieces: list[tuple[Stream, bytes]] = []
        position, end = 0, len(block)
        left, stream = self._left, self._stream
        while position < end:
            if not left:
                if self._uncounted_line_ends and block.startswith(b"\n", position):
                    pieces.append((stream, b"\n"))
                    position += 1
                    continue
                if end - position < _HEAD_SIZE:
                    break
                head: tuple[int, int] = _unpack_head(block, position)
                kind, left = head
                if kind >= len(_STREAMS):
                    raise ProtocolError(f"not a frame of output: stream {kind}")
                stream = _STREAMS[kind]
                position += _HEAD_SIZE
            if piece := block[position : position + left]:
                pieces.append((stream, piece))
                position += len(piece)
                left -= len(piece)
        self._left, self._stream = left, stream
        self._hold(block[position:])
        return pieces

    def _hold(self, rest: bytes) -> None:
        if rest:
            self._held.append(rest)
            self._missing = _HEAD_SIZE - len(rest)

    def end(self) -> None:
        """The body ended: raises TruncatedError within a frame."""
        if self._held or self._left:
            raise TruncatedError("the output ended within a frame")
