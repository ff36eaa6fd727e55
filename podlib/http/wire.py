"""HTTP/1.1 as bytes: request heads out, responses in. No I/O.

A :class:`Receiver` belongs to one connection. Its owner puts received bytes into
:meth:`Receiver.space`, says how many there were (:meth:`Receiver.received`), and takes heads and
blocks of body out. What cannot be HTTP raises :class:`~podlib.errors.ProtocolError`; an end before
the end raises :class:`~podlib.errors.TruncatedError`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from podlib.errors import ProtocolError, TruncatedError

if TYPE_CHECKING:
    from collections.abc import Iterable

BLOCK: Final = 65_536
"""Bytes received at once. glibc maps objects over 128 KiB afresh, which halves the throughput."""
LARGE_BLOCK: Final = 262_144
"""Bytes received at once into a buffer that is used again and again: as much as a socket holds."""
PIECE: Final = LARGE_BLOCK // 2
"""Bytes handed on at once: who sends them on is done with the first half while the second waits."""
MAX_HEAD: Final = BLOCK
"""Bytes that a response head, or the trailers of a body, may have."""
MAX_CHUNK_LINE: Final = 4_096
"""Bytes that the line before a chunk may have, with its extensions."""

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_VALUE = rb"[^\x00-\x08\x0a-\x1f\x7f]*+"
_FIELDS = rb"(?:" + _TOKEN + rb":" + _VALUE + rb"\r\n)*+"
_HEAD = re.compile(
    rb"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: " + _VALUE + rb")?(\r\n" + _FIELDS + rb")\r\n"
)
_TRAILERS = re.compile(_FIELDS + rb"\r\n")
_FIRST_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_NEXT_CHUNK = re.compile(rb"\r\n" + _FIRST_CHUNK.pattern)  # with the line end of the chunk before
_PLAIN_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*+([0-9]{1,18})[ \t]*+(?=\r\n)")
_TARGET = re.compile(r"[!-~]+")
_FIELD_NAME = re.compile(_TOKEN.decode())
_FIELD_VALUE = re.compile(r"[\t -~]*")

_OUR_FIELDS = frozenset({"host", "user-agent", "content-length", "transfer-encoding"})
_NO_BODY = frozenset({101, 204, 304})
_HEAD_STATE, _LENGTH, _CHUNKED, _TRAILER, _UNTIL_CLOSE, _DONE = range(6)


class Head:
    """A response head: ``status``, and the header fields."""

    __slots__ = ("_lower", "_raw", "keep_alive", "status")

    def __init__(self, status: int, raw: bytes, keep_alive: bool) -> None:
        self.status = status
        self.keep_alive = keep_alive
        """Whether the connection may serve another request afterwards."""
        self._raw = raw  # each line with the line end before it, so that a find is anchored
        self._lower = raw.lower()

    def values(self, name: bytes) -> list[bytes]:
        """All values of the field ``name`` (given in lower case), in their order."""
        found: list[bytes] = []
        key = b"\r\n%b:" % name
        at = self._lower.find(key)
        while at >= 0:
            end = self._raw.index(b"\r\n", at + len(key))
            found.append(self._raw[at + len(key) : end].strip(b" \t"))
            at = self._lower.find(key, end)
        return found

    def plain_length(self) -> int | None:
        """The body's length, where the head says just that of its framing, as most heads do."""
        lower = self._lower
        if b"\r\ntransfer-encoding:" in lower or b"\r\nconnection:" in lower:
            return None
        found = _PLAIN_LENGTH.findall(lower)
        return int(found[0]) if len(found) == lower.count(b"\r\ncontent-length:") == 1 else None

    def get(self, name: str) -> str | None:
        """The first value of a field, or None. Names are case-insensitive."""
        values = self.values(name.lower().encode("latin-1"))
        return values[0].decode("latin-1") if values else None

    def items(self) -> list[tuple[str, str]]:
        """All fields as they came."""
        lines = self._raw.decode("latin-1").split("\r\n")[1:-1]
        return [(name, value.strip(" \t")) for name, _, value in (s.partition(":") for s in lines)]


def request_head(
    method: str, target: str, fields: Iterable[tuple[str, str]] = (), length: int | None = 0
) -> bytes:
    """The head of a request; ``length`` of its body in bytes, None for a chunked one.

    Raises ProtocolError for anything that would not arrive as one request.
    """
    if not _TARGET.fullmatch(target):
        raise ProtocolError(f"not a request target: {target!r}")
    if not _FIELD_NAME.fullmatch(method):
        raise ProtocolError(f"not a method: {method!r}")
    head = f"{method} {target} HTTP/1.1\r\nHost: d\r\nUser-Agent: podlib\r\n"
    if fields:
        head += _field_lines(fields)
    if length is None:
        head += "Transfer-Encoding: chunked\r\n"
    elif length or method not in {"GET", "HEAD", "DELETE"}:
        head += f"Content-Length: {length}\r\n"
    return (head + "\r\n").encode("ascii")


