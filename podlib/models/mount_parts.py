"""Mounts: what is set into a container's file tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field

from podlib.errors import ParameterError

from ._parameters import AbsolutePath, Part, Spec, size_in_bytes

__all__ = ["Mount"]

MountType = Literal["artifact", "bind", "devpts", "image", "ramfs", "tmpfs", "volume"]

_VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", re.ASCII)
_ONLY_FOR: dict[str, set[MountType]] = {
    "source": {"artifact", "bind", "image", "volume"},
    "options": {"bind", "devpts", "ramfs", "tmpfs", "volume"},
    "read_only": {"bind", "image", "ramfs", "tmpfs", "volume"},
    "size": {"ramfs", "tmpfs"},
    "mode": {"devpts", "ramfs", "tmpfs"},
    "subpath": {"image", "volume"},
    "title": {"artifact"},
    "digest": {"artifact"},
    "file_name": {"artifact"},
}


class Mount(Part):
    """A volume, a path of the host, an image, an artifact or a file system of the kernel's own."""

    type: MountType = "volume"
    source: str = ""
    """A volume's name (``""``: a new one of its own), a path on the server's host, an image, an
    artifact."""
    target: AbsolutePath
    read_only: bool = False
    """An artifact always is."""
    options: Sequence[str] = ()
    """Podman's words, such as ``Z``, ``U``, ``nocopy``, ``rslave``, ``idmap``; of a devpts
    ``uid=1``, ``gid=5``, ``max=64``. ``O`` makes a bind or a volume an overlay whose changes are
    thrown away, unless ``upperdir=…`` and ``workdir=…`` say where to keep them."""
    size: int | str | None = None
    """Of a tmpfs or ramfs: bytes, or such as ``"64m"``. Half the host's memory otherwise."""
    mode: Annotated[int, Field(ge=0, le=0o7777)] | None = None
    """Of a tmpfs or ramfs: the permissions of its top; of a devpts: those of its terminals."""
    subpath: str = ""
    """Of a volume (Podman 4.4 or newer) or an image (5.1): only what is below this path in it."""
    title: str = ""
    """Of an artifact (Podman 5.5 or newer): only the blob of this title."""
    digest: str = ""
    """Of an artifact: only the blob of this digest."""
    file_name: str = ""
    """Of an artifact: the name of its file; of several files ``NAME-0``, ``NAME-1``, …"""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``[SOURCE:]TARGET[:OPTION,…]``, as ``data:/var/lib/data:ro,Z``."""
        fields = text.split(":")
        if len(fields) == 1:
            return cls(target=text)
        source, target, *rest = fields
        if not source or len(rest) > 1:
            raise ParameterError(f"mounts: {text!r} is not SOURCE:TARGET or SOURCE:TARGET:OPTIONS")
        options = rest[0].split(",") if rest else []
        kind: Literal["bind", "volume"] = "bind" if source.startswith("/") else "volume"
        return cls(type=kind, source=source, target=target, options=options)

    def wire(self) -> tuple[str, Spec]:
        """Which of the specification's lists it belongs to, and its entry there."""
        for name, kinds in _ONLY_FOR.items():
            given = getattr(self, name) != type(self).model_fields[name].default
            if given and self.type not in kinds:
                article = "an" if self.type[0] in "ai" else "a"
                raise self._wrong(f"{article} {self.type} has no {name}")
        entries = {
            "artifact": self._artifact,
            "bind": self._bind,
            "image": self._image,
            "volume": self._volume,
        }
        return entries.get(self.type, self._file_system)()

    def _wrong(self, why: str) -> ParameterError:
        return ParameterError(f"mounts: {self.target}: {why}")

    def _options(self) -> list[str]:
        return [*self.options, *(["ro"] if self.read_only and "ro" not in self.options else [])]

    def _file_system(self) -> tuple[str, Spec]:
        options = self._options()
        if self.size is not None:
            options.append(f"size={size_in_bytes('size', self.size)}")
        if self.mode is not None:
            options.append(f"mode={self.mode:04o}")
        return "mounts", {
            "type": self.type,
            "source": self.type,
            "destination": self.target,
            "options": options,
        }

    def _artifact(self) -> tuple[str, Spec]:
        if not self.source or (self.title and self.digest):
            raise self._wrong("an artifact has a source, and no title together with a digest")
        wanted = {"title": self.title, "digest": self.digest, "name": self.file_name}
        return "artifact_volumes", {
            "source": self.source,
            "destination": self.target,
            **{name: value for name, value in wanted.items() if value},
        }

    def _image(self) -> tuple[str, Spec]:
        if not self.source:
            raise self._wrong("which image?")
        return "image_volumes", {
            "Source": self.source,
            "Destination": self.target,
            "ReadWrite": not self.read_only,
            **({"subPath": self.subpath} if self.subpath else {}),
        }

    def _bind(self) -> tuple[str, Spec]:
        if not self.source.startswith("/"):
            raise self._wrong("a bind's source is an absolute path on the server's host")
        place: Spec = {"source": self.source, "destination": self.target}
        options = self._options()
        if "O" in options:
            options.remove("O")
            return "overlay_volumes", {**place, "options": options}
        return "mounts", {"type": "bind", **place, "options": options}

    def _volume(self) -> tuple[str, Spec]:
        if self.source and not _VOLUME_NAME.fullmatch(self.source):
            raise self._wrong(f"{self.source!r} is no name of a volume")
        return "volumes", {
            "Name": self.source,
            "Dest": self.target,
            "Options": self._options(),
            "IsAnonymous": not self.source,
            **({"SubPath": self.subpath} if self.subpath else {}),
        }
