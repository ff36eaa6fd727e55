"""What bodies are made of: JSON lines, and frames of stdout and stderr. No I/O."""

from __future__ import annotations

import struct
from typing import Final, Literal

from podlib.errors import ProtocolError, TruncatedError

Stream = Literal["stdin", "stdout", "stderr"]

MAX_LINE: Final = 16 << 20
"""Bytes that one JSON line may have before it is taken for garbage."""
_STREAMS: Final[tuple[Stream, ...]] = ("stdin", "stdout", "stderr")
_FRAME_HEAD = struct.Struct(">B3xI")


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

    ``whole``: frames come whole; else a long frame comes in pieces, as they arrive.
    ``uncounted_line_ends``: frames may be followed by a line end that their length leaves out, as
    Podman 4.3 writes the logs of an attach.
    """

    def __init__(self, *, whole: bool = False, uncounted_line_ends: bool = False) -> None:
        self._whole = whole
        self._uncounted_line_ends = uncounted_line_ends
        self._buffer = bytearray()
        self._left = 0
        self._stream: Stream = "stdout"

    def feed(self, block: bytes) -> list[tuple[Stream, bytes]]:
        """The pieces of output that end, or unless ``whole`` are, in ``block``."""
        self._buffer += block
        buffer, position = self._buffer, 0
        pieces: list[tuple[Stream, bytes]] = []
        while True:
            if not self._left:
                if self._uncounted_line_ends and buffer.startswith(b"\n", position):
                    pieces.append((self._stream, b"\n"))
                    position += 1
                    continue
                if len(buffer) - position < _FRAME_HEAD.size:
                    break
                self._left = self._begin(position)
                position += _FRAME_HEAD.size
                continue
            piece = bytes(buffer[position : position + self._left])
            if not piece or (self._whole and len(piece) < self._left):
                break
            position += len(piece)
            self._left -= len(piece)
            pieces.append((self._stream, piece))
        del buffer[:position]
        return pieces

    def _begin(self, position: int) -> int:
        kind, length = _FRAME_HEAD.unpack_from(self._buffer, position)
        if kind >= len(_STREAMS):
            raise ProtocolError(f"not a frame of output: stream {kind}")
        self._stream = _STREAMS[kind]
        return int(length)

    def end(self) -> None:
        """The body ended: raises TruncatedError within a frame."""
        if self._buffer or self._left:
            raise TruncatedError("the output ended within a frame")