def _field_lines(fields: Iterable[tuple[str, str]]) -> str:
    lines = ""
    for name, value in fields:
        if not _FIELD_NAME.fullmatch(name) or not _FIELD_VALUE.fullmatch(value):
            raise ProtocolError(f"not a header field: {name!r}")  # values may be credentials
        if name.lower() in _OUR_FIELDS:
            raise ProtocolError(f"the header field {name!r} is podlib's own to set")
        lines += f"{name}: {value}\r\n"
    return lines


class Receiver:
    """Takes apart the responses that arrive on one connection."""

    __slots__ = (
        "_bodyless",
        "_buffer",
        "_end",
        "_left",
        "_line",
        "_start",
        "_state",
        "_usual",
        "_view",
        "keep_alive",
        "untouched",
    )

    def __init__(self) -> None:
        self._buffer = bytearray(BLOCK)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0
        self._state = _DONE
        self._left = 0
        self._line = _FIRST_CHUNK
        self._usual = (b"", 0)
        self._bodyless = False
        self.keep_alive = True
        self.untouched = True
        """True until the first byte of an answer arrives: only then may a request be repeated."""

    def enlarge(self) -> None:
        """Make the buffer as large as pays for a long body that is copied on from it."""
        if len(self._buffer) == BLOCK:
            rest = self._buffer[self._start : self._end]
            self._buffer = bytearray(LARGE_BLOCK)
            self._view = memoryview(self._buffer)
            self._view[: len(rest)] = rest
            self._start, self._end = 0, len(rest)

    def expect(self, method: str) -> None:
        """A request was sent: the next bytes are the head of its answer."""
        self._state = _HEAD_STATE
        self._bodyless = method == "HEAD"
        self.untouched = True

    def space(self) -> memoryview:
        """Where the next received bytes go; never empty."""
        if self._start == self._end:
            self._start = self._end = 0
            return self._view
        if self._end == len(self._buffer):
            self._compact()
        return self._view[self._end :]

    def _compact(self) -> None:
        if self._start == 0:
            raise ProtocolError(f"a response head or trailer of more than {MAX_HEAD} bytes")
        rest = self._buffer[self._start : self._end]
        self._view[: len(rest)] = rest
        self._start, self._end = 0, len(rest)

    def received(self, count: int) -> None:
        """``count`` bytes were put into :meth:`space`; 0 means that the connection ended."""
        if count:
            self._end += count
            self.untouched = False
        elif self._state == _UNTIL_CLOSE:
            self._state = _DONE
        else:
            raise TruncatedError(self._what_is_missing())

    def _what_is_missing(self) -> str:
        if self._state == _HEAD_STATE:
            where = "before the answer began" if self.untouched else "within the answer's head"
            return f"the connection ended {where}"
        if self._state == _LENGTH:
            return f"the connection ended {self._left} bytes before the end of the answer"
        return "the connection ended before the last chunk of the answer"

    def head(self) -> Head | None:
        """The head of the answer, or None while bytes are missing. 1xx heads come here too."""
        if self._start == self._end:
            return None
        match = _HEAD.match(self._buffer, self._start, self._end)
        if match is None:
            self._check_unfinished_head()
            return None
        version, status, raw = match.groups()
        self._start = match.end()
        head = Head(int(status), raw, version == b"1")
        self._choose_framing(head)
        self.keep_alive = head.keep_alive
        return head

    def informational(self) -> bool:
        """Step over complete 1xx heads; False when the head of the answer itself is here."""
        while match := _HEAD.match(self._buffer, self._start, self._end):
            if match[2][:1] != b"1" or match[2] == b"101":
                return False
            self._start = match.end()
        if self._start != self._end:
            self._check_unfinished_head()
        return True

    def skip_buffered(self) -> None:
        """Step over the rest of the body, as far as it is here already."""
        while self.block():
            pass

    def _check_unfinished_head(self) -> None:
        begin = bytes(self._view[self._start : min(self._end, self._start + 64)])
        if not (begin.startswith(b"HTTP/1.") or b"HTTP/1.".startswith(begin)):
            raise ProtocolError(f"the answer is not HTTP/1.1: it begins with {begin!r}")
        if self._buffer.find(b"\r\n\r\n", self._start, self._end) >= 0:
            raise ProtocolError(f"the answer's head is not valid HTTP/1.1: {begin!r}…")

    def _choose_framing(self, head: Head) -> None:
        if head.status < 200 and head.status != 101:
            return  # informational: the answer itself follows
        length = head.plain_length()
        if length is not None and not self._bodyless and head.status not in _NO_BODY:
            self._left = length
            self._state = _LENGTH if length else _DONE
            return
        codings = head.values(b"transfer-encoding")
        lengths = head.values(b"content-length")
        for value in head.values(b"connection"):
            if b"close" in [token.strip() for token in value.lower().split(b",")]:
                head.keep_alive = False
        self._left = 0
        if self._bodyless or head.status in _NO_BODY:
            self._state = _DONE
            head.keep_alive = head.keep_alive and head.status != 101  # no longer HTTP
        elif codings:
            if len(codings) > 1 or codings[0].lower() != b"chunked":
                raise ProtocolError(f"unknown transfer coding {b', '.join(codings)!r}")
            self._state = _CHUNKED
            self._line = _FIRST_CHUNK
            self._usual = (b"", 0)
            head.keep_alive = head.keep_alive and not lengths  # both is how requests are smuggled
        elif lengths:
            self._left = _content_length(lengths)
            self._state = _LENGTH if self._left else _DONE
        else:
            self._state = _UNTIL_CLOSE
            head.keep_alive = False

    @property
    def direct(self) -> int:
        """How many bytes of body may be received right past the buffer, at most one block."""
        if self._start != self._end:
            return 0
        if self._state == _UNTIL_CLOSE:
            return BLOCK
        if self._state == _LENGTH or (self._state == _CHUNKED and self._left >= BLOCK):
            return min(self._left, BLOCK)
        return 0

    def took(self, count: int) -> None:
        """``count`` bytes of body were received past the buffer; 0: the connection ended."""
        if not count:
            self.received(0)
        elif self._state != _UNTIL_CLOSE:
            self._left -= count
            if not self._left and self._state == _LENGTH:
                self._state = _DONE

    def pieces(self) -> list[memoryview]:
        """What is here of the body, as views into the buffer; of a plain one, a piece at a time.

        They are valid until more is received. None: the body has ended (:attr:`finished`), or
        bytes are missing.
        """
        if self._state == _CHUNKED:
            return self._chunks()
        start, end = self._start, min(self._end, self._start + PIECE)
        if self._state == _LENGTH:
            end = min(end, start + self._left)
            self._left -= end - start
            if not self._left:
                self._state = _DONE
        elif self._state != _UNTIL_CLOSE:
            return []
        self._start = end
        return [self._view[start:end]] if end > start else []

    @property
    def finished(self) -> bool:
        """Whether the body has been taken out to its end."""
        if self._state == _TRAILER:
            self._trailers()
        return self._state == _DONE

    def block(self) -> bytes | None:
        """The next bytes of the body; None while bytes are missing; ``b""`` at its end."""
        pieces = self.pieces()
        if pieces:
            return b"".join(pieces)
        return b"" if self.finished else None

    def whole(self) -> bytes | None:
        """The whole body, if it is here already, as most short ones are; else None."""
        if self._state == _LENGTH and self._end - self._start == self._left:
            self._state = _DONE
            body = bytes(self._view[self._start : self._end])
            self._start = self._end = 0
            return body
        return b"" if self._state == _DONE else None

    def _chunks(self) -> list[memoryview]:
        """The data of all chunks in the buffer."""
        buffer, view, end = self._buffer, self._view, self._end
        position, left = self._start, self._left
        usual, size = self._usual  # chunks of a long body are alike: to compare is cheapest
        length = len(usual)
        pieces: list[memoryview] = []
        while position < end:
            if left:
                stop = position + left
                if stop > end:
                    stop = end
                pieces.append(view[position:stop])
                left -= stop - position
                position = stop
            elif length and buffer.startswith(usual, position, end):
                position += length
                left = size
            elif match := self._line.match(buffer, position, end):
                position = match.end()
                left = size = int(match[1], 16)
                if not left:
                    self._state = _TRAILER
                    break
                usual = match[0] if self._line is _NEXT_CHUNK else b""
                length = len(usual)
                self._line = _NEXT_CHUNK
            else:
                self._check_unfinished_line(position)
                break
        self._start, self._left, self._usual = position, left, (usual, size)
        return pieces

    def _check_unfinished_line(self, position: int) -> None:
        line = bytes(self._view[position : self._end])
        if self._line is _NEXT_CHUNK:
            if not b"\r\n".startswith(line[:2]):
                raise ProtocolError(f"a chunk does not end where it said: {line[:16]!r}")
            line = line[2:]
        if b"\r\n" in line or len(line) > MAX_CHUNK_LINE:
            raise ProtocolError(f"not the size of a chunk: {line[:64]!r}")

    def _trailers(self) -> None:
        """Step over the trailers: no route of Podman has any."""
        if match := _TRAILERS.match(self._buffer, self._start, self._end):
            self._start = match.end()
            self._state = _DONE
        elif self._buffer.find(b"\r\n\r\n", self._start, self._end) >= 0:
            raise ProtocolError("the answer's trailers are not valid HTTP/1.1")

    @property
    def reusable(self) -> bool:
        """Whether the connection may serve another request now."""
        return self._state == _DONE and self.keep_alive and self._start == self._end

    def leftover(self) -> bytes:
        """What arrived after the head of an upgrade: the first bytes of the raw connection."""
        rest = bytes(self._view[self._start : self._end])
        self._start = self._end = 0
        return rest


def _content_length(values: list[bytes]) -> int:
    if len(values) == 1 and values[0].isdigit() and len(values[0]) <= 18:
        return int(values[0])
    lengths = {value.strip() for joined in values for value in joined.split(b",")}
    text = lengths.pop()
    if lengths or not text.isdigit() or len(text) > 18:
        raise ProtocolError(f"invalid Content-Length {b', '.join(values)!r}")
    return int(text)
