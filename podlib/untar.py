"""The files of a tar stream, written to a folder as they come, in constant memory."""

from __future__ import annotations

import re
import tarfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .errors import ProtocolError, StreamError, TruncatedError
from .files import NewFile

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from types import TracebackType

__all__ = ["Files", "TarSplitter", "TarTrimmer"]

_MOST_TEXT = 1 << 20
"""Bytes that the text beside a member's head, which has its long name, may have."""
_EXCERPT = 300
_SPARSE = "GNU.sparse."
_RECORD = re.compile(rb"(\d{1,7}) ([^=]+)=")
_BROKEN = "the archive breaks off"
_LONG = {tarfile.GNUTYPE_LONGNAME: "path", tarfile.GNUTYPE_LONGLINK: "linkpath"}
"""GNU's way to give the next member a long name: the records that mean the same."""
_WITHOUT_DATA = {
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
}
"""Kinds of members that have none, whatever their heads say."""


class TarSplitter:
    """Takes a tar stream apart: what members there are, and their data. No I/O."""

    def __init__(self) -> None:
        self.left = 0
        """Bytes of the present member's data that are still to come."""
        self._padding = 0
        self._text = bytearray()
        self._wanted = tarfile.BLOCKSIZE
        """How long the text is to become: a member's head, or the records that precede one."""
        self._extended: tarfile.TarInfo | None = None
        """The head of such records, while they are gathered."""
        self._records: dict[str, str] = {}
        self._ended = False
        self.beyond = 0
        """Bytes after the first of the two blocks of zeros that are the end."""

    def feed(self, block: bytes | memoryview) -> Iterator[tarfile.TarInfo | memoryview]:
        """The members of ``block``, each followed by its data in pieces."""
        rest = memoryview(block)
        while rest:
            if self._ended:
                piece = rest
                self.beyond += len(piece)
                self._text += bytes(piece).strip(b"\0")[: _EXCERPT - len(self._text)]
            elif self.left:
                piece = rest[: self.left]
                self.left -= len(piece)
                yield piece
            elif self._padding:
                piece = rest[: self._padding]
                self._padding -= len(piece)
            else:
                piece = rest[: self._wanted - len(self._text)]
                self._text += piece
                if len(self._text) == self._wanted and (member := self._member()):
                    yield member
            rest = rest[len(piece) :]

    def skip(self, block: bytes | memoryview) -> None:
        """Likewise, for who wants to know no more than whether the stream is complete."""
        for _ in self.feed(block):
            pass

    def end(self) -> None:
        """The stream is over. Raises TruncatedError if it is not complete.

        Raises StreamError, with the server's own words, if it failed half-way: it has no other
        way to say so, and closes the archive before.
        """
        if self._text and self._extended is None:
            raise _broken(bytes(self._text))
        if not self._ended:
            raise TruncatedError(_BROKEN)

    def _member(self) -> tarfile.TarInfo | None:
        text = bytes(self._text)
        self._text.clear()
        self._wanted = tarfile.BLOCKSIZE
        if self._extended is not None:
            self._records |= _records(self._extended, text[: self._extended.size])
            self._extended = None
            return None
        try:
            member = tarfile.TarInfo.frombuf(text, "utf-8", "surrogateescape")
        except tarfile.HeaderError:  # zeros: the end
            self._ended = not any(text)
            if self._ended:
                return None
            raise _broken(text) from None
        if member.type in {tarfile.XHDTYPE, tarfile.XGLTYPE, *_LONG}:
            self._expect_records(member)
            return None
        self._expect_data(member)
        return member

    def _expect_records(self, member: tarfile.TarInfo) -> None:
        if not 0 <= member.size <= _MOST_TEXT:
            raise ProtocolError(f"a tar archive has a head of {member.size} bytes")
        self._extended = member
        self._wanted = _padded(member.size)

    def _expect_data(self, member: tarfile.TarInfo) -> None:
        records, self._records = self._records, {}
        if member.type == tarfile.GNUTYPE_SPARSE or any(key.startswith(_SPARSE) for key in records):
            raise ProtocolError(f"a tar archive has {member.name!r} in GNU's form with holes")
        member.name = records.get("path", member.name)
        member.linkname = records.get("linkpath", member.linkname)
        member.mtime = _time(records.get("mtime", str(member.mtime)))
        member.size = _size(records.get("size", str(member.size)))
        if member.type in _WITHOUT_DATA:
            member.size = 0
        self.left = member.size
        self._padding = _padded(member.size) - member.size


