"""Images that are named by a file or folder of the caller, such as ``oci:PATH``, and no registry.

The server's API pulls from registries, and loads archives. So what is no archive is sent as one:
an image layout as it is, and the folder that ``dir:`` names in the form of such a layout.
"""

from __future__ import annotations

import hashlib
import json
import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .errors import FileError, ParameterError
from .files import read_file
from .tar import END, TarPacker, tar_bytes, tar_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ARCHIVES = ("oci-archive", "docker-archive")
_FOLDERS = ("oci", "dir")
_OF_THE_HOST = ("docker-daemon", "containers-storage")
_REF_NAME = "org.opencontainers.image.ref.name"
_OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_DIGEST = re.compile(r"[a-z0-9]+:[0-9a-f]{32,}")
_LAYOUT = b'{"imageLayoutVersion": "1.0.0"}'


class Local(NamedTuple):
    """An archive or a folder of the caller. ``tag`` is the name of one image in an OCI layout."""

    transport: str
    path: str
    tag: str = ""

    @property
    def is_archive(self) -> bool:
        """Whether it can be sent as it is."""
        return self.transport in _ARCHIVES

    def blocks(self) -> Iterator[bytes]:
        """A folder as an archive that the server loads. Raises FileError, ParameterError."""
        root = Path(self.path)
        return _from_layout(root, self.tag) if self.transport == "oci" else _from_dir(root)


def local(reference: str) -> Local | None:
    """What ``reference`` names on the caller's machine; None if it is for a registry.

    Raises ParameterError for what only the server's own command line can reach.
    """
    transport, colon, rest = reference.partition(":")
    if colon and transport in _OF_THE_HOST:
        raise ParameterError(
            f"{reference}: Podman's API pulls from registries only; "
            f"run `podman pull {reference}` on the server's host"
        )
    if not colon or transport not in (*_ARCHIVES, *_FOLDERS):
        return None
    path, _, tag = (rest, "", "") if transport == "dir" else rest.partition(":")
    if not path:
        raise ParameterError(f"{reference}: say which file or folder, as in {transport}:PATH")
    if tag and transport in _ARCHIVES:
        raise ParameterError(
            f"{reference}: all images of an archive are loaded; leave out {f':{tag}'!r}"
        )
    return Local(transport, path, tag)


def _from_layout(root: Path, tag: str) -> Iterator[bytes]:
    """An OCI layout, with the one image in its index that is meant."""
    path = root / "index.json"
    index = _document(path)
    try:
        names = [_name(each) for each in index["manifests"]]
    except (AttributeError, KeyError, TypeError) as error:
        raise FileError(f"{path} is not the index of a layout", path=str(path)) from error
    chosen = [at for at, name in enumerate(names) if tag in ("", name)]
    if len(chosen) != 1:
        found = f"{len(chosen)} images" + (f" called {tag!r}" if tag else "")
        there = ", ".join(name for name in names if name) or "none has a name"
        raise ParameterError(f"{root} has {found}; say which, as oci:PATH:NAME ({there})")
    index["manifests"] = [index["manifests"][chosen[0]]]
    own = tar_bytes(path.name, json.dumps(index).encode())
    return chain([own], tar_folder(root, _Without(path.name)))


class _Without:
    """Leaves out one file of a folder."""

    def __init__(self, name: str) -> None:
        self._name = name

    def leaves_out(self, name: str, /) -> bool:
        return name == self._name

    def passes_over(self, folder: str, /) -> bool:  # noqa: ARG002 -- as tar_folder calls it
        return False


def _name(descriptor: dict[str, Any]) -> str:
    annotations: dict[str, Any] = descriptor.get("annotations") or {}
    return str(annotations.get(_REF_NAME, ""))


def _from_dir(root: Path) -> Iterator[bytes]:
    """The manifest and the blobs that lie side by side in a folder, as an OCI layout."""
    path = root / "manifest.json"
    manifest = _document(path)
    try:
        parts = [manifest["config"], *manifest["layers"]]
        digests = dict.fromkeys(_digest(part["digest"]) for part in parts)  # some are there twice
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(f"{path} is not the manifest of one image", path=str(path)) from error
    data = read_file(path)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    kind = manifest.get("mediaType", _OCI_MANIFEST)
    index = {
        "schemaVersion": 2,
        "manifests": [{"mediaType": kind, "digest": digest, "size": len(data)}],
    }
    own = [
        tar_bytes("oci-layout", _LAYOUT),
        tar_bytes("index.json", json.dumps(index).encode()),
        tar_bytes(_blob(digest), data),
    ]
    return chain(own, _blobs(root, digests))


def _blobs(root: Path, digests: Iterable[str]) -> Iterator[bytes]:
    packer = TarPacker()
    for each in digests:
        yield from packer.place(root / each.partition(":")[2], _blob(each))
    yield END


def _digest(text: str) -> str:
    """A digest, which so can be no path to another file."""
    if not _DIGEST.fullmatch(text):
        raise ValueError(text)
    return text


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _document(path: Path) -> dict[str, Any]:
    try:
        document: object = json.loads(read_file(path))
    except ValueError as error:
        raise FileError(f"cannot read {path}: no JSON: {error}", path=str(path)) from error
    if not isinstance(document, dict):
        raise FileError(f"cannot read {path}: no JSON object", path=str(path))
    return cast("dict[str, Any]", document)
