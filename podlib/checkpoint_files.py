"""Archives of checkpoints on the caller's disk, and the manifests beside them."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, cast

from .errors import FileError, ParameterError
from .files import NewFile, open_for_reading
from .models.checkpoint_manifest import CheckpointManifest
from .volume_folders import FOLDER, VolumeFolders
from .zstd import MISSING, find_zstd

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from .models.checkpoint_manifest import Compression
    from .zstd import Compressor

FORMAT = "podlib-checkpoint-1"
_BLOCK = 262_144


class _Plain:
    """No compression."""

    def compress(self, data: bytes | memoryview, /) -> bytes | memoryview:
        return data

    def flush(self) -> bytes:
        return b""


def _compressor(compression: Compression) -> Compressor | _Plain:
    match compression:
        case "none":
            return _Plain()
        case "gzip":
            return zlib.compressobj(1, wbits=31)  # memory is large, and waited for
        case "zstd":
            return _zstd()
        case _:
            raise ParameterError(f"compression: {compression!r} is not none, gzip or zstd")


def _zstd() -> Compressor:
    if (zstd := find_zstd()) is None:
        raise ParameterError(f"compression: {MISSING}")
    return zstd.ZstdCompressor()


class ArchiveFile:
    """An archive that is written, and its manifest after it: each whole or not at all.

    To be used as a context manager. A manifest that is there means that the archive is complete.
    """

    def __init__(self, path: str | os.PathLike[str], compression: Compression) -> None:
        self._compression: Compression = compression
        self._compressor = _compressor(compression)
        self._digest = hashlib.sha256()
        self._folders = VolumeFolders()
        self._file = NewFile(path)
        self.path = Path(path)

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._file.__exit__(kind, *rest)

    def write(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Append ``pieces``, compressed."""
        self._folders.watch(pieces)
        self._write([self._compressor.compress(piece) for piece in pieces])

    def _write(self, pieces: Sequence[bytes | memoryview]) -> None:
        for piece in pieces:
            self._digest.update(piece)
        self._file.write([piece for piece in pieces if len(piece)])

    def commit(self, manifest: CheckpointManifest) -> CheckpointManifest:
        """The archive is complete: the manifest with its size and digest, which is written too."""
        self._write([self._compressor.flush()])
        remove_manifest(self.path)  # of an older archive: it would not tell of this one
        self._file.commit()
        manifest = replace(
            manifest,
            size=self._file.size,
            sha256=self._digest.hexdigest(),
            compression=self._compression,
            volume_folders=self._folders.found,
        )
        with NewFile(manifest_path(self.path)) as file:
            document = {"format": FORMAT, "archive": self.path.name, **asdict(manifest)}
            file.write([json.dumps(document, indent=2).encode() + b"\n"])
        return manifest


def manifest_path(archive: str | os.PathLike[str]) -> Path:
    """Where the manifest of an archive is."""
    path = Path(archive)
    return path.with_name(f"{path.name}.json")


def remove_manifest(archive: str | os.PathLike[str]) -> None:
    """Remove the manifest, if there is one. Raises FileError."""
    _remove(manifest_path(archive))


def remove_archive(archive: str | os.PathLike[str]) -> None:
    """Remove an archive and its manifest, if they are there. Raises FileError."""
    remove_manifest(archive)
    _remove(Path(archive))


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise FileError(f"cannot remove {path}: {error}", path=str(path)) from error


def read_manifest(archive: str | os.PathLike[str]) -> CheckpointManifest:
    """What the manifest beside an archive says, which has its size. Raises FileError."""
    path = manifest_path(archive)
    with open_for_reading(path) as file:
        text = file.read(1_000_000)
    try:
        document: object = json.loads(text)
    except ValueError:
        document = None
    members = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    kinds = {"str": str, "int": int, "bool": bool, "Compression": str, "dict[str, str]": dict}
    found = {each.name: members.get(each.name) for each in fields(CheckpointManifest)}
    right = all(
        type(found[each.name]) is kinds[str(each.type)] for each in fields(CheckpointManifest)
    )
    if members.get("format") != FORMAT or not right or not _are_folders(found["volume_folders"]):
        raise FileError(f"{path} is no manifest of a checkpoint", path=str(path))
    manifest = CheckpointManifest(**found)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- each was held against its field's type
    with open_for_reading(archive) as file:
        size = file.seek(0, 2)
    if size != manifest.size:
        raise _other(archive, f"it has {size} bytes, not {manifest.size}")
    return manifest


def _are_folders(found: object) -> bool:
    folders = cast("dict[str, object]", found)
    return all(isinstance(each, str) and FOLDER.fullmatch(each) for each in folders.values())


def verified(archive: str | os.PathLike[str], manifest: CheckpointManifest) -> Iterator[bytes]:
    """The archive in blocks. The last one comes only if it is the archive of the manifest.

    So who sends it on never sends a wrong one whole. Raises FileError.
    """
    digest = hashlib.sha256()
    with open_for_reading(archive) as file:
        block = _read(file, archive)
        while block:
            digest.update(block)
            following = _read(file, archive)
            if not following and digest.hexdigest() != manifest.sha256:
                raise _other(archive, "its SHA-256 is another one")
            yield block
            block = following


def _read(file: _Reader, archive: str | os.PathLike[str]) -> bytes:
    try:
        return file.read(_BLOCK)
    except OSError as error:
        raise FileError(f"cannot read {archive}: {error.strerror}", path=str(archive)) from error


class _Reader(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _other(archive: str | os.PathLike[str], why: str) -> FileError:
    message = f"{archive} is not the archive that its manifest describes: {why}"
    return FileError(message, path=str(archive))