class TarTrimmer:
    """Cuts a tar stream after its end, if it has one. What is no plain tar passes as it is."""

    def __init__(self) -> None:
        self._splitter: TarSplitter | None = TarSplitter()

    def wanted(self, block: bytes | memoryview) -> memoryview:
        """The part of the stream's next block that comes before its end."""
        view = memoryview(block)
        if self._splitter is None:
            return view
        before = self._beyond(self._splitter)
        try:
            self._splitter.skip(view)
        except (ProtocolError, StreamError):  # compressed, or nonsense, which the server will say
            self._splitter = None
            return view
        return view[: len(view) - (self._beyond(self._splitter) - before)]

    @staticmethod
    def _beyond(splitter: TarSplitter) -> int:
        return max(0, splitter.beyond - tarfile.BLOCKSIZE)


def _broken(text: bytes) -> StreamError:
    said = text[:_EXCERPT].decode("utf-8", "replace").strip()
    return StreamError(f"{_BROKEN}: {said}")


def _padded(size: int) -> int:
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _size(text: str) -> int:
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII):
        raise ProtocolError(f"a tar archive has a member of {text!r} bytes")
    return int(text)


def _time(text: str) -> float:
    if not re.fullmatch(r"-?\d{1,12}(\.\d*)?", text, re.ASCII):
        raise ProtocolError(f"a tar archive has a member of the time {text!r}")
    return float(text)


def _records(head: tarfile.TarInfo, data: bytes) -> dict[str, str]:
    """The records of POSIX's extended heads, ``13 path=long`` and a line end; GNU's as the same."""
    if head.type in _LONG:
        return {_LONG[head.type]: data.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    found: dict[str, str] = {}
    while data:
        match = _RECORD.match(data)
        if not match or not match.end() < int(match[1]) <= len(data):
            raise ProtocolError(f"a tar archive has a malformed head: {data[:100]!r}")
        length = int(match[1])
        value = data[match.end() : length - 1]
        found[match[2].decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        data = data[length:]
    return found


class Files:
    """Writes the files of a tar stream into a folder, each whole or not at all.

    Only plain files may be in it, with names and no paths: nothing outside of the folder can be
    meant. To be used as a context manager: what is not complete at its end is removed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.paths: list[Path] = []
        """What was written."""
        self._folder = Path(folder)
        self._splitter = TarSplitter()
        self._under_way = ExitStack()
        self._file: NewFile | None = None

    def feed(self, block: bytes | memoryview) -> Iterator[NewFile]:
        """Write a part of the stream. A file that is complete is yielded, for a ``commit``."""
        for part in self._splitter.feed(block):
            if isinstance(part, tarfile.TarInfo):
                path = self._folder / _plain_name(part)
                self._file = self._under_way.enter_context(NewFile(path))
            elif self._file:
                self._file.write([part])
            if self._file and not self._splitter.left:
                yield self._file
                self._under_way.close()
                self.paths.append(self._file.path)
                self._file = None

    def end(self) -> None:
        """The stream is over. Raises TruncatedError, or StreamError, if it is not complete."""
        self._splitter.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._under_way.__exit__(kind, error, traceback)


def _plain_name(member: tarfile.TarInfo) -> str:
    name = member.name
    if not member.isreg() or name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ProtocolError(f"the archive has something else than plain files: {name!r}")
    return name
